import { SnapshotFormatError } from './format-error';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_VALUES: ReadonlyMap<string, number> = new Map([...BASE64].map((letter, value) => [letter, value]));
/** Values of `0`-`9` and `a`-`f` by character code; 255 for all others. */
const HEX_VALUES = Uint8Array.from({ length: 128 }, (_, code) => (code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : 255));

/** UTF-8 of a text. Throws where a surrogate stands alone: there are no bytes for it. */
export function utf8Bytes(text: string): Uint8Array {
  const plain = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) return longerBytes(text);
    plain[at] = code;
  }
  return plain;
}

function longerBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.codePointAt(index) ?? 0;
    if (code < 0x80) bytes[at++] = code;
    else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      if (code >= 0xd800 && code <= 0xdfff) throw new SnapshotFormatError('A text has half a character in it.');
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      index += 1;
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes.subarray(0, at);
}

/** The text of UTF-8 bytes; null where they are none: too long a form, half a character, a surrogate, or beyond the last character. */
export function utf8Text(bytes: Uint8Array): string | null {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return null;
    let code = length === 1 ? first : first & (0xff >> (length + 1));
    for (let index = 1; index < length; index += 1) {
      const next = bytes[at + index] ?? 0;
      if ((next & 0xc0) !== 0x80) return null;
      code = (code << 6) | (next & 0x3f);
    }
    if ((length === 3 && code < 0x800) || (length === 4 && (code < 0x10000 || code > 0x10ffff)) || (code >= 0xd800 && code <= 0xdfff)) return null;
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}

/** Base64 with padding. */
export function base64Text(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += `${BASE64.charAt(bits >> 18)}${BASE64.charAt((bits >> 12) & 63)}${left > 1 ? BASE64.charAt((bits >> 6) & 63) : '='}${left > 2 ? BASE64.charAt(bits & 63) : '='}`;
  }
  return text;
}

/** The bytes of base64; null where it is not exactly what `base64Text` makes of them. */
export function base64Bytes(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let at = 0;
  for (let index = 0; index < text.length - padding; index += 1) {
    const value = BASE64_VALUES.get(text.charAt(index));
    if (value === undefined) return null;
    bits = (bits << 6) | value;
    if (index % 4 === 1) bytes[at++] = (bits >> 4) & 0xff;
    if (index % 4 === 2) bytes[at++] = (bits >> 2) & 0xff;
    if (index % 4 === 3) {
      bytes[at++] = bits & 0xff;
      bits = 0;
    }
  }
  // The bits behind the last byte have to be zero: there is one way to write it.
  if ((padding === 1 && (bits & 3) !== 0) || (padding === 2 && (bits & 15) !== 0)) return null;
  return bytes;
}

/** Lower-case hexadecimal digits of bytes. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}

/** The bytes of lower-case hexadecimal digits, into `into`. False where they are none, or not as many as fit. */
export function readHex(text: string, into: Uint8Array): boolean {
  if (text.length !== into.length * 2) return false;
  for (let at = 0; at < into.length; at += 1) {
    const high = HEX_VALUES[text.charCodeAt(at * 2)] ?? 255;
    const low = HEX_VALUES[text.charCodeAt(at * 2 + 1)] ?? 255;
    if (high === 255 || low === 255) return false;
    into[at] = (high << 4) | low;
  }
  return true;
}

/** Below zero where the first comes before the second, byte by byte; a prefix comes first. */
export function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
