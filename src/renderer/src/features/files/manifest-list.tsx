import { useMemo, useRef, useState, type ReactElement } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { filesWords } from '../../locales/en/files';
import { say } from '../../locales/say';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { UnsavedMark } from './file-list';
import type { Manifests } from './use-manifests';

const words = filesWords.manifests;
const ROW_HEIGHT = 28;

interface ManifestListProps {
  readonly manifests: Manifests;
  readonly archived: boolean;
  readonly active: string | null;
  readonly unsaved: ReadonlySet<string>;
  readonly onOpen: (file: string) => void;
}

/** Every YAML and JSON file of the folder, of which only those that can be seen are drawn. */
export function ManifestList({ manifests, archived, active, unsaved, onOpen }: ManifestListProps): ReactElement {
  const [filter, setFilter] = useState('');
  const filterRef = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLElement>(null);
  useRowKeys(scroller, filterRef);
  const files = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    return (manifests.files ?? []).filter((one) => one.path.toLowerCase().includes(wanted));
  }, [manifests.files, filter]);
  const virtual = useVirtualizer({ count: files.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 12, getItemKey: (index) => files[index]?.file ?? index });
  return (
    <>
      <div className="manifest-filter">
        <FilterBox value={filter} onChange={setFilter} label={words.filter} inputRef={filterRef} testId="manifests-filter" />
      </div>
      {manifests.error !== null && <ErrorBox error={manifests.error} actions={<Button size="small" onClick={manifests.again}>{say.actions.retry}</Button>} />}
      {manifests.files === null && manifests.error === null && <Skeleton rows={6} label={words.loading} />}
      {manifests.files !== null && files.length === 0 && <EmptyState title={manifests.files.length > 0 ? words.noMatch : archived ? words.noneArchived : words.none} />}
      <nav ref={scroller} className="manifest-rows scroll" tabIndex={0} aria-label={archived ? words.archived : words.all} data-testid="manifest-list">
        <ul style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const one = files[item.index];
            if (one === undefined) return null;
            const cut = one.path.lastIndexOf('/') + 1;
            return (
              <li key={item.key} style={{ height: item.size, transform: `translateY(${String(item.start)}px)` }} aria-posinset={item.index + 1} aria-setsize={files.length}>
                <button type="button" className="file-item" data-row data-testid={`manifest-${one.path}`} aria-current={one.file === active ? 'true' : undefined} title={one.path} onClick={() => onOpen(one.file)}>
                  <span className="manifest-name">{one.path.slice(cut)}</span>
                  {cut > 0 && <span className="faint ellipsis manifest-folder">{one.path.slice(0, cut - 1)}</span>}
                  {unsaved.has(one.file) && <UnsavedMark />}
                </button>
              </li>
            );
          })}
        </ul>
      </nav>
      {!manifests.isWhole && <p className="faint manifest-note">{words.more}</p>}
    </>
  );
}
