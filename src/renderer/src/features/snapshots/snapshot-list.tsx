import { useRef, useState, type ReactElement } from 'react';
import { Archive } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { setUi, useStore } from '../../lib/store';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { FilterBox } from '../../ui/filter-box';
import { DamagedNotice } from './damaged-list';
import { SnapshotNumbers } from './snapshot-numbers';
import { SnapshotRow } from './snapshot-row';
import { filteredSnapshots, newestFirst, type Snapshot } from './snapshots-answer';
import type { PanelProps } from './snapshots-panels';
import { Timeline } from './timeline';

const ROW_HEIGHT = 32;

/** The numbers, the timeline and every snapshot, newest first. */
export function SnapshotList(props: PanelProps): ReactElement {
  const { status, can, onImport } = props;
  if (status.snapshots.length === 0) {
    return (
      <div className="page-content scroll snap-panel" data-testid="snapshots-panel">
        <DamagedNotice damaged={status.damaged} />
        <EmptyState
          testId="snapshots-empty"
          icon={<Archive size={20} />}
          title={words.empty.title}
          actions={
            <>
              <Button look="primary" disabled={!can} data-testid="empty-new" onClick={() => setUi({ snapshotsQuestion: 'create' })}>
                {words.create.open}
              </Button>
              <Button disabled={!can} data-testid="empty-import" onClick={onImport}>
                {words.import}
              </Button>
            </>
          }
        >
          <p>{words.empty.text}</p>
        </EmptyState>
      </div>
    );
  }
  return <Filled {...props} />;
}

function Filled(props: PanelProps): ReactElement {
  const { status, can, onImport } = props;
  const filter = useStore((state) => state.ui.filter);
  const input = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  useRowKeys(scroller, input);
  const shown = filteredSnapshots(newestFirst(status.snapshots), filter);
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 16, getItemKey: (index) => shown[index]?.id ?? index });
  const goTo = (snapshot: Snapshot): void => {
    const index = shown.findIndex((one) => one.id === snapshot.id);
    if (index === -1) return;
    virtual.scrollToIndex(index);
    setWanted(snapshot.id);
  };
  return (
    <div className="snap-page" data-testid="snapshots-panel">
      <DamagedNotice damaged={status.damaged} />
      <SnapshotNumbers status={status} />
      <Timeline snapshots={status.snapshots} onChoose={goTo} />
      <div className="snap-bar">
        <FilterBox value={filter} onChange={(text) => setUi({ filter: text })} label={words.table.filter} inputRef={input} testId="snapshots-filter" />
        <span className="faint grow" data-testid="snapshots-count">
          {words.table.shown(shown.length, status.snapshots.length)}
        </span>
        <Button size="small" disabled={!can} data-testid="snapshot-import" onClick={onImport}>
          {words.import}
        </Button>
      </div>
      {shown.length === 0 ? (
        <p className="dim snap-none">{words.table.nothing(filter)}</p>
      ) : (
        <div className="snap-table" role="table" aria-label={words.table.label} aria-rowcount={shown.length + 1}>
          <div role="rowgroup">
            <div className="snap-row snap-head" role="row" aria-rowindex={1}>
              <Heads />
            </div>
          </div>
          <div ref={scroller} className="snap-rows scroll" role="rowgroup" tabIndex={0} aria-label={words.table.label} data-testid="snapshots-list">
            <div role="presentation" style={{ height: virtual.getTotalSize() }}>
              {virtual.getVirtualItems().map(({ index, start }) => {
                const snapshot = shown[index];
                if (snapshot === undefined) return null;
                return <SnapshotRow key={snapshot.id} snapshot={snapshot} index={index} startPx={start} can={can} elsewhere={snapshot.repository === status.settings.repository ? null : snapshot.repository} focused={wanted === snapshot.id} onFocused={() => setWanted(null)} onAct={props.onAct} />;
              })}
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

function Heads(): ReactElement {
  return (
    <>
      <span role="columnheader">{words.table.name}</span>
      <span role="columnheader">{words.table.when}</span>
      <span role="columnheader">{words.table.mode}</span>
      <span role="columnheader" className="snap-wide">
        {words.table.health}
      </span>
      <span role="columnheader" className="snap-number">
        {words.table.size}
      </span>
      <span role="columnheader" className="snap-number">
        {words.table.stored}
      </span>
      <span role="columnheader" className="snap-sound">
        {words.table.verified}
      </span>
      <span role="columnheader">
        <span className="hidden-text">{words.table.acts}</span>
      </span>
    </>
  );
}
