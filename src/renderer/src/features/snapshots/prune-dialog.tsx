import { useCallback, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { start } from '../../lib/client';
import { mebibytes } from '../../lib/format';
import type { Project } from '../../lib/model';
import { runOperation } from '../../lib/run-operation';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { Ago } from '../../ui/time';
import { snapshotName, type SnapshotsStatus } from './snapshots-answer';

/** What the retention no longer keeps, counted before anything goes. */
export function PruneDialog({ project, status, onClose }: { readonly project: Project; readonly status: SnapshotsStatus; readonly onClose: () => void }): ReactElement {
  // The main process checks results against the contract.
  const counted = useAnswer(useCallback(async () => (await runOperation('snapshots.prune', { project: project.id, dryRun: true })) as OutputOf<'snapshots.prune'>, [project.id]));
  const found = counted.value;
  const nothing = found !== null && found.removed.length === 0 && found.volumes.length === 0 && found.freedBytes === 0;
  return (
    <ConfirmDialog testId="prune-dialog" title={words.prune.title} lead={words.prune.lead} confirm={words.prune.confirm} working={words.prune.working} confirmTestId="prune-confirm" ready={found !== null && !nothing} act={() => start('snapshots.prune', { project: project.id })} onDone={onClose} onClose={onClose}>
      {counted.error !== null && <ErrorBox error={counted.error} actions={<Button size="small" onClick={counted.again}>{say.actions.retry}</Button>} />}
      {found === null && counted.error === null && <Skeleton rows={3} label={words.prune.counting} />}
      {nothing && <p>{words.prune.nothing}</p>}
      {found !== null && !nothing && (
        <>
          <p data-testid="prune-summary">
            {words.prune.removes(found.removed.length)} <strong>{words.prune.frees(mebibytes(found.freedBytes))}</strong>
          </p>
          <ul className="snap-lines">
            {found.removed.map((id) => (
              <li key={id}>
                <Removed id={id} status={status} />
              </li>
            ))}
          </ul>
          {found.volumes.length > 0 && (
            <>
              <h2 className="snap-gap">{words.prune.volumes}</h2>
              <ul className="snap-lines">
                {found.volumes.map((volume) => (
                  <li key={volume}>
                    <code className="snap-break">{volume}</code>
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </ConfirmDialog>
  );
}

function Removed({ id, status }: { readonly id: string; readonly status: SnapshotsStatus }): ReactElement {
  const known = status.snapshots.find((one) => one.id === id);
  if (known === undefined) return <code>{id}</code>;
  return (
    <>
      {snapshotName(known)}, <span className="dim"><Ago at={known.createdAt} /></span>
    </>
  );
}
