/** Part of the language's every host, though not of its own library. */
declare const TextDecoder: new (label: string, options?: { readonly fatal?: boolean }) => { decode(bytes: Uint8Array): string };

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

/** The text without a byte order mark; null where the bytes are not UTF-8. */
export function strictText(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** The text, with a mark in place of each byte that is none. */
export function lenientText(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}
