/** Keys beneath the prefix that are Berth's own: lease, trash, probes. A folder of this name is not synced. */
export const OWN_PREFIX = '.berth/';

/** The longest key a store takes, in bytes. */
export const KEY_MAX_BYTES = 1_024;

/**
 * Order of two keys by the bytes of their UTF-8, which is how stores list. JavaScript compares UTF-16 units, and puts the characters beyond
 * the first plane before those from U+E000 on.
 */
export function compareKeys(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    const left = one.charCodeAt(index);
    const right = other.charCodeAt(index);
    if (left !== right) return left >= 0xd800 && right >= 0xd800 ? inBytes(left) - inBytes(right) : left - right;
  }
  return one.length - other.length;
}

/** Surrogates behind everything else of the first plane. */
function inBytes(unit: number): number {
  return unit <= 0xdfff ? unit + 0x2000 : unit - 0x800;
}

/** Which workspaces are compared by size alone: all, none, or these. */
export type SizeOnly = boolean | readonly string[];

/** Whether the file of a key is compared by size alone. */
export function isSizeOnly(sizeOnly: SizeOnly, key: string): boolean {
  return typeof sizeOnly === 'boolean' ? sizeOnly : sizeOnly.includes(workspaceOf(key) ?? '');
}

/** Whether any file is. */
export function hasSizeOnly(sizeOnly: SizeOnly): boolean {
  return typeof sizeOnly === 'boolean' ? sizeOnly : sizeOnly.length > 0;
}

/** The workspace of a key: its first part. A file that lies beside the workspaces has none. */
export function workspaceOf(key: string): string | null {
  const slash = key.indexOf('/');
  return slash === -1 ? null : key.slice(0, slash);
}
