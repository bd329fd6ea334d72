/** One line of a template's history. `version` is what its content is: going back to 1 adds an entry, and no version. */
export interface TemplateEntry {
  readonly version: number;
  /** SHA-256 in hex. */
  readonly hash: string;
  readonly author: string;
  /** ISO time. */
  readonly at: string;
  readonly note: string;
  /** True for going back. */
  readonly isRollback: boolean;
}

/** The history with a saved content; unchanged where it is the one that stands. */
export function withSaved(history: readonly TemplateEntry[], saved: { readonly hash: string; readonly author: string; readonly at: string; readonly note: string }): readonly TemplateEntry[] {
  if (history.at(-1)?.hash === saved.hash) return history;
  const version = Math.max(0, ...history.map((entry) => entry.version)) + 1;
  return [...history, { ...saved, version, isRollback: false }];
}

/** The history after going back to a version; null where it has no such version. */
export function withRollback(history: readonly TemplateEntry[], version: number, by: { readonly author: string; readonly at: string; readonly note: string }): readonly TemplateEntry[] | null {
  const meant = history.find((entry) => entry.version === version);
  return meant === undefined ? null : [...history, { version, hash: meant.hash, ...by, isRollback: true }];
}

/** Which version a content is: the newest entry decides where two are equal; null for one that was never saved. */
export function versionOf(history: readonly TemplateEntry[], hash: string): number | null {
  return history.findLast((entry) => entry.hash === hash)?.version ?? null;
}
