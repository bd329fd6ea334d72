/** The field in which rclone and this program keep the time of a file. */
export const MTIME_HEADER = 'x-amz-meta-mtime';

/** Seconds with nanoseconds and without zeroes at the end: exactly as rclone writes it, which takes anything rounded for a change. */
export function mtimeText(mtimeNs: bigint): string {
  if (mtimeNs < 0n) return `-${mtimeText(-mtimeNs)}`;
  const digits = String(mtimeNs).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`;
}
