import { useCallback, useMemo, useRef, useState, type ReactElement } from 'react';
import { HardDrive } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { mebibytes } from '../../lib/format';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { Ago } from '../../ui/time';
import { CleanDialog } from './clean-dialog';
import './disk-panel.css';

type DiskUse = OutputOf<'disk.show'>;
type DiskItem = DiskUse['items'][number];

const ROW_HEIGHT = 32;
const SUMS = ['images', 'volumes', 'buildCache', 'containers'] as const;

/** What fills the engine's disk, and what of it could go. Nothing is chosen until it is ticked. */
export function DiskPanel(): ReactElement {
  const { value, error, again } = useAnswer(useCallback(() => call('disk.show', {}), []));
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [onlyRemovable, setOnlyRemovable] = useState(true);
  const [cleaning, setCleaning] = useState(false);
  const items = useMemo(() => (value?.items ?? []).filter((item) => !onlyRemovable || item.removable).sort((a, b) => b.sizeBytes - a.sizeBytes), [value, onlyRemovable]);
  // Build cache and volumes can go away while the page is open.
  const chosen = (value?.items ?? []).filter((item) => item.removable && ticked.has(item.id));
  const total = value === null ? 0 : SUMS.reduce((sum, kind) => sum + value[kind].sizeBytes, 0);
  const could = value === null ? 0 : SUMS.reduce((sum, kind) => sum + value[kind].reclaimableBytes, 0);
  const tick = (item: DiskItem): void =>
    setTicked((before) => {
      const after = new Set(before);
      if (!after.delete(item.id)) after.add(item.id);
      return after;
    });

  return (
    <>
      <PageHead sentence={value === null ? (error === null ? say.disk.measuring : say.disk.failed) : say.disk.sentence(mebibytes(total), mebibytes(could))} detail={value === null ? undefined : <Sums use={value} />}>
        <Button onClick={again}>{say.disk.again}</Button>
        <Button look="primary" data-testid="disk-clean" disabled={chosen.length === 0} onClick={() => setCleaning(true)}>
          {say.disk.show(chosen.length)}
        </Button>
      </PageHead>
      {error !== null && <div className="page-content"><ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} /></div>}
      {value === null && error === null && <div className="page-content"><Skeleton rows={8} label={say.disk.measuring} /></div>}
      {value !== null && (
        <div className="disk-bar">
          <label className="check">
            <input type="checkbox" checked={items.length > 0 && items.every((item) => !item.removable || ticked.has(item.id)) && items.some((item) => item.removable)} disabled={!items.some((item) => item.removable)} onChange={(event) => setTicked(event.target.checked ? new Set(items.filter((item) => item.removable).map((item) => item.id)) : new Set())} />
            {say.disk.all}
          </label>
          <label className="check">
            <input type="checkbox" checked={onlyRemovable} onChange={(event) => setOnlyRemovable(event.target.checked)} />
            {say.disk.onlyRemovable}
          </label>
        </div>
      )}
      {value !== null && items.length === 0 && (
        <EmptyState icon={<HardDrive size={20} />} title={say.disk.empty}>
          {say.disk.emptyText}
        </EmptyState>
      )}
      {items.length > 0 && <Items items={items} ticked={ticked} onTick={tick} />}
      {cleaning && (
        <CleanDialog
          items={chosen}
          onClose={(cleaned) => {
            setCleaning(false);
            if (!cleaned) return;
            setTicked(new Set());
            again();
          }}
        />
      )}
    </>
  );
}

function Sums({ use }: { readonly use: DiskUse }): ReactElement {
  return (
    <span className="disk-sums" data-testid="disk-sums">
      {SUMS.map((kind) => (
        <span key={kind}>{say.disk.sum[kind](use[kind].count, mebibytes(use[kind].sizeBytes))}</span>
      ))}
    </span>
  );
}

function Items({ items, ticked, onTick }: { readonly items: readonly DiskItem[]; readonly ticked: ReadonlySet<string>; readonly onTick: (item: DiskItem) => void }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  useRowKeys(scroller);
  const virtual = useVirtualizer({ count: items.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 16, getItemKey: (index) => items[index]?.id ?? index });
  return (
    <div ref={scroller} className="disk-items scroll" tabIndex={0} role="region" aria-label={say.disk.items} data-testid="disk-items">
      <ul style={{ height: virtual.getTotalSize() }} aria-label={say.disk.items}>
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          if (item === undefined) return null;
          return (
            <li key={row.key} className="disk-item" style={{ transform: `translateY(${row.start}px)` }} aria-posinset={row.index + 1} aria-setsize={items.length}>
              <label>
                <input type="checkbox" data-row aria-label={item.name} checked={item.removable && ticked.has(item.id)} disabled={!item.removable} onChange={() => onTick(item)} />
                <span className="dim">{say.disk.kinds[item.kind]}</span>
                <span className="ellipsis disk-name" title={item.name}>
                  {item.name}
                </span>
                <span className="dim ellipsis disk-why" title={item.why}>
                  {item.removable ? item.why : say.disk.inUse}
                </span>
                <span className="disk-when">
                  <Ago at={item.createdAt} />
                </span>
                <span className="disk-size">{mebibytes(item.sizeBytes)}</span>
              </label>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
