import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComposeService } from '@main/compose';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import type { TestProject } from '../../support/projects';
import { filesOf, objectsIn, verifyAll } from '../../support/snapshot-repository';
import { parseHere } from '../checks/kit';
import { execIn } from '../modes/small-shop';
import { openWorld, type World } from '../modes/kit';
import { fitsTogether, programsOf, snapshotProject, statesOf, tellReads, withCreate, type CreateWorld } from './create-kit';

const run = promisify(execFile);
const RUNNING = { writer: 'running', one: 'running', two: 'running' };

let project: TestProject;
let world: World;
let snapshots: CreateWorld;
/** Files whose contents were asked for. */
const reads: string[] = [];

beforeAll(async () => {
  project = await snapshotProject();
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  snapshots = await withCreate(world, (deps) => tellReads(deps, (path) => void reads.push(path)));
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  await execIn(project, 'one', 'for i in 1 2 3 4 5 6 7 8 9; do mkdir -p /shared/d$i && head -c 100000 /dev/urandom > /shared/d$i/f; done; echo hello > /shared/hello');
});
afterAll(async () => {
  await world.close();
  await project.close();
});

async function partsOf(id: string): Promise<{ readonly [name: string]: ManifestPart }> {
  return Object.fromEntries((await snapshots.repository.manifest(id)).parts.map((part) => [part.kind === 'volume' ? part.name.replace(`${project.name}_`, '') : `${part.kind} ${part.name}`, part]));
}

async function textsOf(part: ManifestPart | undefined): Promise<{ readonly [path: string]: string }> {
  if (part === undefined) return {};
  return Object.fromEntries(Object.entries(await filesOf(snapshots.repository, part)).map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]));
}

