import { randomBytes } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { createEventStream, createOperations } from '@main/operations/index';
import type { Operations } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { hostPorts, probePort } from '@main/platform/ports';
import { openS3 } from '@main/platform/s3/client';
import { discardNewFile } from '@main/platform/new-file';
import { httpHealth } from '@main/platform/s3/health';
import { minioAdmin } from '@main/platform/s3/minio-admin';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { imageOverrides, storageImages } from '@main/storage/images';
import { createS3Server, s3Doors, type S3ServerDependencies } from '@main/storage/s3';
import type { MachineS3 } from '@main/storage/server';
import type { ImageConsent, StepContext } from '@main/storage/types';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import { ensureStorageImages } from '../../scripts/lib/storage-images.mjs';
import { engineJson, engineRequest } from './images';

const NO_CONSENT: ImageConsent = { pull: false, build: false };

/** Berth's S3 server with a state folder, names and a queue of its own. */
export interface S3World {
  readonly home: string;
  readonly baseName: string;
  readonly engine: Engine;
  readonly store: OpenedStore;
  readonly operations: Operations;
  readonly server: MachineS3;
  readonly handlers: ReturnType<typeof s3Doors>['handlers'];
  /** Everything that was asked to be hidden, and every line that was logged. */
  readonly secrets: Set<string>;
  readonly lines: string[];
  /** What was written, as `afterWrite` was told. */
  readonly written: string[];
  /** As an operation would. */
  context(): StepContext;
  start(projectId?: string): Promise<void>;
  /** Runs an operation to its end. */
  run(kind: string, input: JsonObject): Promise<Operation>;
  /** Another Berth process on the same state: what is in memory is new, what is stored stays. */
  restarted(): Promise<S3World>;
  /** Ends this process of it; what it made stays. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Made, not started. `base`: names of a world before, to share its state. */
export async function s3World(changed: { readonly home?: string; readonly baseName?: string; readonly deps?: Partial<S3ServerDependencies>; readonly failpoints?: Readonly<Record<string, string>> } = {}): Promise<S3World> {
  await ensureStorageImages();
  const home = changed.home ?? (await realpath(await mkdtemp(join(tmpdir(), 'bt-s3-'))));
  const baseName = changed.baseName ?? `bt-s3-${randomBytes(4).toString('hex')}`;
  const store = await openStore({ home });
  const engine = createEngine({ env: { DOCKER_HOST: 'unix:///var/run/docker.sock' } });
  await engine.connect();
  const secrets = new Set<string>();
  const lines: string[] = [];
  const written: string[] = [];
  const overrides = imageOverrides(store);
  const server = createS3Server({
    engine, store, openS3, baseName, ports: hostPorts(), probePort, clock: systemClock, log: silentLogger, admin: minioAdmin, health: httpHealth,
    images: storageImages({ engine, imagesDir: resolve('resources/images'), overrides }),
    home: join(home, 'storage'),
    projectName: async (projectId: string) => (projectId.startsWith('gone') ? null : `name-of-${projectId}`),
    hide: (secret: string) => void secrets.add(secret),
    onChanged: () => undefined,
    ...changed.deps,
  } as S3ServerDependencies);
  const statusOf = async (projectId: string): Promise<never> => ({ s3: await server.status(projectId), mounts: [], jobs: [] }) as never;
  const definitions = { load: async () => ({ file: null, containers: [], mounts: [], jobs: [] }) };
  const doors = s3Doors({ server, openS3, overrides, definitions, statusOf, discardDownload: discardNewFile, holding: async () => [], remake: async () => '', resolve: async (reference) => ({ id: reference, name: `name-of-${reference}` }), afterWrite: async (projectId, bucket, keys) => void written.push(`${projectId} ${bucket} ${keys.join(' ')}`) });
  const operations = await createOperations({ store, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints(changed.failpoints ?? {}), logger: silentLogger, redact: (text) => text });
  for (const kind of doors.operations) operations.register(kind);
  const context = (): StepContext => ({
    operationId: 'test', signal: new AbortController().signal, effect: (_name, _intent, act) => act(), note: async () => undefined, progress: () => undefined, log: (line) => void lines.push(line), records: () => [],
  });
  const leave = async (): Promise<void> => {
    await server.supervisor.stop();
    await operations.shutdown(5_000);
    engine.close();
    await store.close();
  };
  return {
    home, baseName, engine, store, operations, server, handlers: doors.handlers, secrets, lines, written, context, leave,
    start: (projectId = 'one') => server.start(context(), projectId, NO_CONSENT),
    run: async (kind, input) => operations.wait((await operations.enqueue(kind, input)).id, 90_000),
    restarted: async () => {
      await leave();
      return s3World({ ...changed, home, baseName });
    },
    close: async () => {
      await leave().catch(() => undefined);
      await removeServers(join(home, 'storage'));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Whatever carries the label of this state folder. */
export async function removeServers(home: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.berth.s3-home=${home}`] }));
  for (const { Id } of await engineJson<{ Id: string }[]>('GET', `/containers/json?all=1&filters=${filters}`)) await engineRequest('DELETE', `/containers/${Id}?force=1&v=1`);
  for (const { Id } of await engineJson<{ Id: string }[]>('GET', `/networks?filters=${filters}`)) await removeNetwork(Id);
  const { Volumes } = await engineJson<{ Volumes: { Name: string }[] | null }>('GET', `/volumes?filters=${filters}`);
  for (const { Name } of Volumes ?? []) await engineRequest('DELETE', `/volumes/${Name}`);
}

/** Also where containers of the project still hang on it: a network that stays takes a range of addresses, of which an engine has some thirty. */
async function removeNetwork(id: string): Promise<void> {
  const { Containers } = await engineJson<{ Containers: Record<string, unknown> | null }>('GET', `/networks/${id}`);
  for (const container of Object.keys(Containers ?? {})) await engineRequest('POST', `/networks/${id}/disconnect`, { body: { Container: container, Force: true } });
  await engineJson('DELETE', `/networks/${id}`);
}
