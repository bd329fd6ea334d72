/** Kubernetes' numbers as texts that are equal exactly where the values are. */

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE]?)|[eE]([+-]?\d{1,3}))$/;
const BINARY: { readonly [suffix: string]: bigint } = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n };
const DECIMAL: { readonly [suffix: string]: number } = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** A quantity (`500m`, `0.5`, `1Gi`, `1e3`) as whole number and power of ten; null where it is none. */
export function exactQuantity(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const match = QUANTITY.exec(String(value));
  if (match === null) return null;
  const [, sign, digits = '0', binary, decimal, exponent] = match;
  const dot = digits.indexOf('.');
  const fraction = dot === -1 ? 0 : digits.length - dot - 1;
  const whole = BigInt(digits.replace('.', '') || '0') * (binary === undefined ? 1n : 1024n ** (BINARY[binary] ?? 0n));
  const power = (exponent === undefined ? (DECIMAL[decimal ?? ''] ?? 0) : Number(exponent)) - fraction;
  return scaled(sign === '-' ? -whole : whole, power);
}

function scaled(whole: bigint, power: number): string {
  if (whole === 0n) return '0';
  let digits = whole.toString();
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0;
  digits = digits.slice(0, digits.length - zeros);
  return `${digits}e${power + zeros}`;
}

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const UNIT_POWERS: { readonly [unit: string]: readonly [bigint, number] } = { ns: [1n, 0], us: [1n, 3], µs: [1n, 3], μs: [1n, 3], ms: [1n, 6], s: [1n, 9], m: [60n, 9], h: [3600n, 9] };

/** A Go duration (`90s`, `1m30s`) in nanoseconds; null where it is none. */
export function exactDuration(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.replace(/^[+-]/, '');
  if (text === '0') return '0';
  if (text === '' || text.replace(PART, '') !== '') return null;
  let nanoseconds = 0n;
  for (const [, digits = '0', unit = 's'] of text.matchAll(PART)) {
    const [factor, power] = UNIT_POWERS[unit] ?? [1n, 0];
    const [whole = '', fraction = ''] = digits.split('.');
    // Go cuts what is finer than a nanosecond.
    nanoseconds += BigInt(`${whole || '0'}${fraction.slice(0, power).padEnd(power, '0')}`) * factor;
  }
  return `${value.startsWith('-') && nanoseconds !== 0n ? '-' : ''}${nanoseconds.toString()}`;
}

/** A whole number written as text is the number; any other text stays one. */
export function intOrText(value: unknown): unknown {
  return typeof value === 'string' && value.length < 11 && /^(?:0|-?[1-9]\d*)$/.test(value) && Math.abs(Number(value)) < 2 ** 31 ? Number(value) : value;
}
