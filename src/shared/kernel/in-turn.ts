/** Does one piece of work after the other, in the order in which they came; one that fails holds up none. Work must not ask for a turn of its own within its turn. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}
