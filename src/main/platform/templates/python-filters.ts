import type { Environment } from 'minijinja-js';

/**
 * Filters as Jinja2 has them that the engine lacks or writes otherwise. None of them may throw: that would stop the engine.
 * https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters
 */
export function addPythonFilters(environment: Environment): void {
  environment.addFilter('tojson', (value: unknown, indent?: unknown) => htmlSafe(pythonJson(value, indentOf(indent), 0)));
  environment.addFilter('format', (text: unknown, ...values: unknown[]) => printf(String(text), values));
  environment.addFilter('center', (text: unknown, width?: unknown) => centred(String(text), Number(width ?? 80)));
  environment.addFilter('wordcount', (text: unknown) => String(text).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0);
  environment.addFilter('urlencode', (text: unknown) => encodeURIComponent(String(text)).replace(/%2F/g, '/').replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`));
  for (const name of ['e', 'escape', 'forceescape']) environment.addFilter(name, (text: unknown) => String(text).replace(/[&<>"']/g, (sign) => `&${ESCAPES[sign] ?? ''};`));
  environment.addFilter('int', (value: unknown, otherwise?: unknown) => wholeNumber(value, otherwise ?? 0));
}

const ESCAPES: { readonly [sign: string]: string } = { '&': 'amp', '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' };
const MAX_INDENT = 16;

/** As `int(value)`, then `int(float(value))`, then what is given for neither. */
function wholeNumber(value: unknown, otherwise: unknown): unknown {
  if (typeof value === 'bigint') return value;
  const number = typeof value === 'string' && !/^\s*[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(value) ? Number.NaN : Math.trunc(Number(typeof value === 'string' ? value.replaceAll('_', '') : value));
  return Number.isFinite(number) ? number : otherwise;
}

/** The engine hands named arguments on as one mapping. */
function indentOf(given: unknown): number | null {
  const value = given instanceof Map ? given.get('indent') : typeof given === 'object' && given !== null ? (given as { readonly indent?: unknown }).indent : given;
  return typeof value === 'number' || typeof value === 'bigint' ? Math.min(Number(value), MAX_INDENT) : null;
}

/** As `json.dumps(value, sort_keys=True)` writes it. */
function pythonJson(value: unknown, indent: number | null, depth: number): string {
  if (value instanceof Map) return pythonJson(Object.fromEntries(value as Map<string, unknown>), indent, depth);
  if (typeof value === 'string') return asciiString(value);
  if (Array.isArray(value)) return bracketed('[', value.map((one) => pythonJson(one, indent, depth + 1)), ']', indent, depth);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return bracketed('{', entries.map(([name, one]) => `${asciiString(name)}: ${pythonJson(one, indent, depth + 1)}`), '}', indent, depth);
  }
  return value === undefined ? 'null' : String(value);
}

function bracketed(open: string, parts: readonly string[], close: string, indent: number | null, depth: number): string {
  if (parts.length === 0) return `${open}${close}`;
  if (indent === null) return `${open}${parts.join(', ')}${close}`;
  const space = ' '.repeat(indent * (depth + 1));
  return `${open}\n${parts.map((part) => `${space}${part}`).join(',\n')}\n${' '.repeat(indent * depth)}${close}`;
}

function asciiString(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (sign) => (sign === '\u007f' ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

function htmlSafe(json: string): string {
  return json.replace(/[<>&']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

/** `%s`, `%d`, `%f`, `%x` and `%%` with width, zeros and digits; anything else stays as it is. */
function printf(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%(?:(%)|([-0+ ]*)(\d+)?(?:\.(\d+))?([sdifxXr]))/g, (whole, percent?: string, flags = '', width = '', digits?: string, form = 's') => {
    if (percent !== undefined) return '%';
    if (next >= values.length) return whole;
    const given = values[next];
    next += 1;
    return padded(shown(given, form, digits), flags, Math.min(Number(width), 1_000));
  });
}

function shown(value: unknown, form: string, digits: string | undefined): string {
  if (form === 'd' || form === 'i') return String(Math.trunc(Number(value)));
  if (form === 'f') return Number(value).toFixed(Math.min(Number(digits ?? 6), 100));
  if (form === 'x' || form === 'X') return form === 'x' ? Math.trunc(Number(value)).toString(16) : Math.trunc(Number(value)).toString(16).toUpperCase();
  return digits === undefined ? String(value) : String(value).slice(0, Number(digits));
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  return flags.includes('0') ? `${text.startsWith('-') ? '-' : ''}${text.replace(/^-/, '').padStart(width - (text.startsWith('-') ? 1 : 0), '0')}` : text.padStart(width);
}

/** As Python's `str.center`: of an odd rest the left side gets more where the width is odd. */
function centred(text: string, width: number): string {
  const rest = Math.min(width, 10_000) - [...text].length;
  if (!(rest > 0)) return text;
  const left = Math.floor(rest / 2) + (rest & width & 1);
  return `${' '.repeat(left)}${text}${' '.repeat(rest - left)}`;
}
