import { useCallback, useEffect, useLayoutEffect, useRef, type ReactElement, type ReactNode, type RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { LogQuery } from '@shared/domain/logs/query';
import type { LogBuffer } from '../../lib/log-buffer';
import type { LogRows } from '../../lib/log-rows';
import { LogRow, type LogTimes } from './log-row';

const LINE_HEIGHT = 20;
/** Nearer to the end than this still counts as being there. */
const NEAR_END_PX = 24;

/** A line that is to be shown in the middle; another turn asks again. */
export interface LogTarget {
  readonly line: number;
  readonly turn: number;
}

interface LogListProps {
  readonly buffer: LogBuffer;
  /** Changes with what the buffer holds. */
  readonly version: number;
  readonly rows: LogRows;
  readonly times: LogTimes;
  readonly wrap: boolean;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly services: readonly string[];
  readonly query: LogQuery | null;
  readonly current: number | null;
  readonly target: LogTarget | null;
  /** The line at the upper edge, for whoever searches from there. */
  readonly top: RefObject<number>;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly label: string;
  readonly empty: ReactNode;
}

/** The lines of a log. It stays at the end until it is scrolled away from there; then what is read stays in place, whatever comes and goes. */
export function LogList({ buffer, version, rows, times, wrap, follow, onFollow, services, query, current, target, top, scroller, label, empty }: LogListProps): ReactElement {
  const first = rows.count === 0 ? 0 : rows.at(0);
  // Heights belong to lines, and lines move when the oldest go. Without wrapping all are the same.
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the key of a place changes when the first line does.
  const lineAt = useCallback((place: number) => rows.at(place), [rows, wrap ? first : 0]);
  const virtual = useVirtualizer({ count: rows.count, getScrollElement: () => scroller.current, estimateSize: () => LINE_HEIGHT, overscan: 16, ...(wrap ? { getItemKey: lineAt } : {}) });
  const total = virtual.getTotalSize();
  const anchor = useRef({ line: 0, offsetPx: 0 });
  // What is hidden loses its place.
  const heightPx = virtual.scrollRect?.height ?? 0;
  const shown = useRef({ rows, first, wrap, heightPx });
  /** Where it was put, or scrolled to: an event that says no more than this is none of anybody's hand. */
  const lastTop = useRef(0);

  const remember = (element: HTMLElement): void => {
    const item = virtual.getVirtualItemForOffset(element.scrollTop);
    if (item === undefined || rows.count === 0) return;
    top.current = rows.at(item.index);
    anchor.current = { line: top.current, offsetPx: element.scrollTop - item.start };
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || element.clientHeight === 0) return;
    if (shown.current.wrap !== wrap) virtual.measure();
    const before = shown.current;
    const moved = before.rows !== rows || before.first !== first || before.wrap !== wrap || before.heightPx !== heightPx;
    shown.current = { rows, first, wrap, heightPx };
    if (follow) {
      element.scrollTop = element.scrollHeight;
      remember(element);
    } else if (moved) {
      const place = rows.placeOf(anchor.current.line);
      element.scrollTop = (wrap ? (virtual.getOffsetForIndex(place, 'start')?.[0] ?? 0) : place * LINE_HEIGHT) + anchor.current.offsetPx;
    }
    lastTop.current = element.scrollTop;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what is drawn changes with these alone.
  }, [follow, rows, version, first, total, wrap, heightPx]);

  useEffect(() => {
    // Shown again it stands where it stood, and nobody says so: what is drawn is asked for once more.
    const frame = requestAnimationFrame(() => {
      const element = scroller.current;
      if (element !== null && heightPx > 0 && virtual.scrollOffset !== element.scrollTop) element.dispatchEvent(new Event('scroll'));
    });
    return () => cancelAnimationFrame(frame);
  }, [heightPx, scroller, virtual]);

  useEffect(() => {
    if (target !== null) virtual.scrollToIndex(rows.placeOf(target.line), { align: 'center' });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each time it is asked.
  }, [target]);

  function onScroll(): void {
    const element = scroller.current;
    if (element === null || element.clientHeight === 0 || element.scrollTop === lastTop.current) return;
    lastTop.current = element.scrollTop;
    remember(element);
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    if (atEnd !== follow) onFollow(atEnd);
  }

  return (
    <div ref={scroller} className="log-lines scroll selectable" data-wrap={wrap || undefined} tabIndex={0} role="log" aria-live="off" aria-label={label} data-testid="log-lines" onScroll={onScroll} onWheel={(event) => event.deltaY < 0 && follow && event.currentTarget.scrollTop > 0 && onFollow(false)}>
      {rows.count === 0 && empty}
      <div className="log-canvas" style={{ height: total }}>
        {virtual.getVirtualItems().map((item) => {
          const line = rows.at(item.index);
          return (
            <div key={line} ref={wrap ? virtual.measureElement : undefined} data-index={item.index} className="log-line" data-level={buffer.level(line) ?? undefined} data-kind={buffer.kind(line)} data-current={line === current || undefined} style={{ transform: `translateY(${String(item.start)}px)` }}>
              <LogRow buffer={buffer} line={line} times={times} services={services} query={query} current={line === current} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
