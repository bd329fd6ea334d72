/** Part of the language's every host, though not of its own library. */
declare const TextDecoder: new (label: string, options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean }) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');
const strictWithMark = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientWithMark = new TextDecoder('utf-8', { ignoreBOM: true });

/** A text as UTF-8. */
export function textBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text without a byte order mark; null where the bytes are not UTF-8. */
export function strictText(bytes: Uint8Array): string | null {
  return decoded(strict, bytes);
}

/** As `strictText`, but a byte order mark stays the first character. */
export function strictTextWithMark(bytes: Uint8Array): string | null {
  return decoded(strictWithMark, bytes);
}

/** The text without a byte order mark, with a replacement character in place of each byte that is none. */
export function lenientText(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

/** As `lenientText`, but a byte order mark stays the first character. */
export function lenientTextWithMark(bytes: Uint8Array): string {
  return lenientWithMark.decode(bytes);
}

function decoded(decoder: { decode(bytes: Uint8Array): string }, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
