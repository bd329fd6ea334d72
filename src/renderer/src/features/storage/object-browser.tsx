import { useRef, useState, type ReactElement, type RefObject } from 'react';
import { Trash2, Upload } from 'lucide-react';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { pickFiles, start } from '../../lib/client';
import type { Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { StateMark } from '../../ui/state-mark';
import { Switch } from '../../ui/switch';
import { DeleteObjectsDialog, RemoveBucketDialog } from './bucket-dialogs';
import type { Bucket } from './buckets-panel';
import { ObjectList } from './object-list';
import { crumbs, keyName, objectRows } from './object-rows';
import { useObjects } from './use-objects';
import { VersionsDialog } from './versions-dialog';

type Asked = { readonly what: 'delete'; readonly keys: readonly string[] } | { readonly what: 'versions'; readonly key: string } | { readonly what: 'remove-bucket' };

/** What lies in one bucket: folders to open, files to bring and take, versions to bring back. */
export function ObjectBrowser({ project, bucket, revision, busy }: { readonly project: Project; readonly bucket: Bucket; readonly revision: string; readonly busy: boolean }): ReactElement {
  const filterInput = useRef<HTMLInputElement>(null);
  const [prefix, setPrefix] = useState('');
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked | null>(null);
  const [deleted, setDeleted] = useState<readonly string[]>([]);
  const objects = useObjects(project.id, bucket.name, prefix, revision);
  const rows = objects.pages === null ? null : objectRows(objects.pages, filter);
  const ticked = (rows ?? []).flatMap((row) => (row.kind === 'object' && chosen.has(row.key) ? [row.key] : []));

  const open = (to: string): void => {
    setPrefix(to);
    setFilter('');
    setChosen(new Set());
  };
  const upload = (): void =>
    void attempt(async () => {
      for (const file of await pickFiles({ kind: 'open', purpose: 'object' })) await start('objects.put', { project: project.id, bucket: bucket.name, key: `${prefix}${file.name}`, file: file.handle });
    });
  const download = (key: string, versionId?: string): void =>
    void attempt(async () => {
      const [file] = await pickFiles({ kind: 'save', purpose: 'object', name: keyName(key) });
      if (file !== undefined) await start('objects.get', { project: project.id, bucket: bucket.name, key, file: file.handle, ...(versionId === undefined ? {} : { versionId }) });
    });
  const tick = (key: string): void =>
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });

  return (
    <div className="objects" data-testid="objects">
      <Bar bucket={bucket} prefix={prefix} filter={filter} chosen={ticked.length} shown={rows?.length ?? 0} hasMore={objects.hasMore} busy={busy} inputRef={filterInput} onOpen={open} onFilter={setFilter} onUpload={upload} onDelete={() => setAsked({ what: 'delete', keys: ticked })} onRemove={() => setAsked({ what: 'remove-bucket' })} onVersioning={(enabled) => void attempt(() => start('buckets.versioning', { project: project.id, bucket: bucket.name, enabled }))} />
      {deleted.length > 0 && bucket.versioning === 'enabled' && <Deleted keys={deleted} onBringBack={(key) => setAsked({ what: 'versions', key })} />}
      {objects.error !== null && (
        <div className="page-content">
          <ErrorBox error={objects.error} actions={<Button size="small" onClick={objects.again}>{say.actions.retry}</Button>} />
        </div>
      )}
      {rows === null && objects.error === null && (
        <div className="page-content">
          <Skeleton rows={6} label={words.buckets.loading} />
        </div>
      )}
      {rows?.length === 0 && filter === '' && (
        <EmptyState title={words.buckets.empty} testId="objects-empty">
          {words.buckets.emptyText}
        </EmptyState>
      )}
      {rows?.length === 0 && filter !== '' && (
        <EmptyState
          title={words.buckets.nothingMatches(filter)}
          actions={
            <>
              <Button onClick={() => setFilter('')}>{say.conflicts.clear}</Button>
              <Button data-testid="versions-by-key" onClick={() => setAsked({ what: 'versions', key: `${prefix}${filter.trim()}` })}>
                {words.buckets.lookForVersions(filter.trim())}
              </Button>
            </>
          }
        />
      )}
      {rows !== null && rows.length > 0 && <ObjectList rows={rows} chosen={chosen} busy={busy} filterRef={filterInput} more={objects.hasMore && filter === '' ? objects.more : null} loadingMore={objects.loadingMore} onOpen={open} onTick={tick} onDownload={download} onVersions={(key) => setAsked({ what: 'versions', key })} onDelete={(key) => setAsked({ what: 'delete', keys: [key] })} />}
      {asked?.what === 'delete' && (
        <DeleteObjectsDialog
          projectId={project.id}
          bucket={bucket}
          keys={asked.keys}
          onClose={(gone) => {
            setAsked(null);
            setDeleted(gone);
            if (gone.length > 0) setChosen(new Set());
          }}
        />
      )}
      {asked?.what === 'versions' && <VersionsDialog projectId={project.id} bucket={bucket.name} objectKey={asked.key} onRestored={() => setDeleted((before) => before.filter((key) => key !== asked.key))} onDownload={download} onClose={() => setAsked(null)} />}
      {asked?.what === 'remove-bucket' && <RemoveBucketDialog projectId={project.id} bucket={bucket} onClose={() => setAsked(null)} />}
    </div>
  );
}

