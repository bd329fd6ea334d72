import { useCallback, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowRight, ChevronRight, CircleMinus, CirclePlus, PencilLine } from 'lucide-react';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { call } from '../../lib/client';
import { ago } from '../../lib/ago';
import { setUi, useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { useNow } from '../../ui/time';
import { differenceRows, filteredDifferences, type ChangeFilter, type Difference, type DifferenceRow } from './difference-tree';
import { newestFirst, snapshotName, type Snapshot } from './snapshots-answer';
import type { PanelProps } from './snapshots-panels';

/** Which two are compared; `after` null: with now. */
export interface ComparePair {
  readonly before: string;
  readonly after: string | null;
}

const NOW = 'now';
const LIMIT = 10_000;
const CHANGES: readonly ChangeFilter[] = ['all', 'added', 'removed', 'changed'];

/** What differs between two snapshots, or between one and now. */
export function ComparePanel({ project, status, can, pair, onPair, onAct }: PanelProps & { readonly pair: ComparePair | null; readonly onPair: (pair: ComparePair) => void }): ReactElement {
  const ordered = newestFirst(status.snapshots);
  const before = ordered.find((one) => one.id === pair?.before) ?? ordered[0];
  const after = ordered.find((one) => one.id === pair?.after);
  if (before === undefined) {
    return (
      <div className="page-content scroll snap-panel" data-testid="compare-panel">
        <EmptyState title={words.empty.title} testId="compare-empty">
          <p>{words.compare.needsTwo}</p>
        </EmptyState>
      </div>
    );
  }
  const choose = (change: Partial<ComparePair>): void => onPair({ before: before.id, after: after?.id ?? null, ...change });
  return (
    <div className="snap-page" data-testid="compare-panel">
      <div className="snap-bar snap-pair">
        <SnapshotChoice label={words.compare.before} value={before.id} snapshots={ordered} testId="compare-before" onChange={(id) => choose({ before: id })} />
        <ArrowRight size={14} aria-hidden="true" />
        <SnapshotChoice label={words.compare.after} value={after?.id ?? NOW} snapshots={ordered} now testId="compare-after" onChange={(id) => choose({ after: id === NOW ? null : id })} />
        <span className="grow" />
        <Button size="small" disabled={!can} data-testid="compare-restore" onClick={() => onAct('restore', before)}>
          {words.compare.restore}
        </Button>
      </div>
      <Differences key={`${before.id} ${after?.id ?? NOW}`} projectId={project.id} before={before.id} after={after?.id ?? null} />
    </div>
  );
}

function SnapshotChoice({ label, value, snapshots, now = false, testId, onChange }: { readonly label: string; readonly value: string; readonly snapshots: readonly Snapshot[]; readonly now?: boolean; readonly testId: string; readonly onChange: (id: string) => void }): ReactElement {
  const at = useNow();
  const names = Object.fromEntries(snapshots.map((one) => [one.id, `${snapshotName(one)}, ${ago(Math.max(0, at - Date.parse(one.createdAt)))}`]));
  return (
    <span className="snap-inline">
      <span className="faint">{label}</span>
      <Choice label={label} value={value} options={[...(now ? [NOW] : []), ...snapshots.map((one) => one.id)]} words={{ ...names, [NOW]: words.compare.now }} testId={testId} onChange={onChange} />
    </span>
  );
}

function Differences({ projectId, before, after }: { readonly projectId: string; readonly before: string; readonly after: string | null }): ReactElement {
  // What is there now changes with the project; two snapshots never do.
  const revision = useStore((state) => (after === null ? (state.model.revisions[projectId] ?? 0) : 0));
  const answer = useAnswer(useCallback(() => call('snapshots.compare', { project: projectId, id: before, limit: LIMIT, ...(after === null ? {} : { with: after }) }).then((found) => ({ found, revision })), [projectId, before, after, revision]));
  const found = answer.value?.found ?? null;
  if (answer.error !== null) {
    return (
      <div className="page-content">
        <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />
      </div>
    );
  }
  if (found === null) {
    return (
      <div className="page-content">
        <Skeleton rows={8} label={words.compare.comparing} />
      </div>
    );
  }
  if (found.differences.length === 0) {
    return (
      <EmptyState title={words.compare.none} testId="compare-none">
        <p>{words.compare.noneText}</p>
      </EmptyState>
    );
  }
  return <Tree differences={found.differences} more={found.more} />;
}

function Tree({ differences, more }: { readonly differences: readonly Difference[]; readonly more: number }): ReactElement {
  const filter = useStore((state) => state.ui.filter);
  const [change, setChange] = useState<ChangeFilter>('all');
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const input = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  useRowKeys(scroller, input);
  const matching = filteredDifferences(differences, filter, change);
  const rows = differenceRows(matching, closed);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 28, overscan: 20, getItemKey: (index) => rows[index]?.key ?? index });
  const toggle = (key: string): void => {
    const next = new Set(closed);
    if (!next.delete(key)) next.add(key);
    setClosed(next);
  };
  return (
    <>
      <div className="snap-bar">
        <FilterBox value={filter} onChange={(text) => setUi({ filter: text })} label={words.compare.filter} inputRef={input} testId="compare-filter" />
        <Choice label={words.compare.changeOf} value={change} options={CHANGES} words={words.compare.changes} testId="compare-change" onChange={setChange} />
        <span className="faint grow" data-testid="compare-count">
          {words.compare.shown(matching.length, filter.trim() === '' && change === 'all' ? more : 0)}
        </span>
      </div>
      {rows.length === 0 && <p className="dim snap-none">{words.compare.nothing}</p>}
      <div ref={scroller} className="snap-rows scroll" role="tree" tabIndex={0} aria-label={words.compare.list} data-testid="compare-tree" hidden={rows.length === 0}>
        <div role="presentation" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return row === undefined ? null : <DifferenceLine key={row.key} row={row} startPx={start} onToggle={() => toggle(row.key)} />;
          })}
        </div>
      </div>
    </>
  );
}

