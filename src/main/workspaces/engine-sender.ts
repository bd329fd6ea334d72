import { createHash } from 'node:crypto';
import { AppError } from '@shared/kernel/app-error';
import { workspaceOf, isSizeOnly, type SizeOnly } from '@shared/domain/workspaces/keys';
import type { LocalFile, RemoteFile, SyncedFile, SyncStep } from '@shared/domain/workspaces/sync-model';
import type { QuickS3, RefusedWrite, SentObject, WriteCondition } from '../platform/s3/sync-types';
import { FileMoved, hashHeld, holdStable, type HeldFile } from '../platform/sync/read-stable';
import type { SyncState } from '../platform/sync/sync-state';
import type { Tally } from './engine-tally';
import type { SyncConflict } from './engine-types';

/** Up to here an object is sent in one piece. */
export const PUT_MAX_BYTES = 16 * 1024 * 1024;
const TRIES = 3;

/** What the steps of one run share. */
export interface RunContext {
  readonly s3: QuickS3;
  readonly root: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly state: SyncState;
  readonly tally: Tally;
  readonly sizeOnly: SizeOnly;
  readonly mayOverwrite: (key: string, etag: string) => boolean;
  /** Before the first write: the lease, the mark in the journal. */
  readonly beforeWrite: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/** A step that brings something there. */
export type SendStep = Extract<SyncStep, { readonly kind: 'upload' | 'rehash' | 'adopt' }>;

/** What became of a file: `later` has to be tried again after the removals. */
type Outcome = 'done' | 'later';

/** The hash of what was read, and the ETag it has when it is sent. */
interface Content {
  readonly md5: string;
  readonly etag: string;
  readonly body: Buffer | null;
}

/** Brings single files there, each whole or not at all. */
export class Sender {
  /** Steps that the store refuses while something else is in their place. */
  readonly later: SendStep[] = [];
  /** Workspaces in which something could not be sent: nothing is removed from them in this run. */
  readonly unsent = new Set<string | null>();

  constructor(private readonly context: RunContext) {}

