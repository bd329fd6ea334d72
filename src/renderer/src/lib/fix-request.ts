import type { Finding } from './model';

type Fix = Finding['fixes'][number];

/** Fixes to make, by the mode whose checks found what they are for; '' is the mode that runs. */
export interface FixRequest {
  readonly title: string;
  readonly groups: readonly { readonly mode: string; readonly fixes: readonly string[] }[];
  /** What a person decides in another dialog, in place of what would be changed. */
  readonly opens?: Fix['opens'];
}

/** One fix of a finding, asked in the first mode that has it. */
export function requestOf(fix: Fix, mode: string): FixRequest {
  return { title: fix.title, groups: [{ mode, fixes: [fix.id] }], opens: fix.opens };
}
