import { parseByteSize, parseDuration } from '../compose/go-values';

const BINARY: { readonly [suffix: string]: number } = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 };
const DECIMAL: { readonly [suffix: string]: number } = { m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };

/** A quantity as Kubernetes writes it: `128Mi` is 134217728, `100m` is 0.1, `1e3` is 1000; undefined when it is none. */
export function kubernetesQuantity(text: string): number | undefined {
  const found = /^([0-9]+\.?[0-9]*|\.[0-9]+)(?:e([+-]?[0-9]+))?([A-Za-z]*)$/.exec(text);
  if (found === null) return undefined;
  const [, number = '', exponent, suffix = ''] = found;
  const factor = BINARY[suffix] ?? DECIMAL[suffix];
  if (factor === undefined || (exponent !== undefined && suffix !== '')) return undefined;
  return Number(number) * factor * 10 ** Number(exponent ?? 0);
}

/** A size as rclone takes it: `1G`, `512Mi`, a number alone in KiB, `off` without a limit; undefined when it is none. */
export function rcloneSizeBytes(text: string): number | undefined {
  if (text === 'off') return Number.POSITIVE_INFINITY;
  if (/^[0-9.]+$/.test(text)) return Number(text) * 1024;
  const bytes = parseByteSize(text.replace(/i$/i, ''));
  return bytes === undefined ? undefined : Number(bytes);
}

/** A time such as `5m` or `1h30m`, or a number of seconds, in seconds; undefined when it is none. */
export function durationSeconds(text: string): number | undefined {
  if (/^[0-9]+(?:\.[0-9]+)?$/.test(text)) return Number(text);
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e9;
}
