import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { ScrollText } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { AppError } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { call, toAppError } from '../../lib/client';
import type { LogEntry } from '../../lib/model';
import { useStore } from '../../lib/store';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { mergedEntries, type EventFilter } from './event-filter';
import './events-panel.css';

const ROW_HEIGHT = 28;
const PAGE = 300;
const TYPE_DELAY_MS = 150;
const TYPES = ['engine', 'container', 'service', 'operation', 'drift', 'alert', 'mount', 'component'] as const;
const MARKS = { info: 'none', warning: 'warn', error: 'bad' } as const;
const EVERYTHING: EventFilter = { text: '', severity: 'info', type: '', service: '' };

/** The event log, newest first; what happens while it is open comes in at the top. */
export function EventsPanel({ projectId, services }: { readonly projectId: string | null; readonly services: readonly string[] }): ReactElement {
  const [filter, setFilter] = useState<EventFilter>(EVERYTHING);
  const input = useRef<HTMLInputElement>(null);
  const { entries, error, again, more } = useEntries(projectId, filter);
  const filtered = filter !== EVERYTHING && JSON.stringify(filter) !== JSON.stringify(EVERYTHING);
  const errors = entries?.filter((entry) => entry.severity === 'error').length ?? 0;
  const change = (part: Partial<EventFilter>): void => setFilter((before) => ({ ...before, ...part }));
  return (
    <>
      <PageHead
        mark={entries !== null && entries.length > 0 ? <StateMark mark={errors > 0 ? 'warn' : 'good'} /> : undefined}
        sentence={entries === null ? (error === null ? say.boot.loading : say.events.failed) : say.events.sentence(entries.length, errors, filtered)}
      />
      <div className="events-bar">
        <FilterBox value={filter.text} onChange={(text) => change({ text })} label={say.events.filter} inputRef={input} testId="event-filter" />
        <Choice label={say.events.severity} value={filter.severity} options={['info', 'warning', 'error']} words={say.events.severities} onChange={(severity) => change({ severity })} />
        <Choice label={say.events.type} value={filter.type} options={['', ...TYPES]} words={say.events.types} onChange={(type) => change({ type })} />
        <Choice label={say.events.service} value={filter.service} options={['', ...services]} words={{ '': say.events.allServices }} onChange={(service) => change({ service })} />
      </div>
      {error !== null && <div className="page-content"><ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} /></div>}
      {entries === null && error === null && <div className="page-content"><Skeleton rows={8} height={ROW_HEIGHT} label={say.boot.loading} /></div>}
      {entries?.length === 0 && (
        <EmptyState icon={<ScrollText size={20} />} title={filtered ? say.events.nothingMatches : say.events.empty} actions={filtered ? <Button onClick={() => setFilter(EVERYTHING)}>{say.events.clear}</Button> : undefined}>
          {filtered ? undefined : say.events.emptyText}
        </EmptyState>
      )}
      {entries !== null && entries.length > 0 && <EventList entries={entries} input={input} onEnd={more} />}
    </>
  );
}

function EventList({ entries, input, onEnd }: { readonly entries: readonly LogEntry[]; readonly input: React.RefObject<HTMLInputElement | null>; readonly onEnd: () => void }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  useRowKeys(scroller, input);
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 20, getItemKey: (index) => entries[index]?.seq ?? index });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= entries.length - 1) onEnd();
  }, [last, entries.length, onEnd]);
  return (
    <div ref={scroller} className="events scroll" tabIndex={0} role="region" aria-label={say.events.label} data-testid="events">
      <ul aria-label={say.events.label} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const entry = entries[item.index];
          if (entry === undefined) return null;
          return (
            <li key={item.key} className="event" data-row tabIndex={-1} data-severity={entry.severity} style={{ transform: `translateY(${item.start}px)` }} aria-posinset={item.index + 1} aria-setsize={entries.length}>
              <time dateTime={entry.at} title={new Date(entry.at).toLocaleString()}>
                {eventTime(entry.at)}
              </time>
              <StateMark mark={MARKS[entry.severity]} />
              <code className="ellipsis">{entry.type}</code>
              <span className="event-service ellipsis">{entry.service ?? ''}</span>
              <span className="ellipsis selectable" title={entry.message}>
                {entry.severity !== 'info' && <span className="hidden-text">{say.findings.severities[entry.severity]}: </span>}
                {entry.message}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Today the time of day, before that the day as well. */
function eventTime(iso: string): string {
  const date = new Date(iso);
  const time = date.toLocaleTimeString(undefined, { hour12: false });
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' })} ${time}`;
}

/** Asks for a page of the log for this filter, older pages when the end is reached, and adds what comes live. */
function useEntries(projectId: string | null, filter: EventFilter): { readonly entries: readonly LogEntry[] | null; readonly error: AppError | null; readonly again: () => void; readonly more: () => void } {
  const fresh = useStore((state) => state.model.freshEntries);
  const [read, setRead] = useState<{ readonly entries: readonly LogEntry[]; readonly complete: boolean; readonly filter: EventFilter } | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const [turn, setTurn] = useState(0);
  const asking = useRef(false);

  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      ask(projectId, filter).then(
        (entries) => {
          if (!current) return;
          setRead({ entries, complete: entries.length < PAGE, filter });
          setError(null);
        },
        (failure: unknown) => current && setError(toAppError(failure)),
      );
    }, filter.text === '' ? 0 : TYPE_DELAY_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [projectId, filter, turn]);

  const more = useMemo(
    () => () => {
      const before = read?.entries.at(-1)?.seq;
      if (read === null || read.complete || before === undefined || asking.current) return;
      asking.current = true;
      ask(projectId, read.filter, before)
        .then((older) => setRead((now) => (now === read ? { ...now, entries: [...now.entries, ...older], complete: older.length < PAGE } : now)))
        .catch((failure: unknown) => setError(toAppError(failure)))
        .finally(() => {
          asking.current = false;
        });
    },
    [projectId, read],
  );

  const entries = useMemo(() => {
    if (read === null) return null;
    const ofProject = projectId === null ? fresh : fresh.filter((entry) => entry.projectId === null || entry.projectId === projectId);
    return mergedEntries(read.entries, ofProject, read.filter);
  }, [read, fresh, projectId]);
  return { entries, error, again: () => setTurn(turn + 1), more };
}

function ask(projectId: string | null, filter: EventFilter, before?: number): Promise<readonly LogEntry[]> {
  const text = filter.text.trim();
  return call('events.list', {
    ...(projectId === null ? {} : { project: projectId }),
    ...(filter.service === '' ? {} : { service: filter.service }),
    ...(filter.type === '' ? {} : { type: filter.type }),
    ...(filter.severity === 'info' ? {} : { severity: filter.severity }),
    ...(text === '' ? {} : { text }),
    ...(before === undefined ? {} : { before }),
    limit: PAGE,
  });
}
