import { withoutAnsi } from '../../lib/ansi';

/** Lines kept for one log; older ones are dropped and counted. */
export const LOG_CAPACITY = 50_000;

export type LogLevel = 'error' | 'warn' | 'info';

/** A ring of log lines in columns: appending costs nothing per line that is already there. */
export interface LogBuffer {
  /** How many lines were ever appended; the index of the next line. */
  readonly end: number;
  /** Index of the oldest line that is kept. */
  readonly start: number;
  append(lines: readonly { readonly text: string; readonly time: string; readonly stream: 'stdout' | 'stderr' }[]): void;
  text(index: number): string;
  time(index: number): string;
  level(index: number): LogLevel;
  clear(): void;
}

const ERROR = /\b(?:error|fatal|panic|critical|exception|traceback)\b/i;
const WARNING = /\b(?:warn|warning)\b/i;

/** What a line sounds like. Only for the filter: what a program calls an error is its own business. */
export function levelOf(text: string): LogLevel {
  if (ERROR.test(text)) return 'error';
  return WARNING.test(text) ? 'warn' : 'info';
}

export function createLogBuffer(capacity = LOG_CAPACITY): LogBuffer {
  const texts: string[] = [];
  const times: string[] = [];
  const levels: LogLevel[] = [];
  let end = 0;

  return {
    get end() {
      return end;
    },
    get start() {
      return Math.max(0, end - capacity);
    },
    append(lines) {
      for (const line of lines) {
        const at = end % capacity;
        texts[at] = line.text;
        times[at] = line.time;
        levels[at] = levelOf(line.text);
        end += 1;
      }
    },
    text: (index) => texts[index % capacity] ?? '',
    time: (index) => times[index % capacity] ?? '',
    level: (index) => levels[index % capacity] ?? 'info',
    clear() {
      texts.length = 0;
      times.length = 0;
      levels.length = 0;
      end = 0;
    },
  };
}

export type LevelFilter = 'all' | 'warn' | 'error';

/** A filter that looks at each line once: more lines only cost what is new. */
export interface LogFilter {
  /** Indexes of the matching lines, oldest first, dropped ones left out. */
  update(buffer: LogBuffer): readonly number[];
}

export function createLogFilter(search: string, level: LevelFilter): LogFilter {
  const wanted = search.toLowerCase();
  let seen = 0;
  let matching: number[] = [];

  function matches(buffer: LogBuffer, index: number): boolean {
    if (level !== 'all') {
      const own = buffer.level(index);
      if (own !== 'error' && !(level === 'warn' && own === 'warn')) return false;
    }
    return wanted === '' || withoutAnsi(buffer.text(index)).toLowerCase().includes(wanted);
  }

  return {
    update(buffer) {
      if (buffer.end < seen) {
        seen = 0;
        matching = [];
      }
      const added: number[] = [];
      for (let index = Math.max(seen, buffer.start); index < buffer.end; index += 1) if (matches(buffer, index)) added.push(index);
      const first = matching[0];
      const kept = first !== undefined && first < buffer.start ? matching.slice(matching.findIndex((index) => index >= buffer.start) === -1 ? matching.length : matching.findIndex((index) => index >= buffer.start)) : matching;
      seen = buffer.end;
      if (added.length > 0 || kept !== matching) matching = [...kept, ...added];
      return matching;
    },
  };
}
