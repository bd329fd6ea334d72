import { useEffect, useRef, useState, type KeyboardEvent as ReactKeyboardEvent, type ReactElement } from 'react';
import { ArrowDown } from 'lucide-react';
import { say } from '../../locales/say';
import { logsWords as words } from '../../locales/en/logs';
import { useLog, type LogSource } from '../../lib/use-log';
import { keysAreTaken } from '../../lib/use-row-keys';
import { Button } from '../button';
import { ErrorBox } from '../error-box';
import { LogBar } from './log-bar';
import { useLogChoices } from './log-choices';
import { LogList, type LogTarget } from './log-list';
import { ServiceChips } from './service-chips';
import { useLogSearch, type LogSearch } from './use-log-search';
import './log-viewer.css';

const EVERY_SERVICE: ReadonlySet<string> = new Set();
const NO_SEARCH: LogSearch = { text: '', isPattern: false, only: false, level: 'all', services: EVERY_SERVICE };

export interface LogViewerProps {
  readonly source: LogSource;
  /** Those whose lines are told apart and can be chosen; empty where there is but one. */
  readonly services: readonly string[];
  /** The one to begin with; another `asked` asks again. */
  readonly service?: string | null;
  readonly asked?: number;
  /** Nothing is read while it cannot be seen. */
  readonly visible: boolean;
  /** What screen readers call it. */
  readonly label: string;
  /** The file that is offered for saving; null where the log cannot be saved. */
  readonly fileName: string | null;
  readonly canPopOut: boolean;
  /** Its keys work wherever the focus is: it has the window to itself. */
  readonly ownsKeys?: boolean;
}

/** A log, live: search and filter, times, colours, wrapping, copy and save. The same in every place. */
export function LogViewer({ source, services, service = null, asked = 0, visible, label, fileName, canPopOut, ownsKeys = false }: LogViewerProps): ReactElement {
  const log = useLog(source, visible);
  const { buffer, version } = log;
  const [search, setSearch] = useState<LogSearch>(() => ({ ...NO_SEARCH, services: chosen(service) }));
  const choices = useLogChoices();
  const [follow, setFollow] = useState(true);
  const [seenEnd, setSeenEnd] = useState(0);
  const [current, setCurrent] = useState<number | null>(null);
  const [target, setTarget] = useState<LogTarget | null>(null);
  const top = useRef(0);
  const scroller = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const found = useLogSearch(buffer, version, search);
  const { rows, hits } = found;

  useEffect(() => {
    if (asked > 0 && service !== null) setSearch((before) => ({ ...before, services: chosen(service) }));
  }, [asked, service]);

  const onFollow = (next: boolean): void => {
    setFollow(next);
    if (!next) setSeenEnd(buffer.end);
  };
  const change = (part: Partial<LogSearch>): void => {
    setSearch({ ...search, ...part });
    if (part.text !== undefined || part.isPattern !== undefined) setCurrent(null);
  };
  const goToHit = (step: 1 | -1): void => {
    if (hits === null || hits.count === 0) return;
    const from = hits.placeOf(current ?? top.current);
    const place = step === -1 ? from - 1 : current !== null && hits.at(from) === current ? from + 1 : from;
    const line = hits.at((place + hits.count) % hits.count);
    onFollow(false);
    setCurrent(line);
    setTarget({ line, turn: (target?.turn ?? 0) + 1 });
  };

  const onKey = (event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'preventDefault' | 'stopPropagation'>, isTaken: boolean): void => {
    if (isTaken) return;
    const key = event.key.toLowerCase();
    if (key === '/') {
      input.current?.focus();
      input.current?.select();
    } else if (key === 'f') onFollow(!follow);
    else if (key === 'w') choices.toggleWrap();
    else if (key === 't') choices.nextTimes();
    else if (key === 'enter' && search.text !== '') goToHit(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  useWindowKeys(ownsKeys, (event) => onKey(event, keysAreTaken(event) || isControl(event.target)));

  const names = services.length > 1 ? services : [];
  const fresh = follow ? 0 : rows.count - rows.placeOf(seenEnd);
  return (
    <div className="log-viewer" data-testid="log-viewer" onKeyDown={(event: ReactKeyboardEvent) => !ownsKeys && onKey(event, keysAreTaken(event.nativeEvent) || isControl(event.target))}>
      <LogBar search={search} onSearch={change} onHit={goToHit} found={found} current={current} choices={choices} follow={follow} onFollow={onFollow} log={log} source={source} named={names.length > 0} input={input} list={scroller} fileName={fileName} canPopOut={canPopOut} />
      {names.length > 0 && <ServiceChips services={names} chosen={search.services} onChoose={(next) => change({ services: next })} />}
      {log.error !== null && <ErrorBox error={log.error} actions={<Button size="small" onClick={log.again}>{say.actions.retry}</Button>} />}
      <div className="log-body">
        <LogList buffer={buffer} version={version} rows={rows} times={choices.times} wrap={choices.wrap} follow={follow} onFollow={onFollow} services={names} query={found.query} current={current} target={target} top={top} scroller={scroller} label={label} empty={log.error === null && <p className="log-empty">{emptyText()}</p>} />
        {!follow && (
          <Button size="small" className="log-jump" data-testid="log-jump" icon={<ArrowDown size={13} />} onClick={() => onFollow(true)}>
            {words.jump}
            {fresh > 0 && <span className="log-fresh">{words.newLines(fresh)}</span>}
          </Button>
        )}
      </div>
    </div>
  );

  function emptyText(): string {
    if (buffer.end > buffer.start) return found.searching ? words.searching : words.nothing;
    return log.ended ? words.none : `${words.empty}. ${words.emptyText}`;
  }
}

function chosen(service: string | null): ReadonlySet<string> {
  return service === null ? EVERY_SERVICE : new Set([service]);
}

/** Enter presses a button that has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLButtonElement;
}

function useWindowKeys(on: boolean, onKey: (event: KeyboardEvent) => void): void {
  const latest = useRef(onKey);
  useEffect(() => {
    latest.current = onKey;
  });
  useEffect(() => {
    if (!on) return undefined;
    const listener = (event: KeyboardEvent): void => latest.current(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, [on]);
}
