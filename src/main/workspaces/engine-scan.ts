import { rootFilter } from '@shared/domain/workspaces/filter';
import { planSteps, RemotePages, type LocalItem } from '@shared/domain/workspaces/plan';
import type { RemoteFile, SyncedFile, SyncStep } from '@shared/domain/workspaces/sync-model';
import type { QuickS3 } from '../platform/s3/sync-types';
import type { SyncState } from '../platform/sync/sync-state';
import { Walk, type WalkFolders } from '../platform/sync/walk';
import type { Tally } from './engine-tally';
import type { SyncSettings } from './engine-types';

/** So often the thread looks up from its work: messages and timers have their turn. */
const LOOK_UP_EVERY = 2_000;

/** What a look at both sides needs. */
export interface ScanRequest {
  readonly s3: QuickS3;
  readonly bucket: string;
  readonly prefix: string;
  readonly root: string;
  readonly workspace: string | null;
  readonly settings: SyncSettings;
  readonly state: SyncState;
  readonly tally: Tally;
  /** List the bucket beside it. */
  readonly listing: boolean;
  readonly mayOverwrite: (key: string, etag: string) => boolean;
  readonly folders?: WalkFolders | undefined;
  /** Told for each file that stays as it is; most do, and a step for each would cost more than the look. */
  readonly onKeep: (key: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** One step per key that something is to be done with, in order, as folder, state and listing are read beside each other. */
export async function* scan(request: ScanRequest): AsyncGenerator<Exclude<SyncStep, { readonly kind: 'keep' }>> {
  const { settings, state, tally, workspace, signal } = request;
  const scope = workspace === null ? '' : `${workspace}/`;
  const remote = request.listing ? new RemotePages() : null;
  const pages = request.listing ? listed(request, scope) : null;
  const steps = planSteps(localItems(request), counted(state.entries(scope), tally), remote, {
    sizeOnly: settings.sizeOnly,
    mayOverwrite: request.mayOverwrite,
    onForeign: () => {
      tally.foreignObjects += 1;
    },
  });
  let turns = 0;
  for (let step = steps.next(); step.done !== true; step = steps.next()) {
    turns += 1;
    if (turns % LOOK_UP_EVERY === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
    if (step.value?.kind === 'keep') request.onKeep(step.value.local.key);
    else if (step.value !== null) yield step.value;
    else {
      const page = await pages?.next();
      remote?.feed(page === undefined || page.done === true ? null : page.value);
    }
  }
}

/** Pages with keys as the state has them. */
async function* listed({ s3, bucket, prefix, signal }: ScanRequest, scope: string): AsyncGenerator<readonly RemoteFile[]> {
  for await (const page of s3.list(bucket, prefix + scope, signal)) yield page.map(({ key, sizeBytes, etag }) => ({ key: key.slice(prefix.length), sizeBytes, etag }));
}

function* counted(entries: Iterator<SyncedFile>, tally: Tally): Generator<SyncedFile> {
  for (let one = entries.next(); one.done !== true; one = entries.next()) {
    tally.known += 1;
    yield one.value;
  }
}

function* localItems({ root, prefix, workspace, settings, tally, folders }: ScanRequest): Generator<LocalItem> {
  const walk = new Walk({
    root,
    prefixBytes: Buffer.byteLength(prefix),
    only: workspace,
    filter: (ignoreFiles) => rootFilter(ignoreFiles, settings.filter),
    gitignore: settings.gitignore,
    dockerignore: settings.dockerignore,
    onSkip: (key, reason) => tally.skip(key, reason),
    folders: {
      entering: (key) => {
        if (key !== '') tally.folder(key);
        folders?.entering(key);
      },
      filtered: (key, filter) => folders?.filtered(key, filter),
    },
  });
  for (let one = walk.next(); one.done !== true; one = walk.next()) {
    if (one.value.kind === 'file') tally.files += 1;
    if (one.value.kind === 'excluded') tally.excluded(one.value.key);
    yield one.value;
  }
}
