/** Starts that nobody waits for let the others pass until nothing of these has moved for so long. */
const LET_PASS_MS = 600;

interface Waiting {
  readonly isUrgent: boolean;
  readonly take: () => void;
}

/** A hand that was taken; giving it back twice is giving it back once. */
export type GiveBack = () => void;

/**
 * How many containers are exchanged at a time. Stops and starts of many at once slow each other down on an engine with few cores, and with them the one a whole chain waits for;
 * so there are only so many hands, and what other services wait for gets one first.
 */
export class StartHands {
  private free: number;
  private waiting: Waiting[] = [];
  private urgent = 0;
  private moved: (() => void)[] = [];

  constructor(hands: number) {
    this.free = hands;
  }

  /** `isUrgent`: others wait for this one. Resolves once there is a hand, with how to give it back. */
  async take(isUrgent: boolean): Promise<GiveBack> {
    if (isUrgent) this.urgent += 1;
    else await this.letPass();
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((take) => this.enqueue({ isUrgent, take }));
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.giveBack(isUrgent);
    };
  }

  private enqueue(one: Waiting): void {
    const at = one.isUrgent ? this.waiting.findIndex(({ isUrgent }) => !isUrgent) : -1;
    this.waiting.splice(at === -1 ? this.waiting.length : at, 0, one);
  }

  private giveBack(wasUrgent: boolean): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free += 1;
    else next.take();
    if (!wasUrgent) return;
    this.urgent -= 1;
    const told = this.moved;
    this.moved = [];
    for (const one of told) one();
  }

  /** Resolves once no urgent one waits or is under way, or none of them has ended for a while. */
  private async letPass(): Promise<void> {
    // Those that are asked for in this very turn are seen too.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.urgent > 0) {
      let timer: NodeJS.Timeout | undefined;
      const moves = new Promise<true>((resolve) => this.moved.push(() => resolve(true)));
      const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), LET_PASS_MS)));
      const hasMoved = await Promise.race([moves, late]);
      clearTimeout(timer);
      if (!hasMoved) return;
    }
  }
}
