/** How serious a log line says it is. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** From the worst to the least. */
export const LOG_LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** Levels stand at the beginning of a line, or among the first fields of a JSON one. */
const HEAD_CHARS = 240;
const JSON_HEAD_CHARS = 2_000;

const COLOURS = /\u001b\[[0-9;:?]*[ -/]*[@-~]/g;
const JSON_LEVEL = /"(?:level|lvl|severity|levelname|loglevel|log\.level)"\s{0,8}:\s{0,8}(?:"([A-Za-z]{1,12})"|(\d{1,3}))/i;
const FIELD_LEVEL = /(?:^|[\s,])(?:level|lvl|severity)=["']?([A-Za-z]{1,12})/i;
/** Written as a mark: in capitals, in brackets, or before a colon. */
const MARKED = /(?:^|[\s[(<|:/])(?:(FATAL|PANIC|CRITICAL|CRIT|ALERT|EMERG|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|LOG|DEBUG|TRACE|VERBOSE)(?=[\s\]):>|/,]|$)|((?:fatal|panic|critical|crit|severe|error|err|warning|warn|notice|info|debug|trace|verbose)(?=[\]:>])))/i;
/** Kubernetes and glog: `E0102 15:04:05.678`. */
const GLOG = /^([IWEF])\d{4} \d\d:/;
const SOUNDS_BAD = /\b(?:error|fatal|panic|critical|exception|traceback)\b/i;
const SOUNDS_WRONG = /\b(?:warn|warning)\b/i;

const WORDS: { readonly [word: string]: LogLevel } = {
  fatal: 'error',
  panic: 'error',
  critical: 'error',
  crit: 'error',
  alert: 'error',
  emerg: 'error',
  emergency: 'error',
  severe: 'error',
  error: 'error',
  err: 'error',
  warning: 'warn',
  warn: 'warn',
  notice: 'info',
  info: 'info',
  information: 'info',
  log: 'info',
  debug: 'debug',
  trace: 'debug',
  verbose: 'debug',
  silly: 'debug',
};
const GLOG_LEVELS: { readonly [letter: string]: LogLevel } = { I: 'info', W: 'warn', E: 'error', F: 'error' };

/** What a line says of itself: as a field of JSON or logfmt, as a mark at its beginning, else as it sounds; null when it says nothing. Looks at the beginning only, in time that grows with its length. */
export function logLevelOf(line: string): LogLevel | null {
  const isJson = line.startsWith('{');
  const head = line.slice(0, isJson ? JSON_HEAD_CHARS : HEAD_CHARS);
  const text = head.includes('\u001b') ? head.replace(COLOURS, '') : head;
  return (isJson ? jsonLevel(text) : null) ?? wordLevel(FIELD_LEVEL.exec(text)?.[1]) ?? glogLevel(text) ?? markedLevel(text) ?? (SOUNDS_BAD.test(text) ? 'error' : SOUNDS_WRONG.test(text) ? 'warn' : null);
}

/** True for a line that belongs to the one before it: frames of a stack trace and wrapped text are indented. */
export function continuesEntry(line: string): boolean {
  return line.startsWith(' ') || line.startsWith('\t');
}

function jsonLevel(text: string): LogLevel | null {
  const found = JSON_LEVEL.exec(text);
  if (found === null) return null;
  return found[2] === undefined ? wordLevel(found[1]) : numberLevel(Number(found[2]));
}

/** Loggers of JavaScript count in tens from trace to fatal, syslog from 0 for the worst to 7. */
function numberLevel(number: number): LogLevel {
  if (number < 8) return number <= 3 ? 'error' : number === 4 ? 'warn' : number === 7 ? 'debug' : 'info';
  return number >= 50 ? 'error' : number >= 40 ? 'warn' : number >= 30 ? 'info' : 'debug';
}

function wordLevel(word: string | undefined): LogLevel | null {
  const key = word?.toLowerCase() ?? '';
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? null) : null;
}

function glogLevel(text: string): LogLevel | null {
  return GLOG_LEVELS[GLOG.exec(text)?.[1] ?? ''] ?? null;
}

function markedLevel(text: string): LogLevel | null {
  const found = MARKED.exec(text);
  return wordLevel(found?.[1] ?? found?.[2]);
}
