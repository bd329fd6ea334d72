import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { chainProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from './kit';

const run = promisify(execFile);

describe('a switch on the real engine', () => {
  let world: World;
  let project: TestProject;

  beforeAll(async () => {
    await ensureBusybox();
    project = await chainProject({ obeySigterm: true });
    world = await openWorld();
    await world.projects.open(project.dir, true);
  });
  afterAll(async () => {
    await world.close();
    await project.close();
  });

  it('starts the first mode from nothing and docker compose agrees', async () => {
    const ended = await world.switchTo(project.dir, 'dev');
    expect(ended.error).toBeNull();
    expect(ended.state).toBe('succeeded');
    expect(await world.modes.activeMode(await world.projects.resolve(project.dir))).toBe('dev');
    await expectNothingRecreated(project, 'docker-compose.dev.yml');
  });

  it('switches to prod: unchanged services stay, the others are replaced', async () => {
    const before = await ids(project);
    const plan = await world.modes.plan(project.dir, 'prod');
    expect(plan.changes.map((one) => [one.service, one.action])).toEqual([
      ['db', 'keep'],
      ['redis', 'keep'],
      ['api', 'recreate'],
      ['web', 'recreate'],
      ['proxy', 'keep'],
      ['worker', 'recreate'],
    ]);
    const ended = await world.switchTo(project.dir, 'prod', plan.id);
    expect(ended.error).toBeNull();
    const after = await ids(project);
    for (const service of ['db', 'redis', 'proxy']) expect(after[service]).toBe(before[service]);
    for (const service of ['api', 'worker', 'web']) expect(after[service]).not.toBe(before[service]);
    expect(await world.modes.activeMode(await world.projects.resolve(project.dir))).toBe('prod');
    await expectNothingRecreated(project, 'docker-compose.clean.yml');
    expect((await world.modes.plan(project.dir, 'prod')).changes.every((one) => one.action === 'keep')).toBe(true);
  });

  it('takes away what an earlier switch left under a name it needs', async () => {
    const { web = '' } = await ids(project);
    const name = `${web.slice(0, 12)}_${project.name}-web-1`;
    const labels = { 'com.docker.compose.project': project.name, 'com.docker.compose.service': 'web', 'com.docker.compose.container-number': '1', 'com.docker.compose.oneoff': 'False', 'com.docker.compose.project.working_dir': project.dir, 'dev.berth.tx': 'op_earlier' };
    const { stdout } = await run('docker', ['create', '--name', name, ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]), BUSYBOX_IMAGE, 'true']);
    const ended = await world.switchTo(project.dir, 'dev');
    expect(ended.error).toBeNull();
    expect(Object.values(await ids(project))).not.toContain(stdout.trim());
    await expectNothingRecreated(project, 'docker-compose.dev.yml');
  });
});

async function ids(project: TestProject): Promise<{ [service: string]: string }> {
  const { stdout } = await run('docker', ['ps', '-a', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`, '--format', '{{.Label "com.docker.compose.service"}} {{.ID}}']);
  return Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(' ') as [string, string]));
}

async function expectNothingRecreated(project: TestProject, file: string): Promise<void> {
  const before = await ids(project);
  const { stderr } = await run('docker', ['compose', '-f', file, 'up', '-d'], { cwd: project.dir });
  expect(stderr).not.toMatch(/Recreate|Created|Creating/);
  expect(await ids(project)).toEqual(before);
}
