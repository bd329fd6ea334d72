/** True for an operation that only previews: it changes nothing and is no news. */
export function isDryRun({ input }: { readonly input: unknown }): boolean {
  return typeof input === 'object' && input !== null && 'dryRun' in input && input.dryRun === true;
}
