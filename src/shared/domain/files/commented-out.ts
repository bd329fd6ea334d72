import { textBytes } from '../../kernel/utf8';

const PREFIX = textBytes('# ');

/** A file with every line commented out, under a line that says why. No byte of it is lost, and for YAML nothing is left in it. */
export function commentedOut(bytes: Uint8Array, reason: string): Uint8Array {
  const parts: Uint8Array[] = [textBytes(`# commented out by berth: ${reason.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}\n`)];
  for (let start = 0; start < bytes.length; ) {
    const end = lineEnd(bytes, start);
    parts.push(PREFIX, bytes.subarray(start, end));
    start = end;
  }
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A lone CR ends a line of YAML as well, and so a comment. */
function lineEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at += 1) {
    if (bytes[at] === 0x0a) return at + 1;
    if (bytes[at] === 0x0d) return bytes[at + 1] === 0x0a ? at + 2 : at + 1;
  }
  return bytes.length;
}
