import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEngine } from '@main/docker/engine';
import { readCache } from '@main/platform/snapshot-read-cache';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import { openPlace, readPlace } from '@main/snapshots/gather-places';
import type { PlannedPart, SeenProject } from '@main/snapshots/gather-types';
import { fillVolume } from '@main/snapshots/restore-volumes';
import type { VolumeFacts } from '@shared/domain/snapshots/types';
import { folderRepository, manifestOf } from './snapshot-repository';

/** What a process of its own is to do. */
export interface SnapshotTask {
  readonly action: 'create' | 'restore';
  readonly socketPath: string;
  readonly home: string;
  readonly programDir: string;
  readonly project: { readonly name: string; readonly dir: string };
  readonly volume: string;
  readonly createdAt: string;
  /** An empty volume that the newest snapshot goes into. */
  readonly into: string;
}

const FACTS: VolumeFacts = { key: 'data', driver: 'local', options: {}, labels: {}, database: null, services: {} };

/** Makes a snapshot of one volume or brings it back, to be measured: `<file with the task>`. Ends with one JSON document. */
async function main(): Promise<void> {
  const task = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as SnapshotTask;
  await mkdir(task.home, { recursive: true });
  const repository = await folderRepository(join(task.home, 'repository'));
  const root = createEngine({ env: { DOCKER_HOST: `unix://${task.socketPath}` } });
  try {
    // A Berth that runs is connected and knows its engine.
    await doorOf(task, root).volumeProgram(task.programDir).ensure(new AbortController().signal);
    const begun = performance.now();
    const result = task.action === 'create' ? await create(task, repository, root) : await restore(task, repository, root);
    process.stdout.write(`${JSON.stringify({ ...result, startMs: begun })}\n`);
  } finally {
    root.close();
    await repository.close();
  }
}

type Root = ReturnType<typeof createEngine>;

const doorOf = (task: SnapshotTask, root: Root): ReturnType<Root['as']> => root.as({ projectDir: task.project.dir, projectName: task.project.name, trustedFactKeys: [] });

async function create(task: SnapshotTask, repository: SnapshotRepository, root: Root): Promise<object> {
  const { signal } = new AbortController();
  const part: PlannedPart = { kind: 'volume', name: task.volume, chosen: true, services: [], facts: FACTS };
  const seen = { volumes: [{ name: task.volume, createdAt: task.createdAt }] } as unknown as SeenProject;
  const began = performance.now();
  const program = doorOf(task, root).volumeProgram(task.programDir);
  const writer = await repository.begin(signal);
  const cache = readCache(join(task.home, 'reads'), () => Date.now());
  const reading = { program, writer, cache, repository: 'local', engineIsLocal: true, seen, filteredPaths: () => Promise.resolve([]), now: () => Date.now(), signal, onBytes: () => undefined };
  const place = openPlace(reading, part);
  const readyMs = performance.now() - began;
  const read = await readPlace(reading, place, part, false);
  const ended = place.close();
  const readMs = performance.now() - began - readyMs;
  const { tree, sha256, files, sizeBytes, skipped } = read;
  const storedBytes = await writer.finish(manifestOf([{ kind: 'volume', name: task.volume, tree, sha256, files, sizeBytes, secret: false, consistency: 'none', skipped, facts: FACTS }], { createdAt: new Date().toISOString() }));
  await writer.abandon();
  const finishedMs = performance.now() - began;
  await ended;
  return { files, sizeBytes, storedBytes, readBytes: read.readBytes, phases: { ready: readyMs, read: readMs, finish: finishedMs - readyMs - readMs, gone: performance.now() - began - finishedMs } };
}

/** All that is done before the volumes are exchanged, then the exchange. */
async function restore(task: SnapshotTask, repository: SnapshotRepository, root: Root): Promise<object> {
  const { signal } = new AbortController();
  const program = doorOf(task, root).volumeProgram(task.programDir);
  const [newest] = (await repository.list()).manifests;
  const part = newest?.manifest.parts[0];
  if (part === undefined) throw new Error('There is no snapshot.');
  const began = performance.now();
  await repository.reading((reader) => fillVolume({ program, context: { signal } }, reader, { ...part, facts: FACTS }, task.into, () => undefined));
  const stagedMs = performance.now() - began;
  await program.exchange(task.volume, task.into);
  return { exchangeMs: performance.now() - began - stagedMs, phases: { stage: stagedMs } };
}

void main();
