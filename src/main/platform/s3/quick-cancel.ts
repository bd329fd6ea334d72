/** One listener for each signal, however many calls wait for it: thousands of calls share the signal of their run. */
const WATCHED = new WeakMap<AbortSignal, Set<() => void>>();
const NOTHING = (): void => undefined;

/** What is thrown inside for a call that was taken back. One for all: thousands at once are no reason to look thousands of times where that was. */
export const TAKEN_BACK = new DOMException('Cancelled.', 'AbortError');

/** Acts once when the signal is (or already was) given; what it returns takes that back. */
export function whenCancelled(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return NOTHING;
  if (signal.aborted) {
    act();
    return NOTHING;
  }
  let acts = WATCHED.get(signal);
  if (acts === undefined) {
    const made = new Set<() => void>();
    acts = made;
    WATCHED.set(signal, made);
    signal.addEventListener('abort', () => {
      const all = [...made];
      made.clear();
      for (const one of all) one();
    }, { once: true });
  }
  const among = acts;
  among.add(act);
  return () => void among.delete(act);
}