describe('a snapshot of what runs', () => {
  it('holds files, settings, containers, images and every volume, each as its service has it', async () => {
    const made = await snapshots.made(project.dir, { tag: 'first' });
    expect(made).toMatchObject({ tag: 'first', reason: 'manual', repository: 'local', mode: 'dev', health: 'healthy', pinned: false, verified: null });
    expect(made.sizeBytes).toBeGreaterThan(900_000);
    expect(made.storedBytes).toBeGreaterThan(0);
    expect(made.parts.map((part) => [part.kind, part.name.replace(project.name, 'p'), part.consistency, part.secret])).toEqual([
      ['files', 'compose', 'none', false],
      ['files', 'env', 'none', true],
      ['settings', 'project', 'none', false],
      ['containers', 'containers', 'none', true],
      ['images', 'images', 'none', false],
      ['volume', 'p_cold', 'none', false],
      ['volume', 'p_data', 'paused', false],
      ['volume', 'p_shared', 'paused', false],
    ]);
    for (const part of made.parts) expect(part.sha256).toMatch(/^[0-9a-f]{64}$/);
    const parts = await partsOf(made.id);
    expect(Object.keys(await textsOf(parts['files compose']))).toEqual(['docker-compose.clean.yml', 'docker-compose.dev.yml']);
    expect(await textsOf(parts['files env'])).toEqual({ '.env': 'TOKEN=do-not-show-this\n', 'writer.env': 'PASSWORD=nor-this-one\n' });
    expect((await textsOf(parts['shared']))['hello']).toBe('hello\n');
    expect(parts['data']?.facts).toMatchObject({ key: 'data', driver: 'local', services: { writer: '/data' }, database: null });
    expect(JSON.stringify(parts['containers containers']?.facts)).toContain('"state":"running"');
    const { log = '', count = '' } = await textsOf(parts['data']);
    expect(fitsTogether(log, count)).toBe(true);
    expect(await statesOf(project)).toEqual(RUNNING);
    expect(await programsOf(project)).toEqual([]);
    expect((await verifyAll(snapshots.repository)).damaged).toEqual([]);
  });

  it('keeps no secret readable anywhere in the repository, and none in its journal or log', async () => {
    await snapshots.made(project.dir);
    const [last] = await world.operations.list({ limit: 1 });
    const told = JSON.stringify([await world.operations.steps(last?.id ?? ''), await world.operations.logOf(last?.id ?? ''), last]);
    for (const secret of ['do-not-show-this', 'nor-this-one']) {
      expect(told).not.toContain(secret);
      for (const [name, bytes] of await objectsIn(snapshots.repositoryDir)) for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')]) expect(bytes.includes(form), name).toBe(false);
    }
  });

  it('takes files, settings, images and containers only before a switch, pausing nothing', async () => {
    const made = await snapshots.made(project.dir, { reason: 'modes.switch', before: 'op_x', volumes: false });
    expect(made.parts.map((part) => part.kind)).toEqual(['files', 'files', 'settings', 'containers', 'images']);
    expect(await snapshots.repository.manifest(made.id)).toMatchObject({ reason: 'modes.switch', operationId: 'op_x' });
    const [{ id } = { id: '' }] = await world.operations.list({ limit: 1 });
    expect((await world.operations.steps(id)).filter((step) => step.phase === 'intent').map((step) => step.name)).toEqual(['snapshot.finish']);
  });

  it('takes only what is named, and refuses what is not there', async () => {
    const made = await snapshots.made(project.dir, { only: [`volume:${project.name}_cold`, 'settings'] });
    expect(made.parts.map((part) => part.kind)).toEqual(['settings', 'volume']);
    const byService = await snapshots.made(project.dir, { only: ['service:one'] });
    expect(byService.parts.map((part) => part.name.replace(`${project.name}_`, ''))).toEqual(['containers', 'images', 'shared']);
    await expect(snapshots.create(project.dir, { only: ['volume:nothing'] })).rejects.toMatchObject({ code: 'not-found' });
    await expect(snapshots.create(project.dir, { binds: ['src'] })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('says before what it would hold, and holds nothing for that', async () => {
    const plan = await snapshots.plan(project.dir);
    const data = plan.parts.find((part) => part.name === `${project.name}_data`);
    expect(data).toMatchObject({ kind: 'volume', chosen: true, consistency: 'paused', services: ['writer'], detail: `Paused while it is read, for 60 s at most: ${project.name}-writer-1.` });
    expect(plan.parts.find((part) => part.name === `${project.name}_shared`)?.services).toEqual(['one', 'two']);
    expect(await statesOf(project)).toEqual(RUNNING);
  });

  it('refuses the volumes of a project that is not trusted, and keeps its files all the same', async () => {
    const other = await snapshotProject();
    try {
      await world.projects.open(other.dir, false);
      const made = await snapshots.made(other.dir, { volumes: false });
      expect(made.parts.map((part) => part.kind)).toEqual(['files', 'files', 'settings', 'containers', 'images']);
      await run('docker', ['volume', 'create', '--label', `com.docker.compose.project=${other.name}`, `${other.name}_data`]);
      await expect(snapshots.create(other.dir)).rejects.toMatchObject({ code: 'trust-required' });
    } finally {
      await other.close();
    }
  });
});

describe('a second snapshot of what did not change', () => {
  it('reads nothing and adds less than one percent', async () => {
    const volumes = { only: [`volume:${project.name}_shared`] };
    const first = await snapshots.made(project.dir, volumes);
    // Files have to be older than what a writer may have mapped: here nobody writes.
    await run('docker', ['stop', '-t', '1', `${project.name}-one-1`, `${project.name}-two-1`]);
    try {
      await snapshots.made(project.dir, volumes);
      reads.splice(0);
      const again = await snapshots.made(project.dir, volumes);
      expect(reads).toEqual([]);
      expect(again.storedBytes).toBeLessThan(first.sizeBytes / 100);
      expect(again.parts[0]).toMatchObject({ consistency: 'none', sha256: first.parts[0]?.sha256 });
      await run('docker', ['start', `${project.name}-one-1`]);
      await execIn(project, 'one', 'echo more >> /shared/d3/f');
      await run('docker', ['stop', '-t', '1', `${project.name}-one-1`]);
      const changed = await snapshots.made(project.dir, volumes);
      expect(reads).toEqual(['d3/f']);
      expect(changed.parts[0]?.sha256).not.toBe(first.parts[0]?.sha256);
      expect(changed.storedBytes).toBeLessThan(150_000);
    } finally {
      await run('docker', ['start', `${project.name}-one-1`, `${project.name}-two-1`]);
    }
  });
});
