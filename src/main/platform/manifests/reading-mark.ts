/** What a thread of the scanner says of what it is parsing: in a place of its own in one file, paths, each with a zero byte after it, and one more zero byte. */

/** The place of one thread. */
export const MARK_BYTES = 64 * 1024;
/** No more paths than fit: no path is longer than 4 KiB. */
export const MARK_PATHS_MAX = 64;

/** The bytes for these paths; those that do not fit are left out. */
export function markBytes(paths: readonly string[]): Buffer {
  const named: Buffer[] = [];
  let left = MARK_BYTES - 1;
  for (const path of paths) {
    const bytes = Buffer.from(`${path}\0`);
    if (bytes.length > left) break;
    left -= bytes.length;
    named.push(bytes);
  }
  return Buffer.concat([...named, Buffer.alloc(1)]);
}

/** The paths that the threads named last. */
export function markedPaths(content: Buffer): readonly string[] {
  const found = new Set<string>();
  for (let slot = 0; slot < content.length; slot += MARK_BYTES) {
    const end = Math.min(content.length, slot + MARK_BYTES);
    for (let at = slot; at < end && content[at] !== 0; ) {
      const zero = content.indexOf(0, at);
      const stop = zero === -1 ? end : Math.min(zero, end);
      found.add(content.subarray(at, stop).toString('utf8'));
      at = stop + 1;
    }
  }
  return [...found];
}