const ICONS = { added: CirclePlus, removed: CircleMinus, changed: PencilLine };

/** A part, a folder or a difference. Enter opens and closes what has something beneath it. */
function DifferenceLine({ row, startPx, onToggle }: { readonly row: DifferenceRow; readonly startPx: number; readonly onToggle: () => void }): ReactElement {
  const { difference } = row;
  const folds = row.beneath > 0;
  const Icon = difference === null ? null : ICONS[difference.change];

  function onKeyDown(event: KeyboardEvent): void {
    const opens = event.key === 'Enter' || (event.key === 'ArrowRight' && !row.open) || (event.key === 'ArrowLeft' && row.open);
    if (!folds || !opens || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onToggle();
  }

  return (
    <div className="snap-diff" role="treeitem" aria-level={row.depth + 1} aria-expanded={folds ? row.open : undefined} data-row tabIndex={-1} data-change={difference?.change} data-testid="difference" style={{ transform: `translateY(${String(startPx)}px)`, paddingLeft: `${String(16 + row.depth * 16)}px` }} onClick={folds ? onToggle : undefined} onKeyDown={onKeyDown}>
      <ChevronRight size={14} aria-hidden="true" className="snap-chevron" data-open={row.open} style={{ visibility: folds ? 'visible' : 'hidden' }} />
      {Icon !== null && <Icon size={14} aria-hidden="true" className="snap-change" />}
      <span className={row.depth === 0 ? 'snap-strong ellipsis' : 'ellipsis'} title={row.name}>
        {row.name}
      </span>
      {folds && <span className="faint snap-fixed">{row.beneath}</span>}
      {difference !== null && (
        <>
          <span className="snap-change snap-fixed">{words.compare.changes[difference.change]}</span>
          <span className="dim ellipsis snap-what">{difference.change === 'changed' ? difference.what.join(', ') : ''}</span>
          <Sides difference={difference} />
        </>
      )}
    </div>
  );
}

function Sides({ difference: { before, after } }: { readonly difference: Difference }): ReactElement | null {
  if (before === null && after === null) return null;
  const text = [before, after].filter((one) => one !== null).join(' → ');
  return (
    <span className="faint ellipsis snap-sides selectable" title={text}>
      {text}
    </span>
  );
}
