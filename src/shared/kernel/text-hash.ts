/**
 * A short, stable, non-cryptographic hash of a text: 13 lower-case base-36 characters (two 32-bit FNV-style
 * lanes with murmur finalisation). For ids that must be equal across runs and processes; never for integrity.
 */
export function textHash(text: string): string {
  let h1 = 0xdeadbeef ^ text.length;
  let h2 = 0x41c6ce57 ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2654435761);
    h2 = Math.imul(h2 ^ code, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  const high = (h2 >>> 0).toString(36).padStart(7, '0');
  const low = (h1 >>> 0).toString(36).padStart(7, '0');
  return `${high}${low}`.slice(0, 13);
}
