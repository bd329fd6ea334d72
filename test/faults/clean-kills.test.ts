import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Operation } from '@shared/domain/operations/operation';
import type { OutputOf } from '@shared/contract/contract';
import { bundleForNode } from '../integration/modes/bundle';
import { openWorld } from '../integration/modes/kit';
import { execIn, stateOf } from '../integration/modes/small-shop';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';

const run = promisify(execFile);
let program: string;
let shop: TestProject;
let home: string;

beforeAll(async () => {
  await ensureBusybox();
  program = await bundleForNode('test/faults/clean-process.ts');
});

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'bt-ck-')));
  shop = await emptyProject('ck');
  const idle = { command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '2s' };
  const text = stringify({ services: { app: { ...idle, build: './app', depends_on: ['db'] }, db: { ...idle, image: BUSYBOX_IMAGE, volumes: ['data:/data'] } }, volumes: { data: {} } });
  await shop.write('app/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nRUN echo made > /made\n`);
  for (const mode of ['dev', 'clean']) await shop.write(`docker-compose.${mode}.yml`, text);
  const world = await openWorld({ home });
  await world.projects.open(shop.dir, true);
  expect((await world.switchTo(shop.dir, 'dev')).error).toBeNull();
  await world.close();
  await execIn(shop, 'db', 'echo kept > /data/row');
});
afterEach(async () => {
  await shop.close();
  await rm(home, { recursive: true, force: true });
});

async function berth(verb: 'clean' | 'recover', env: { readonly [name: string]: string } = {}): Promise<readonly Operation[] | null> {
  try {
    const { stdout } = await run(process.execPath, [program, verb, home, shop.dir], { env: { PATH: process.env['PATH'] ?? '', ...env }, maxBuffer: 16 * 1024 * 1024 });
    return JSON.parse(stdout) as readonly Operation[];
  } catch (error) {
    if ((error as { readonly signal?: string }).signal === 'SIGKILL') return null;
    throw error;
  }
}

const row = (): Promise<string> => execIn(shop, 'db', 'cat /data/row 2>/dev/null || echo gone');

/** What the engine has of the project, holders of volumes and names of images included. */
async function things(): Promise<unknown> {
  const images = (await run('docker', ['images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', `${shop.name}-*`])).stdout.split('\n').sort();
  return { engine: await stateOf(shop), images, holders: (await run('docker', ['ps', '-aq', '--filter', `label=dev.berth.project=${shop.name}`])).stdout };
}

test.each(['container.stop:after-intent:1', 'container.stop:after:2', 'follow.enqueue:after:1'])('killed at %s, before anything is removed: everything is as it was', async (point) => {
  const before = await things();
  expect(await berth('clean', { BERTH_FAIL: `${point}:kill` })).toBeNull();
  const ended = await berth('recover');
  expect(ended?.find((one) => one.kind === 'projects.clean')?.state).toBe('rolled-back');
  expect(await things()).toEqual(before);
  expect(await row()).toBe('kept\n');
});

test.each(['commit:after-result:1', 'container.remove:after:1', 'volume.remove:after-intent:1'])('killed at %s: everything goes, and the mode is started again', async (point) => {
  expect(await berth('clean', { BERTH_FAIL: `${point}:kill` })).toBeNull();
  const ended = (await berth('recover')) ?? [];
  const clean = ended.find((one) => one.kind === 'projects.clean');
  expect(clean).toMatchObject({ state: 'succeeded', result: { volumes: [`${shop.name}_data`], snapshot: 's_KEPT', started: true } });
  const { follow } = clean?.result as unknown as OutputOf<'projects.clean'>;
  expect(ended.find((one) => one.id === follow)).toMatchObject({ kind: 'modes.switch', state: 'succeeded' });
  expect(await row()).toBe('gone\n');
});
