/** The last test of a change set. */
export interface ChangeTested {
  readonly operationId: string;
  readonly at: string;
  readonly ok: boolean;
}

/** Whether a change set may be deployed, and why or why not in one sentence. */
export function changeVerdict(pending: boolean, tested: ChangeTested | null): { readonly deployable: boolean; readonly reason: string } {
  if (!pending) return { deployable: false, reason: 'What runs is what the files say; there is nothing to deploy.' };
  if (tested === null) return { deployable: false, reason: 'These changes were not tested yet.' };
  if (!tested.ok) return { deployable: false, reason: 'The test of these changes failed.' };
  return { deployable: true, reason: 'The test of exactly these changes passed.' };
}
