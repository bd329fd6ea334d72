import { useEffect, useRef, type KeyboardEvent, type ReactElement } from 'react';
import { Ellipsis, Pin } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { mebibytes } from '../../lib/format';
import { Button, IconButton } from '../../ui/button';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { reasonWords } from './snapshot-words';
import { HEALTH_MARKS, snapshotName, type Snapshot } from './snapshots-answer';
import type { SnapshotAct } from './snapshots-panels';
import '../../ui/menu.css';

interface RowProps {
  readonly snapshot: Snapshot;
  readonly index: number;
  readonly startPx: number;
  readonly can: boolean;
  /** Where it is, when that is not where new ones go. */
  readonly elsewhere: string | null;
  /** It was chosen in the timeline: it takes the focus as soon as it is drawn. */
  readonly focused: boolean;
  readonly onFocused: () => void;
  readonly onAct: (act: SnapshotAct, snapshot: Snapshot) => void;
}

/** One snapshot. Enter shows what is in it, R restores it. */
export function SnapshotRow({ snapshot, index, startPx, can, elsewhere, focused, onFocused, onAct }: RowProps): ReactElement {
  const row = useRef<HTMLDivElement>(null);
  const name = snapshotName(snapshot);
  const done = useRef(onFocused);
  useEffect(() => {
    done.current = onFocused;
  });
  useEffect(() => {
    if (!focused) return;
    row.current?.focus();
    done.current();
  }, [focused]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== row.current || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter') onAct('show', snapshot);
    else if (event.key.toLowerCase() === 'r' && can) onAct('restore', snapshot);
    else return;
    event.preventDefault();
  }

  return (
    <div ref={row} className="snap-row" role="row" aria-rowindex={index + 2} data-row tabIndex={-1} data-testid={`snapshot-${snapshot.id}`} data-health={snapshot.health} style={{ transform: `translateY(${String(startPx)}px)` }} onKeyDown={onKeyDown}>
      <span role="cell" className="snap-name">
        <StateMark mark={HEALTH_MARKS[snapshot.health]} />
        <button type="button" className="snap-link ellipsis" title={name} onClick={() => onAct('show', snapshot)}>
          {name}
        </button>
        {snapshot.pinned && (
          <span className="snap-pin" title={words.table.pinned}>
            <Pin size={12} aria-hidden="true" />
            <span className="hidden-text">{words.table.pinned}</span>
          </span>
        )}
        <span className="faint ellipsis snap-why">{[snapshot.tag === null ? '' : reasonWords(snapshot.reason), elsewhere === null ? '' : words.table.in(elsewhere)].filter((text) => text !== '').join(' · ')}</span>
      </span>
      <span role="cell">
        <Ago at={snapshot.createdAt} />
      </span>
      <span role="cell" className="ellipsis">
        {snapshot.mode ?? words.table.noMode}
      </span>
      <span role="cell" className="dim snap-wide">
        {words.table.healths[snapshot.health]}
      </span>
      <span role="cell" className="snap-number">
        {mebibytes(snapshot.sizeBytes)}
      </span>
      <span role="cell" className="snap-number dim">
        {mebibytes(snapshot.storedBytes)}
      </span>
      <span role="cell" className="snap-sound">
        <Verified snapshot={snapshot} />
      </span>
      <span role="cell" className="snap-acts">
        <Button size="small" disabled={!can} aria-label={words.table.restoreOf(name)} data-testid={`restore-${snapshot.id}`} onClick={() => onAct('restore', snapshot)}>
          {words.table.restore}
        </Button>
        <More snapshot={snapshot} name={name} can={can} onAct={onAct} />
      </span>
    </div>
  );
}

/** The last time every byte was read and compared. */
function Verified({ snapshot: { verified } }: { readonly snapshot: Snapshot }): ReactElement {
  if (verified === null) return <span className="faint">{words.table.never}</span>;
  return (
    <span className={verified.ok ? 'snap-verified dim' : 'snap-verified snap-bad'}>
      <StateMark mark={verified.ok ? 'good' : 'bad'} />
      {verified.ok ? <Ago at={verified.at} /> : words.table.verifiedBad}
    </span>
  );
}

const ITEMS: readonly { readonly act: SnapshotAct; readonly needsEngine: boolean }[] = [
  { act: 'show', needsEngine: false },
  { act: 'branch', needsEngine: true },
  { act: 'compare', needsEngine: false },
  { act: 'verify', needsEngine: false },
  { act: 'drill', needsEngine: true },
  { act: 'export', needsEngine: false },
];

/** Everything else a snapshot can do, by name. */
function More({ snapshot, name, can, onAct }: Pick<RowProps, 'snapshot' | 'can' | 'onAct'> & { readonly name: string }): ReactElement {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={words.table.moreOf(name)} data-testid={`more-${snapshot.id}`}>
          <Ellipsis size={16} />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.querySelector('main')}>
        <DropdownMenu.Content className="menu menu-narrow" align="end" sideOffset={6} collisionPadding={8}>
          {ITEMS.map(({ act, needsEngine }) => (
            <DropdownMenu.Item key={act} disabled={needsEngine && !can} data-testid={`menu-${act}`} onSelect={() => onAct(act, snapshot)}>
              {words.table.menu[act === 'restore' ? 'show' : act]}
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Separator />
          <DropdownMenu.Item data-testid="menu-pin" onSelect={() => onAct('pin', snapshot)}>
            {snapshot.pinned ? words.table.menu.unpin : words.table.menu.pin}
          </DropdownMenu.Item>
          <DropdownMenu.Item data-testid="menu-delete" onSelect={() => onAct('delete', snapshot)}>
            {words.table.menu.delete}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
