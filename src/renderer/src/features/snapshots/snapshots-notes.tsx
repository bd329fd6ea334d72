import type { ReactElement } from 'react';
import { Undo2, X } from 'lucide-react';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import type { Operation, Project } from '../../lib/model';
import { failedOf } from '../../lib/operation-results';
import { chooseProject, goTo, setUi, useStore } from '../../lib/store';
import { Button, IconButton } from '../../ui/button';
import { OutcomeNotes } from '../../ui/outcome-notes';
import { StateMark } from '../../ui/state-mark';
import { Until } from '../../ui/time';
import { outcomeOf, type Outcome } from './outcome-words';
import { snapshotTitle, type SnapshotsStatus } from './snapshots-answer';
import { SNAPSHOT_KINDS } from './use-snapshots';

type Deleted = SnapshotsStatus['deleted'][number];

interface NotesProps {
  readonly project: Project;
  readonly operations: readonly Operation[] | null;
  /** The one that was deleted just now and can be brought back. */
  readonly deleted: Deleted | null;
  readonly busy: boolean;
  readonly onUndelete: (id: string) => void;
  readonly onKeepDeleted: () => void;
  readonly onRestore: (id: string) => void;
}

/** What the last act did: what went wrong, what came of it, and how to take a deletion back. A restore is taken back by the snapshot that was made before it, files and volumes together. */
export function SnapshotsNotes({ project, operations, deleted, busy, onUndelete, onKeepDeleted, onRestore }: NotesProps): ReactElement {
  const tracks = useStore((state) => state.model.tracks);
  const dismissed = useStore((state) => state.ui.dismissed);
  const outcome = outcomeOf(operations, project.id, tracks, dismissed);
  return (
    <>
      <OutcomeNotes failed={failedOf(operations, project.id, SNAPSHOT_KINDS, tracks, dismissed)} undoable={null} busy={busy} didNotWork={words.didNotWork} undoDone={words.undoDone} testId="snapshots" />
      {(outcome !== null || deleted !== null) && (
        <div className="outcome-notes">
          {outcome !== null && <OutcomeStrip outcome={outcome} onRestore={onRestore} />}
          {deleted !== null && (
            <div className="outcome-strip" role="status" data-testid="snapshot-deleted">
              <StateMark mark="off" />
              <span className="ellipsis grow">
                {words.deleted.done(snapshotTitle({ tag: deleted.tag, reason: 'manual' }))}; <span className="dim">{words.deleted.until} </span>
                <time dateTime={deleted.until}>{new Date(deleted.until).toLocaleString()}</time> <span className="faint">(<Until at={deleted.until} />)</span>
              </span>
              <Button size="small" icon={<Undo2 size={13} />} data-testid="snapshot-undelete" onClick={() => onUndelete(deleted.id)}>
                {say.actions.undo}
              </Button>
              <IconButton label={say.notice.dismiss} onClick={onKeepDeleted}>
                <X size={14} />
              </IconButton>
            </div>
          )}
        </div>
      )}
    </>
  );
}

function OutcomeStrip({ outcome, onRestore }: { readonly outcome: Outcome; readonly onRestore: (id: string) => void }): ReactElement {
  const { before, copyId } = outcome;
  const known = useStore((state) => copyId !== null && state.model.projects?.some((one) => one.id === copyId) === true);
  return (
    <div className="outcome-strip" role="status" data-testid="snapshots-outcome">
      <StateMark mark={outcome.warning === null ? 'good' : 'warn'} />
      <span className={outcome.warning === null ? 'ellipsis grow' : 'grow'} title={outcome.text}>
        {outcome.text}
        {outcome.warning !== null && <> {outcome.warning}</>}
      </span>
      {before !== null && (
        <Button size="small" data-testid="restore-before" onClick={() => onRestore(before)}>
          {words.done.before}
        </Button>
      )}
      {copyId !== null && known && (
        <Button
          size="small"
          data-testid="open-copy"
          onClick={() => {
            chooseProject(copyId);
            goTo('project');
          }}
        >
          {words.done.openCopy}
        </Button>
      )}
      <IconButton label={say.notice.dismiss} onClick={() => setUi((ui) => ({ dismissed: [...ui.dismissed, outcome.operationId] }))}>
        <X size={14} />
      </IconButton>
    </div>
  );
}
