import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SyncEngineOptions } from '@main/workspaces/engine-types';
import { ensureTool } from '../../scripts/lib/storage-tools.mjs';
import { measured, type Measured } from './measured-process';
import { seededRandom } from './random';
import type { StorageStage } from './storage';

/** What is measured: each brings the same folder to a bucket, as a process of its own. */
export interface Peer {
  readonly name: string;
  /** The peer whose bucket it looks at; its own name when it fills one itself. */
  readonly fills: string;
  run(bucket: string, endpoint: string): Promise<Measured>;
}

const SMALLEST_BYTES = 300;
const LARGEST_BYTES = 12_000;
const RCLONE_TUNED = ['--transfers', '16', '--checkers', '16', '--s3-no-head', '--fast-list'];

/** Ours, rclone as it is, tuned and with its other ways to compare, and mc where it can be had. */
export async function syncPeers(stage: StorageStage, { home, root, entry }: { readonly home: string; readonly root: string; readonly entry: string }, log: (line: string) => void): Promise<readonly Peer[]> {
  const rclone = await ensureTool('rclone', log);
  const mc = await ensureTool('mc', log).catch((error: unknown) => {
    log(`mc is left out: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  const env = (endpoint: string): Record<string, string> => ({ HOME: home, RCLONE_CONFIG: '', ...stage.remote('t', endpoint) });
  const withRclone = (name: string, fills: string, flags: readonly string[]): Peer => ({ name, fills, run: (bucket, endpoint) => measured(rclone, ['sync', root, `t:${bucket}`, ...flags], env(endpoint)) });
  const ours = (name: string, request: readonly string[]): Peer => ({
    name, fills: 'berth',
    run: async (bucket, endpoint) => {
      const file = join(home, `options-${bucket}.json`);
      await writeFile(file, JSON.stringify(oursAt(stage, { home, root, bucket, endpoint })));
      return measured(process.execPath, [entry, file, ...request], {});
    },
  });
  const withMc = (program: string): Peer => ({
    name: 'mc mirror', fills: 'mc mirror',
    run: (bucket, endpoint) => {
      const { host } = new URL(endpoint);
      return measured(program, ['--config-dir', join(home, 'mc'), '--quiet', 'mirror', '--overwrite', '--remove', root, `t/${bucket}`], { HOME: home, MC_HOST_t: `http://${stage.accessKey}:${stage.secretKey}@${host}` });
    },
  });
  return [
    ours('berth', []),
    withRclone('rclone', 'rclone', []),
    withRclone('rclone tuned', 'rclone tuned', RCLONE_TUNED),
    ...(mc === null ? [] : [withMc(mc)]),
    withRclone('rclone --checksum --fast-list', 'rclone', ['--checksum', '--fast-list']),
    withRclone('rclone --size-only', 'rclone', ['--size-only']),
    ours('berth, bucket listed', ['verify']),
  ];
}

/** The options of our side; the state is that of the bucket's name, whatever endpoint it is reached by. */
export function oursAt(stage: Pick<StorageStage, 'endpoint' | 'accessKey' | 'secretKey'>, { home, root, bucket, endpoint }: { readonly home: string; readonly root: string; readonly bucket: string; readonly endpoint: string }): SyncEngineOptions {
  return {
    root, stateDir: join(home, `state-${bucket}`),
    destination: { endpoint: stage.endpoint, bucket, prefix: '' },
    s3: { endpoint, region: 'us-east-1', accessKey: stage.accessKey, secretKey: stage.secretKey, deadlineMs: 30_000 },
    settings: { gitignore: true, dockerignore: true, concurrency: 10, sizeOnly: false, trash: false, verifyEveryMs: 0 },
  };
}

/** Files of 0.3 to 12 kB, half text and half noise, fifty to a folder; answers how many bytes. */
export async function sourceTree(root: string, files: number, seed: number): Promise<number> {
  const next = seededRandom(seed);
  const noise = Buffer.from(Array.from({ length: 2 * LARGEST_BYTES }, () => Math.floor(next() * 256)));
  const text = Buffer.from('export const answer = 42; // as it stands in many a file\n'.repeat(Math.ceil((2 * LARGEST_BYTES) / 57)));
  let bytes = 0;
  let writes: Promise<void>[] = [];
  for (let index = 0; index < files; index += 1) {
    const folder = join(root, `project-${String(index % 10)}`, 'src', `part-${String(Math.floor(index / 500))}`);
    if (index % 500 < 10) await mkdir(folder, { recursive: true });
    const size = Math.floor(SMALLEST_BYTES + next() ** 2 * (LARGEST_BYTES - SMALLEST_BYTES));
    const from = Math.floor(next() * LARGEST_BYTES);
    const body = (next() < 0.5 ? text : noise).subarray(from, from + size);
    bytes += body.length;
    writes.push(writeFile(join(folder, `file-${String(index)}.ts`), body));
    if (writes.length === 64) {
      await Promise.all(writes);
      writes = [];
    }
  }
  await Promise.all(writes);
  return bytes;
}
