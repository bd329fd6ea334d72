import { createHash } from 'node:crypto';
import type { SyncedFile } from '@shared/domain/workspaces/sync-model';
import type { BatchFile } from '../platform/s3/sync-types';
import { FileMoved, holdStable } from '../platform/sync/read-stable';
import type { Lanes } from './engine-lanes';
import type { RunContext, Sender, SendStep } from './engine-sender';

/** Larger files gain nothing from sharing a request. */
export const BATCH_FILE_MAX_BYTES = 1024 * 1024;
const BATCH_FILES = 200;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Fewer go by themselves: a tar and the look afterwards cost more. */
const BATCH_WORTH = 50;

/**
 * Gathers small new files and sends them as tars. Only for keys of which the listing of this very run said that nothing is there: a tar
 * knows no conditions. What was sent this way is looked at again at the end of the run.
 */
export class Batches {
  private files: SendStep[] = [];
  private bytes = 0;
  sent = 0;

  constructor(
    private readonly context: RunContext,
    private readonly sender: Sender,
    private readonly lanes: Lanes,
  ) {}

  async add(step: SendStep): Promise<void> {
    this.files.push(step);
    this.bytes += step.local.sizeBytes;
    if (this.files.length >= BATCH_FILES || this.bytes >= BATCH_BYTES) await this.flush();
  }

  /** What is left over. */
  async end(): Promise<void> {
    if (this.files.length >= BATCH_WORTH) return this.flush();
    for (const step of this.files.splice(0)) await this.lanes.start(step.local.sizeBytes, () => this.sender.send(step));
    this.bytes = 0;
  }

  private async flush(): Promise<void> {
    const steps = this.files;
    // The tar is a second copy of what was read.
    const bytes = this.bytes * 2;
    this.files = [];
    this.bytes = 0;
    await this.lanes.start(bytes, () => this.send(steps));
  }

  private async send(steps: readonly SendStep[]): Promise<void> {
    const { s3, bucket, prefix, root, state, tally, signal } = this.context;
    const files: BatchFile[] = [];
    const records: SyncedFile[] = [];
    const single: SendStep[] = [];
    for (const step of steps) {
      try {
        const held = await holdStable(root, step.local.key);
        try {
          if (held.file.sizeBytes > BATCH_FILE_MAX_BYTES) single.push(step);
          else {
            const body = held.read(0, held.file.sizeBytes);
            const md5 = createHash('md5').update(body).digest('hex');
            files.push({ key: prefix + step.local.key, body, mtimeNs: held.file.mtimeNs });
            records.push({ ...held.file, md5, etag: md5, racy: held.racy });
          }
        } finally {
          held.close();
        }
      } catch (error) {
        if (!(error instanceof FileMoved)) throw error;
        single.push(step);
      }
    }
    await this.context.beforeWrite();
    for (const { key, etag } of records) state.intend(key, etag);
    if (files.length > 0) await s3.putBatch({ bucket, prefix, files }, signal);
    for (const record of records) {
      state.put(record);
      tally.sent(record.key, record.sizeBytes);
    }
    this.sent += records.length;
    for (const step of single) await this.sender.send(step);
  }
}
