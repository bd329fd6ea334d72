/** A snapshot as people name it. */
export interface NamedSnapshot {
  readonly id: string;
  readonly tag: string | null;
}

/** Shorter beginnings fit nearly all of them: they are times. */
const LEAST_DIGITS = 4;

/** The snapshots somebody may mean: the one with this id, else those with this tag, else those whose ids begin so. One of them is an answer, several are a question. */
export function snapshotsNamed<T extends NamedSnapshot>(name: string, all: readonly T[]): readonly T[] {
  const exact = all.filter(({ id }) => id === name);
  if (exact.length > 0) return exact;
  const tagged = all.filter(({ tag }) => tag === name);
  if (tagged.length > 0) return tagged;
  const digits = name.replace(/^s_/i, '').toUpperCase();
  return digits.length < LEAST_DIGITS ? [] : all.filter(({ id }) => id.slice(2).startsWith(digits));
}

/** Says which are meant by a name that is that of several. */
export function severalNamed(name: string, found: readonly NamedSnapshot[]): string {
  const shown = found.slice(0, 5).map(({ id, tag }) => (tag === null || tag === name ? id : `${id} (${tag})`));
  return `${String(found.length)} snapshots of this project are called ${name}: ${shown.join(', ')}${found.length > shown.length ? ' and more' : ''}.`;
}
