/** An end that is told once everything before it has come. */
export interface OrderedEnd<E> {
  /** One batch came and was handed on. */
  came(): void;
  /** The end came, with how many batches were sent before it. */
  ended(end: E, batches: number): void;
}

/**
 * The batches of a stream are messages and its end is the answer to a call. Electron carries the two on ways of their own and promises
 * no order between them, so the end of a short stream can overtake what it wrote.
 */
export function createOrderedEnd<E>(onEnd: (end: E) => void): OrderedEnd<E> {
  let batchesCame = 0;
  let last: { readonly end: E; readonly batches: number } | null = null;

  function tell(): void {
    if (last === null || batchesCame < last.batches) return;
    const { end } = last;
    last = null;
    onEnd(end);
  }

  return {
    came() {
      batchesCame += 1;
      tell();
    },
    ended(end, batches) {
      last = { end, batches };
      tell();
    },
  };
}
