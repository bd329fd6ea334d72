import type { OutputOf } from '@shared/contract/contract';
import type { LogEntryFilter, StoredLogEntry } from '@main/platform/types';

export type LogEntry = OutputOf<'events.list'>[number];

/** What an entry is made from; the time is added. */
export type NewLogEntry = Pick<StoredLogEntry, 'type' | 'message'> & Partial<Pick<StoredLogEntry, 'severity' | 'projectId' | 'service' | 'correlationId' | 'data'>>;

/** The durable record of what happened (S2.17). Written in batches within a second; never blocks whoever adds to it. */
export interface EventLog {
  add(entry: NewLogEntry): void;
  list(filter: LogEntryFilter): Promise<readonly LogEntry[]>;
  flush(): Promise<void>;
  close(): Promise<void>;
}
