import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { OutputOf } from '@shared/contract/contract';
import type { BerthEvent } from '@shared/contract/events';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { runProgram } from '@main/platform/process';
import { createServices, type Services } from '@main/services';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, removeProjectObjects, type TestProject } from '../../support/projects';
import { removeServers } from '../../support/s3-server';
import { mountsBeneath, waitUntil } from '../../support/storage';
import { ensureStorageImages } from '../../../scripts/lib/storage-images.mjs';

/** All of Berth over a project of one service, with a state folder and an S3 server of its own. */
export interface StorageWorld {
  readonly project: TestProject;
  readonly id: string;
  readonly home: string;
  readonly services: Services;
  readonly events: BerthEvent[];
  call<T>(name: string, input?: JsonObject): Promise<T>;
  /** Runs an operation to its end, whichever it is. */
  run(kind: string, input?: JsonObject): Promise<Operation>;
  /** The same; it has to succeed. */
  done(kind: string, input?: JsonObject): Promise<JsonObject>;
  /** Turns what the preset calls its containers into names nobody else has. */
  ownNames(): Promise<void>;
  status(): Promise<OutputOf<'storage.status'>>;
  close(): Promise<void>;
}

const COMPOSE = `services:\n  app:\n    image: ${BUSYBOX_IMAGE}\n    command: [sleep, "600"]\n    init: true\n`;

export async function storageWorld(kind: string, files: Readonly<Record<string, string>> = {}): Promise<StorageWorld> {
  await ensureBusybox();
  await ensureStorageImages();
  const project = await emptyProject(kind, { files: { 'compose.yaml': COMPOSE, ...files } });
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-home-')));
  process.env['BERTH_S3_NAME'] = `bt-s3-${randomBytes(4).toString('hex')}`;
  process.env['BERTH_VALIDATOR_IMAGE'] = BUSYBOX_IMAGE;
  const services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
  const events: BerthEvent[] = [];
  services.events.on((sequenced) => void events.push(sequenced.event));
  await services.start();
  const call = async <T>(name: string, input: JsonObject = {}): Promise<T> => {
    const result = await services.dispatcher.call(name, /^(?:storage|workspaces|checks|buckets|objects)\./.test(name) ? { project: id, ...input } : input, { door: 'cli', signal: new AbortController().signal });
    if (!result.ok) throw AppError.fromData(result.error);
    return result.value as T;
  };
  let id = '';
  const opened = await services.dispatcher.call('projects.open', { dir: project.dir, trust: true }, { door: 'cli', signal: new AbortController().signal });
  if (!opened.ok) throw AppError.fromData(opened.error);
  id = (opened.value as { readonly id: string }).id;
  const run = async (operation: string, input: JsonObject = {}): Promise<Operation> => services.operations.wait((await call<{ operationId: string }>(operation, input)).operationId, 180_000);
  return {
    project,
    id,
    home,
    services,
    events,
    call,
    run,
    async done(operation, input) {
      const ended = await run(operation, input);
      if (ended.state !== 'succeeded') throw new Error(`${operation}: ${ended.error?.message ?? ended.state} ${JSON.stringify(await services.operations.logOf(ended.id))}`);
      return ended.result as JsonObject;
    },
    async ownNames() {
      const text = await project.read('docker-compose.storage.yml');
      await project.write('docker-compose.storage.yml', text.replace(/container_name: ([\w-]+)/g, `container_name: ${project.name}-$1`));
    },
    status: () => call<OutputOf<'storage.status'>>('storage.status'),
    async close() {
      await services.operations.wait((await call<{ operationId: string }>('storage.stop').catch(() => ({ operationId: '' }))).operationId, 60_000).catch(() => undefined);
      await services.close();
      await removeProjectObjects(`${project.name}-storage`);
      await removeServers(join(home, 'storage'));
      await engineRequest('DELETE', `/volumes/${project.name}_efs`);
      for (const { point } of (await mountsBeneath(home)).toReversed()) await runProgram('/bin/umount', ['-l', point], { timeoutMs: 5_000 });
      if ((await mountsBeneath(home)).length > 0) throw new Error(`Something is still mounted below ${home}.`);
      await rm(home, { recursive: true, force: true });
      await project.close();
    },
  };
}

/** What `docker inspect` says of a container. */
export function inspect<T>(name: string): Promise<T> {
  return engineJson<T>('GET', `/containers/${name}/json`);
}

/** Waits for an event. */
export async function seen(world: StorageWorld, wanted: (event: BerthEvent) => boolean, timeoutMs: number): Promise<void> {
  await waitUntil(() => Promise.resolve(world.events.some(wanted)), timeoutMs, 'the event is there');
}
