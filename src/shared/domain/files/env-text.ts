/** One variable of an env file, with its places in the text: edits touch nothing else. */
export interface EnvEntry {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** As it is written, without quotes and their escapes but with its variables; null where only the name stands and the value comes from elsewhere. */
  readonly value: string | null;
  readonly quote: EnvQuote;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** With the quotes; both are `nameEnd` where there is no value. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** What stands around a value. Within single quotes a dollar sign is one; elsewhere it begins a variable. */
export type EnvQuote = '' | '"' | "'";

/** An env file as it is written: its variables in order, and the lines that compose refuses. */
export interface EnvText {
  readonly entries: readonly EnvEntry[];
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

const BLANK = /[\t\v\f\r \u0085\u00a0]/;
const NAME = /^[\p{L}\p{N}_.\-[\]]+$/u;

/** Reads a text as compose's dotenv does (compose/dotenv.ts), keeping where everything stands and going on after what is refused. */
export function scanEnv(text: string): EnvText {
  const entries: EnvEntry[] = [];
  const faults: { line: number; message: string }[] = [];
  const lineAt = lineCounter(text);
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    if (/\s|\u0085/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const lineEnd = endOfLine(text, at);
    if (text.charAt(at) === '#') {
      at = lineEnd;
      continue;
    }
    const read = readEntry(text, at, lineEnd, lineAt(at));
    if ('message' in read) {
      faults.push(read);
      at = lineEnd;
      continue;
    }
    entries.push(read);
    at = Math.max(read.valueEnd, read.nameEnd);
    // Behind an unquoted value there is nothing but its comment.
    if (read.quote === '') at = lineEnd;
  }
  return { entries, faults };
}

function readEntry(text: string, start: number, lineEnd: number, line: number): EnvEntry | { readonly line: number; readonly message: string } {
  const exported = /^export[\t\v\f\r ]+/.exec(text.slice(start, lineEnd))?.[0].length ?? 0;
  const nameStart = start + exported;
  const written = /^[^=:\n]*/.exec(text.slice(nameStart, lineEnd))?.[0] ?? '';
  const name = written.replace(/[\s\u0085]+$/, '');
  const nameEnd = nameStart + name.length;
  if (name === '') return { line, message: 'There is no variable name before the "=".' };
  if (!NAME.test(name)) return { line, message: `"${name.slice(0, 40)}" is not the name of a variable.` };
  const separator = nameStart + written.length;
  if (separator >= lineEnd) return { name, line, value: null, quote: '', nameStart, nameEnd, valueStart: nameEnd, valueEnd: nameEnd };
  let valueStart = separator + 1;
  while (valueStart < lineEnd && BLANK.test(text.charAt(valueStart))) valueStart += 1;
  const quote = text.charAt(valueStart);
  if (quote !== '"' && quote !== "'") {
    const rest = text.slice(valueStart, lineEnd);
    const comment = rest.indexOf(' #');
    const value = (comment === -1 ? rest : rest.slice(0, comment)).replace(/[\s\u0085]+$/, '');
    return { name, line, value, quote: '', nameStart, nameEnd, valueStart, valueEnd: valueStart + value.length };
  }
  const close = closingQuote(text, valueStart, quote);
  if (close === -1) return { line, message: `The value of ${name} has no closing quote.` };
  return { name, line, value: unquoted(text.slice(valueStart + 1, close), quote), quote, nameStart, nameEnd, valueStart, valueEnd: close + 1 };
}

function closingQuote(text: string, start: number, quote: string): number {
  let escaped = false;
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote && !escaped) return at;
    escaped = char === '\\' && !escaped;
  }
  return -1;
}

const ESCAPES: { readonly [letter: string]: string } = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"', $: '$$' };

