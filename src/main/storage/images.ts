import { join } from 'node:path';
import { pullFailureOf } from '@shared/domain/engine/pull-error';
import { flavourOfImage, imageCandidates, noImage, OWN_IMAGES, pinnedReference, type ImageAttempt, type ImageCandidate } from '@shared/domain/storage/image-candidates';
import { AppError } from '@shared/kernel/app-error';
import { imageSourcesHash } from '@main/docker/image-sources';
import type { Engine } from '@main/docker/types';
import type { Store } from '@main/platform/types';
import type { ImageConsent, ImageOverrides, ImageRole, OverriddenRole, ResolvedImage, StorageImages } from './types';

type Output = (line: string) => void;

const overrideKey = (role: OverriddenRole): string => `storage.image.${role}`;

/** What the resolver works with. `imagesDir`: resources/images. */
export interface StorageImagesDependencies {
  readonly engine: Engine;
  readonly imagesDir: string;
  readonly overrides: ImageOverrides;
}

/** The overrides, kept in the store beside the settings. */
export function imageOverrides(store: Pick<Store, 'getSetting' | 'putSetting'>): ImageOverrides {
  return {
    async get(role) {
      const kept = await store.getSetting(overrideKey(role));
      return typeof kept === 'string' && kept !== '' ? kept : null;
    },
    set: async (role, reference) => store.putSetting(overrideKey(role), reference === null ? '' : pinnedReference(reference)),
  };
}

/** Finds images: the user's own, then what is here, then what may be pulled, then what may be made here. */
export function storageImages(deps: StorageImagesDependencies): StorageImages {
  return { resolve: (role, consent, onOutput, signal, written) => new Search(deps, role, consent, onOutput, signal).find(written ?? null) };
}

/** One search; it remembers what was tried. */
class Search {
  private readonly attempts: ImageAttempt[] = [];
  /** On behalf of nobody's project: these images come from Berth's own folder or from the list in it. */
  private readonly engine: Engine;
  private readonly folder: string;

  constructor(
    private readonly deps: StorageImagesDependencies,
    private readonly role: ImageRole,
    private readonly consent: ImageConsent,
    private readonly onOutput: Output,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.folder = join(deps.imagesDir, OWN_IMAGES[role].folder);
    this.engine = deps.engine.as({ projectDir: deps.imagesDir, projectName: 'berth', trustedFactKeys: [] });
  }

  async find(written: string | null): Promise<ResolvedImage> {
    const chosen = await this.deps.overrides.get(this.role);
    if (chosen !== null) return this.override(chosen);
    const candidates = imageCandidates(this.role, written);
    const outdated: ResolvedImage[] = [];
    for (const candidate of candidates) {
      const found = await this.present(candidate);
      if (found === 'outdated') outdated.push(resolved(candidate));
      else if (found) return resolved(candidate);
      else if (candidate.from !== 'present') this.attempts.push({ reference: candidate.reference, kind: 'absent' });
    }
    const made = (await this.pulled(candidates)) ?? (await this.made(candidates)) ?? outdated[0];
    if (made === undefined) throw noImage(this.role, this.attempts, this.consent);
    return made;
  }

  private async override(reference: string): Promise<ResolvedImage> {
    if ((await this.deps.engine.inspectImage(reference)) === null) {
      if (!this.consent.pull) this.attempts.push({ reference, kind: 'absent' });
      if (!this.consent.pull || !(await this.pull(reference))) throw noImage(this.role, this.attempts, this.consent);
    }
    if (this.role !== 's3') return { reference, flavour: this.role, notices: [] };
    return { reference, ...flavourOfImage(reference, (await this.deps.engine.inspectImage(reference))?.labels ?? {}) };
  }

  /** Berth's own images are told by their label too: a name alone can be given to anything. */
  private async present({ reference, from }: ImageCandidate): Promise<boolean | 'outdated'> {
    const image = await this.deps.engine.inspectImage(reference);
    if (image === null || from !== 'own') return image !== null;
    if (image.labels['dev.berth.role'] !== this.role) return false;
    const hash = image.labels['dev.berth.sources'];
    return hash === undefined || hash === (await imageSourcesHash(this.folder, OWN_IMAGES[this.role].sources)) ? true : 'outdated';
  }

  private async pulled(candidates: readonly ImageCandidate[]): Promise<ResolvedImage | null> {
    if (!this.consent.pull) return null;
    for (const candidate of candidates) if (candidate.from === 'registry' && (await this.pull(candidate.reference))) return resolved(candidate);
    return null;
  }

  /** False, and remembered, when a registry does not give it; anything else that goes wrong ends the search. */
  private async pull(reference: string): Promise<boolean> {
    const absent = this.attempts.findIndex((attempt) => attempt.reference === reference);
    if (absent >= 0) this.attempts.splice(absent, 1);
    try {
      this.onOutput(`Downloading ${reference}`);
      await this.engine.pull(reference, undefined, this.onOutput, this.signal);
      return true;
    } catch (error) {
      const kind = pullFailureOf(error);
      if (kind === null) throw error;
      this.onOutput(error instanceof AppError ? error.message : String(error));
      this.attempts.push({ reference, kind });
      return false;
    }
  }

  /** Berth's own image: a layer on a base, or compiled where that is allowed. */
  private async made(candidates: readonly ImageCandidate[]): Promise<ResolvedImage | null> {
    const own = candidates.find(({ from }) => from === 'own');
    if (own === undefined) return null;
    const { bases, sources } = OWN_IMAGES[this.role];
    if (bases.length === 0 && !this.consent.build) return null;
    const base = bases.length === 0 ? undefined : await this.base(bases);
    if (base === null) return null;
    return (await this.build(own.reference, base === undefined ? {} : { BASE_IMAGE: base }, sources)) ? resolved(own) : null;
  }

  private async base(bases: readonly string[]): Promise<string | null> {
    for (const base of bases) if ((await this.deps.engine.inspectImage(base)) !== null) return base;
    const [registry = ''] = bases;
    // To build on a base is to fetch it.
    if (!this.consent.pull && !this.consent.build) this.attempts.push({ reference: registry, kind: 'absent' });
    else if (await this.pull(registry)) return registry;
    return null;
  }

  /** False, and remembered, when what it is built on cannot be fetched. */
  private async build(reference: string, args: { readonly [name: string]: string }, sources: readonly string[]): Promise<boolean> {
    const labels = { 'dev.berth.role': this.role, 'dev.berth.sources': await imageSourcesHash(this.folder, sources) };
    this.onOutput(`Making ${reference}`);
    try {
      await this.engine.build({ contextDir: this.folder, dockerfile: 'Dockerfile', args, labels, tags: [reference], noCache: false, pull: false, cacheFrom: [], extraHosts: [] }, this.onOutput, this.signal);
      return true;
    } catch (error) {
      const kind = pullFailureOf(error);
      if (kind !== null && error instanceof AppError) {
        const base = error.details?.['reference'];
        this.attempts.push({ reference: typeof base === 'string' ? base : reference, kind });
        return false;
      }
      if (!(error instanceof AppError) || error.code !== 'build-failed') throw error;
      throw new AppError('setup-failed', `The image ${reference} could not be made.`, { hint: 'The activity has the last lines of the build. In a checkout of Berth, `npm run -s storage:images` makes it without a registry.', details: error.details, cause: error });
    }
  }
}

function resolved({ reference, flavour, notices }: ImageCandidate): ResolvedImage {
  return { reference, flavour, notices };
}
