import { useEffect, useRef, type ReactElement, type RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { gitopsWords as words } from '../../locales/en/gitops';
import { count } from '../../lib/format';
import { useRowKeys } from '../../lib/use-row-keys';
import { StateMark } from '../../ui/state-mark';
import { groupName, type Group, type ListLine } from './group-list';

const ROW_HEIGHT = 44;
const CLASS_HEIGHT = 32;

interface GroupRowsProps {
  readonly lines: readonly ListLine[];
  readonly chosen: string | null;
  /** Groups the user has decided about and not yet resolved. */
  readonly decided: ReadonlySet<string>;
  readonly filterRef: RefObject<HTMLInputElement | null>;
  readonly onChoose: (group: Group) => void;
}

/** Groups under their classes, of which only those that can be seen are drawn. J and K move, Enter opens. */
export function GroupRows({ lines, chosen, decided, filterRef, onChoose }: GroupRowsProps): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  useRowKeys(scroller, filterRef);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: (index) => (lines[index]?.kind === 'class' ? CLASS_HEIGHT : ROW_HEIGHT), overscan: 12, getItemKey: (index) => keyOf(lines[index], index) });
  useEffect(() => virtual.measure(), [virtual, lines]);
  return (
    <div ref={scroller} className="gitops-list scroll" tabIndex={0} role="region" aria-label={words.groups.list} data-testid="gitops-groups">
      <ul style={{ height: virtual.getTotalSize() }} aria-label={words.groups.list}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (line === undefined) return null;
          return (
            <li key={item.key} style={{ height: item.size, transform: `translateY(${String(item.start)}px)` }} aria-posinset={item.index + 1} aria-setsize={lines.length}>
              {line.kind === 'class' ? (
                <h2 className="gitops-class" data-testid={`class-${line.of}`}>
                  {words.classes[line.of]} <span className="faint">{line.count}</span>
                </h2>
              ) : (
                <GroupRow group={line.group} isChosen={chosen === line.group.id} isDecided={decided.has(line.group.id)} onChoose={onChoose} />
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function keyOf(line: ListLine | undefined, index: number): string {
  if (line === undefined) return String(index);
  return line.kind === 'class' ? `class ${line.of}` : line.group.id;
}

function GroupRow({ group, isChosen, isDecided, onChoose }: { readonly group: Group; readonly isChosen: boolean; readonly isDecided: boolean; readonly onChoose: (group: Group) => void }): ReactElement {
  const files = new Set(group.members.map((member) => member.file)).size;
  const state = isDecided ? 'decided' : group.resolution;
  return (
    <button type="button" data-row className="gitops-row" aria-current={isChosen ? 'true' : undefined} data-testid={`group-${group.id}`} onClick={() => onChoose(group)}>
      <StateMark mark={state === 'manual' ? 'warn' : 'good'} />
      <span className="gitops-row-text">
        <span className="ellipsis" title={groupName(group)}>{groupName(group)}</span>
        <span className="faint ellipsis">{group.keep === null ? group.reason : words.groups.keeps(group.keep)}</span>
      </span>
      <span className="gitops-row-end">
        <span>{words.groups.states[state]}</span>
        <span className="faint">{count(files, words.groups.file, words.groups.files)}</span>
      </span>
    </button>
  );
}
