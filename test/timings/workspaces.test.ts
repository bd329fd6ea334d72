import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storageWorld, type StorageWorld } from '../integration/storage/storage-kit';
import { engineJson, engineRequest, ensureBusybox } from '../support/images';
import { listenToObjects } from '../support/object-events';
import { waitUntil } from '../support/storage';

const SAVES = 40;
const OBJECT_P95_MS = 100;
const VISIBLE_P95_MS = 1_500;
const FILES = 300;
/** Looks at the file by itself, many times a second, and writes down when it first sees a save: seconds since the machine was started, the same clock here and there. */
const LOOKS = `last=; while :; do
  { read -r word < /mnt/workspaces/api/app.js; } 2> /dev/null
  if [ "$word" != "$last" ]; then read -r now _ < /proc/uptime; last=$word; echo "$word $now" >> /seen/saves; fi
  usleep 40000
done`;

let world: StorageWorld;
let door: S3Door;
let bucket: string;
let endListening: (() => void) | undefined;
/** When which content was in the bucket, by its ETag. */
const arrived = new Map<string, number>();
let seenDir: string;
let consumer: string;
const app = (): string => join(world.project.dir, 'workspaces/api/app.js');

async function uptimeMs(): Promise<number> {
  return Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1_000;
}

/** When the consumer saw which save. */
async function seen(): Promise<ReadonlyMap<string, number>> {
  const lines = (await readFile(join(seenDir, 'saves'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1]) * 1_000]));
}

async function ownNames(): Promise<void> {
  const file = 'docker-compose.rclone.yml';
  const text = await world.project.read(file);
  await world.project.write(file, text.replace(/container_name: ([\w-]+)/g, `container_name: ${world.project.name}-$1`).replaceAll('minio:workspaces', `minio:${bucket}`));
}

async function startConsumer(): Promise<string> {
  const source = join(world.home, 'storage', world.id, 'root/mnt');
  const { Id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${world.project.name}-consumer`, {
    body: {
      Image: await ensureBusybox(),
      Cmd: ['sh', '-c', LOOKS],
      HostConfig: { Init: true, Mounts: [{ Type: 'bind', Source: source, Target: '/mnt', ReadOnly: true, BindOptions: { Propagation: 'rslave' } }, { Type: 'bind', Source: seenDir, Target: '/seen' }] },
    },
  });
  await engineJson('POST', `/containers/${Id}/start`);
  return Id;
}

beforeAll(async () => {
  world = await storageWorld('wst');
  bucket = `${world.project.name}-ws`;
  seenDir = await realpath(await mkdtemp(join(tmpdir(), 'bt-seen-')));
  await world.done('storage.setup', { preset: 'workspace' });
  await ownNames();
  await mkdir(join(world.project.dir, 'workspaces/api/lib'), { recursive: true });
  await writeFile(app(), 'save-0\n');
  for (let file = 0; file < FILES; file += 1) await writeFile(join(world.project.dir, `workspaces/api/lib/f${String(file)}.js`), `${String(file)}\n`);
  await world.done('storage.start', { component: 's3' });
  const place = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
  door = openS3({ ...place, region: 'us-east-1', deadlineMs: 10_000 });
  await world.done('workspaces.sync');
  endListening = await listenToObjects({ ...place, bucket }, ({ etag, atMs }) => arrived.set(etag, atMs));
  await world.done('storage.start', { component: 'mounts' });
  consumer = await startConsumer();
  await waitUntil(async () => (await seen()).has('save-0'), 20_000, 'the consumer sees the first content');
}, 240_000);
afterAll(async () => {
  if (consumer !== undefined) await engineRequest('DELETE', `/containers/${consumer}?force=1`);
  endListening?.();
  door?.close();
  await world?.close();
  if (seenDir !== undefined) await rm(seenDir, { recursive: true, force: true });
});

/** Saves once; resolves with when that was, and how long the consumer took. */
async function save(number: number): Promise<{ readonly etag: string; readonly savedMs: number; readonly visibleMs: number }> {
  const word = `save-${String(number)}`;
  // Each of another size: a kernel that still knows the old one would cut it off.
  const text = `${word}\n${'.'.repeat(number)}\n`;
  const atMs = await uptimeMs();
  const savedMs = Date.now();
  await writeFile(app(), text);
  await waitUntil(async () => (await seen()).has(word), 20_000, `the consumer sees ${word}`);
  return { etag: createHash('md5').update(text).digest('hex'), savedMs, visibleMs: ((await seen()).get(word) ?? Infinity) - atMs };
}

function figures(what: string, took: readonly number[]): number {
  const sorted = took.toSorted((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  process.stdout.write(`${what}: median ${String(at(0.5))} ms, p95 ${String(at(0.95))} ms, worst ${String(at(0.999))} ms of ${String(sorted.length)}\n`);
  return at(0.95);
}

it(`a save is in the bucket within ${String(OBJECT_P95_MS)} ms and in a container that reads the mount within ${String(VISIBLE_P95_MS)} ms (p95)`, async () => {
  const saves: Awaited<ReturnType<typeof save>>[] = [];
  for (let number = 1; number <= SAVES; number += 1) saves.push(await save(number));
  // The server tells when it has enough to tell.
  await waitUntil(async () => {
    await door.put(bucket, 'told', new Uint8Array());
    return saves.every(({ etag }) => arrived.has(etag));
  }, 20_000, 'the server has told of every save');
  const object = figures('workspaces: save to object', saves.map(({ etag, savedMs }) => (arrived.get(etag) ?? Infinity) - savedMs));
  const seenBy = figures('workspaces: save to visible in a consumer', saves.map(({ visibleMs }) => visibleMs));
  expect(object).toBeLessThan(OBJECT_P95_MS);
  expect(seenBy).toBeLessThan(VISIBLE_P95_MS);
}, 240_000);
