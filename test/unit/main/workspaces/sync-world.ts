import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SyncCore } from '@main/workspaces/engine-core';
import type { SyncEngineOptions, SyncReport, SyncRequest, SyncSettings } from '@main/workspaces/engine-types';
import { memoryS3, type MemoryS3 } from '../../../support/memory-s3';

/** A folder of workspaces, a store in memory, and an engine between them. */
export interface SyncWorld {
  readonly root: string;
  readonly s3: MemoryS3;
  readonly options: SyncEngineOptions;
  core: SyncCore;
  /** The clock's time; moves only when it is set. */
  nowMs: number;
  write(key: string, text: string): Promise<void>;
  sync(request?: Partial<SyncRequest>): Promise<SyncReport>;
  /** Another process on the same state. `crashed`: the one before was killed. */
  restart(crashed?: boolean): Promise<void>;
  /** What is in the bucket, without Berth's own. */
  bucket(): Record<string, string>;
  close(): Promise<void>;
}

export async function syncWorld(changed: { readonly settings?: Partial<SyncSettings>; readonly s3?: MemoryS3; readonly prefix?: string } = {}): Promise<SyncWorld> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-sync-')));
  const root = join(home, 'workspaces');
  await mkdir(root);
  const s3 = changed.s3 ?? memoryS3();
  const prefix = changed.prefix ?? '';
  const settings: SyncSettings = { gitignore: true, dockerignore: true, concurrency: 10, sizeOnly: false, trash: false, verifyEveryMs: 0, ...changed.settings };
  const options: SyncEngineOptions = { root, destination: { endpoint: 'memory', bucket: 'b', prefix }, s3: { endpoint: 'memory', region: '', accessKey: '', secretKey: '', deadlineMs: 1 }, stateDir: join(home, 'state'), settings };
  const open = (): SyncCore => new SyncCore(options, s3, { now: () => world.nowMs, monotonic: () => performance.now() });
  const world: SyncWorld = {
    root, s3, options, nowMs: Date.now(),
    core: undefined as unknown as SyncCore,
    write: async (key, text) => {
      await mkdir(dirname(join(root, key)), { recursive: true });
      await writeFile(join(root, key), text);
    },
    sync: (request = {}) => world.core.run({ workspace: null, ...request }, () => undefined),
    restart: async (crashed = false) => {
      if (!crashed) await world.core.close();
      world.core = open();
    },
    bucket: () => Object.fromEntries([...s3.objects].filter(([key]) => !key.startsWith(`${prefix}.berth/`)).map(([key, { body }]) => [key, body.toString('utf8')])),
    close: async () => {
      await world.core.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  world.core = open();
  return world;
}