function unquoted(body: string, quote: '"' | "'"): string {
  if (quote === "'") return body.replace(/\\([\s\S])/g, (whole, char: string) => (char === "'" ? char : whole));
  return body.replace(/\\([abfnrtv\\"$])/g, (whole, letter: string) => ESCAPES[letter] ?? whole);
}

function endOfLine(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  return found === -1 ? text.length : found;
}

/** Lines of rising places, without counting from the beginning each time. */
function lineCounter(text: string): (at: number) => number {
  let line = 1;
  let counted = 0;
  return (at) => {
    for (; counted < at; counted += 1) if (text.charCodeAt(counted) === 10) line += 1;
    return line;
  };
}

/** Why a name cannot be that of a variable; null when it can. */
export function envNameObstacle(name: string): string | null {
  if (name === '') return 'A variable needs a name.';
  if (/\s/.test(name)) return 'The name of a variable has no spaces.';
  return NAME.test(name) && !name.startsWith('export') && name !== '__proto__' ? null : 'The name of a variable has letters, digits, dots, dashes and underscores.';
}

/** The text with another value for one entry: comments, order, quotes and every other byte stay. Undefined where no way of writing it means this value. */
export function withValue(text: string, entry: EnvEntry, value: string): string | undefined {
  const [start, end] = [entry.valueStart, entry.valueEnd];
  const before = entry.value === null ? `${text.slice(0, start)}=` : text.slice(0, start);
  const index = scanEnv(text).entries.findIndex((one) => one.nameStart === entry.nameStart);
  for (const written of spellings(value, entry.quote)) {
    const changed = `${before}${written}${text.slice(end)}`;
    if (means(changed, index, entry.name, value, entry.quote === "'")) return changed;
  }
  return undefined;
}

/** The text with one more variable, as its last line. Undefined where no way of writing it means this value. */
export function withVariable(text: string, name: string, value: string): string | undefined {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text === '\uFEFF' || text.endsWith('\n') ? '' : newline;
  const index = scanEnv(text).entries.length;
  for (const written of spellings(value, '')) {
    const changed = `${text}${gap}${name}=${written}${newline}`;
    if (means(changed, index, name, value, false)) return changed;
  }
  return undefined;
}

/** The text without one entry; comments above it and beside others stay. */
export function withoutEntry(text: string, entry: EnvEntry): string {
  const lineStart = text.lastIndexOf('\n', entry.nameStart - 1) + 1;
  const lineEnd = endOfLine(text, entry.valueEnd);
  const ahead = text.slice(lineStart, entry.nameStart);
  const behind = text.slice(entry.valueEnd, lineEnd);
  const isAlone = /^\uFEFF?\s*(?:export\s+)?$/.test(ahead) && (entry.quote === '' || /^\s*(?:#.*)?$/.test(behind));
  if (!isAlone) return text.slice(0, entry.nameStart) + text.slice(entry.valueEnd);
  const kept = ahead.startsWith('\uFEFF') ? '\uFEFF' : '';
  return text.slice(0, lineStart) + kept + text.slice(Math.min(lineEnd + 1, text.length));
}

/** The text with another name for one entry. */
export function withName(text: string, entry: EnvEntry, name: string): string {
  return text.slice(0, entry.nameStart) + name + text.slice(entry.nameEnd);
}

/** Ways to write a value, the most like what is there first. */
function spellings(value: string, quote: EnvQuote): readonly string[] {
  const single = `'${value.replaceAll("'", "\\'")}'`;
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  // Out of single quotes a dollar sign would begin a variable.
  if (quote === "'") return [single, `"${escaped.replaceAll('$', '\\$')}"`];
  const double = `"${escaped}"`;
  return quote === '"' ? [double] : [value, double];
}

/** Whether the entry at this place says this now. In place of a dollar sign that is one, two of them may stand. */
function means(text: string, index: number, name: string, value: string, isLiteral: boolean): boolean {
  const entry = scanEnv(text).entries[index];
  if (entry?.name !== name) return false;
  return entry.value === (isLiteral && entry.quote === '"' ? value.replaceAll('$', '$$$$') : value);
}

/** The text with values dotted out where `isSecret` says so of their names; of those that differ from `before` it says that they do. */
export function maskedEnv(text: string, isSecret: (name: string) => boolean, before?: string): string {
  const known = before === undefined ? undefined : new Map(scanEnv(before).entries.map((entry) => [entry.name, entry.value]));
  let shown = '';
  let at = 0;
  for (const entry of scanEnv(text).entries) {
    if (!isSecret(entry.name) || entry.value === null || entry.value === '') continue;
    shown += `${text.slice(at, entry.valueStart)}••••••${known === undefined || known.get(entry.name) === entry.value ? '' : ' (another value)'}`;
    at = entry.valueEnd;
  }
  return shown + text.slice(at);
}
