import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import { createServices, type Services } from '@main/services';
import type { Snapshot, SnapshotsStatus } from '@main/snapshots/types';
import { ensureBusybox, BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { execIn } from '../modes/small-shop';

const STAYS = '["sh", "-c", "trap \'exit 0\' TERM; sleep 100000 & wait"]';
let home: string;
let services: Services;
let project: TestProject;
let projectId: string;

beforeAll(async () => {
  await ensureBusybox();
  home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
  await services.start();
  const compose = (level: string): string =>
    `services:\n  db:\n    image: ${BUSYBOX_IMAGE}\n    command: ${STAYS}\n    stop_grace_period: 2s\n    environment: { LEVEL: "${level}" }\n    volumes: ["data:/data", "./site:/site"]\nvolumes:\n  data:\n`;
  project = await emptyProject('before', { files: { 'docker-compose.dev.yml': compose('one'), 'other.yml': compose('two'), 'site/page.html': 'hello\n', '.env': 'OTHER=1\n', 'berth.yaml': 'modes:\n  dev: [docker-compose.dev.yml]\n  other: [other.yml]\n' } });
  projectId = (await call<{ readonly id: string }>('projects.open', { dir: project.dir, trust: true })).id;
});
afterAll(async () => {
  await services.close();
  await project.close();
  await rm(home, { recursive: true, force: true });
});

async function call<T>(name: string, input: JsonObject = {}): Promise<T> {
  const result = await services.dispatcher.call(name, name === 'projects.open' ? input : { project: projectId, ...input }, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value as T;
}
async function end(name: string, input: JsonObject = {}): Promise<Operation> {
  const { operationId } = await call<{ readonly operationId: string }>(name, input);
  return services.operations.wait(operationId, 240_000);
}
async function does(name: string, input: JsonObject = {}): Promise<Operation> {
  const ended = await end(name, input);
  expect(ended, name).toMatchObject({ state: 'succeeded', error: null });
  return ended;
}
const known = async (): Promise<readonly Snapshot[]> => (await call<SnapshotsStatus>('snapshots.list')).snapshots;

/** Those that came since, oldest first. */
async function newSince(before: readonly Snapshot[]): Promise<readonly Snapshot[]> {
  return (await known()).filter(({ id }) => before.every((one) => one.id !== id)).reverse();
}

/** Snapshots that an operation left: exactly one, with its id. */
async function leaves(name: string, input: JsonObject = {}): Promise<{ readonly operation: Operation; readonly snapshot: Snapshot }> {
  const before = await known();
  const operation = await does(name, input);
  const [snapshot, ...more] = await newSince(before);
  expect(more).toEqual([]);
  expect(snapshot).toMatchObject({ operationId: operation.id, reason: name });
  if (snapshot === undefined) throw new Error('There is none.');
  expect(await services.operations.logOf(operation.id)).toContain(`What was there is in the snapshot ${snapshot.id}.`);
  return { operation, snapshot };
}

const kinds = (snapshot: Snapshot): readonly string[] => [...new Set(snapshot.parts.map(({ kind }) => kind))];

describe('each of these leaves one new snapshot with its id', () => {
  it('a switch that changes something, and none that changes nothing', async () => {
    const { snapshot } = await leaves('modes.switch', { mode: 'dev' });
    expect(kinds(snapshot)).toEqual(['files', 'settings', 'containers', 'images']);
    const before = await known();
    await does('modes.switch', { mode: 'dev' });
    expect(await newSince(before)).toEqual([]);
    const { snapshot: second } = await leaves('modes.switch', { mode: 'other' });
    expect(second).toMatchObject({ mode: 'dev', health: 'healthy', services: [{ name: 'db', state: 'running' }] });
  });

  it('a relocation', async () => {
    await rename(join(project.dir, 'site'), join(project.dir, 'pages'));
    const { snapshot } = await leaves('compose.relocate', { from: 'site', to: 'pages' });
    expect(snapshot.mode).toBe('other');
  });

  it('a fix', async () => {
    await rename(join(project.dir, 'pages'), join(project.dir, 'moved'));
    await leaves('checks.fix');
  });

  it('a strategy', async () => {
    await leaves('storage.setup', { preset: 'legacy' });
    await leaves('storage.apply-strategy', { strategy: 'all' });
    await rm(join(project.dir, 'docker-compose.storage.yml'));
  });

  it('a deploy, and its test none', async () => {
    await does('modes.switch', { mode: 'other' });
    const text = await project.read('other.yml');
    await project.write('other.yml', text.replace('"two"', '"three"'));
    const before = await known();
    await does('changes.test');
    expect(await newSince(before)).toEqual([]);
    await leaves('changes.deploy');
    // Its steps are operations of their own, and the way back is one by itself.
    await leaves('changes.rollback');
  });

  it('a clean-up; with volumes it has what they held', async () => {
    await execIn(project, 'db', 'echo precious > /data/row');
    const { snapshot } = await leaves('projects.clean', { start: false });
    expect(kinds(snapshot)).not.toContain('volume');
    await does('modes.switch', { mode: 'other' });
    const { operation, snapshot: second } = await leaves('projects.clean', { volumes: true, start: false });
    expect(operation.result).toMatchObject({ volumes: [`${project.name}_data`], snapshot: second.id });
    expect(second.parts.find(({ kind }) => kind === 'volume')).toMatchObject({ name: `${project.name}_data`, files: 1, consistency: 'none' });
    await does('modes.switch', { mode: 'other' });
    expect(await execIn(project, 'db', 'ls /data')).toBe('');
    await does('snapshots.restore', { id: second.id, only: ['volumes'] });
    expect(await execIn(project, 'db', 'cat /data/row')).toBe('precious\n');
  });
});

describe('where nothing can be kept', () => {
  beforeAll(async () => {
    await rename(join(home, 'snapshots'), join(home, 'elsewhere'));
    await writeFile(join(home, 'snapshots'), 'not a folder\n');
  });
  afterAll(async () => {
    await rm(join(home, 'snapshots'));
    await rename(join(home, 'elsewhere'), join(home, 'snapshots'));
  });

  it('a switch says so and goes on', async () => {
    const { id } = await does('modes.switch', { mode: 'dev' });
    expect((await services.operations.logOf(id)).join('\n')).toContain('What was there is in no snapshot: ');
  });

  it('no volume is removed', async () => {
    await execIn(project, 'db', 'echo precious > /data/row');
    const ended = await end('projects.clean', { volumes: true });
    expect(ended.state).not.toBe('succeeded');
    expect(ended.error).toMatchObject({ code: 'blocked', message: expect.stringMatching(/^The volume .*_data could not be kept in a snapshot, so nothing was changed: /) as string });
    expect(await execIn(project, 'db', 'cat /data/row')).toBe('precious\n');
  });
});
