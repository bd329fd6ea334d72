/** Crockford's digits: no I, L, O, U. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ID = /^s_[0-9A-HJKMNP-TV-Z]{26}$/;
const TIME_DIGITS = 10;

/** The id of a new snapshot: `s_` and a ULID, of a time in milliseconds and ten random bytes. Later ones sort behind. */
export function newSnapshotId(timeMs: number, random: Uint8Array): string {
  let time = '';
  let left = Math.floor(timeMs);
  for (let index = 0; index < TIME_DIGITS; index += 1) {
    time = DIGITS.charAt(left % 32) + time;
    left = Math.floor(left / 32);
  }
  let rest = '';
  let bits = 0;
  let count = 0;
  for (const byte of random.subarray(0, 10)) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 5) {
      count -= 5;
      rest += DIGITS.charAt((bits >> count) & 31);
    }
    bits &= (1 << count) - 1;
  }
  return `s_${time}${rest}`;
}

export function isSnapshotId(text: string): boolean {
  return ID.test(text);
}
