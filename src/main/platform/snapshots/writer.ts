import { AppError } from '@shared/kernel/app-error';
import type { Manifest } from '@shared/domain/snapshots/types';
import { codeChunk, hexId, sealChunk } from './coding';
import { cancelled, damaged } from './failures';
import type { DataKeys } from './keys';
import type { HeldLock } from './locks';
import type { Manifests } from './manifests';
import { manifestName } from './names';
import { IndexWriter, PackWriter } from './pack-writer';
import type { PackIndex } from './pack-index';
import { hmac, sha256 } from './sums';
import { TreeChunks } from './tree-writer';
import type { CodedChunk, ObjectPlace, SnapshotWriter, TreeWriter } from './types';

/** What a writer is given by its repository. */
export interface WriterParts {
  readonly place: ObjectPlace;
  readonly index: PackIndex;
  readonly manifests: Manifests;
  readonly keys: DataKeys | null;
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
  private isOver = false;

  constructor(private readonly parts: WriterParts) {
    this.indexes = new IndexWriter(parts.place, parts.index);
    this.packs = new PackWriter(
      parts.place,
      parts.index,
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

  idOf(hash: string, secret: boolean): string {
    return hexId(hash, this.keysFor(secret));
  }

  storedBytes(): number {
    return this.packs.storedBytes + this.indexes.storedBytes + this.manifestBytes;
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
    await this.parts.lock.release();
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
