import { useEffect, useRef, type ReactElement, type RefObject } from 'react';
import { Download, File, Folder, History, Trash2 } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { storageWords as words } from '../../locales/en/storage';
import { mebibytes } from '../../lib/format';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button, IconButton } from '../../ui/button';
import { Ago } from '../../ui/time';
import type { ObjectRow } from './object-rows';

const ROW_HEIGHT = 32;
/** Nearer to the end than this the next page is asked for. */
const NEAR_END_ROWS = 30;

interface ObjectListProps {
  readonly rows: readonly ObjectRow[];
  readonly chosen: ReadonlySet<string>;
  readonly busy: boolean;
  readonly filterRef: RefObject<HTMLInputElement | null>;
  /** Null where everything is here. */
  readonly more: (() => void) | null;
  readonly loadingMore: boolean;
  readonly onOpen: (prefix: string) => void;
  readonly onTick: (key: string) => void;
  readonly onDownload: (key: string) => void;
  readonly onVersions: (key: string) => void;
  readonly onDelete: (key: string) => void;
}

/** Folders and objects, of which only those that can be seen are drawn. J and K move, Enter opens. */
export function ObjectList(props: ObjectListProps): ReactElement {
  const { rows, more, loadingMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  useRowKeys(scroller, props.filterRef);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 16, getItemKey: (index) => rows[index]?.key ?? index });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const nearEnd = more !== null && !loadingMore && last >= rows.length - NEAR_END_ROWS && last >= NEAR_END_ROWS;
  const load = useRef(more);
  useEffect(() => {
    load.current = more;
  });
  useEffect(() => {
    if (nearEnd) load.current?.();
  }, [nearEnd, rows.length]);
  return (
    <div ref={scroller} className="objects-list scroll" tabIndex={0} role="region" aria-label={words.buckets.objects} data-testid="object-list">
      <ul style={{ height: virtual.getTotalSize() }} aria-label={words.buckets.objects}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <li key={item.key} className="object-row" style={{ transform: `translateY(${String(item.start)}px)` }} aria-posinset={item.index + 1} aria-setsize={rows.length} data-testid={`row-${row.key}`}>
              {row.kind === 'folder' ? <FolderRow row={row} onOpen={props.onOpen} /> : <FileRow {...props} row={row} />}
            </li>
          );
        })}
      </ul>
      {more !== null && (
        <p className="objects-more">
          <Button size="small" disabled={loadingMore} onClick={more}>
            {words.buckets.more}
          </Button>
        </p>
      )}
    </div>
  );
}

function FolderRow({ row, onOpen }: { readonly row: ObjectRow; readonly onOpen: (prefix: string) => void }): ReactElement {
  return (
    <>
      <span />
      <button type="button" data-row className="object-name" aria-label={words.buckets.open(row.name)} onClick={() => onOpen(row.key)}>
        <Folder size={14} aria-hidden="true" />
        <span className="ellipsis">{row.name}/</span>
      </button>
    </>
  );
}

function FileRow({ row, chosen, busy, onTick, onDownload, onVersions, onDelete }: ObjectListProps & { readonly row: Extract<ObjectRow, { kind: 'object' }> }): ReactElement {
  return (
    <>
      <input type="checkbox" aria-label={words.buckets.choose(row.name)} checked={chosen.has(row.key)} onChange={() => onTick(row.key)} />
      <button type="button" data-row className="object-name" aria-label={words.buckets.versionsOf(row.name)} title={row.key} onClick={() => onVersions(row.key)}>
        <File size={14} aria-hidden="true" />
        <span className="ellipsis">{row.name}</span>
      </button>
      <span className="object-size">{mebibytes(row.object.sizeBytes)}</span>
      <span className="object-when">
        <Ago at={row.object.modifiedAt} />
      </span>
      <span className="object-acts">
        <IconButton label={words.buckets.downloadOf(row.name)} disabled={busy} data-testid={`download-${row.key}`} onClick={() => onDownload(row.key)}>
          <Download size={14} />
        </IconButton>
        <IconButton label={words.buckets.versionsOf(row.name)} data-testid={`versions-${row.key}`} onClick={() => onVersions(row.key)}>
          <History size={14} />
        </IconButton>
        <IconButton label={words.buckets.deleteOf(row.name)} disabled={busy} data-testid={`delete-${row.key}`} onClick={() => onDelete(row.key)}>
          <Trash2 size={14} />
        </IconButton>
      </span>
    </>
  );
}
