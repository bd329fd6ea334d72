import { useState, type ReactElement } from 'react';
import { AppError } from '@shared/kernel/app-error';
import { storageWords as words } from '../../locales/en/storage';
import { runOperation } from '../../lib/run-operation';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { TextRow } from '../../ui/fields';
import type { Bucket } from './buckets-panel';

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A bucket of one's own. */
export function CreateBucketDialog({ projectId, onClose }: { readonly projectId: string; readonly onClose: (made: string | null) => void }): ReactElement {
  const [name, setName] = useState('');
  const [versioning, setVersioning] = useState(false);
  const bucket = name.trim();
  return (
    <ConfirmDialog testId="create-bucket" title={words.buckets.createTitle} confirm={words.buckets.createConfirm} working={words.server.working} confirmTestId="create-bucket-confirm" ready={BUCKET_NAME.test(bucket)} act={() => runOperation('buckets.create', { project: projectId, bucket, versioning })} onDone={() => onClose(bucket)} onClose={() => onClose(null)}>
      <div className="form-grid">
        <TextRow first code label={words.buckets.name} value={name} testId="create-bucket-name" onChange={setName} />
      </div>
      <p className="faint setup-note">{words.buckets.nameHint}</p>
      <label className="tick">
        <input type="checkbox" checked={versioning} data-testid="create-bucket-versions" onChange={(event) => setVersioning(event.target.checked)} />
        <span>{words.buckets.withVersions}</span>
      </label>
    </ConfirmDialog>
  );
}

/** An empty bucket goes; one with something in it is refused by the server. */
export function RemoveBucketDialog({ projectId, bucket, onClose }: { readonly projectId: string; readonly bucket: Bucket; readonly onClose: () => void }): ReactElement {
  return (
    <ConfirmDialog testId="remove-bucket" title={words.buckets.removeTitle(bucket.name)} confirm={words.buckets.removeConfirm} working={words.buckets.deleting} confirmTestId="remove-bucket-confirm" act={() => runOperation('buckets.remove', { project: projectId, bucket: bucket.name })} onDone={onClose} onClose={onClose}>
      <p>{words.buckets.removeText}</p>
      {bucket.usedBy.length > 0 && <p className="storage-amber">{words.buckets.usedBy(bucket.usedBy.join(', '))}</p>}
    </ConfirmDialog>
  );
}

/** Which objects go, and whether they can come back. */
export function DeleteObjectsDialog({ projectId, bucket, keys, onClose }: { readonly projectId: string; readonly bucket: Bucket; readonly keys: readonly string[]; readonly onClose: (deleted: readonly string[]) => void }): ReactElement {
  const kept = bucket.versioning === 'enabled';
  const remove = async (): Promise<void> => {
    const { failed } = await runOperation('objects.remove', { project: projectId, bucket: bucket.name, keys: [...keys] });
    const [first] = (Array.isArray(failed) ? failed : []) as readonly { readonly key: string; readonly detail: string }[];
    if (first !== undefined) throw new AppError('policy-refused', words.buckets.notDeleted(first.key), { hint: first.detail });
  };
  return (
    <ConfirmDialog testId="delete-objects" title={words.buckets.deleteTitle(keys.length)} lead={<span className={kept ? undefined : 'storage-red'}>{kept ? words.buckets.deleteKept : words.buckets.deleteGone}</span>} confirm={words.buckets.deleteConfirm} working={words.buckets.deleting} confirmTestId="delete-objects-confirm" act={remove} onDone={() => onClose(keys)} onClose={() => onClose([])}>
      <ul className="delete-keys">
        {keys.map((key) => (
          <li key={key}>
            <code className="selectable">{key}</code>
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}
