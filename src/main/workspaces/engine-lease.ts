import { createHash, randomUUID } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { OWN_PREFIX } from '@shared/domain/workspaces/keys';
import type { SyncDestination } from '@shared/domain/workspaces/sync-model';
import type { QuickS3 } from '../platform/s3/sync-types';

const RENEW_MS = 10_000;
/** Unchanged for this long, its holder is gone. Read off the object's ETag, so that no two clocks are compared. */
export const LEASE_STALE_MS = 45_000;
/** Who gives it back does not wait longer for a store that says nothing. */
const RELEASE_MS = 5_000;

/** What has to be remembered over a restart: our own lease is taken back at once, a stranger's after it has stood still. */
export interface LeaseMemory {
  read(): { readonly own: readonly string[]; readonly seen: { readonly etag: string; readonly atMs: number } | null };
  write(memory: { readonly own: readonly string[]; readonly seen: { readonly etag: string; readonly atMs: number } | null }): void;
}

/**
 * The right to write to one destination, as the object `.berth/lease` in it: made where none is, written anew every 10 s, taken over when it has not
 * changed for 45 s, removed at the end. Whoever else syncs there (`workspace-sync` of the compose file) keeps to the same.
 */
export class DestinationLease {
  private etag: string | null = null;
  private lost = false;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private renewal = new AbortController();
  private readonly key: string;

  constructor(
    private readonly s3: QuickS3,
    private readonly destination: SyncDestination,
    private readonly memory: LeaseMemory,
    private readonly now: () => number,
  ) {
    this.key = `${destination.prefix}${OWN_PREFIX}lease`;
  }

  /** Rejects with `busy` when somebody else has it. */
  async take(signal?: AbortSignal): Promise<void> {
    if (this.lost) this.drop();
    if (this.etag !== null) return;
    const { own, seen } = this.memory.read();
    const found = await this.s3.head(this.destination.bucket, this.key, signal);
    if (found === null) {
      if (await this.write('', signal)) return;
      throw heldByOther();
    }
    const stale = seen?.etag === found.etag && this.now() - seen.atMs >= LEASE_STALE_MS;
    if ((own.includes(found.etag) || stale) && (await this.write(found.etag, signal))) return;
    this.memory.write({ own: [], seen: seen?.etag === found.etag ? seen : { etag: found.etag, atMs: this.now() } });
    throw heldByOther();
  }

  /** Rejects with `busy` when it was lost meanwhile. */
  assertHeld(): void {
    if (this.lost) throw heldByOther();
  }

  /** What cannot be removed now is stale soon. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    const patience = AbortSignal.timeout(RELEASE_MS);
    patience.addEventListener('abort', () => this.renewal.abort(), { once: true });
    await this.renewing;
    const held = this.etag !== null && !this.lost;
    this.drop();
    if (!held) return;
    await this.s3.remove(this.destination.bucket, [this.key], patience).catch(() => undefined);
  }

  private drop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.etag = null;
    this.lost = false;
  }

  private async write(over: string, signal?: AbortSignal): Promise<boolean> {
    const body = Buffer.from(`${JSON.stringify({ holder: 'berth', id: randomUUID() })}\n`);
    const md5 = createHash('md5').update(body).digest('hex');
    // Known before it is there: a process that is killed in between finds it as its own.
    this.memory.write({ own: over === '' ? [md5] : [over, md5], seen: null });
    const { bucket } = this.destination;
    const sent = await this.s3.put({ bucket, key: this.key, body, md5, mtimeNs: BigInt(this.now()) * 1_000_000n, condition: over === '' ? { kind: 'create' } : { kind: 'replace', etag: over } }, signal);
    if (sent.kind === 'refused') return false;
    this.etag = sent.etag;
    if (this.timer === undefined) this.keep();
    return true;
  }

  private keep(): void {
    this.timer = setInterval(() => {
      this.renewal = new AbortController();
      this.renewing = this.renew(this.renewal.signal);
    }, RENEW_MS);
    this.timer.unref();
  }

  private async renew(signal: AbortSignal): Promise<void> {
    if (this.etag === null) return;
    try {
      if (await this.write(this.etag, signal)) return;
      // A renewal whose answer did not arrive may have taken place.
      const found = await this.s3.head(this.destination.bucket, this.key, signal);
      if (found !== null && this.memory.read().own.includes(found.etag)) this.etag = found.etag;
      else this.lost = true;
    } catch {
      // The store is away: nobody can take it there either. The next turn tries again.
    }
  }
}

function heldByOther(): AppError {
  return new AppError('busy', 'Something else is syncing to this place in the bucket.', { hint: `Stop the other Berth or the container workspace-sync. If it is gone already, try again in ${String(LEASE_STALE_MS / 1000)} seconds.` });
}
