import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isAlive } from '@shared/domain/modes/active-mode';
import type { Operation } from '@shared/domain/operations/operation';
import type { Manifest, ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { serviceRemaker } from '@main/modes';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { lockProject } from '@main/platform/project-lock';
import type { SnapshotRepository, SnapshotWriter } from '@main/platform/snapshots/types';
import { systemClock } from '@main/platform/system-clock';
import { drillOperation } from '@main/snapshots/drill-operation';
import { DEFAULT_SETTINGS } from '@main/snapshots/records';
import { restoreOperation } from '@main/snapshots/restore-operation';
import type { RestoreDependencies } from '@main/snapshots/restore-types';
import type { VolumeProgram } from '@main/snapshots/types';
import { folderRepository, manifestOf, storePart } from '../../support/snapshot-repository';
import type { World } from '../modes/kit';

/** A Berth that can restore, with a repository in its state folder. */
export interface SnapshotWorld {
  readonly repository: SnapshotRepository;
  readonly deps: RestoreDependencies;
  /** Keeps the project as it is: these files, every volume of its containers or of these names, images and containers. */
  snapshot(dir: string, what: { readonly compose: readonly string[]; readonly env?: readonly string[]; readonly volumes: readonly string[]; readonly database?: string }): Promise<Manifest>;
  restore(dir: string, id: string, more?: { readonly only?: readonly string[]; readonly force?: boolean }): Promise<Operation>;
}

const never = new AbortController().signal;

/** Adds restoring to a world. `change` swaps parts of what it works with. */
export async function withSnapshots(world: World, change: (deps: RestoreDependencies) => RestoreDependencies = (deps) => deps): Promise<SnapshotWorld> {
  const repository = await folderRepository(join(world.home, 'snapshots'));
  const deps = change({
    repositories: {
      async find(_projectId, ref) {
        const listed = (await repository.list()).manifests.find((one) => one.manifest.id === ref);
        return { name: 'local', repository, manifest: await repository.manifest(ref), foreign: listed?.foreign ?? true };
      },
    },
    volumeProgram: (authorization) => world.engine.as(authorization).volumeProgram(resolve('resources/helper/volume')),
    notes: { settings: () => Promise.resolve(DEFAULT_SETTINGS), replaced: async (projectId, one) => void (await world.store.patchRecord('snapshots', `replaced:${one.volume}`, { projectId, ...one })) },
    projects: world.projects,
    store: world.store,
    engine: world.engine,
    remaker: serviceRemaker(world.deps, world.modes),
    folder: hostBackupFolder(),
    lock: lockProject,
    dialect: () => 'v5',
    snapshotFirst: () => Promise.resolve({ id: null, failed: null }),
    settings: {
      read: async (projectId) => (await world.store.getRecord('drift-policy', projectId))?.data ?? {},
      write: async (projectId, document) => void (await world.store.patchRecord('drift-policy', projectId, document)),
    },
    activeMode: (project) => world.modes.activeMode(project),
    s3: () => Promise.reject(new AppError('not-found', 'This project has no storage.')),
    transfers: join(world.home, 'transfers'),
    clock: systemClock,
  });
  world.operations.register(restoreOperation(deps));
  world.operations.register(drillOperation(deps));
  return {
    repository,
    deps,
    snapshot: (dir, what) => keep(world, deps, repository, dir, what),
    async restore(dir, id, more = {}) {
      const { id: operation } = await world.operations.enqueue('snapshots.restore', { project: dir, id, ...(more.only === undefined ? {} : { only: [...more.only] }), force: more.force ?? false });
      return world.operations.wait(operation, 300_000);
    },
  };
}

async function keep(world: World, deps: RestoreDependencies, repository: SnapshotRepository, dir: string, what: Parameters<SnapshotWorld['snapshot']>[1]): Promise<Manifest> {
  const project = await world.projects.resolve(dir);
  const program = deps.volumeProgram(await world.projects.authorization(project.id));
  const { containers, volumes } = await world.engine.observe(project.name, []);
  const own = containers.filter((one) => !one.oneOff);
  const writer = await repository.begin(never);
  const bytesOf = async (paths: readonly string[]): Promise<{ [path: string]: Uint8Array }> => Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await readFile(join(project.dir, path))] as const)));
  const parts: ManifestPart[] = [await storePart(writer, { kind: 'files', name: 'compose', files: await bytesOf(what.compose) })];
  if (what.env !== undefined) parts.push(await storePart(writer, { kind: 'files', name: 'env', secret: true, files: await bytesOf(what.env) }));
  parts.push(await storePart(writer, { kind: 'settings', name: 'project', files: { 'settings.json': Buffer.from(JSON.stringify(await deps.settings.read(project.id))) } }));
  const fact = (part: ManifestPart, facts: ManifestPart['facts']): ManifestPart => ({ ...part, facts });
  parts.push(fact(await storePart(writer, { kind: 'containers', name: 'containers', secret: true, files: {} }), { containers: own.map((one) => ({ service: one.service, name: one.name, number: one.number, imageId: one.imageId, state: one.state, health: one.health })) }));
  parts.push(fact(await storePart(writer, { kind: 'images', name: 'images', files: {} }), { images: own.map((one) => ({ service: one.service, reference: one.imageRef, id: one.imageId, digests: [], platform: '' })) }));
  for (const name of what.volumes) {
    const labels = volumes.find((one) => one.name === name)?.labels ?? {};
    const services = Object.fromEntries(own.flatMap((one) => one.mounts.filter((mount) => mount.source === name).map((mount) => [one.service, mount.target])));
    parts.push(fact(await readVolume(program, writer, name), { key: labels['com.docker.compose.volume'] ?? null, driver: 'local', options: {}, labels, database: what.database ?? null, services }));
  }
  const info = await world.engine.info();
  const mode = await world.modes.activeMode(project);
  const manifest = manifestOf(parts, { project: { id: project.id, name: project.name, dir: project.dir }, mode, health: own.some(isAlive) ? 'healthy' : 'stopped', engine: { version: info.version, api: info.apiVersion, os: info.os, arch: info.arch } });
  await writer.finish(manifest);
  return manifest;
}

/** One volume as a part: entries in order, contents as they come. */
async function readVolume(program: VolumeProgram, writer: SnapshotWriter, name: string): Promise<ManifestPart> {
  const entries: TreeEntry[] = [];
  const contents = new Map<string, { readonly hashes: readonly string[]; readonly data: readonly (readonly [number, number])[] | null }>();
  const key = (path: TreeEntry['path']): string => JSON.stringify(path);
  await program.read(
    { volume: name },
    {
      entry: (entry) => (entries.push(entry), entry.type === 'file' ? 'read' : { chunks: [] }),
      has: (hash) => writer.has(hash, false),
      chunk: async (chunk) => void (await writer.putCoded(chunk, false)),
      packed: () => undefined,
      file: (path, hashes, data) => void contents.set(key(path), { hashes, data }),
      skipped: () => undefined,
    },
    never,
  );
  const tree = writer.tree(false);
  let [files, sizeBytes] = [0, 0];
  for (const entry of entries) {
    if (entry.type !== 'file') {
      await tree.add(entry);
      continue;
    }
    const content = contents.get(key(entry.path));
    files += 1;
    sizeBytes += entry.size;
    await tree.add({ ...entry, data: content?.data ?? null, chunks: (content?.hashes ?? []).map((hash) => writer.idOf(hash, false)) });
  }
  return { kind: 'volume', name, ...(await tree.end()), files, sizeBytes, secret: false, consistency: 'stopped', skipped: [], facts: {} };
}
