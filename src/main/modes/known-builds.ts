import type { Store } from '@main/platform/types';

/** Fingerprints by the id of an image. */
export type KnownBuilds = { readonly [imageId: string]: string };

const KIND = 'known-builds';

/**
 * What images that docker compose built were built from, as far as it can be told: when such an image is seen running for the first time, it counts
 * as built from what is there then. Kept over restarts, so that later edits are seen.
 */
export class BuildsOfOthers {
  constructor(private readonly store: Pick<Store, 'getRecord' | 'patchRecord'>) {}

  /** Everything known of the project's images, with what is `running` now taken in. What is known stays as it was; images that are not `present` any more are forgotten. */
  async of(projectId: string, running: KnownBuilds, present: ReadonlySet<string>): Promise<KnownBuilds> {
    const before = ((await this.store.getRecord(KIND, projectId))?.data['images'] ?? {}) as KnownBuilds;
    const now = Object.fromEntries(Object.entries({ ...running, ...before }).filter(([id]) => present.has(id)));
    if (JSON.stringify(Object.entries(now).sort()) !== JSON.stringify(Object.entries(before).sort())) await this.store.patchRecord(KIND, projectId, { images: now });
    return now;
  }
}
