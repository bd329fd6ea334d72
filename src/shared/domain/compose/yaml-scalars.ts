/** What an unquoted YAML scalar means to compose. Its parser reads YAML 1.2 with a few 1.1 habits: 0777 and 0o777 are octal, 1_000 is a number, `yes` is a text. */
export interface ResolvedScalar {
  readonly letter: 's' | 'i' | 'f' | 'b' | 'n' | 't';
  readonly text: string;
}

const WORDS: { readonly [word: string]: ResolvedScalar | undefined } = Object.assign(Object.create(null) as { [word: string]: ResolvedScalar }, {
  '': { letter: 'n', text: '' },
  '~': { letter: 'n', text: '' },
  null: { letter: 'n', text: '' },
  Null: { letter: 'n', text: '' },
  NULL: { letter: 'n', text: '' },
  true: { letter: 'b', text: 'true' },
  True: { letter: 'b', text: 'true' },
  TRUE: { letter: 'b', text: 'true' },
  false: { letter: 'b', text: 'false' },
  False: { letter: 'b', text: 'false' },
  FALSE: { letter: 'b', text: 'false' },
  '.nan': { letter: 'f', text: 'NaN' },
  '.NaN': { letter: 'f', text: 'NaN' },
  '.NAN': { letter: 'f', text: 'NaN' },
  '.inf': { letter: 'f', text: 'Infinity' },
  '.Inf': { letter: 'f', text: 'Infinity' },
  '.INF': { letter: 'f', text: 'Infinity' },
  '+.inf': { letter: 'f', text: 'Infinity' },
  '+.Inf': { letter: 'f', text: 'Infinity' },
  '+.INF': { letter: 'f', text: 'Infinity' },
  '-.inf': { letter: 'f', text: '-Infinity' },
  '-.Inf': { letter: 'f', text: '-Infinity' },
  '-.INF': { letter: 'f', text: '-Infinity' },
});

const TIMESTAMP = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]| )([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/;

/** A date as Go prints it, which is what a container gets for `BUILT: 2024-01-01`; undefined when there is no such day. */
function printedTime(source: string): string | undefined {
  const found = TIMESTAMP.exec(source);
  if (found === null) return undefined;
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = found;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > days || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const two = (part: string): string => part.padStart(2, '0');
  const digits = fraction.replace(/\.?0+$/, '').slice(0, 10);
  const offset = zone === 'Z' || /00:00$/.test(zone) ? '+0000 UTC' : `${zone.replace(':', '')} ${zone.replace(':', '')}`;
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${digits} ${offset}`;
}

/** Type and printed value of an unquoted scalar. */
export function resolvePlainScalar(source: string): ResolvedScalar {
  const word = WORDS[source];
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(source)) return { letter: 's', text: source };
  const time = printedTime(source);
  if (time !== undefined) return { letter: 't', text: time };
  const plain = source.startsWith('.') ? source : source.replaceAll('_', '');
  // Go keeps the sign of a nothing, as of a float.
  if (plain === '-0') return { letter: 'f', text: '-0' };
  const integer = readInteger(plain);
  if (integer !== undefined) return integer;
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain) && Number.isFinite(Number(plain))) return { letter: 'f', text: Object.is(Number(plain), -0) ? '-0' : String(Number(plain)) };
  return { letter: 's', text: source };
}

function readInteger(text: string): ResolvedScalar | undefined {
  const found = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]+|0|[1-9][0-9]*)$/.exec(text);
  if (found === null) return undefined;
  const [, sign = '', digits = ''] = found;
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const value = sign === '-' ? -magnitude : magnitude;
  // Beyond 64 bits it is a float, as in Go.
  if (value > 18_446_744_073_709_551_615n || value < -9_223_372_036_854_775_808n) return { letter: 'f', text: String(Number(value)) };
  return { letter: 'i', text: value.toString() };
}
