import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { ArrowDownToLine } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { AppError } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { stream } from '../../lib/client';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { LogText } from '../../ui/log-lines';
import { createLogBuffer, createLogFilter, type LevelFilter } from './log-buffer';
import './log-view.css';

const LINE_HEIGHT = 20;
const TAIL = 500;
/** Nearer to the end than this still counts as being there. */
const NEAR_END_PX = 24;

interface LogViewProps {
  readonly projectId: string;
  /** Whose containers print it. */
  readonly of?: 'service' | 'workspace';
  /** The name of the service or the workspace. */
  readonly service: string;
  /** Another container, another log. */
  readonly containerKey: string;
}

/** The log of one service or workspace, live. It follows until it is scrolled away from the end; the stream stops while the window is hidden. */
export function LogView({ projectId, of = 'service', service, containerKey }: LogViewProps): ReactElement {
  const { buffer, version, error, ended, again } = useLog(projectId, of, service, containerKey);
  const [search, setSearch] = useState('');
  const [level, setLevel] = useState<LevelFilter>('all');
  const [follow, setFollow] = useState(true);
  const [seenEnd, setSeenEnd] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useRowKeys(scroller, input);

  const filter = useMemo(() => createLogFilter(search, level), [search, level]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- `version` stands for what the buffer holds, which changes in place.
  const lines = useMemo(() => filter.update(buffer), [filter, buffer, version]);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE_HEIGHT, overscan: 24 });

  useLayoutEffect(() => {
    if (!follow) return;
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
    setSeenEnd(buffer.end);
  }, [follow, lines, buffer]);

  function onScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    if (atEnd !== follow) setFollow(atEnd);
    if (!atEnd && follow) setSeenEnd(buffer.end);
  }

  const fresh = buffer.end - seenEnd;
  return (
    <div className="log-view">
      <div className="log-bar">
        <FilterBox value={search} onChange={setSearch} label={say.logs.search} inputRef={input} testId="log-filter" />
        <select className="log-level" value={level} aria-label={say.logs.level} onChange={(event) => setLevel(event.target.value as LevelFilter)}>
          {(['all', 'warn', 'error'] as const).map((one) => (
            <option key={one} value={one}>
              {say.logs.levels[one]}
            </option>
          ))}
        </select>
        <span className="grow" />
        <span className="faint log-count">
          {say.logs.lines(lines.length, buffer.end - buffer.start)}
          {buffer.start > 0 && ` · ${say.logs.dropped(buffer.start)}`}
        </span>
        <Button size="small" look={follow ? 'quiet' : 'normal'} aria-pressed={follow} data-testid="log-follow" icon={<ArrowDownToLine size={13} />} onClick={() => setFollow(!follow)}>
          {follow ? say.logs.following : fresh > 0 ? say.logs.newLines(fresh) : say.logs.follow}
        </Button>
      </div>
      {error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />}
      <div ref={scroller} className="log-lines scroll selectable" tabIndex={0} role="log" aria-live="off" aria-label={say.logs.label(service)} data-testid="log-lines" onScroll={onScroll}>
        {lines.length === 0 && error === null && <p className="log-empty">{buffer.end > 0 ? say.logs.nothing : ended ? say.logs.none : `${say.logs.empty}. ${say.logs.emptyText}`}</p>}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const index = lines[item.index] ?? 0;
            return (
              <div key={index} className="log-line" data-level={buffer.level(index)} style={{ transform: `translateY(${item.start}px)` }}>
                <span className="log-time" title={buffer.time(index)}>
                  {clockTime(buffer.time(index))}
                </span>
                <span>
                  <LogText text={buffer.text(index)} />
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function clockTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleTimeString(undefined, { hour12: false });
}

/** Reads the stream into a buffer, and redraws at most once a frame. */
function useLog(projectId: string, of: 'service' | 'workspace', service: string, containerKey: string): { readonly buffer: ReturnType<typeof createLogBuffer>; readonly version: number; readonly error: AppError | null; readonly ended: boolean; readonly again: () => void } {
  const [turn, setTurn] = useState(0);
  const [version, setVersion] = useState(0);
  const [error, setError] = useState<AppError | null>(null);
  const [ended, setEnded] = useState(false);
  const [visible, setVisible] = useState(document.visibilityState !== 'hidden');
  // eslint-disable-next-line react-hooks/exhaustive-deps -- another service gets another buffer.
  const buffer = useMemo(() => createLogBuffer(), [projectId, of, service]);

  useEffect(() => {
    const onChange = (): void => setVisible(document.visibilityState !== 'hidden');
    document.addEventListener('visibilitychange', onChange);
    return () => document.removeEventListener('visibilitychange', onChange);
  }, []);

  useEffect(() => {
    if (!visible) return undefined;
    let frame = 0;
    // The tail is read again with every new container and after a pause, so what was there goes first.
    buffer.clear();
    setError(null);
    setEnded(false);
    const redraw = (): void => {
      frame = 0;
      setVersion((number) => number + 1);
    };
    const onLines = (lines: Parameters<typeof buffer.append>[0]): void => {
      buffer.append(lines);
      frame ||= requestAnimationFrame(redraw);
    };
    const onEnd = (failure: AppError | null): void => {
      setError(failure?.code === 'cancelled' ? null : failure);
      setEnded(true);
    };
    const asked = { project: projectId, follow: true, tail: TAIL };
    const stop = of === 'service' ? stream('services.logs', { ...asked, service }, onLines, onEnd) : stream('workspaces.logs', { ...asked, name: service }, onLines, onEnd);
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [projectId, of, service, containerKey, buffer, visible, turn]);

  return { buffer, version, error, ended, again: () => setTurn(turn + 1) };
}
