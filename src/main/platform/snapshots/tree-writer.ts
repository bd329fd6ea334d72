import { createHash, hash } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { encodeTreeLine } from '@shared/domain/snapshots/tree-lines';
import { rawBytes, TreeOrder } from '@shared/domain/snapshots/tree-paths';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import type { TreeWriter } from './types';

const MOST_BYTES = 1024 * 1024;
const TEN_ZERO_BITS = /^00[0-3]/;

/** Whether a chunk of a tree ends behind this line: its hash begins with ten zero bits. */
export function endsTreeChunk(line: Uint8Array): boolean {
  return TEN_ZERO_BITS.test(hash('sha256', line, 'hex'));
}

/** Lines of a tree to chunks. `store` answers with the id of a chunk, `sum` with the hash of the tree from that of its lines. */
export class TreeChunks implements TreeWriter {
  private readonly order = new TreeOrder();
  private readonly hash = createHash('sha256');
  private readonly ids: string[] = [];
  private held: Uint8Array[] = [];
  private heldBytes = 0;

  constructor(
    private readonly store: (bytes: Uint8Array) => Promise<string>,
    private readonly sum: (hash: Buffer) => string,
  ) {}

  async add(entry: TreeEntry): Promise<void> {
    const line = this.lineOf(entry);
    this.held.push(line);
    this.heldBytes += line.length;
    while (this.heldBytes >= MOST_BYTES) await this.cut(MOST_BYTES);
    if (this.heldBytes > 0 && endsTreeChunk(line)) await this.cut(this.heldBytes);
  }

  async end(): Promise<{ readonly tree: readonly string[]; readonly sha256: string }> {
    if (this.heldBytes > 0) await this.cut(this.heldBytes);
    return { tree: this.ids, sha256: this.sum(this.hash.digest()) };
  }

  private lineOf(entry: TreeEntry): Buffer {
    try {
      this.order.next(rawBytes(entry.path), entry.type, entry.type === 'link' ? rawBytes(entry.to) : null);
      return Buffer.from(encodeTreeLine(entry));
    } catch (error) {
      if (!(error instanceof SnapshotFormatError)) throw error;
      throw new AppError('input-invalid', `An entry cannot be kept: ${error.message}`, { cause: error });
    }
  }

  private async cut(bytes: number): Promise<void> {
    const all = Buffer.concat(this.held);
    this.held = bytes < all.length ? [all.subarray(bytes)] : [];
    this.heldBytes = all.length - bytes;
    this.hash.update(all.subarray(0, bytes));
    this.ids.push(await this.store(all.subarray(0, bytes)));
  }
}
