import { useCallback, type ReactElement } from 'react';
import { Download, RotateCcw } from 'lucide-react';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { call } from '../../lib/client';
import { mebibytes } from '../../lib/format';
import { runOperation } from '../../lib/run-operation';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';

interface VersionsDialogProps {
  readonly projectId: string;
  readonly bucket: string;
  readonly objectKey: string;
  readonly onRestored: () => void;
  readonly onDownload: (key: string, versionId: string) => void;
  readonly onClose: () => void;
}

/** What an object was before, newest first; each can be the newest again. */
export function VersionsDialog({ projectId, bucket, objectKey, onRestored, onDownload, onClose }: VersionsDialogProps): ReactElement {
  const versions = useAnswer(useCallback(() => call('objects.versions', { project: projectId, bucket, key: objectKey }), [projectId, bucket, objectKey]));
  const { working, failure, run } = useAct();
  const restore = (versionId: string): void => run(() => runOperation('objects.restore', { project: projectId, bucket, key: objectKey, versionId }), () => {
      versions.again();
      onRestored();
    });
  return (
    <Dialog kind="modal" testId="versions-dialog" title={words.buckets.versionsOf(objectKey)} onClose={onClose}>
      {failure !== null && <ErrorBox error={failure} />}
      {versions.error !== null && <ErrorBox error={versions.error} actions={<Button size="small" onClick={versions.again}>{say.actions.retry}</Button>} />}
      {versions.value === null && versions.error === null && <Skeleton rows={3} label={say.boot.loading} />}
      {versions.value?.length === 0 && <p className="dim">{words.buckets.noVersions}</p>}
      {versions.value !== null && versions.value.length > 0 && (
        <ul className="versions" aria-label={words.buckets.versioning}>
          {versions.value.map((version) => {
            const when = new Date(version.modifiedAt).toLocaleString();
            return (
              <li key={version.versionId} data-testid={`version-${version.versionId}`} data-latest={version.latest} data-deleted={version.deleted}>
                <StateMark mark={version.deleted ? 'off' : version.latest ? 'good' : 'none'} />
                <span className="grow">
                  <Ago at={version.modifiedAt} />
                  {version.latest && <span className="storage-tag">{words.buckets.latest}</span>}
                  {version.deleted && <span className="storage-tag">{words.buckets.deleted}</span>}
                  <code className="faint ellipsis versions-id" title={version.versionId}>
                    {version.versionId}
                  </code>
                </span>
                <span className="dim versions-size">{version.deleted ? '' : mebibytes(version.sizeBytes)}</span>
                {!version.deleted && (
                  <Button size="small" look="quiet" icon={<Download size={13} />} aria-label={`${words.buckets.download}: ${when}`} onClick={() => onDownload(objectKey, version.versionId)}>
                    {words.buckets.download}
                  </Button>
                )}
                {!version.deleted && !version.latest && (
                  <Button size="small" icon={<RotateCcw size={13} />} disabled={working} aria-label={words.buckets.restoreOf(when)} data-testid={`restore-${version.versionId}`} onClick={() => restore(version.versionId)}>
                    {working ? words.buckets.restoring : words.buckets.restore}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Dialog>
  );
}
