/** A key as it is written on this machine: `mod+K` is Ctrl K, and ⌘K on a Mac. */
export function keyWords(keys: string): string {
  const mac = window.berth.platform === 'darwin';
  return keys.replaceAll('mod+', mac ? '⌘' : 'Ctrl ').replaceAll('shift+', mac ? '⇧' : 'Shift ');
}
