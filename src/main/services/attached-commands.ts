import type { RunningExec, TerminalSize } from '@main/docker/types';

/** A listener that is this far behind is waited for, until it has caught up to here. */
const MOST_BEHIND_BYTES = 128 * 1024;
const CAUGHT_UP_BYTES = 32 * 1024;

/** A command that ends with whoever listens to it. */
interface Owned {
  end(): void;
  readonly ended: Promise<unknown>;
}

interface Attached {
  readonly running: RunningExec;
  /** What the listener has not taken yet; null: nobody counts. */
  behindBytes: number | null;
  waiting: boolean;
}

/** The commands that run now and are listened to, each under the name its caller chose: what is typed or piped, the size of the terminal and what was taken come in calls of their own. */
export class AttachedCommands {
  private readonly open = new Map<string, Attached>();
  private readonly owned = new Set<Owned>();

  /** Does the work of an owned command, which can be ended from here until that is done. */
  async own<T>(end: () => void, work: () => Promise<T>): Promise<T> {
    const ended = work();
    const one: Owned = { end, ended: ended.catch(() => undefined) };
    this.owned.add(one);
    try {
      return await ended;
    } finally {
      this.owned.delete(one);
    }
  }

  /** Ends what is still owned, and resolves when none of it runs any more: nobody will listen after this. */
  async endOwned(): Promise<void> {
    for (const one of this.owned) one.end();
    await Promise.all([...this.owned].map((one) => one.ended));
  }

  /** `paced`: its listener tells what it has taken, and the command writes no faster than that. */
  begin(name: string, running: RunningExec, paced: boolean): void {
    this.open.set(name, { running, behindBytes: paced ? 0 : null, waiting: false });
  }

  forget(name: string): void {
    this.open.delete(name);
  }

  /** So much was passed on. */
  sent(name: string, bytes: number): void {
    const one = this.open.get(name);
    if (one === undefined || one.behindBytes === null) return;
    one.behindBytes += bytes;
    if (one.waiting || one.behindBytes <= MOST_BEHIND_BYTES) return;
    one.waiting = true;
    one.running.pause();
  }

  /** So much of it was taken. False when there is no such command. */
  taken(name: string, bytes: number): boolean {
    const one = this.open.get(name);
    if (one === undefined) return false;
    one.behindBytes = Math.max(0, (one.behindBytes ?? 0) - bytes);
    if (one.waiting && one.behindBytes <= CAUGHT_UP_BYTES) {
      one.waiting = false;
      one.running.resume();
    }
    return true;
  }

  /** Resolves with false when there is no such command, or it takes no more. */
  async feed(name: string, data: Uint8Array, isEnd: boolean): Promise<boolean> {
    const one = this.open.get(name);
    if (one === undefined) return false;
    if (data.length > 0) await one.running.write(data);
    if (isEnd) one.running.end();
    return !isEnd && this.open.has(name);
  }

  /** Resolves with false when there is no such command. */
  async resize(name: string, size: TerminalSize): Promise<boolean> {
    const one = this.open.get(name);
    await one?.running.resize(size);
    return one !== undefined;
  }
}