function Deleted({ keys, onBringBack }: { readonly keys: readonly string[]; readonly onBringBack: (key: string) => void }): ReactElement {
  return (
    <ul className="objects-deleted" role="status" data-testid="objects-deleted">
      {keys.slice(0, 3).map((key) => (
        <li key={key} className="storage-strip">
          <StateMark mark="off" />
          <span className="ellipsis">{words.buckets.deletedOne(key)}</span>
          <span className="grow" />
          <Button size="small" data-testid="bring-back" onClick={() => onBringBack(key)}>
            {words.buckets.bringBack}
          </Button>
        </li>
      ))}
    </ul>
  );
}

interface BarProps {
  readonly bucket: Bucket;
  readonly prefix: string;
  readonly filter: string;
  readonly chosen: number;
  readonly shown: number;
  readonly hasMore: boolean;
  readonly busy: boolean;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onOpen: (prefix: string) => void;
  readonly onFilter: (filter: string) => void;
  readonly onUpload: () => void;
  readonly onDelete: () => void;
  readonly onRemove: () => void;
  readonly onVersioning: (enabled: boolean) => void;
}

/** Where one is in the bucket, and what can be done there. */
function Bar({ bucket, prefix, filter, chosen, shown, hasMore, busy, inputRef, onOpen, onFilter, onUpload, onDelete, onRemove, onVersioning }: BarProps): ReactElement {
  const way = crumbs(prefix);
  return (
    <div className="objects-bar">
      <nav className="crumbs" aria-label={words.buckets.path} data-testid="crumbs">
        {[{ name: bucket.name, prefix: '' }, ...way].map((crumb, index) => (
          <span key={crumb.prefix}>
            {index > 0 && (
              <span className="faint" aria-hidden="true">
                /
              </span>
            )}
            <button type="button" aria-current={crumb.prefix === prefix ? 'page' : undefined} onClick={() => onOpen(crumb.prefix)}>
              {crumb.name}
            </button>
          </span>
        ))}
        <span className="faint" data-testid="objects-count">
          {words.buckets.shown(shown, hasMore)}
        </span>
      </nav>
      <div className="objects-acts">
        <FilterBox value={filter} onChange={onFilter} label={words.buckets.filter} inputRef={inputRef} testId="object-filter" />
        {chosen > 0 && (
          <Button size="small" look="danger" icon={<Trash2 size={13} />} disabled={busy} data-testid="delete-chosen" onClick={onDelete}>
            {words.buckets.deleteChosen} <span className="faint">{words.buckets.chosen(chosen)}</span>
          </Button>
        )}
        <span className="grow" />
        <Switch checked={bucket.versioning === 'enabled'} disabled={busy || bucket.versioning === 'unknown'} data-testid="bucket-versioning" onChange={(event) => onVersioning(event.target.checked)}>
          {words.buckets.versioning}
        </Switch>
        <Button size="small" look="quiet" disabled={busy} data-testid="bucket-remove" onClick={onRemove}>
          {words.buckets.remove}
        </Button>
        <Button size="small" look="primary" icon={<Upload size={13} />} disabled={busy} data-testid="object-upload" onClick={onUpload}>
          {words.buckets.upload}
        </Button>
      </div>
    </div>
  );
}
