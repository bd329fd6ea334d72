import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { MountDefinition, StorageContainer, StorageDefinition } from '@shared/domain/storage/definition';
import type { AlertCause } from '@main/alerts/types';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { mountHost } from '@main/platform/mount-host';
import { statProbe } from '@main/platform/mount-source';
import { runProgram } from '@main/platform/process';
import { systemClock } from '@main/platform/system-clock';
import { imageOverrides, storageImages } from '@main/storage/images';
import { createMounts, type MountsParts } from '@main/storage/mounts';
import type { S3Place, S3ServerStatus, StepContext } from '@main/storage/types';
import { engineJson, ensureBusybox, testSocketPath } from '../../support/images';
import { answers, execIn, mountsBeneath, storageStage, waitUntil, type StorageStage } from '../../support/storage';
import { removeProject } from '../docker/harness';

/** Everything around the mounts of one project: a real S3, a real engine, and a project that is trusted. */
export interface MountsStage {
  readonly stage: StorageStage;
  readonly engine: Engine;
  readonly stateDir: string;
  readonly projectId: string;
  /** Alerts that stand, by code and object. */
  readonly alerts: Map<string, AlertCause>;
  readonly log: string[];
  definition: StorageDefinition;
  /** Another Berth over the same state. */
  berth(): MountsParts;
  context(signal?: AbortSignal): StepContext;
  /** A running container that sees the folder above the mounts. */
  consumer(name: string, folder: string, readOnly?: boolean): Promise<string>;
  stopS3(): Promise<void>;
  startS3(): Promise<void>;
  /** What of FUSE is mounted for the project. */
  fuseMounts(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const CACHE = { cacheMaxBytes: 1024 ** 3, cacheMaxAgeSeconds: 3_600, dirCacheSeconds: 300 };

export function mountOf(service: string, remote: string, bucket: string, mountPoint: string, readOnly = true): MountDefinition {
  return { id: `${service}:${mountPoint}`, service, remote, bucket, prefix: '', mountPoint, readOnly, ...CACHE };
}

export function containerOf(service: string, container: string, backend: StorageContainer['backend'] = 'rclone'): StorageContainer {
  return {
    service,
    container,
    role: 'mount',
    backend,
    image: `berth/${backend}:local`,
    configDir: '/root/.config/rclone-mount',
    cacheDir: '/root/.cache/rclone-mount',
    resources: { requestMemoryBytes: 134_217_728, requestCpuMillis: 100, limitMemoryBytes: 268_435_456, limitCpuMillis: 200 },
    sources: [],
  };
}

/** Three buckets as the product's own preset has them. */
function threeMounts(container: string): StorageDefinition {
  const mounts = ['data', 'index', 'realtime'].map((name) => mountOf('rclone-mount', `s3-${name}`, name, `/mnt/s3/${name}`));
  return { file: 'docker-compose.storage.yml', containers: [containerOf('rclone-mount', container)], mounts, jobs: [] };
}

export async function mountsStage(kind: string, define: (container: string) => StorageDefinition): Promise<MountsStage> {
  const stage = await storageStage(kind);
  const stateDir = await realpath(await mkdtemp(join(tmpdir(), 'bt-state-')));
  const engine = createEngine({ env: { DOCKER_HOST: `unix://${testSocketPath()}` } });
  await engine.connect();
  const name = stage.prefix;
  const projectId = `p_${name.replaceAll(/[^a-z0-9]/g, '').slice(-13).padStart(13, '0')}`;
  const alerts = new Map<string, AlertCause>();
  const log: string[] = [];
  const parts: MountsParts[] = [];
  let definition = define(`${name}-mount`);
  for (const { bucket } of definition.mounts) await stage.rclone('mkdir', `t:${bucket}`);
  const place = (): Promise<S3Place> => Promise.resolve({ origin: 'local', endpoint: stage.endpoint, endpointInside: stage.endpointInside, network: stage.network, hostGateway: false, unreachable: { containers: null, services: null }, region: 'us-east-1', accessKey: stage.accessKey, secretKey: stage.secretKey });
  const s3Answers = async (): Promise<boolean> => answers(`${await stage.address()}/minio/health/live`);
  const status = async (): Promise<S3ServerStatus> => {
    const isWell = await s3Answers();
    return { endpoint: stage.endpoint, consoleUrl: null, origin: 'local', flavour: 'minio', image: null, region: 'us-east-1', health: isWell ? 'healthy' : 'stopped', detail: isWell ? '' : 'it does not run.', credentials: 'generated', volume: null, notices: [] };
  };
  const kept = new Map<string, unknown>();
  const images = storageImages({ engine, imagesDir: resolve('resources/images'), overrides: imageOverrides({ getSetting: (key) => Promise.resolve((kept.get(key) ?? undefined) as never), putSetting: () => Promise.resolve() }) });
  const said = (text: string, fields?: unknown): void => void log.push(fields === undefined ? text : `${(performance.now() / 1_000).toFixed(1)} s ${text} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value))}`);
  const made: MountsStage = {
    stage,
    engine,
    stateDir,
    projectId,
    alerts,
    log,
    get definition() {
      return definition;
    },
    set definition(changed) {
      definition = changed;
    },
    berth() {
      const berth = createMounts({
        engine,
        engineIsLocal: () => true,
        projects: { resolve: () => Promise.resolve({ id: projectId, name, dir: '/nowhere', modes: [], trusted: true }) },
        definitions: { load: () => Promise.resolve(definition) },
        s3: { status, place },
        images,
        alerts: {
          raise: (cause) => {
            alerts.set(`${cause.code} ${cause.object}`, cause);
            return Promise.resolve({} as never);
          },
          clear: ({ code, object }) => {
            alerts.delete(`${code} ${object}`);
            return Promise.resolve();
          },
        },
        host: mountHost({ timeoutMs: 2_000, probe: statProbe(runProgram) }),
        stateDir,
        clock: systemClock,
        log: { debug: said, info: said, warn: said, error: said },
      });
      parts.push(berth);
      return berth;
    },
    context: (signal = new AbortController().signal) => ({ operationId: 'op_test', signal, effect: (_name, _intent, act) => act(), note: () => Promise.resolve(), progress: () => undefined, log: (text) => said(text), records: () => [] }),
    async consumer(consumerName, folder, readOnly = false) {
      const source = [...(parts[0] ?? this.berth()).mounts.parents(projectId, definition)].find(([target]) => target === folder)?.[1] ?? '';
      return stage.container({ name: consumerName, image: await ensureBusybox(), command: ['sleep', '600'], host: { Init: true, Mounts: [{ Type: 'bind', Source: source, Target: folder, ReadOnly: readOnly, BindOptions: { Propagation: 'rslave' } }] } });
    },
    stopS3: async () => {
      await engineJson('POST', `/containers/${stage.server}/stop?t=1`);
    },
    startS3: async () => {
      await engineJson('POST', `/containers/${stage.server}/start`);
      await waitUntil(s3Answers, 20_000, 'S3 is back');
    },
    fuseMounts: async () => (await mountsBeneath(stateDir)).filter(({ type }) => type.startsWith('fuse')).map(({ point }) => point),
    async close() {
      for (const one of parts) await one.watch.stop();
      if (parts.length > 0) await parts[0]?.mounts.stop(this.context(), projectId).catch(() => undefined);
      engine.close();
      await removeProject(`${name}-storage`);
      for (const { point } of (await mountsBeneath(stateDir)).toReversed()) await runProgram('/bin/umount', ['-l', point], { timeoutMs: 5_000 });
      if ((await mountsBeneath(stateDir)).length > 0) throw new Error(`Something is still mounted below ${stateDir}.`);
      await rm(stateDir, { recursive: true, force: true });
      await stage.close();
    },
  };
  return made;
}

/** Three buckets that are mounted, with an object in the first and a consumer that sees them. */
export interface MountedStage {
  readonly here: MountsStage;
  readonly berth: MountsParts;
  /** Container of the mounts. */
  readonly mounter: string;
  readonly consumer: string;
  /** Whether the consumer can read a file. */
  reads(path: string): Promise<boolean>;
}

export async function mountedStage(kind: string, took: Took): Promise<MountedStage> {
  const here = await mountsStage(kind, threeMounts);
  await here.stage.rclone('copyto', '/etc/hostname', 't:data/a.txt');
  const berth = here.berth();
  await berth.watch.start();
  await took('start of three mounts', () => berth.mounts.start(here.context(), here.projectId, here.definition, { pull: false, build: false }));
  const consumer = await here.consumer('consumer', '/mnt/s3');
  return { here, berth, mounter: `${here.stage.prefix}-mount`, consumer, reads: async (path) => (await execIn(consumer, 'cat', path)).code === 0 };
}

/** Resolves with how long something took, in milliseconds, and prints it. */
type Took = (what: string, work: () => Promise<unknown>) => Promise<number>;

export function tookOf(file: string): Took {
  return async (what, work) => {
    const began = performance.now();
    await work();
    const ms = Math.round(performance.now() - began);
    process.stdout.write(`${file}: ${what}: ${String(ms)} ms\n`);
    return ms;
  };
}
