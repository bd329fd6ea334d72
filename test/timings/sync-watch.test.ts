import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openS3 } from '@main/platform/s3/client';
import { createSyncEngine } from '@main/workspaces/engine';
import type { SyncWatchEvent } from '@main/workspaces/engine-types';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storageStage, type StorageStage } from '../support/storage';

const SAVES = 60;
const P95_MS = 100;

let store: StorageStage;
let home: string;

beforeAll(async () => {
  store = await storageStage('syncwatch');
  home = await realpath(await mkdtemp(join(tmpdir(), 'bt-watch-')));
});
afterAll(async () => {
  await store?.close();
  await rm(home, { recursive: true, force: true });
});

it(`a save is in the bucket within ${String(P95_MS)} ms (p95), in a folder of 5,000 files`, async () => {
  const root = join(home, 'workspaces');
  for (let index = 0; index < 50; index += 1) {
    await mkdir(join(root, `api/d${String(index)}`), { recursive: true });
    await Promise.all(Array.from({ length: 100 }, (_, file) => writeFile(join(root, `api/d${String(index)}/f${String(file)}.js`), `file ${String(file)}`)));
  }
  const s3 = { endpoint: store.endpoint, region: 'us-east-1', accessKey: store.accessKey, secretKey: store.secretKey, deadlineMs: 10_000 };
  const door = openS3(s3);
  await door.createBucket('watched');
  const engine = createSyncEngine({ root, s3, destination: { endpoint: store.endpoint, bucket: 'watched', prefix: '' }, stateDir: join(home, 'state'), settings: { gitignore: true, dockerignore: true, concurrency: 10, sizeOnly: false, trash: false, verifyEveryMs: 0 } });
  let arrived: (event: SyncWatchEvent) => void = () => undefined;
  const watch = await engine.watch({ workspace: null }, (event) => arrived(event));
  const took: number[] = [];
  for (let save = 0; save < SAVES; save += 1) {
    const key = `api/d${String(save % 50)}/f${String(save)}.js`;
    const there = new Promise<void>((resolve) => {
      arrived = (event) => {
        if (event.kind === 'run' && event.keys.includes(key)) resolve();
      };
    });
    const began = performance.now();
    await writeFile(join(root, key), `save ${String(save)}`);
    await there;
    took.push(performance.now() - began);
    if (save % 20 === 0) expect(Buffer.from(await door.get('watched', key, 100)).toString()).toBe(`save ${String(save)}`);
  }
  await watch.stop();
  await engine.close();
  door.close();
  took.sort((one, other) => one - other);
  const at = (share: number): number => Math.round(took[Math.floor(took.length * share)] ?? 0);
  process.stdout.write(`save to object: median ${String(at(0.5))} ms, p95 ${String(at(0.95))} ms, worst ${String(at(0.999))} ms of ${String(SAVES)}\n`);
  expect(at(0.95)).toBeLessThan(P95_MS);
});
