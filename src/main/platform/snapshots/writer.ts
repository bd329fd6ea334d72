import { AppError } from '@shared/kernel/app-error';
import type { PackForm } from '@shared/domain/snapshots/pack';
import type { Manifest } from '@shared/domain/snapshots/types';
import { codeChunk, hexId, sealChunk } from './coding';
import { cancelled, damaged } from './failures';
import type { DataKeys } from './keys';
import type { HeldLock } from './locks';
import type { Manifests } from './manifests';
import { lockName, manifestName } from './names';
import { IndexWriter, PackWriter } from './pack-writer';
import type { PackIndex } from './pack-index';
import { hmac, sha256 } from './sums';
import { StagedPacks } from './staged-packs';
import { TreeChunks } from './tree-writer';
import type { CodedChunk, ObjectPlace, PackFiles, SnapshotWriter, TreeWriter } from './types';

/** What a writer is given by its repository. */
export interface WriterParts {
  readonly place: ObjectPlace;
  readonly index: PackIndex;
  readonly manifests: Manifests;
  readonly keys: DataKeys | null;
  readonly form: PackForm;
  readonly encryptAll: boolean;
  readonly storesSecrets: boolean;
  readonly lock: HeldLock;
  readonly signal: AbortSignal;
}

/** Writes one snapshot. */
export class ChunkWriter implements SnapshotWriter {
  private readonly packs: PackWriter;
  private readonly indexes: IndexWriter;
  private manifestBytes = 0;
  private stagedBytes = 0;
  private staged: Promise<StagedPacks | null> | null = null;
  private isOver = false;

  constructor(private readonly parts: WriterParts) {
    this.indexes = new IndexWriter(parts.place, parts.index);
    this.packs = new PackWriter(
      parts.place,
      parts.index,
      parts.form,
      (id) => parts.index.has(id),
      async (pack) => {
        parts.index.addPack(pack.hash, pack.records, { size: pack.bytes, modifiedMs: Date.now() });
        await this.indexes.add({ name: pack.hash, table: pack.table });
      },
    );
  }

  has(hash: string, secret: boolean): boolean {
    return this.packs.has(this.idOf(hash, secret));
  }

  async put(bytes: Uint8Array, secret: boolean): Promise<string> {
    this.mayWrite(secret);
    const hash = sha256(bytes).toString('hex');
    // What is there already needs not be made smaller.
    return this.has(hash, secret) ? this.idOf(hash, secret) : this.putCoded(await codeChunk(bytes, hash), secret);
  }

  async putCoded(chunk: CodedChunk, secret: boolean): Promise<string> {
    this.mayWrite(secret);
    const id = this.idOf(chunk.hash, secret);
    await this.packs.add(id, secret, () => sealChunk(chunk, this.keysFor(secret)));
    return id;
  }

  async packFiles(): Promise<PackFiles | null> {
    this.mayWrite(false);
    return (this.staged ??= this.stage());
  }

  idOf(hash: string, secret: boolean): string {
    return hexId(hash, this.keysFor(secret));
  }

  storedBytes(): number {
    return this.packs.storedBytes + this.stagedBytes + this.indexes.storedBytes + this.manifestBytes;
  }

  tree(secret: boolean): TreeWriter {
    const { keys } = this.parts;
    return new TreeChunks(
      (bytes) => this.put(bytes, secret),
      (hash) => (secret && keys !== null ? hmac(keys.id, hash) : hash).toString('hex'),
    );
  }

  async finish(manifest: Manifest, options: { readonly foreign?: boolean } = {}): Promise<number> {
    this.mayWrite(false);
    try {
      await this.packs.finish();
      await this.indexes.flush();
      this.mustHaveTrees(manifest);
      if (this.parts.signal.aborted) throw cancelled();
      await this.mustBeHeld();
      this.manifestBytes = await this.parts.manifests.write(manifest, options.foreign === true);
      await this.keepOrRemove(manifest.id);
      return this.storedBytes();
    } finally {
      await this.abandon();
    }
  }

  async abandon(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.packs.stop();
    await (await this.staged?.catch(() => null))?.remove();
    await this.parts.lock.release();
  }

  /** Where others can write a pack: into a folder, and one that is not encrypted, since nobody else has the key. Who cannot is sent chunks. */
  private async stage(): Promise<StagedPacks | null> {
    const { place, lock, form, encryptAll } = this.parts;
    if (encryptAll || form === 1 || place.stage === undefined) return null;
    const objects = await place.stage(lock.id, async (id) => lock.voids.has(id) || (await place.size(lockName(id))) === null);
    return new StagedPacks(objects, this.parts.index, (pack) => {
      this.mayWrite(false);
      this.stagedBytes += pack.bytes;
      return this.indexes.add({ name: pack.hash, table: pack.table });
    });
  }

  private keysFor(secret: boolean): DataKeys | null {
    return secret || this.parts.encryptAll ? this.parts.keys : null;
  }

  private mayWrite(secret: boolean): void {
    if (this.parts.signal.aborted) throw cancelled();
    if (this.isOver) throw new AppError('internal', 'This snapshot is over.');
    if (secret && (!this.parts.storesSecrets || this.parts.keys === null)) {
      throw new AppError('input-invalid', `The snapshots in ${this.parts.place.where} take no secrets.`, { hint: 'Choose a passphrase for this repository, or leave env files and containers out.' });
    }
  }

  private mustHaveTrees(manifest: Manifest): void {
    for (const part of manifest.parts) {
      const missing = part.tree.find((id) => !this.parts.index.has(id));
      if (missing !== undefined) throw damaged([{ object: missing, part: `${part.kind} ${part.name}` }], 'the list of its files was not stored.');
    }
  }

  private async mustBeHeld(): Promise<void> {
    if (await this.parts.lock.isHeld()) return;
    throw new AppError('locked', 'The snapshot was not finished: this computer slept so long that others may have removed what it needs.', { hint: 'Make it again.' });
  }

  /** Prune removes a lock that is void before it looks at manifests. So a lock that is there behind the manifest proves that prune saw it. */
  private async keepOrRemove(id: string): Promise<void> {
    if (await this.parts.lock.isHeld()) return;
    await this.parts.place.remove(manifestName(id));
    await this.mustBeHeld();
  }
}
