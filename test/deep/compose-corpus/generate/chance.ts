import { seededRandom } from '../../../support/random';

/** Seeded choices: the same seed makes the same files. */
export class Chance {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.next() * 100 < share;
  }

  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** Some of a list, in an order of chance. */
  some<T>(list: readonly T[], from: number, to: number): T[] {
    const left = [...list];
    const taken: T[] = [];
    for (let count = Math.min(this.int(from, to), left.length); count > 0; count -= 1) taken.push(...left.splice(Math.floor(this.next() * left.length), 1));
    return taken;
  }
}
