import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '@main/docker/engine';
import type { DeclaredTrust } from '../../support/engine-oracle';
import { tapEngine, type EngineTap } from '../../support/engine-tap';
import { BUSYBOX_IMAGE, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openWorld } from '../modes/kit';
import { removeProject, testProject } from '../docker/harness';

beforeAll(() => ensureBusybox().then(() => undefined));

describe('the tap on the engine’s socket', () => {
  let tap: EngineTap;
  let dir = '';
  let name = '';
  beforeAll(async () => {
    tap = await tapEngine();
    dir = await realpath(await mkdtemp(join(tmpdir(), 'bt-tap-')));
    name = `bt-tap-${process.pid}`;
  });
  afterAll(async () => {
    await tap.close();
    await removeProject(name);
    await rm(dir, { recursive: true, force: true });
  });
  const declared = (more: Partial<DeclaredTrust> = {}): DeclaredTrust => ({ project: name, roots: [dir], trusted: true, grants: [], ...more });

  it('hands through what passes: answers, streams, uploads, and connections that become two-way', async () => {
    const through = await tapEngine();
    const project = await testProject({ env: { DOCKER_HOST: through.uri } });
    through.declare({ project: project.name, roots: [project.dir], trusted: true, grants: [] });
    const id = await project.run('web', ['sleep', '1000']);
    const output: string[] = [];
    expect(await project.engine.exec(id, ['echo', 'hello'], (_stream, data) => output.push(Buffer.from(data).toString()))).toBe(0);
    expect(output.join('')).toBe('hello\n');
    await project.engine.putArchive(id, '/tmp', new Uint8Array(1024));
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
    expect(through.changes().length).toBeGreaterThanOrEqual(5);
    await project.close();
    await through.finish();
  });

  it('reports a payload that should not have been sent, whoever sent it, and fails the run', async () => {
    const labels = { 'com.docker.compose.project': name, 'com.docker.compose.project.working_dir': dir };
    const create = (host: object) => engineRequest('POST', '/containers/create', { socketPath: tap.socketPath, body: { Image: BUSYBOX_IMAGE, Cmd: ['true'], Labels: labels, HostConfig: host } });
    await create({ Mounts: [{ Type: 'bind', Source: dir, Target: '/x' }] });
    tap.declare(declared());
    expect(tap.violations()).toEqual([]);
    await create({ Privileged: true });
    await create({ Mounts: [{ Type: 'bind', Source: '/etc', Target: '/e', ReadOnly: true }] });
    await create({ Binds: [`${dir}:/x`] });
    expect(tap.violations()).toEqual(['needs "privileged"', 'needs "bind:/etc"', `mounts ${dir}:/x past the mounts API`].map((what) => `POST /containers/create: ${what}`));
    tap.declare(declared({ grants: ['privileged', 'bind:/etc'] }));
    expect(tap.violations()).toHaveLength(1);
    tap.declare(declared({ trusted: false }));
    expect(tap.violations().length).toBeGreaterThanOrEqual(4);
    await expect(tap.finish()).rejects.toThrow(/against the declared trust/);
  });
});

describe('a switch through the tap', () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await emptyProject('trust', {
      files: Object.fromEntries(['dev', 'clean'].map((mode) => [`docker-compose.${mode}.yml`, stringify({ services: { web: { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], stop_grace_period: '1s', volumes: ['./src:/src:ro', 'data:/data'], environment: { MODE: mode } } }, volumes: { data: {} } })])),
    });
    await project.write('src/index.txt', 'x');
  });
  afterAll(() => project.close());

  it('sends nothing for a project that is not trusted, and only what was declared for one that is', async () => {
    const tap = await tapEngine({ declared: [{ project: project.name, roots: [await realpath(project.dir)], trusted: true, grants: [] }] });
    const world = await openWorld({ socketPath: tap.socketPath });
    await world.projects.open(project.dir, false);
    await expect(world.switchTo(project.dir, 'dev')).rejects.toMatchObject({ code: 'trust-required' });
    expect(tap.changes()).toEqual([]);
    await world.projects.open(project.dir, true);
    expect(await world.switchTo(project.dir, 'dev')).toMatchObject({ state: 'succeeded' });
    expect(await world.switchTo(project.dir, 'prod')).toMatchObject({ state: 'succeeded' });
    expect(tap.changes().length).toBeGreaterThan(5);
    await world.close();
    await tap.finish();
  });

  it('is not got round by an engine that was told nothing', async () => {
    const tap = await tapEngine();
    const engine = createEngine({ env: { DOCKER_HOST: tap.uri } });
    await expect(engine.createContainer('bt-tap-x', { Image: BUSYBOX_IMAGE })).rejects.toMatchObject({ code: 'policy-refused' });
    engine.close();
    expect(tap.changes()).toEqual([]);
    await tap.finish();
  });
});
