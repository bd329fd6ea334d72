import { textBytes } from '../../../kernel/utf8';

/**
 * A file cut into lines without losing a byte. YAML 1.1 readers end a line, and so a comment, also at a lone CR and at the separators of Unicode:
 * what is commented out must be so for each of them.
 */
export function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = breakAt(bytes, at);
    at += Math.max(1, length);
    if (length === 0) continue;
    lines.push(bytes.subarray(start, at));
    start = at;
  }
  if (start < bytes.length) lines.push(bytes.subarray(start));
  return lines;
}

/** How many bytes the line break at this place has; 0 where there is none. */
function breakAt(bytes: Uint8Array, at: number): number {
  const [first, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  if (first === 0x0d) return second === 0x0a ? 2 : 1;
  if (first === 0x0a) return 1;
  if (first === 0xc2 && second === 0x85) return 2;
  return first === 0xe2 && second === 0x80 && (third === 0xa8 || third === 0xa9) ? 3 : 0;
}

/** One array of all of these. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A text as UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return textBytes(text);
}

/** Whether `line` begins with these bytes. */
export function startsWith(line: Uint8Array, prefix: Uint8Array): boolean {
  return line.length >= prefix.length && prefix.every((byte, index) => line[index] === byte);
}
