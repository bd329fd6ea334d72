import type { DiskUse } from './types';

/** Sizes by volume name, as far as they are known by now. */
interface KnownSizes {
  /** Null before the first look at the disk has ended. */
  readonly sizes: ReadonlyMap<string, number> | null;
  /** A look is under way and has taken longer than was waited; `onMeasured` tells when it has ended. */
  readonly isLooking: boolean;
}

/** How big each volume is, as far as it is known by now: where much is stored, the engine needs minutes for it. */
export class VolumeSizes {
  private known: ReadonlyMap<string, number> | null = null;
  private looking: Promise<void> | null = null;
  /** Somebody was answered before the look had ended. */
  private isAwaited = false;

  constructor(
    private readonly lookAtDisk: () => Promise<DiskUse>,
    private readonly onMeasured: () => void = () => undefined,
  ) {}

  /** Looks at the disk and waits so long for it; with 0 ms nothing is looked at. After that the sizes of the look before. Never rejects. */
  async get(waitMs: number): Promise<KnownSizes> {
    if (waitMs > 0) await this.wait(this.looking ?? this.look(), waitMs);
    const isLooking = this.looking !== null;
    if (isLooking) this.isAwaited = true;
    return { sizes: this.known, isLooking };
  }

  private look(): Promise<void> {
    this.looking = this.lookAtDisk()
      .then(
        ({ items }) => void (this.known = new Map(items.filter((one) => one.kind === 'volume').map((one) => [one.name, one.sizeBytes]))),
        // An engine that is away has no sizes to tell; the next one who asks tries again.
        () => undefined,
      )
      .then(() => {
        this.looking = null;
        if (!this.isAwaited) return;
        this.isAwaited = false;
        this.onMeasured();
      });
    return this.looking;
  }

  private async wait(looking: Promise<void>, waitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([looking, new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)))]);
    clearTimeout(timer);
  }
}
