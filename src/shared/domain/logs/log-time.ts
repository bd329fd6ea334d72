const UNITS_SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3_600, d: 86_400 };
const DURATION = /^(?:\d{1,9}[smhd]){1,4}$/;
const MOMENT = /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)?$/;
const NANO_DIGITS = 9;

/**
 * A moment as the engine takes it, in seconds with nine digits behind the point: from the time of a line, exact to the nanosecond, or from a duration before
 * now (`15m`, `1h30m`). Null when it is neither. A time without a zone is that of this machine.
 */
export function engineTime(text: string, nowMs: number): string | null {
  if (DURATION.test(text)) {
    let seconds = 0;
    for (const [, number, unit] of text.matchAll(/(\d+)([smhd])/g)) seconds += Number(number) * (UNITS_SECONDS[unit ?? ''] ?? 0);
    const atMs = Math.max(0, nowMs - seconds * 1_000);
    return `${String(Math.floor(atMs / 1_000))}.${String(Math.floor(atMs % 1_000)).padStart(3, '0')}000000`;
  }
  const found = MOMENT.exec(text);
  const atMs = found === null ? Number.NaN : Date.parse(`${found[1]?.replace(/[t ]/, 'T') ?? ''}${found[3]?.toUpperCase() ?? ''}`);
  if (found === null || Number.isNaN(atMs) || atMs < 0) return null;
  return `${String(Math.floor(atMs / 1_000))}.${(found[2] ?? '').padEnd(NANO_DIGITS, '0')}`;
}
