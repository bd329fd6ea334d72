import type { ReactElement, ReactNode } from 'react';
import { Undo2, X } from 'lucide-react';
import { say } from '../locales/say';
import type { Operation } from '../lib/model';
import { setUi } from '../lib/store';
import { Button } from './button';
import { ErrorBox } from './error-box';
import { StateMark } from './state-mark';
import './outcome-notes.css';

interface OutcomeNotesProps {
  /** The operation that went wrong and was not put away. */
  readonly failed: Operation | null;
  /** The change that can be taken back. */
  readonly undoable: Operation | null;
  readonly busy: boolean;
  readonly didNotWork: (title: string) => string;
  readonly undoDone: (title: string) => string;
  readonly testId: string;
  /** Ways on from the failure. */
  readonly actions?: ReactNode;
}

/** What the last act of a page did: what went wrong with it, or how to take it back. */
export function OutcomeNotes({ failed, undoable, busy, didNotWork, undoDone, testId, actions }: OutcomeNotesProps): ReactElement | null {
  if (failed?.error == null && undoable === null) return null;
  return (
    <div className="outcome-notes">
      {failed?.error != null && (
        <ErrorBox
          title={didNotWork(failed.title)}
          error={failed.error}
          actions={
            <>
              {actions}
              <Button size="small" look="quiet" icon={<X size={13} />} onClick={() => setUi((ui) => ({ dismissed: [...ui.dismissed, failed.id] }))}>
                {say.actions.dismiss}
              </Button>
            </>
          }
        />
      )}
      {undoable !== null && (
        <div className="outcome-strip" role="status" data-testid={`${testId}-undo`}>
          <StateMark mark="good" />
          <span className="ellipsis">{undoDone(undoable.title)}</span>
          <span className="grow" />
          <Button size="small" icon={<Undo2 size={13} />} disabled={busy} data-testid={`${testId}-undo-button`} onClick={() => setUi({ undoing: undoable.id })}>
            {say.actions.undo}
          </Button>
        </div>
      )}
    </div>
  );
}
