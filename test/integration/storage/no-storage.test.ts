import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { Project } from '@shared/domain/projects/project';
import { findFiles } from '@main/platform/find-files';
import { storageConflicts, storageFindings, type ConflictsDependencies } from '@main/storage/conflicts';
import { createStorageStatus } from '@main/storage/status';
import { loadText } from '../../unit/shared/domain/compose/virtual-files';

/** What a project without storage costs, each time something of it changes. */
let dir: string;
let calls: string[] = [];
const counted = <T>(name: string, value: T): Promise<T> => {
  calls.push(name);
  return Promise.resolve(value);
};
const project = (): Project => ({ id: 'p_1', name: 'shop', dir, modes: [], trusted: true }) as unknown as Project;
/** An engine that counts whatever is asked of it. */
const engine = new Proxy({}, { get: (_target, name) => () => counted(`engine.${String(name)}`, name === 'state' ? { state: 'connected' } : { containers: [], foreign: [], networks: [], volumes: [] }) }) as never;
const deps = (): ConflictsDependencies => ({
  projects: { resolve: () => Promise.resolve(project()), loadModes: () => Promise.resolve({}) },
  engine,
  documents: () => counted('documents', []),
  readText: (path) => counted('readText', undefined).then(() => readFile(path, 'utf8').catch(() => undefined)),
  findFiles: (root, accept, limits) => counted('findFiles', undefined).then(() => findFiles(root, accept, limits)),
  exists: (path) => access(path).then(() => true, () => false),
  choices: () => Promise.resolve({}),
  held: () => Promise.resolve([]),
  endpoints: () => counted('engine.endpoints', []),
  environment: {},
});
const loaded = async (text: string): Promise<{ readonly project: Project; readonly compose: LoadedCompose }> => ({ project: project(), compose: (await loadText(text)) as LoadedCompose });
const PLAIN = 'services:\n  api:\n    image: node:22\n    command: [node, server.js]\n    environment: { PORT: "8080" }\n  db:\n    image: postgres:17\n    volumes: [data:/var/lib/postgresql/data]\nvolumes:\n  data: {}\n';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bt-nost-'));
  await mkdir(join(dir, 'k8s'));
  for (let number = 0; number < 30; number += 1) await writeFile(join(dir, 'k8s', `app-${String(number)}.yaml`), 'apiVersion: v1\nkind: ConfigMap\n');
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(() => {
  calls = [];
});

describe('a project without storage', () => {
  test('is not searched and asks nothing of the engine when a file of it changed, a hundred times', async () => {
    const mode = await loaded(PLAIN);
    for (let change = 0; change < 100; change += 1) expect(await storageFindings(deps(), mode)).toEqual([]);
    expect(calls).toEqual([]);
  });

  test('is searched once it has to do with S3, and when somebody asks for its conflicts', async () => {
    await storageFindings(deps(), await loaded(PLAIN.replace('image: node:22', 'image: rclone/rclone:1.75.2')));
    expect(calls.filter((one) => one === 'findFiles')).toHaveLength(2);
    calls = [];
    await storageConflicts(deps(), 'p_1');
    expect(calls).toContain('findFiles');
    calls = [];
    await writeFile(join(dir, 'docker-compose.storage.yml'), 'services: {}\n');
    await storageFindings(deps(), await loaded(PLAIN));
    expect(calls).toContain('findFiles');
    await rm(join(dir, 'docker-compose.storage.yml'));
  });

  test('has a status that asks nothing of the engine but what its server and its mounts are asked', async () => {
    const nothing = { file: null, containers: [], mounts: [], jobs: [] };
    const status = createStorageStatus({
      projects: { resolve: () => Promise.resolve(project()) },
      engine,
      definitions: { load: () => Promise.resolve(nothing) },
      s3: { status: () => counted('s3.status', { health: 'stopped', detail: '' } as never) },
      mounts: { status: () => Promise.resolve([]), fuse: () => counted('fuse', { possible: true, reason: '', instead: '' }) },
      jobs: { status: () => Promise.resolve([]) },
      stateDir: dir,
    });
    expect(await status('shop')).toMatchObject({ file: null, folders: [], measured: null });
    expect(calls.sort()).toEqual(['fuse', 's3.status']);
  });

  test('shares a look with everybody who asks meanwhile', async () => {
    let release = (): void => undefined;
    const status = createStorageStatus({
      projects: { resolve: () => Promise.resolve(project()) },
      engine,
      definitions: { load: () => Promise.resolve({ file: null, containers: [], mounts: [], jobs: [] }) },
      s3: { status: () => new Promise((done) => { calls.push('s3.status'); release = () => done({ health: 'healthy', detail: '' } as never); }) },
      mounts: { status: () => Promise.resolve([]), fuse: () => Promise.resolve({ possible: true, reason: '', instead: '' }) },
      jobs: { status: () => Promise.resolve([]) },
      stateDir: dir,
    });
    const asked = Array.from({ length: 20 }, () => status('shop'));
    await expect.poll(() => calls).toEqual(['s3.status']);
    release();
    await asked[0];
    await expect.poll(() => calls).toEqual(['s3.status', 's3.status']);
    release();
    expect(await Promise.all(asked)).toHaveLength(20);
    expect(calls).toHaveLength(2);
  });
});
