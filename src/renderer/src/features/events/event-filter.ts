import type { LogEntry } from '../../lib/model';

/** What of the event log is shown. Empty words mean everything. */
export interface EventFilter {
  readonly text: string;
  readonly severity: 'info' | 'warning' | 'error';
  /** A type, or the part of it before the dot. */
  readonly type: string;
  readonly service: string;
}

const RANK = { info: 0, warning: 1, error: 2 } as const;

/** The same question `events.list` answers, for entries that come while the page is open. */
export function matchesFilter(entry: LogEntry, filter: EventFilter): boolean {
  if (RANK[entry.severity] < RANK[filter.severity]) return false;
  if (filter.service !== '' && entry.service !== filter.service) return false;
  if (filter.type !== '' && entry.type !== filter.type && !entry.type.startsWith(`${filter.type}.`)) return false;
  const words = filter.text.trim().toLowerCase();
  return words === '' || entry.message.toLowerCase().includes(words);
}

/** Newest first, each entry once: what was read, and what came since. */
export function mergedEntries(read: readonly LogEntry[], fresh: readonly LogEntry[], filter: EventFilter): readonly LogEntry[] {
  const newest = read[0]?.seq ?? 0;
  return [...fresh.filter((entry) => entry.seq > newest && matchesFilter(entry, filter)), ...read];
}
