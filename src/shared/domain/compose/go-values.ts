/** How compose (a Go program) reads and prints numbers, sizes and durations; hashes depend on each character. */

/** A float as Go's `%v` prints it: shortest digits, exponent form below 1e-4 and from 1e6, written `1e+06`. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const digits = Math.abs(exponent).toString().padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const negative = mantissa.startsWith('-');
  const digits = mantissa.replace('-', '').replace('.', '');
  const text =
    exponent < 0
      ? `0.${'0'.repeat(-exponent - 1)}${digits}`
      : digits.length <= exponent + 1
        ? digits + '0'.repeat(exponent + 1 - digits.length)
        : `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  return negative ? `-${text}` : text;
}

/** The shortest decimal that is the same 32-bit float: compose keeps cpus as one. */
export function float32(value: number): number {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return single;
}

const BINARY_UNITS: { readonly [letter: string]: number } = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

/** A size such as `1.5g` or `64 MiB` as a decimal number of bytes; undefined when it is not one. Units are 1024-based, as in compose. */
export function parseByteSize(text: string): string | undefined {
  // Go reads 1_000 as 1000.
  const found = /^([+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?) ?([a-z]{0,3})$/i.exec(text.replace(/(?<=[0-9])_(?=[0-9])/g, ''));
  if (found === null) return undefined;
  const suffix = (found[2] ?? '').toLowerCase();
  const number = Number(found[1]);
  if (!Number.isFinite(number)) return undefined;
  if (suffix === '' || suffix === 'b') return wholeBytes(number);
  const factor = BINARY_UNITS[suffix.charAt(0)];
  const rest = suffix.slice(1);
  if (factor === undefined || (rest !== '' && rest !== 'b' && rest !== 'ib')) return undefined;
  return wholeBytes(number * factor);
}

/** What does not fit 64 bits is the smallest number there is to Go. */
function wholeBytes(bytes: number): string {
  return bytes >= 2 ** 63 ? String(-(2n ** 63n)) : String(BigInt(Math.trunc(bytes)));
}

const NANOSECONDS: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  'µs': 1_000n,
  'μs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};
const LONGEST = 2n ** 63n - 1n;

/** A duration such as `1m30s` or `1w2d` in nanoseconds; undefined when it is not one. */
export function parseDuration(text: string): bigint | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  let rest = text.slice(sign.length);
  if (rest === '0') return 0n;
  if (rest === '') return undefined;
  let total = 0n;
  while (rest !== '') {
    const part = /^([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/.exec(rest);
    if (part === null) return undefined;
    const [whole, digits = '', fraction = '', unitText = ''] = part;
    const unit = NANOSECONDS[unitText];
    if (unit === undefined || (digits === '' && fraction === '')) return undefined;
    total += BigInt(digits === '' ? '0' : digits) * unit;
    if (fraction !== '') total += BigInt(Math.trunc(Number(fraction.slice(0, 18)) * (Number(unit) / 10 ** Math.min(fraction.length, 18))));
    if (total > LONGEST) return undefined;
    rest = rest.slice(whole.length);
  }
  return sign === '-' ? -total : total;
}

/** Nanoseconds as Go prints a duration: `1m30s`, `2h0m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const negative = nanoseconds < 0n;
  const value = negative ? -nanoseconds : nanoseconds;
  const text = value < 1_000_000_000n ? formatBelowSecond(value) : formatFromSecond(value);
  return negative ? `-${text}` : text;
}

function formatBelowSecond(value: bigint): string {
  if (value < 1_000n) return `${value}ns`;
  if (value < 1_000_000n) return `${decimal(value, 1_000n)}µs`;
  return `${decimal(value, 1_000_000n)}ms`;
}

function formatFromSecond(value: bigint): string {
  const minutes = value / 60_000_000_000n;
  const seconds = `${decimal(value % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const rest = value % unit;
  const fraction = rest === 0n ? '' : `.${rest.toString().padStart(unit.toString().length - 1, '0').replace(/0+$/, '')}`;
  return `${value / unit}${fraction}`;
}

/** Go's strconv.Atoi: an optional sign and digits, nothing else. */
export function parseInteger(text: string): number | undefined {
  return /^[+-]?[0-9]+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

/** Go's strconv.ParseFloat for the forms people write. */
export function parseFloatText(text: string): number | undefined {
  return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : undefined;
}

/** The booleans compose accepts in a string; undefined when it is none. */
export function parseBoolean(text: string): { readonly value: boolean; readonly old: boolean } | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return { value: lower === 'true', old: false };
  if (lower === 'y' || lower === 'yes' || lower === 'on') return { value: true, old: true };
  if (lower === 'n' || lower === 'no' || lower === 'off') return { value: false, old: true };
  return undefined;
}

/** Splits a command line into words by compose's rules: quotes and backslashes only, no shell; a bare `; & | < >` ends it. Undefined when quotes do not match. */
export function splitCommand(line: string): string[] | undefined {
  const words: string[] = [];
  let word = '';
  let has = false;
  let mode: 'plain' | 'single' | 'double' = 'plain';
  let tick = false;
  let dollar = false;
  let escaped = false;
  for (const char of line) {
    if (escaped) {
      word += char;
      escaped = false;
      has = true;
      continue;
    }
    if (char === '\\') {
      if (mode === 'single') word += char;
      else escaped = true;
      continue;
    }
    if (/[ \t\r\n]/.test(char)) {
      if (mode !== 'plain' || tick || dollar) word += char;
      else if (has) {
        words.push(word);
        word = '';
        has = false;
      }
      continue;
    }
    if (char === '`' && mode === 'plain' && !dollar) tick = !tick;
    else if (char === ')' && mode === 'plain' && !tick) dollar = !dollar;
    else if (char === '(' && mode === 'plain' && !tick) {
      if (dollar || !word.endsWith('$')) return undefined;
      dollar = true;
      word += '(';
      continue;
    } else if (char === '"' && mode !== 'single' && !dollar) {
      if (mode === 'double') has = true;
      mode = mode === 'double' ? 'plain' : 'double';
      continue;
    } else if (char === "'" && mode !== 'double' && !dollar) {
      if (mode === 'single') has = true;
      mode = mode === 'single' ? 'plain' : 'single';
      continue;
    } else if (';&|<>'.includes(char) && mode === 'plain' && !tick && !dollar) {
      if (char === '>' && /^[0-9]/.test(word)) has = false;
      break;
    }
    has = true;
    word += char;
  }
  if (has) words.push(word);
  return escaped || mode !== 'plain' || tick || dollar ? undefined : words;
}

/** Orders strings as Go does, by their UTF-8 bytes (JavaScript orders by UTF-16 units). */
export function compareBytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    // Surrogates stand for code points above the whole BMP, so they come last.
    const aHigh = a >= 0xd800 && a <= 0xdfff;
    const bHigh = b >= 0xd800 && b <= 0xdfff;
    return aHigh !== bHigh ? (aHigh ? 1 : -1) : a - b;
  }
  return left.length - right.length;
}

/** A path without `.`, `..` and doubled slashes, as inside a container. */
export function cleanContainerPath(path: string): string {
  if (path === '') return '.';
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  const joined = kept.join('/');
  return rooted ? `/${joined}` : joined === '' ? '.' : joined;
}
