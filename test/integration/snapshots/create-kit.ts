import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { rootFilter } from '@shared/domain/workspaces/filter';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import type { TreeSink, VolumePlace } from '@main/docker/volume-types';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import { lockProject } from '@main/platform/project-lock';
import { readCache } from '@main/platform/snapshot-read-cache';
import { systemClock } from '@main/platform/system-clock';
import { walkFiles } from '@main/platform/walk-files';
import { createOperation } from '@main/snapshots/create-operation';
import type { CreateDependencies } from '@main/snapshots/gather-types';
import { planCreate } from '@main/snapshots/plan-create';
import { DEFAULT_SETTINGS } from '@main/snapshots/records';
import type { CreatePlan, Snapshot, SnapshotSettings } from '@main/snapshots/types';
import { startWatch } from '@main/modes';
import { engineIsLocal } from '@main/checks';
import { ensureBusybox, BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { folderRepository } from '../../support/snapshot-repository';
import type { World } from '../modes/kit';

const run = promisify(execFile);

/** A Berth that can make snapshots, with a repository in its state folder. */
export interface CreateWorld {
  readonly world: World;
  readonly repository: SnapshotRepository;
  readonly repositoryDir: string;
  readonly settings: { consistency: SnapshotSettings['consistency'] };
  start(dir: string, more?: JsonObject): Promise<string>;
  /** Makes one and waits for its end. */
  create(dir: string, more?: JsonObject): Promise<Operation>;
  /** The same, which has to succeed. */
  made(dir: string, more?: JsonObject): Promise<Snapshot>;
  plan(dir: string): Promise<CreatePlan>;
}

/** Adds snapshots to a world. `change` swaps parts of what they work with. */
export async function withCreate(world: World, change: (deps: CreateDependencies) => CreateDependencies = (deps) => deps, repositoryDir = join(world.home, 'repository')): Promise<CreateWorld> {
  const repository = await folderRepository(repositoryDir);
  const settings = { consistency: {} as SnapshotSettings['consistency'] };
  const deps = change({
    projects: world.projects,
    engine: world.engine,
    repositories: { open: () => Promise.resolve(repository), chosen: () => Promise.resolve('local') },
    notes: { made: () => Promise.resolve(), settings: () => Promise.resolve({ ...DEFAULT_SETTINGS, ...settings }) },
    volumeProgram: (authorization) => world.engine.as(authorization).volumeProgram(resolve('resources/helper/volume')),
    activeMode: (project) => world.modes.activeMode(project),
    settingsOf: () => Promise.resolve({ example: true }),
    s3: () => Promise.reject(new Error('This project has no S3.')),
    lock: lockProject,
    startWatch: startWatch({ ...world.deps, settleSeconds: () => 1 }),
    readCache: readCache(join(world.home, 'read-cache'), () => systemClock.now()),
    filteredPaths: async (folder) => {
      const paths: string[] = [];
      const none = { gitignore: null, dockerignore: null };
      await walkFiles(folder, '', rootFilter(none), () => Promise.resolve(none), (path) => void paths.push(path.replace(/^\//, '')));
      return paths;
    },
    engineIsLocal: () => engineIsLocal(world.engine),
    transfers: join(world.home, 'transfers'),
    clock: systemClock,
    version: '0.0.0',
  });
  world.operations.register(createOperation(deps));
  const start = async (dir: string, more: JsonObject = {}): Promise<string> => (await world.operations.enqueue('snapshots.create', { project: dir, ...more })).id;
  const create = async (dir: string, more: JsonObject = {}): Promise<Operation> => world.operations.wait(await start(dir, more), 120_000);
  return {
    world,
    repository,
    repositoryDir,
    settings,
    start,
    create,
    async made(dir, more) {
      const ended = await create(dir, more);
      if (ended.state !== 'succeeded') throw new Error(`The snapshot ended as ${ended.state}: ${JSON.stringify(ended.error)}`);
      return ended.result as unknown as Snapshot;
    },
    plan: (dir) => planCreate(deps)({ project: dir }, {} as never),
  };
}

/** Appends a numbered line with its checksum to a log and rewrites a counter beside it, as fast as it can: what is read at one moment fits together. */
const WRITER = `n=0; cd /data; trap 'exit 0' TERM
while :; do n=$((n+1)); line="$n $(head -c 60 /dev/urandom | base64 | tr -d '\\n')"
echo "$line $(echo "$line" | md5sum | cut -d' ' -f1)" >> log; echo "$n" > count.tmp; mv count.tmp count; usleep 5000; done`;

/** A project of three volumes: a writer under load on `data`, two services that share `shared`, and one that nobody writes to. */
export async function snapshotProject(more: { readonly services?: { readonly [name: string]: object }; readonly files?: { readonly [path: string]: string } } = {}): Promise<TestProject> {
  await ensureBusybox();
  const project = await emptyProject('snap');
  const sleeps = { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '3s' };
  await project.write(
    'docker-compose.dev.yml',
    stringify({
      services: {
        writer: { ...sleeps, command: ['sh', '-c', WRITER.replaceAll('$', '$$$$')], volumes: ['data:/data'], env_file: ['writer.env'] },
        one: { ...sleeps, volumes: ['shared:/shared'] },
        two: { ...sleeps, volumes: ['shared:/shared', 'cold:/cold:ro'] },
        ...more.services,
      },
      volumes: { data: {}, shared: {}, cold: {} },
    }),
  );
  await project.write('docker-compose.clean.yml', stringify({ services: { one: { ...sleeps, volumes: ['shared:/shared'] } }, volumes: { shared: {} } }));
  await project.write('.env', 'TOKEN=do-not-show-this\n');
  await project.write('writer.env', 'PASSWORD=nor-this-one\n');
  for (const [path, content] of Object.entries(more.files ?? {})) await project.write(path, content);
  return project;
}

/** States of the containers of a project, by service. */
export async function statesOf(project: { readonly name: string }): Promise<{ readonly [service: string]: string }> {
  const { stdout } = await run('docker', ['ps', '-a', '--filter', `label=com.docker.compose.project=${project.name}`, '--format', '{{.Label "com.docker.compose.service"}} {{.State}}']);
  return Object.fromEntries(stdout.trim().split('\n').filter((line) => line !== '').map((line) => line.split(' ') as [string, string]));
}

/** Puts something between each read and who is told; `before` is awaited. */
function withReads(deps: CreateDependencies, between: (sink: TreeSink) => TreeSink, before: (source: VolumePlace, signal: AbortSignal) => Promise<void> = () => Promise.resolve()): CreateDependencies {
  return {
    ...deps,
    volumeProgram: (authorization) => {
      const program = deps.volumeProgram(authorization);
      return {
        ...program,
        open: (source, signal, packs) => {
          const place = program.open(source, signal, packs);
          return {
            ...place,
            read: async (sink, paths) => {
              await before(source, signal);
              await place.read(between(sink), paths);
            },
          };
        },
      };
    },
  };
}

/** Has `during` run just before each read of a volume, held or not. Reads that go ahead of a hold count as well. */
export function duringRead(deps: CreateDependencies, during: (source: VolumePlace, signal: AbortSignal) => Promise<void>): CreateDependencies {
  return withReads(deps, (sink) => sink, during);
}

/** Tells of every file whose contents are asked for. */
export function tellReads(deps: CreateDependencies, onRead: (path: string) => void): CreateDependencies {
  return withReads(deps, (sink) => ({
    entry: (entry, identity) => {
      const answer = sink.entry(entry, identity);
      if (answer === 'read') onRead('text' in entry.path ? entry.path.text : entry.path.base64);
      return answer;
    },
    has: (hash) => sink.has(hash),
    chunk: (chunk) => sink.chunk(chunk),
    packed: (bytes) => sink.packed(bytes),
    file: (path, hashes, data, changed, now) => sink.file(path, hashes, data, changed, now),
    skipped: (entry) => sink.skipped(entry),
  }));
}

/** Lets a read go no further, for ever, once it is given contents while `isHeld` says that its writer is held. `onHeld` is told of it. */
export function stallHeldReads(deps: CreateDependencies, isHeld: () => Promise<boolean>, onHeld: () => void): CreateDependencies {
  return withReads(deps, (sink) => ({
    entry: (entry, identity) => sink.entry(entry, identity),
    has: () => false,
    async chunk(chunk) {
      if (await isHeld()) {
        onHeld();
        await new Promise<never>(() => undefined);
      }
      await sink.chunk(chunk);
    },
    packed: (bytes) => sink.packed(bytes),
    file: (path, hashes, data, changed, now) => sink.file(path, hashes, data, changed, now),
    skipped: (entry) => sink.skipped(entry),
  }));
}

/** Containers of the volume program that are still there for this project. */
export async function programsOf(project: { readonly name: string }): Promise<readonly string[]> {
  const { stdout } = await run('docker', ['ps', '-aq', '--filter', `label=dev.berth.project=${project.name}`]);
  return stdout.trim().split('\n').filter((line) => line !== '');
}

/** Whether a log and its counter are of one moment: every line has its sum, none is cut, and the counter is of the last line or the one before it. */
export function fitsTogether(log: string, count: string): boolean {
  const lines = log.split('\n');
  if (lines.pop() !== '') return false;
  if (!lines.every((line, index) => line.startsWith(`${String(index + 1)} `) && line.split(' ').length === 3)) return false;
  const last = lines.length;
  return Number(count) === last || Number(count) === last - 1;
}
