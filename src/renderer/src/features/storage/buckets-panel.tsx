import { useCallback, useState, type ReactElement } from 'react';
import { Archive, Plus } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { call } from '../../lib/client';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { CreateBucketDialog } from './bucket-dialogs';
import { ObjectBrowser } from './object-browser';
import type { PanelProps } from './storage-panels';
import { bucketsRevision } from './use-storage';

export type Bucket = OutputOf<'buckets.list'>[number];

/** Every bucket, and what lies in the chosen one. */
export function BucketsPanel({ project, status, operations, busy }: PanelProps): ReactElement {
  const revision = bucketsRevision(operations, project.id);
  const { health } = status.s3;
  const buckets = useAnswer(useCallback(() => call('buckets.list', { project: project.id }).then((list) => ({ list, revision, health })), [project.id, revision, health]));
  const [chosen, setChosen] = useState<string | null>(null);
  const [creating, setCreating] = useState(false);
  const list = buckets.value?.list ?? null;
  const bucket = list?.find((one) => one.name === chosen) ?? list?.[0] ?? null;
  const create = (
    <Button size="small" icon={<Plus size={13} />} disabled={busy} data-testid="bucket-create" onClick={() => setCreating(true)}>
      {words.buckets.create}
    </Button>
  );
  if (health === 'stopped') {
    return (
      <EmptyState icon={<Archive size={20} />} title={words.buckets.stopped} testId="buckets-stopped">
        {words.buckets.stoppedText}
      </EmptyState>
    );
  }
  return (
    <>
      {buckets.error !== null && (
        <div className="page-content">
          <ErrorBox error={buckets.error} actions={<Button size="small" onClick={buckets.again}>{say.actions.retry}</Button>} />
        </div>
      )}
      {list === null && buckets.error === null && (
        <div className="page-content">
          <Skeleton rows={6} label={words.buckets.loading} />
        </div>
      )}
      {list?.length === 0 && (
        <EmptyState icon={<Archive size={20} />} title={words.buckets.none} actions={create}>
          {words.buckets.noneText}
        </EmptyState>
      )}
      {list !== null && bucket !== null && (
        <div className="buckets">
          <nav className="buckets-list scroll" aria-label={words.buckets.list}>
            <ul>
              {list.map((one) => (
                <li key={one.name}>
                  <button type="button" aria-current={one.name === bucket.name ? 'true' : undefined} data-testid={`bucket-${one.name}`} onClick={() => setChosen(one.name)}>
                    <span className="ellipsis storage-strong" title={one.name}>
                      {one.name}
                    </span>
                    <span className="faint ellipsis" title={one.usedBy.join(', ')}>{[words.buckets.versionings[one.versioning], one.usedBy.length === 0 ? '' : words.buckets.usedBy(one.usedBy.join(', '))].filter((text) => text !== '').join(', ')}</span>
                  </button>
                </li>
              ))}
            </ul>
            {create}
          </nav>
          <ObjectBrowser key={bucket.name} project={project} bucket={bucket} revision={revision} busy={busy} />
        </div>
      )}
      {creating && (
        <CreateBucketDialog
          projectId={project.id}
          onClose={(made) => {
            setCreating(false);
            if (made !== null) setChosen(made);
          }}
        />
      )}
    </>
  );
}
