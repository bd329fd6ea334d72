/**
 * What a plain scalar means to Kubernetes: YAML 1.1 as Go's yaml.v2 reads it, which is neither YAML 1.1 nor 1.2
 * (go.yaml.in/yaml/v2, resolve.go): 0644 and 0o644 are 420, `yes` is true, 1e3 is 1000, 12:30:45 and dates are texts.
 */

const WORDS = new Map<string, boolean | null | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NaN] as const),
]);

const INTEGER = /^([-+]?)(?:(0[xX])([0-9a-fA-F]+)|(0[bB])([01]+)|(0[oO]?)([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MIN = -(2n ** 63n);

/** A whole number too long for a JavaScript number: never equal to any other value, its digits kept. */
export interface LongInteger {
  readonly $integer: string;
}

/** The value of a plain scalar; NaN for `.inf` and `.nan`, which JSON does not have. */
export function plainScalar(text: string): string | number | boolean | null | LongInteger {
  const code = text.charCodeAt(0);
  // Most scalars are words that begin with no digit, sign or dot.
  if (code > 57 || Number.isNaN(code)) {
    const word = text.length <= 5 ? WORDS.get(text) : undefined;
    return word === undefined ? text : word;
  }
  if (code < 43) return text;
  const special = WORDS.get(text);
  if (special !== undefined) return special;
  if (code === 46) return FLOAT.test(text) ? finite(text, text) : text;
  if (code === 44 || code === 47) return text;
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  const integer = INTEGER.exec(plain);
  const whole = integer === null ? undefined : wholeNumber(integer);
  if (whole !== undefined) return whole;
  return FLOAT.test(plain) ? finite(plain, text) : text;
}

function finite(number: string, text: string): string | number {
  const value = Number(number);
  // "-0" is the number zero in JSON too.
  return Number.isFinite(value) ? value + 0 : text;
}

/** undefined where 64 bits do not hold it: then it is a float. */
function wholeNumber(match: RegExpExecArray): number | LongInteger | undefined {
  const [, sign, , hexadecimal, , binary, , octal, decimal] = match;
  const digits = hexadecimal ?? binary ?? octal ?? decimal ?? '0';
  const radix = hexadecimal !== undefined ? 16 : binary !== undefined ? 2 : octal !== undefined ? 8 : 10;
  const small = Number.parseInt(digits, radix);
  if (Number.isSafeInteger(small)) return sign === '-' ? 0 - small : small;
  const prefix = { 16: '0x', 2: '0b', 8: '0o', 10: '' }[radix];
  const exact = BigInt(`${prefix}${digits}`) * (sign === '-' ? -1n : 1n);
  if (exact > UINT64_MAX || exact < INT64_MIN) return undefined;
  return { $integer: exact.toString() };
}
