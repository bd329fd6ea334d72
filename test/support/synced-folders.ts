import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import type { BerthEvent } from '@shared/contract/events';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import type { StorageWorld } from '../integration/storage/storage-kit';
import { BUSYBOX_IMAGE } from './images';
import { emptyProject, removeProjectObjects, type TestProject } from './projects';

/** A project whose workspaces are sent to a bucket of its own. */
export interface SyncedFolder {
  readonly id: string;
  readonly project: TestProject;
  readonly bucket: string;
  /** Below the workspaces; null removes the file. */
  write(path: string, text: string | null): Promise<void>;
  /** MD5 by key of what is here, and of what is in the bucket. */
  here(): Promise<ReadonlyMap<string, string>>;
  there(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

const COMPOSE = `services:\n  app:\n    image: ${BUSYBOX_IMAGE}\n    command: [sleep, "600"]\n`;
const CONFIG = 'docker-compose.rclone.yml';

/** Sets a project of the world up for workspaces, with these files in them: the world's own one, or another beside it. Nothing is sent by itself. */
export async function syncedFolder(world: StorageWorld, kind: string | null, files: Readonly<Record<string, string>>): Promise<SyncedFolder> {
  const project = kind === null ? world.project : await emptyProject(kind, { files: { 'compose.yaml': COMPOSE } });
  const id = kind === null ? world.id : (await world.call<{ readonly id: string }>('projects.open', { dir: project.dir, trust: true })).id;
  await world.done('storage.setup', { project: id, preset: 'workspace' });
  const bucket = `${project.name}-ws`;
  await project.write(CONFIG, (await project.read(CONFIG)).replace(/container_name: ([\w-]+)/g, `container_name: ${project.name}-$1`).replaceAll('minio:workspaces', `minio:${bucket}`));
  const root = join(project.dir, 'workspaces');
  const write = async (path: string, text: string | null): Promise<void> => {
    if (text === null) return rm(join(root, path), { force: true });
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  await world.done('storage.start', { project: id, component: 's3' });
  await world.call('workspaces.configure', { project: id, trigger: 'manual' });
  const door = await openDoor(world, id);
  return {
    id, project, bucket, write,
    here: () => hashes(root),
    there: () => listed(door, bucket),
    async close() {
      door.close();
      if (kind === null) return;
      await removeProjectObjects(`${project.name}-storage`);
      await project.close();
    },
  };
}

async function openDoor(world: StorageWorld, project: string): Promise<S3Door> {
  const { endpoint, accessKey, secretKey } = await world.call<OutputOf<'storage.credentials'>>('storage.credentials', { project });
  return openS3({ endpoint, region: 'us-east-1', accessKey, secretKey, deadlineMs: 10_000 });
}

/** ETags are MD5s: nothing here is sent in parts. */
async function listed(door: S3Door, bucket: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<S3Door['list']>> = await door.list({ bucket, prefix: '', delimiter: '', after, limit: 1_000 });
    for (const { key, etag } of page.objects) if (!key.startsWith('.berth/')) found.set(key, etag.replaceAll('"', ''));
    after = page.next;
  } while (after !== null);
  return new Map([...found].sort());
}

async function hashes(root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(root.length + 1), createHash('md5').update(await readFile(path)).digest('hex'));
  }
  return new Map([...found].sort());
}

/** Manifests of which the copies in `examples` lose, and others that stand alone. */
export function manifests(copies: number, alone: number): Record<string, string> {
  const text = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${name}"\n`;
  const files: Record<string, string> = {};
  for (let index = 0; index < copies; index += 1) for (const place of ['production', 'examples']) files[`api/${place}/c${String(index)}.yaml`] = text(`c${String(index)}`);
  for (let index = 0; index < alone; index += 1) files[`jobs/apps/a${String(index)}.yaml`] = text(`a${String(index)}`);
  return files;
}

/** An operation as the events tell it. */
export type ToldOperation = Extract<BerthEvent, { readonly type: 'operation.changed' }>['operation'];

/** What ended, and who is told of what goes on. */
export function endedOperations(world: StorageWorld): { readonly ended: readonly ToldOperation[]; onChanged(listener: (operation: ToldOperation) => void): () => void } {
  const ended: ToldOperation[] = [];
  const listeners = new Set<(operation: ToldOperation) => void>();
  world.services.events.on(({ event }) => {
    if (event.type !== 'operation.changed') return;
    if (event.operation.finishedAt !== null && !ended.some((one) => one.id === event.operation.id)) ended.push(event.operation);
    for (const listener of listeners) listener(event.operation);
  });
  return {
    ended,
    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Starts one and resolves with how it ended, whatever it was. */
export async function runToItsEnd(world: StorageWorld, kind: string, input: JsonObject): Promise<Operation> {
  const { operationId } = await world.call<{ readonly operationId: string }>(kind, input);
  return world.services.operations.wait(operationId, 180_000);
}
