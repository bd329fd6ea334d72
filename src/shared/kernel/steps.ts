/** Work in steps: behind each `yield` something else may have its turn. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** All steps in one go, where nobody waits for a turn. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
