import { randomBytes } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { encodeRepositoryFile, OtherVersionError, parseRepositoryFile, type RepositoryFile } from '@shared/domain/snapshots/repository-files';
import type { Manifest } from '@shared/domain/snapshots/types';
import { cancelled, damaged, isMissing } from './failures';
import { dataKeys, PASSPHRASE_KEY, unlock, wrapKey, type DataKeys } from './keys';
import { Locks } from './locks';
import { Manifests } from './manifests';
import { manifestName, pinName, REPOSITORY_FILE } from './names';
import { PackIndex } from './pack-index';
import { Pruner, type PruneOptions } from './prune';
import { ChunkReader } from './reader';
import { sha256OfText, strictText } from './sums';
import type { ObjectPlace, RepositoryKeys, RepositoryStatus, SnapshotReader, SnapshotRepository, SnapshotWriter, VerifyAnswer } from './types';
import { Verifier, type VerifyOptions } from './verify';
import { ChunkWriter } from './writer';

/** Settings of a new repository. */
export interface NewRepository {
  /** Every chunk and every manifest, not only secrets. */
  readonly encryptAll: boolean;
  /** Whether parts that are secret may be stored. */
  readonly secrets: boolean;
}

/** How long a lock of others is waited for, for tests. */
export interface RepositoryOptions {
  readonly lockWaitMs?: number;
}

/** Opens what is there. Rejects with `not-found`, `damaged`, `repository-version`, `passphrase-wrong`. */
export async function openRepository(place: ObjectPlace, keys: RepositoryKeys, options: RepositoryOptions = {}): Promise<SnapshotRepository> {
  const file = await readRepositoryFile(place);
  const dataKey = await unlock(place, keys);
  if (dataKey === null && (file.encryptAll || file.secrets)) throw damaged([{ object: 'keys', part: '' }], 'the key of the repository is gone.');
  return new OpenRepository(place, file, dataKey === null ? null : await dataKeys(dataKey), options);
}

/** Makes one, or opens the one that is there. */
export async function createRepository(place: ObjectPlace, keys: RepositoryKeys, made: NewRepository, options: RepositoryOptions = {}): Promise<SnapshotRepository> {
  if ((await place.size(REPOSITORY_FILE).catch(nothingThere)) === null) {
    if ((made.encryptAll || made.secrets) && keys.install === null && keys.passphrase === null) throw new AppError('input-invalid', `Snapshots in ${place.where} need a passphrase when they are to keep secrets.`, { hint: 'Choose a passphrase, or keep secrets out of this repository.' });
    await wrapKey(place, keys);
    const text = encodeRepositoryFile({ version: 2, id: randomBytes(16).toString('hex'), createdAt: new Date().toISOString(), ...made }, sha256OfText);
    await place.write(REPOSITORY_FILE, [Buffer.from(text)]);
  }
  return openRepository(place, keys, options);
}

