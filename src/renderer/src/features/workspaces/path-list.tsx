import { useRef, type ReactElement, type ReactNode, type RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRowKeys } from '../../lib/use-row-keys';

const ROW_HEIGHT = 32;

interface PathListProps<T> {
  readonly items: readonly T[];
  readonly label: string;
  readonly testId: string;
  readonly keyOf: (item: T) => string;
  readonly row: (item: T) => ReactNode;
  /** Where `/` goes. */
  readonly filterRef?: RefObject<HTMLInputElement | null>;
}

/** A list of paths, of which only those that can be seen are drawn. J and K move. */
export function PathList<T>({ items, label, testId, keyOf, row, filterRef }: PathListProps<T>): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  useRowKeys(scroller, filterRef);
  const virtual = useVirtualizer({ count: items.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 16 });
  return (
    <div ref={scroller} className="ws-paths scroll" tabIndex={0} role="region" aria-label={label} data-testid={testId}>
      <ul style={{ height: virtual.getTotalSize() }} aria-label={label}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          return (
            <li key={keyOf(item)} className="ws-path" style={{ transform: `translateY(${String(start)}px)` }} aria-posinset={index + 1} aria-setsize={items.length} data-row tabIndex={-1}>
              {row(item)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
