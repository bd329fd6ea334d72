import type { LogLevel } from '@shared/domain/logs/level';
import type { LogQuery } from '@shared/domain/logs/query';
import { withoutAnsi } from './ansi';
import type { LogBuffer } from './log-buffer';

/** Which of the lines are shown. A line that says nothing of its level counts as information. */
export type LevelFilter = 'all' | 'info' | 'warn' | 'error';
export const LEVEL_FILTERS: readonly LevelFilter[] = ['all', 'info', 'warn', 'error'];
const SHOWN: { readonly [F in LevelFilter]: readonly LogLevel[] } = { all: ['debug', 'info', 'warn', 'error'], info: ['info', 'warn', 'error'], warn: ['warn', 'error'], error: ['error'] };

/** What is asked of a line. */
export interface LineFilter {
  readonly level: LevelFilter;
  /** Empty: of all services. */
  readonly services: ReadonlySet<string>;
  readonly query: LogQuery | null;
}

/** Lines of a log, by their place among those that are shown. */
export interface LogRows {
  readonly count: number;
  /** The number of the line at a place. */
  at(place: number): number;
  /** How many come before a line. */
  placeOf(line: number): number;
}

/** Every line. */
export function allRows(buffer: LogBuffer): LogRows {
  return {
    get count() {
      return buffer.end - buffer.start;
    },
    at: (place) => buffer.start + place,
    placeOf: (line) => Math.max(0, Math.min(line, buffer.end) - buffer.start),
  };
}

/** True when it lets everything through. */
export function isOpen({ level, services, query }: LineFilter): boolean {
  return level === 'all' && services.size === 0 && query === null;
}

/** The line as it is shown and searched: without colours, with hidden characters written out. */
export function shownText(buffer: LogBuffer, line: number): string {
  return withoutAnsi(buffer.text(line));
}

function passes(buffer: LogBuffer, line: number, { level, services, query }: LineFilter): boolean {
  if (services.size > 0 && !services.has(buffer.service(line))) return false;
  if (buffer.kind(line) !== 'line') return query === null;
  if (level !== 'all' && !SHOWN[level].includes(buffer.level(line) ?? 'info')) return false;
  return query === null || query.matches(shownText(buffer, line));
}

/** The lines that pass a filter. Each is looked at once, some at a time: more lines only cost what is new, and nothing waits for all of them. */
export class FilteredRows implements LogRows {
  private found: number[] = [];
  private first = 0;
  private next = 0;

  constructor(private readonly filter: LineFilter) {}

  get count(): number {
    return this.found.length - this.first;
  }

  at(place: number): number {
    return this.found[this.first + place] ?? 0;
  }

  placeOf(line: number): number {
    let [low, high] = [this.first, this.found.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.found[middle] ?? 0) < line) low = middle + 1;
      else high = middle;
    }
    return low - this.first;
  }

  /** Goes on for at most so long. True when every line there is was looked at. */
  update(buffer: LogBuffer, budgetMs: number): boolean {
    const endsAt = performance.now() + budgetMs;
    while (this.first < this.found.length && (this.found[this.first] ?? 0) < buffer.start) this.first += 1;
    if (this.first > 4_096 && this.first * 2 > this.found.length) {
      this.found = this.found.slice(this.first);
      this.first = 0;
    }
    this.next = Math.max(this.next, buffer.start);
    for (let looked = 1; this.next < buffer.end; looked += 1) {
      if (passes(buffer, this.next, this.filter)) this.found.push(this.next);
      this.next += 1;
      if (looked % 8 === 0 && performance.now() > endsAt) break;
    }
    return this.next >= buffer.end;
  }
}
