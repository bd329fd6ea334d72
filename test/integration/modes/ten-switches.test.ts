import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../../support/images';
import { openWorld, type World } from './kit';
import { execIn, expectComposeAgrees, idsOf, inspectAll, smallShop } from './small-shop';

const run = promisify(execFile);
let project: Awaited<ReturnType<typeof smallShop>>;
let world: World;

beforeAll(async () => {
  // Both db and web are replaced each time, so that data has to survive its container; web is built per mode under one name.
  project = await smallShop({
    dev: { db: { environment: { APP_MODE: 'dev' } }, web: { image: undefined, build: { context: './web', target: 'dev' } } },
    prod: { db: { environment: { APP_MODE: 'prod' } }, web: { image: undefined, build: { context: './web', target: 'prod' } } },
  });
  await project.write('web/Dockerfile', `FROM ${BUSYBOX_IMAGE} AS dev\nENV STAGE=dev\nFROM ${BUSYBOX_IMAGE} AS prod\nENV STAGE=prod\n`);
  world = await openWorld();
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
});
afterAll(async () => {
  await world.close();
  await project.close();
});

it('keeps every row over ten switches, and docker compose agrees after each kind', async () => {
  for (let count = 1; count <= 10; count += 1) {
    await execIn(project, 'db', `echo row ${String(count)} >> /var/lib/data/rows`);
    const mode = count % 2 === 1 ? 'prod' : 'dev';
    const ended = await world.switchTo(project.dir, mode);
    expect(ended.error).toBeNull();
    expect(await execIn(project, 'web', 'echo $STAGE')).toBe(`${mode}\n`);
    if (count === 1 || count === 10) await expectComposeAgrees(project, mode === 'prod' ? 'docker-compose.clean.yml' : 'docker-compose.dev.yml');
    if (count > 2) expect((await world.operations.steps(ended.id)).map((one) => one.name)).not.toContain('image.build');
  }
  expect((await execIn(project, 'db', 'cat /var/lib/data/rows')).trim().split('\n')).toHaveLength(10);
  const listed = await run('docker', ['compose', 'ls', '--format', 'json']);
  expect((JSON.parse(listed.stdout) as readonly { Name: string; Status: string }[]).find((one) => one.Name === project.name)?.Status).toBe('running(3)');
  expect((await inspectAll(project)).map((one) => one.Name).sort()).toEqual(['api', 'db', 'web'].map((one) => `/${project.name}-${one}-1`));
});

it('does nothing at all when the mode already runs', async () => {
  const before = await idsOf(project);
  const ended = await world.switchTo(project.dir, 'dev');
  expect(ended.state).toBe('succeeded');
  expect((await world.operations.steps(ended.id)).map((one) => one.name)).toEqual(['switch.prepared', 'commit']);
  expect(await idsOf(project)).toEqual(before);
});

it('builds anew when a file of the context changed, and only then', async () => {
  await project.write('web/Dockerfile', `FROM ${BUSYBOX_IMAGE} AS dev\nENV STAGE=dev\nENV MORE=1\nFROM ${BUSYBOX_IMAGE} AS prod\nENV STAGE=prod\n`);
  const plan = await world.modes.plan(project.dir, 'dev');
  expect(plan.changes.filter((one) => one.action !== 'keep').map((one) => [one.service, one.build, one.reasons])).toEqual([['web', 'build', ['image changes']]]);
  expect((await world.switchTo(project.dir, 'dev', plan.id)).error).toBeNull();
  expect(await execIn(project, 'web', 'echo $MORE')).toBe('1\n');
  await expectComposeAgrees(project, 'docker-compose.dev.yml');
});
