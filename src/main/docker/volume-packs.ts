import { readPackFrame, type VolumeFrame } from '@shared/domain/snapshots/volume-frames';
import type { PackFiles } from '../platform/snapshots/types';
import type { VolumeSession } from './volume-session';

/** One is written while the one before it is synced; the third is there when either is quicker. */
const FILES_AHEAD = 3;

/** Hands the program files for packs, and takes those that are written into the repository, while it goes on. */
export class VolumePacks {
  private ahead = 0;
  private readonly underWay = new Set<Promise<void>>();
  private failure: unknown = null;

  constructor(
    private readonly session: VolumeSession,
    private readonly files: PackFiles,
  ) {}

  /** Resolves when the program has files to begin with. */
  async offer(): Promise<void> {
    while (this.ahead < FILES_AHEAD) {
      this.ahead += 1;
      await this.session.send('o', Buffer.from(await this.files.make()));
    }
  }

  /** False for a frame that is none of a pack. `onKept` is called with the hashes of its chunks, and their lengths together, when it is in the repository. */
  take(frame: VolumeFrame, onKept: (hashes: readonly string[], bytes: number) => void): boolean {
    this.rethrow();
    const pack = readPackFrame(frame.data);
    if (pack === null) return false;
    this.ahead -= 1;
    const kept = this.keep(pack).then(() => onKept(pack.hashes, pack.plainBytes)).catch((error: unknown) => {
      this.failure ??= error;
    });
    this.underWay.add(kept);
    void kept.finally(() => this.underWay.delete(kept));
    return true;
  }

  /** Resolves when every pack so far is in the repository. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
    this.rethrow();
  }

  private async keep({ file, hash, sums, table }: NonNullable<ReturnType<typeof readPackFrame>>): Promise<void> {
    await this.files.keep(file, { hash, sums, table });
    await this.offer();
  }

  private rethrow(): void {
    if (this.failure !== null) throw this.failure;
  }
}