function nothingThere(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

async function readRepositoryFile(place: ObjectPlace): Promise<RepositoryFile> {
  const bytes = await place.read(REPOSITORY_FILE).catch((error: unknown) => {
    throw isMissing(error) ? new AppError('not-found', `There are no snapshots in ${place.where}.`, { cause: error }) : error;
  });
  try {
    return parseRepositoryFile(strictText(bytes) ?? '', sha256OfText);
  } catch (error) {
    if (error instanceof OtherVersionError) throw new AppError('repository-version', `The snapshots in ${place.where} were written by a later Berth.`, { hint: 'Install that version, or a newer one; nothing was changed.', cause: error });
    if (error instanceof SnapshotFormatError) throw damaged([{ object: REPOSITORY_FILE, part: '' }], 'it is not what was written.', error);
    throw error;
  }
}

class OpenRepository implements SnapshotRepository {
  readonly where: string;
  private readonly index: PackIndex;
  private readonly manifests: Manifests;
  private readonly locks: Locks;
  private reclaimableBytes: number | null = null;

  constructor(
    private readonly place: ObjectPlace,
    private readonly file: RepositoryFile,
    private readonly keys: DataKeys | null,
    options: RepositoryOptions,
  ) {
    this.where = place.where;
    this.index = new PackIndex(place);
    this.manifests = new Manifests(place, keys, file.encryptAll);
    this.locks = new Locks(place, options.lockWaitMs);
  }

  async status(): Promise<RepositoryStatus> {
    let storedBytes = 0;
    for (const folder of ['packs/', 'index/', 'snapshots/', 'keys/']) for await (const { size } of this.place.list(folder)) storedBytes += size;
    return {
      encrypted: this.file.encryptAll ? 'everything' : 'secrets',
      passphrase: (await this.place.size(PASSPHRASE_KEY)) !== null,
      storesSecrets: this.file.secrets,
      storedBytes,
      reclaimableBytes: this.reclaimableBytes,
    };
  }

  storesSecrets(): boolean {
    return this.file.secrets;
  }

  list(): ReturnType<SnapshotRepository['list']> {
    return this.manifests.list();
  }

  async manifest(id: string): Promise<Manifest> {
    return (await this.manifests.read(id)).manifest;
  }

  async begin(signal: AbortSignal): Promise<SnapshotWriter> {
    const lock = await this.locks.shared(signal);
    try {
      await this.index.refresh();
      if (signal.aborted) throw cancelled();
    } catch (error) {
      await lock.release();
      throw error;
    }
    const { place, index, manifests, keys } = this;
    return new ChunkWriter({ place, index, manifests, keys, form: this.file.version, encryptAll: this.file.encryptAll, storesSecrets: this.file.secrets, lock, signal });
  }

  async reading<T>(use: (reader: SnapshotReader) => Promise<T>): Promise<T> {
    return this.whileShared(new AbortController().signal, () => use(this.reader()));
  }

  async verify(ids: readonly string[], options: VerifyOptions): Promise<VerifyAnswer> {
    return this.whileShared(options.signal, () => {
      const { place, index, manifests, keys } = this;
      return new Verifier({ place, index, manifests, keys, reader: this.reader(), readRepositoryFile: () => readRepositoryFile(place) }, options).run(ids);
    });
  }

  async pin(id: string, pinned: boolean): Promise<void> {
    await this.manifests.read(id);
    await (pinned ? this.place.write(pinName(id), []) : this.place.remove(pinName(id)));
  }

  async remove(id: string): Promise<void> {
    if ((await this.place.size(manifestName(id))) === null) throw new AppError('not-found', `There is no snapshot ${id} in ${this.where}.`, { hint: 'berth snapshots list shows those that are there.' });
    await this.place.remove(manifestName(id));
    await this.place.remove(pinName(id));
    this.reclaimableBytes = null;
  }

  async putBack(manifest: Manifest, options: { readonly foreign?: boolean } = {}): Promise<void> {
    const lock = await this.locks.shared(new AbortController().signal);
    try {
      await this.index.refresh();
      await this.mustBeThere(manifest);
      if (await lock.isHeld()) await this.manifests.write(manifest, options.foreign === true);
      if (await lock.isHeld()) return;
      await this.place.remove(manifestName(manifest.id));
      throw new AppError('locked', 'The snapshot was not brought back: this computer slept meanwhile.', { hint: 'Try again.' });
    } finally {
      await lock.release();
    }
  }

  async prune(options: PruneOptions): ReturnType<SnapshotRepository['prune']> {
    const lock = await this.locks.exclusive();
    try {
      const { place, index, manifests, keys } = this;
      await index.reread();
      const { freedBytes, removedPacks, reclaimableBytes } = await new Pruner({ place, index, manifests, keys, form: this.file.version, reader: this.reader(), lock }, options).run();
      this.reclaimableBytes = reclaimableBytes;
      return { freedBytes, removedPacks };
    } finally {
      // Whatever it did, the next one looks at what is there then.
      await lock.release();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private reader(): ChunkReader {
    return new ChunkReader(this.place, this.index, this.keys, this.file.encryptAll);
  }

  private async whileShared<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const lock = await this.locks.shared(signal);
    try {
      await this.index.refresh();
      return await work();
    } finally {
      await lock.release();
    }
  }

  /** Every chunk of a snapshot has to be in a pack that is there. */
  private async mustBeThere(manifest: Manifest): Promise<void> {
    const reader = this.reader();
    for (const part of manifest.parts) {
      for await (const entry of reader.entries(part)) {
        const missing = entry.type === 'file' ? entry.chunks.find((id) => !this.index.has(id)) : undefined;
        if (missing !== undefined) throw damaged([{ object: missing, part: `${part.kind} ${part.name}` }], 'it was removed meanwhile.');
      }
    }
  }
}
