import type { BerthEvent } from '@shared/contract/events';
import type { Clock } from '@shared/kernel/clock';
import type { Handlers } from '@main/dispatch/types';
import type { Logger, Store, StoredLogEntry } from '@main/platform/types';
import type { EventLog, LogEntry } from './event-log-types';

const WRITE_AFTER_MS = 250;
const WRITE_AT_COUNT = 500;
/** Entries that wait for the disk. A burst beyond this is counted, not kept. */
const MAX_WAITING = 5_000;

/** What the event log needs from outside. */
export interface EventLogDependencies {
  readonly store: Pick<Store, 'appendLogEntries' | 'listLogEntries'>;
  readonly publish: (event: BerthEvent) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes the event log over the store: entries wait at most a quarter of a second and are written together. */
export function createEventLog(deps: EventLogDependencies): EventLog {
  let waiting: StoredLogEntry[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  function add(entry: Parameters<EventLog['add']>[0]): void {
    if (closed) return;
    if (waiting.length >= MAX_WAITING) {
      dropped += 1;
      return;
    }
    waiting.push({
      at: new Date(deps.clock.now()).toISOString(),
      type: entry.type,
      severity: entry.severity ?? 'info',
      projectId: entry.projectId ?? null,
      service: entry.service ?? null,
      correlationId: entry.correlationId ?? null,
      message: entry.message,
      data: entry.data ?? {},
    });
    timer ??= setTimeout(() => void flush(), WRITE_AFTER_MS);
    if (waiting.length === WRITE_AT_COUNT) void flush();
  }

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing.then(writeWaiting);
    return writing;
  }

  async function writeWaiting(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (dropped > 0) {
      batch.push({ at: new Date(deps.clock.now()).toISOString(), type: 'log.dropped', severity: 'warning', projectId: null, service: null, correlationId: null, message: `${String(dropped)} entries came faster than they could be written and are not here.`, data: { count: dropped } });
      dropped = 0;
    }
    if (batch.length === 0) return;
    try {
      const numbers = await deps.store.appendLogEntries(batch);
      const entries = batch.flatMap((entry, index) => (numbers[index] === undefined ? [] : [toLogEntry({ ...entry, seq: numbers[index] })]));
      deps.publish({ type: 'log.appended', entries });
    } catch (error) {
      // A disk that is full must not stop what is being logged; what waits is tried again with the next entry.
      deps.log.warn('the event log could not be written', { error });
      waiting = [...batch, ...waiting].slice(-MAX_WAITING);
    }
  }

  return {
    add,
    flush,
    async list(filter) {
      await flush();
      return (await deps.store.listLogEntries(filter)).map(toLogEntry);
    },
    async close() {
      closed = true;
      await flush();
    },
  };
}

/** Binds the contract name of the event log. `idOf` turns what a person calls a project into its id. */
export function eventLogHandlers(log: EventLog, idOf: (reference: string) => Promise<string>): Pick<Handlers, 'events.list'> {
  return {
    'events.list': async (input) => [
      ...(await log.list({
        projectId: input.project === undefined ? undefined : await idOf(input.project),
        service: input.service,
        type: input.type,
        minSeverity: input.severity,
        text: input.text,
        correlationId: input.correlation,
        beforeSeq: input.before,
        limit: input.limit,
      })),
    ],
  };
}

function toLogEntry(entry: StoredLogEntry & { readonly seq: number }): LogEntry {
  const data: LogEntry['data'] = {};
  for (const [key, value] of Object.entries(entry.data)) if (value !== undefined) data[key] = value as LogEntry['data'][string];
  return { ...entry, data };
}
