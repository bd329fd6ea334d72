/** True for a snapshot that another operation makes before it changes anything: its news is that of the other one. */
export function isKeptWithin({ kind, input }: { readonly kind: string; readonly input: unknown }): boolean {
  return kind === 'snapshots.create' && typeof input === 'object' && input !== null && 'before' in input && typeof input.before === 'string';
}
