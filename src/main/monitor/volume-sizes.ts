import type { DiskUse } from './types';

/** A page does not wait longer than this for sizes; where much is stored, the engine needs minutes for them. */
const WAIT_MS = 1_500;

/** How big each volume is, as far as it is known by now. */
export class VolumeSizes {
  private known: ReadonlyMap<string, number> | null = null;
  private looking: Promise<void> | null = null;

  constructor(private readonly lookAtDisk: () => Promise<DiskUse>) {}

  /** Looks at the disk and waits a moment for it; after that the sizes of the look before, or null before the first has ended. Never rejects. */
  async get(): Promise<ReadonlyMap<string, number> | null> {
    this.looking ??= this.lookAtDisk()
      .then(
        ({ items }) => void (this.known = new Map(items.filter((one) => one.kind === 'volume').map((one) => [one.name, one.sizeBytes]))),
        // An engine that is away has no sizes to tell; the next one who asks tries again.
        () => undefined,
      )
      .finally(() => (this.looking = null));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.looking, new Promise<void>((resolve) => (timer = setTimeout(resolve, WAIT_MS)))]);
    clearTimeout(timer);
    return this.known;
  }
}
