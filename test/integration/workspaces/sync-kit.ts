import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import type { QuickS3 } from '@main/platform/s3/sync-types';
import { systemClock } from '@main/platform/system-clock';
import { SyncCore } from '@main/workspaces/engine-core';
import type { SyncEngineOptions, SyncReport, SyncRequest, SyncSettings } from '@main/workspaces/engine-types';
import { openS3 } from '@main/platform/s3/client';
import { storageStage, type StorageStage } from '../../support/storage';

/** A folder and a bucket of its own in a real store. */
export interface SyncStage {
  readonly root: string;
  readonly bucket: string;
  readonly options: SyncEngineOptions;
  core: SyncCore;
  write(key: string, body: string | Uint8Array): Promise<void>;
  sync(request?: Partial<SyncRequest>): Promise<SyncReport>;
  /** Another process on the same state. */
  restart(): Promise<void>;
  /** MD5 of everything in the bucket but Berth's own. */
  there(): Promise<ReadonlyMap<string, string>>;
  /** MD5 of every file here, without a filter. */
  here(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** The store of a test file; stages of it share the server. */
export const openStore = (): Promise<StorageStage> => storageStage('sync');

let count = 0;

export async function syncStage(store: StorageStage, settings: Partial<SyncSettings> = {}, endpoint = store.endpoint): Promise<SyncStage> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-sync-')));
  const root = join(home, 'workspaces');
  await mkdir(root);
  count += 1;
  const bucket = `sync-${String(process.pid)}-${String(count)}`;
  const s3 = { endpoint, region: 'us-east-1', accessKey: store.accessKey, secretKey: store.secretKey, deadlineMs: 10_000 };
  const direct = { ...s3, endpoint: store.endpoint };
  const door = openS3(direct);
  await door.createBucket(bucket);
  door.close();
  const options: SyncEngineOptions = { root, destination: { endpoint, bucket, prefix: '' }, s3, stateDir: join(home, 'state'), settings: { gitignore: true, dockerignore: true, concurrency: 10, sizeOnly: false, trash: false, verifyEveryMs: 0, ...settings } };
  const looker = openQuickS3(direct);
  const open = (): SyncCore => new SyncCore(options, openQuickS3({ ...s3, concurrency: options.settings.concurrency }), systemClock);
  const stage: SyncStage = {
    root, bucket, options,
    core: open(),
    write: async (key, body) => {
      await mkdir(dirname(join(root, key)), { recursive: true });
      await writeFile(join(root, key), body);
    },
    sync: (request = {}) => stage.core.run({ workspace: null, ...request }, () => undefined),
    restart: async () => {
      await stage.core.close();
      stage.core = open();
    },
    there: () => bucketHashes(looker, bucket),
    here: () => folderHashes(root),
    close: async () => {
      await stage.core.close();
      await looker.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  return stage;
}

/** ETags are MD5s: nothing here is sent in parts. */
export async function bucketHashes(s3: QuickS3, bucket: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const page of s3.list(bucket, '')) for (const { key, etag } of page) if (!key.startsWith('.berth/')) found.set(key, etag);
  return found;
}

async function folderHashes(root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(root.length + 1), createHash('md5').update(await readFile(path)).digest('hex'));
  }
  return new Map([...found].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
}
