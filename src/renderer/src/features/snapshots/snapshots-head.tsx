import type { ReactElement } from 'react';
import { Archive } from 'lucide-react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import type { Operation, Project } from '../../lib/model';
import { runningOf } from '../../lib/operation-results';
import { setUi } from '../../lib/store';
import { Button } from '../../ui/button';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { useNow } from '../../ui/time';
import { lastGood, scheduleWords, snapshotsAnswer } from './snapshots-answer';
import { SNAPSHOT_KINDS, type SnapshotsFacts } from './use-snapshots';

/** How far back one can go, in one sentence; what runs; and the two things that are done most. */
export function SnapshotsHead({ project, facts, operations, can }: { readonly project: Project; readonly facts: SnapshotsFacts; readonly operations: readonly Operation[] | null; readonly can: boolean }): ReactElement {
  const now = useNow();
  const { status } = facts;
  if (status === null) return <PageHead sentence={facts.error === null ? words.loading : words.failed} />;
  const running = runningOf(operations, project.id, SNAPSHOT_KINDS);
  const answer = snapshotsAnswer(status, now);
  return (
    <PageHead mark={<StateMark mark={running === null ? answer.mark : 'busy'} />} sentence={answer.sentence} detail={running === null || running.progress.message === '' ? scheduleWords(status.settings) : running.progress.message} running={running}>
      <Button disabled={!can || lastGood(status.snapshots) === null} data-testid="restore-last-good" onClick={() => setUi({ snapshotsQuestion: 'restore-last-good' })}>
        {words.restore.openLast}
      </Button>
      <Button look="primary" icon={<Archive size={13} />} disabled={!can} data-testid="snapshot-new" onClick={() => setUi({ snapshotsQuestion: 'create' })}>
        {words.create.open}
      </Button>
    </PageHead>
  );
}