  /** Rejects only with what ends the whole run. */
  async send(step: SendStep): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      try {
        if ((await this.once(step)) === 'later') this.later.push(step);
        return;
      } catch (error) {
        if (!(error instanceof FileMoved)) throw error;
        const { key } = step.local;
        // Gone is for the next look: it removes the object.
        if (error.reason === 'gone') return;
        if (error.reason === 'unreadable' || tried === TRIES) {
          this.unsent.add(workspaceOf(key));
          this.context.tally.skip(key, error.reason === 'unreadable' ? 'unreadable' : 'busy');
          return;
        }
      }
    }
  }

  private async once(step: SendStep): Promise<Outcome> {
    const { state, tally, root, sizeOnly } = this.context;
    const { key } = step.local;
    if (step.kind === 'adopt' && isSizeOnly(sizeOnly, key)) {
      this.record(step.local, { md5: step.remote.etag.includes('-') ? '' : step.remote.etag, etag: step.remote.etag }, true);
      return this.unchanged(key);
    }
    const held = await holdStable(root, key);
    try {
      const content = await contentOf(held);
      if (step.kind === 'rehash' && content.md5 === step.synced.md5) {
        state.put({ ...held.file, md5: content.md5, etag: step.synced.etag, racy: held.racy });
        return this.unchanged(key);
      }
      if (step.kind === 'adopt') {
        if (isContent(step.remote, held.file, content)) {
          this.record(held.file, { md5: content.md5, etag: step.remote.etag }, held.racy);
          return this.unchanged(key);
        }
        if (!this.context.mayOverwrite(key, step.remote.etag)) return this.conflict(key, held.file, step.remote);
      }
      const over = step.kind === 'upload' ? step.ifMatch : step.kind === 'rehash' ? step.synced.etag : step.remote.etag;
      const outcome = await this.write(held, content, over === null ? { kind: 'create' } : { kind: 'replace', etag: over });
      if (outcome === 'sent') tally.sent(key, held.file.sizeBytes);
      else if (outcome === 'there') tally.kept(key);
      return outcome === 'later' ? 'later' : 'done';
    } finally {
      held.close();
    }
  }

  private unchanged(key: string): Outcome {
    this.context.tally.kept(key);
    return 'done';
  }

  private conflict(key: string, local: LocalFile, remote: RemoteFile | null, because: SyncConflict['because'] = 'not-ours'): Outcome {
    this.context.tally.conflicts.push({ key, because, etag: remote?.etag ?? null, localBytes: local.sizeBytes, remoteBytes: remote?.sizeBytes ?? null });
    return 'done';
  }

  private record(file: LocalFile, { md5, etag }: { readonly md5: string; readonly etag: string }, racy: boolean): void {
    const synced: SyncedFile = { key: file.key, sizeBytes: file.sizeBytes, mtimeNs: file.mtimeNs, ctimeNs: file.ctimeNs, ino: file.ino, md5, etag, racy };
    this.context.state.put(synced);
  }

  private async write(held: HeldFile, content: Content, first: WriteCondition): Promise<'sent' | 'there' | 'later' | 'conflict'> {
    const { s3, bucket, prefix, state, mayOverwrite, signal } = this.context;
    const { key } = held.file;
    let condition = first;
    for (let looked = 0; ; looked += 1) {
      await this.context.beforeWrite();
      state.intend(key, content.etag);
      const written = await this.put(held, content, condition);
      if (written === 'later') return 'later';
      if (written.kind === 'sent') {
        this.record(held.file, { md5: content.md5, etag: written.etag }, held.racy);
        return 'sent';
      }
      const there = await s3.head(bucket, prefix + key, signal);
      if (there !== null && isContent(there, held.file, content)) {
        this.record(held.file, { md5: content.md5, etag: there.etag }, held.racy);
        return 'there';
      }
      const next: WriteCondition | null = there === null ? { kind: 'create' } : mayOverwrite(key, there.etag) ? { kind: 'replace', etag: there.etag } : null;
      // Somebody writes it again and again: as if it were theirs.
      if (next === null || looked === TRIES) {
        this.conflict(key, held.file, there, condition.kind === 'replace' ? 'changed-there' : 'not-ours');
        return 'conflict';
      }
      condition = next;
    }
  }

  private async put(held: HeldFile, content: Content, condition: WriteCondition): Promise<SentObject | RefusedWrite | 'later'> {
    const { s3, bucket, prefix, signal } = this.context;
    const { key, sizeBytes, mtimeNs } = held.file;
    const target = { bucket, key: prefix + key, mtimeNs, condition };
    try {
      if (content.body !== null) return await s3.put({ ...target, body: content.body, md5: content.md5 }, signal);
      return await s3.putLarge({ ...target, sizeBytes, read: (offset, length) => Promise.resolve().then(() => held.read(offset, length)) }, () => undefined, signal);
    } catch (error) {
      // The client may have wrapped what reading threw.
      held.check();
      if (isInTheWay(error)) return 'later';
      throw error;
    }
  }
}

async function contentOf(held: HeldFile): Promise<Content> {
  if (held.file.sizeBytes > PUT_MAX_BYTES) {
    const { md5, partsEtag } = await hashHeld(held);
    return { md5, etag: partsEtag, body: null };
  }
  const body = held.read(0, held.file.sizeBytes);
  const md5 = createHash('md5').update(body).digest('hex');
  return { md5, etag: md5, body };
}

function isContent(remote: RemoteFile, local: LocalFile, content: Content): boolean {
  return remote.sizeBytes === local.sizeBytes && (remote.etag === content.md5 || remote.etag === content.etag);
}

/** A folder became a file or a file a folder: the store takes the new one when the old one is gone. */
function isInTheWay(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { code } = error.details ?? {};
  return typeof code === 'string' && /ParentIsObject|ExistsAsDirectory|ObjectExistsAsPrefix/i.test(code);
}
