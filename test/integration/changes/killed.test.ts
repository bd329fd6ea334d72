import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { ensureBusybox } from '../../support/images';
import { changedShop, leftOf, runningOf, type ChangedShop } from './kit';

let berth: BerthCommand;
let project: ChangedShop;

beforeAll(async () => {
  await Promise.all([ensureBusybox(), ensureHelperImage()]);
  berth = await berthCommand();
  project = await changedShop('kil');
  expect((await berth.json(['projects', 'open', project.dir, '--trust'])).code).toBe(0);
  expect((await berth.json(['modes', 'switch', 'default', '--project', project.dir, '--yes'])).code).toBe(0);
});
afterAll(async () => {
  await berth.close();
  await project.close();
});

describe('a test of changes that is killed (S3.32)', () => {
  // While the copy is made, while a volume is filled, while its images and containers are made, and while it is taken away.
  it.each(['twin.register:after:1', 'twin.copy:after-intent:1', 'twin.volume:after:1', 'image.build:after:1', 'container.start:after:2'])('leaves nothing with -test behind after kill -9 at %s', async (point) => {
    const before = await runningOf(project.name);
    await project.write('api/main.txt', `${point}\n`);
    const killed = await berth.run(['changes', 'test', '--project', project.dir, '--yes', '--json'], { env: { BERTH_FAIL: `${point}:kill` } });
    expect(killed.code, killed.stdout + killed.stderr).toBeNull();
    // The next command of any kind starts with what a crash left.
    expect((await berth.json<readonly unknown[]>(['projects', 'list'])).answer.value).toHaveLength(1);
    expect(await leftOf(project.name)).toEqual([]);
    expect(await readdir(join(berth.home, 'twins'))).toEqual([]);
    expect(await runningOf(project.name)).toEqual(before);
    const shown = await berth.json<readonly { readonly state: string }[]>(['operations', 'list']);
    expect(shown.answer.value?.every((one) => ['succeeded', 'cancelled', 'rolled-back', 'failed'].includes(one.state)), JSON.stringify(shown.answer)).toBe(true);
  });
});
