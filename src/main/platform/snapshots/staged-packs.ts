import { AppError } from '@shared/kernel/app-error';
import { ENCRYPTED, packBytesOf, parseTable, type PackRecord } from '@shared/domain/snapshots/pack';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { packName } from './names';
import { packHash } from './pack-builder';
import type { PackIndex } from './pack-index';
import type { PackFiles, StagedObjects, WrittenPack } from './types';

/** Takes packs that the volume program wrote into a repository. */
export class StagedPacks implements PackFiles {
  /** `onPack` is awaited behind each that is there. */
  constructor(
    private readonly objects: StagedObjects,
    private readonly index: PackIndex,
    private readonly onPack: (pack: { readonly hash: string; readonly table: Uint8Array; readonly bytes: number }) => Promise<void>,
  ) {}

  get folder(): string {
    return this.objects.folder;
  }

  make(): Promise<string> {
    return this.objects.make();
  }

  async keep(file: string, { hash, sums, table }: WrittenPack): Promise<void> {
    const records = recordsOf(table);
    if (records.some(({ flags }) => flags === ENCRYPTED) || packHash(sums, table, records) !== hash) throw notOne();
    const [name, bytes] = [packName(hash), packBytesOf(records)];
    await this.objects.keep(file, name, bytes, { replace: this.index.isDamaged(name) });
    this.index.addPack(hash, records, { size: bytes, modifiedMs: Date.now() });
    await this.onPack({ hash, table, bytes });
  }

  remove(): Promise<void> {
    return this.objects.remove();
  }
}

function recordsOf(table: Uint8Array): readonly PackRecord[] {
  try {
    return parseTable(table);
  } catch (error) {
    throw error instanceof SnapshotFormatError ? notOne(error) : error;
  }
}

function notOne(cause?: unknown): AppError {
  return new AppError('internal', 'The volume program wrote a pack that is none.', { cause });
}
