import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@shared/kernel/app-error';
import { encodeLockFile, parseLockFile, type LockFile } from '@shared/domain/snapshots/repository-files';
import { isAlive, thisHolder, type Holder } from '../project-lock';
import { cancelled } from './failures';
import { lockName } from './names';
import { strictText } from './sums';
import type { ObjectPlace } from './types';

const REFRESH_MS = 60_000;
const VOID_AFTER_MS = 10 * 60_000;
/** Whoever was away for nearly as long cannot know whether its lock was found void meanwhile. */
const LOST_AFTER_MS = 9 * 60_000;
const FOLDER = 'locks/';
const ENDING = '.json';
const LOOK_AGAIN_MS = 250;
const WAIT_MS = 5 * 60_000;

/** The same for as long as it runs. */
let thisProcess: Promise<Holder> | undefined;

/** A lock that is held. */
export interface HeldLock {
  /** Of this lock alone. */
  readonly id: string;
  /** Ids of those whose holders were gone when it was taken. */
  readonly voids: ReadonlySet<string>;
  /** The clock of the place when it was taken: times of other objects are compared with it, so that two clocks never are. */
  readonly takenMs: number;
  /** False once anybody may have found it void. */
  isHeld(): Promise<boolean>;
  /** Never rejects. */
  release(): Promise<void>;
}

interface Other {
  readonly name: string;
  readonly modifiedMs: number;
  /** Null where it cannot be read: it then counts as one that excludes all. */
  readonly lock: LockFile | null;
}

/** Who reads and writes a repository. Each one writes its own lock first and looks at the others' behind that: of two that exclude each other at least one sees the other. */
export class Locks {
  constructor(
    private readonly place: ObjectPlace,
    private readonly waitMs = WAIT_MS,
  ) {}

  /** For reading and writing. Waits while the repository is being pruned. Rejects with `locked` when that takes too long. */
  async shared(signal: AbortSignal): Promise<HeldLock> {
    const giveUpAt = Date.now() + this.waitMs;
    for (;;) {
      if (signal.aborted) throw cancelled();
      const { held, others } = await this.take('shared');
      const excluding = others.find(({ lock }) => lock?.kind !== 'shared');
      if (excluding === undefined) return held;
      await held.release();
      if (Date.now() >= giveUpAt) throw locked(this.place, excluding, 'is removing what is no longer needed');
      await wait(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** For pruning. Rejects with `locked` while anyone reads or writes. Void locks are removed before it resolves. */
  async exclusive(): Promise<HeldLock> {
    const { held, others, voids } = await this.take('exclusive');
    const [first] = others;
    if (first !== undefined) {
      await held.release();
      throw locked(this.place, first, 'is reading or writing them');
    }
    for (const name of voids) await this.place.remove(name);
    return held;
  }

  private async take(kind: LockFile['kind']): Promise<{ readonly held: HeldLock; readonly others: readonly Other[]; readonly voids: readonly string[] }> {
    const held = await OwnLock.write(this.place, kind);
    try {
      const all = await this.all();
      const own = all.find(({ name }) => name === held.name);
      if (own === undefined) throw locked(this.place, null, '');
      held.takenMs = own.modifiedMs;
      const judged = await Promise.all(all.filter(({ name }) => name !== held.name).map(async (other) => ({ other, isVoid: await isVoid(other, own.modifiedMs) })));
      held.voids = new Set(judged.filter((one) => one.isVoid).map(({ other }) => other.name.slice(FOLDER.length, -ENDING.length)));
      return { held, others: judged.filter((one) => !one.isVoid).map(({ other }) => other), voids: judged.filter((one) => one.isVoid).map(({ other }) => other.name) };
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  private async all(): Promise<readonly Other[]> {
    const found: Other[] = [];
    for await (const { name, modifiedMs } of this.place.list(FOLDER)) {
      const bytes = await this.place.read(name).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return null;
        throw error;
      });
      if (bytes !== null) found.push({ name, modifiedMs, lock: lockOf(bytes) });
    }
    return found;
  }
}

function lockOf(bytes: Uint8Array): LockFile | null {
  try {
    return parseLockFile(strictText(bytes) ?? '');
  } catch {
    return null;
  }
}

async function isVoid({ lock, modifiedMs }: Other, nowMs: number): Promise<boolean> {
  if (nowMs - modifiedMs > VOID_AFTER_MS) return true;
  return lock !== null && lock.host === hostname() && !(await isAlive({ pid: lock.pid, started: lock.process, boot: lock.boot }));
}

function locked(place: ObjectPlace, other: Other | null, does: string): AppError {
  const who = other?.lock === null || other === null ? 'Somebody else' : `Process ${String(other.lock.pid)} on ${other.lock.host}`;
  return new AppError('locked', other === null ? `The lock on the snapshots in ${place.where} is gone.` : `${who} ${does} (snapshots in ${place.where}).`, { hint: 'Try again when it has finished.' });
}

/** The lock of this process, refreshed until it is released. */
class OwnLock implements HeldLock {
  readonly id = randomUUID();
  readonly name = lockName(this.id);
  takenMs = 0;
  voids: ReadonlySet<string> = new Set();
  private timer: NodeJS.Timeout | undefined;
  private refreshedMs = 0;
  private isLost = false;
  private refreshing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly place: ObjectPlace,
    private readonly kind: LockFile['kind'],
    private readonly holder: Holder,
    private readonly startedAt: string,
  ) {}

  static async write(place: ObjectPlace, kind: LockFile['kind']): Promise<OwnLock> {
    const lock = new OwnLock(place, kind, await (thisProcess ??= thisHolder()), new Date().toISOString());
    await lock.store();
    lock.timer = setInterval(() => void (lock.refreshing = lock.refresh()), REFRESH_MS);
    lock.timer.unref();
    return lock;
  }

  async isHeld(): Promise<boolean> {
    await this.refreshing;
    return !this.isLost && Date.now() - this.refreshedMs < LOST_AFTER_MS && (await this.place.size(this.name)) !== null;
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.refreshing;
    await this.place.remove(this.name).catch(() => undefined);
  }

  private async store(): Promise<void> {
    const now = new Date();
    const file = encodeLockFile({ kind: this.kind, host: hostname(), pid: this.holder.pid, process: this.holder.started, boot: this.holder.boot, startedAt: this.startedAt, refreshedAt: now.toISOString() });
    await this.place.write(this.name, [Buffer.from(file)], { replace: true });
    this.refreshedMs = now.getTime();
  }

  /** One that was found void is never written again: it would look as if it had been there all along. */
  private async refresh(): Promise<void> {
    if (this.isLost || !(await this.isHeldNow())) return;
    await this.store().catch(() => undefined);
  }

  private async isHeldNow(): Promise<boolean> {
    this.isLost = Date.now() - this.refreshedMs >= LOST_AFTER_MS || (await this.place.size(this.name).catch(() => 0)) === null;
    return !this.isLost;
  }
}
