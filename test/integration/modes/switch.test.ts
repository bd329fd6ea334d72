import { execFile } from 'node:child_process';
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { chainProject, emptyProject, type TestProject } from '../../support/projects';
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

  it('says with its result that a published port never answers', async () => {
    const port = await freePort();
    const text = stringify({ services: { web: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '1s', ports: [`127.0.0.1:${String(port)}:80`] } } });
    const one = await emptyProject('silent', { files: { 'docker-compose.dev.yml': text, 'docker-compose.clean.yml': text } });
    try {
      await world.projects.open(one.dir, true);
      const ended = await world.switchTo(one.dir, 'dev');
      expect(ended.state).toBe('succeeded');
      expect(ended.result).toMatchObject({ warnings: [{ service: 'web', message: `Port ${String(port)} of web did not accept connections within 5 s: nothing in its container may listen on 80.` }] });
    } finally {
      await one.close();
    }
  });

  it('waits for a service whose health check did not answer in time at first', async () => {
    const late = await emptyProject('late');
    const command = ['sh', '-c', "trap 'exit 0' TERM; sleep 8; touch /tmp/ready; sleep 100000 & wait"];
    for (const mode of ['dev', 'clean']) await late.write(`docker-compose.${mode}.yml`, stringify({ services: { web: { image: BUSYBOX_IMAGE, command, stop_grace_period: '1s', healthcheck: { test: ['CMD-SHELL', '[ -e /tmp/ready ] || sleep 60'], interval: '1s', timeout: '1s', retries: 1 } } } }));
    await world.projects.open(late.dir, true);
    try {
      expect((await world.switchTo(late.dir, 'dev')).error).toBeNull();
    } finally {
      await late.close();
    }
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

describe('what an engine makes in a build context because something is mounted there', () => {
  it('has nothing built or made anew, in any mode; an empty folder of the user’s has', async () => {
    await ensureBusybox();
    const service = (more: string): string => `services:\n  api:\n    build: ./api\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n${more}`;
    const dev = service('    volumes:\n      - ./api:/app\n      - /app/node_modules\n      - /app/web/dist\n      - ./x.conf:/app/conf/x.conf:ro\n');
    const project = await emptyProject('mp', { files: { 'docker-compose.dev.yml': dev, 'docker-compose.clean.yml': service(''), 'api/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY . /app\n`, 'api/main.py': 'x\n', 'x.conf': 'x\n' } });
    const world = await openWorld();
    const planned = async (mode: string): Promise<readonly string[]> => (await world.modes.plan(project.dir, mode)).changes.map((one) => `${one.action} ${one.build}`);
    try {
      await world.projects.open(project.dir, true);
      expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
      expect((await lstat(join(project.dir, 'api/node_modules'))).isDirectory()).toBe(true);
      expect((await lstat(join(project.dir, 'api/conf/x.conf'))).size).toBe(0);
      expect(await planned('dev')).toEqual(['keep none']);
      expect(await planned('prod')).toEqual(['recreate none']);
      await mkdir(join(project.dir, 'api/uploads'));
      expect(await planned('dev')).toEqual(['recreate build']);
      await rmdir(join(project.dir, 'api/uploads'));
      await project.write('api/node_modules/left-pad/index.js', 'x\n');
      expect(await planned('dev')).toEqual(['recreate build']);
    } finally {
      await world.close();
      await project.close();
    }
  });
});

describe('images that are built', () => {
  it('are built so many at a time as the setting says', async () => {
    await ensureBusybox();
    const names = ['a', 'b', 'c'];
    const dockerfile = (text: string): string => `FROM ${BUSYBOX_IMAGE}\nRUN sleep 1; echo ${text} > /text\n`;
    const files = Object.fromEntries(names.map((name) => [`${name}/Dockerfile`, dockerfile(`${name} one`)]));
    const services = stringify({ services: Object.fromEntries(names.map((name) => [name, { build: `./${name}`, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '1s' }])) });
    const project = await emptyProject('at', { files: { 'docker-compose.dev.yml': services, 'docker-compose.clean.yml': services, ...files } });
    let atOnce = 1;
    const world = await openWorld({ change: (deps) => ({ ...deps, imagesAtOnce: () => atOnce }) });
    const mostAtOnce = async (): Promise<number> => {
      let most = 0;
      const subscription = world.events.on(({ event }) => {
        if (event.type === 'operation.changed') most = Math.max(most, Object.values(event.operation.progress.services ?? {}).filter((word) => word === 'building').length);
      });
      expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
      subscription.dispose();
      return most;
    };
    try {
      await world.projects.open(project.dir, true);
      expect(await mostAtOnce()).toBe(1);
      atOnce = 3;
      for (const name of names) await project.write(`${name}/Dockerfile`, dockerfile(`${name} two`));
      expect(await mostAtOnce()).toBe(3);
    } finally {
      await world.close();
      await project.close();
    }
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
