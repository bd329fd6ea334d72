import type { ReactElement, ReactNode } from 'react';
import { say } from '../locales/say';
import { useAct } from '../lib/use-act';
import { Button } from './button';
import { Dialog } from './dialog';
import { ErrorBox } from './error-box';

interface ConfirmDialogProps {
  readonly testId: string;
  /** A sheet where there is much to look at before the button. */
  readonly kind?: 'modal' | 'sheet';
  readonly title: string;
  readonly lead?: ReactNode;
  /** The verb on the button. */
  readonly confirm: string;
  /** What the button says while it is done. */
  readonly working?: string;
  readonly confirmTestId: string;
  /** False while there is nothing to agree to: what it does is not known yet, or a form is not filled. */
  readonly ready?: boolean;
  /** Focus starts at the button, where nothing is to be chosen first and nothing runs because of it. */
  readonly confirmFirst?: boolean;
  /** Stands at the left of the buttons. */
  readonly note?: ReactNode;
  /** What a failure is called; its own sentence follows. */
  readonly failed?: string;
  readonly act: () => Promise<unknown>;
  /** When it went well; otherwise the dialog stays, with the failure. */
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Says what is going to be done, and does it when the one button is pressed. */
export function ConfirmDialog({ testId, kind = 'modal', title, lead, confirm, working: workingWord, confirmTestId, ready = true, confirmFirst = false, note, failed, act, onDone, onClose, children }: ConfirmDialogProps): ReactElement {
  const { working, failure, run } = useAct();
  return (
    <Dialog
      kind={kind}
      testId={testId}
      title={title}
      lead={lead}
      onClose={onClose}
      footer={
        <>
          {note}
          <span className="grow" />
          <Button onClick={onClose}>{say.actions.cancel}</Button>
          <Button look="primary" data-testid={confirmTestId} data-first={confirmFirst ? '' : undefined} disabled={!ready || working} onClick={() => run(act, onDone)}>
            {working && workingWord !== undefined ? workingWord : confirm}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox title={failed} error={failure} />}
      {children}
    </Dialog>
  );
}
