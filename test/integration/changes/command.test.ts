import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { ensureBusybox } from '../../support/images';
import { changedShop, leftOf, SICK, staying, type ChangedShop } from './kit';

let berth: BerthCommand;
let project: ChangedShop;

beforeAll(async () => {
  await Promise.all([ensureBusybox(), ensureHelperImage()]);
  berth = await berthCommand();
  project = await changedShop('cmd');
  expect((await berth.json(['projects', 'open', project.dir, '--trust'])).code).toBe(0);
  expect((await berth.json(['modes', 'switch', 'default', '--project', project.dir, '--yes'])).code).toBe(0);
});
afterAll(async () => {
  await berth.close();
  await project.close();
});

it('refuses what was not tested with exit 2 and one sentence, and says with its exit code that a test failed', async () => {
  await project.compose({ web: staying({ healthcheck: SICK }) });
  const shown = await berth.run(['changes', 'show', '--project', project.dir]);
  expect(shown.stdout).toMatch(/^  ~ web: its settings changed \(.*\)\nThese changes were not tested yet\.\nTest them: berth changes test\n$/);
  const refused = await berth.json(['changes', 'deploy', '--project', project.dir, '--yes']);
  expect([refused.code, refused.answer.error?.message]).toEqual([2, 'These changes were not tested yet.']);

  const tested = await berth.json<OutputOf<'changes.test'>>(['changes', 'test', '--project', project.dir, '--yes']);
  expect([tested.code, tested.answer.value?.ok]).toEqual([1, false]);
  expect(tested.answer.value?.summary).toMatch(/^web .*health check fails/);
  const again = await berth.json(['changes', 'deploy', '--project', project.dir, '--yes']);
  expect([again.code, again.answer.error?.message]).toEqual([2, 'The test of these changes failed.']);
  expect(await leftOf(project.name)).toEqual([]);
});

it('goes back to the files of the last good state by one command, and shows them before', async () => {
  const good = await project.read('compose.yaml');
  await project.compose();
  expect((await berth.json(['modes', 'switch', 'default', '--project', project.dir, '--yes'])).code).toBe(0);
  const kept = await project.read('compose.yaml');
  await project.write('compose.yaml', `${good}# edited\n`);
  const asked = await berth.run(['changes', 'rollback', '--project', project.dir]);
  expect([asked.code, asked.stderr.includes('compose.yaml')]).toEqual([2, true]);
  expect((await berth.json(['changes', 'rollback', '--project', project.dir, '--yes'])).code).toBe(0);
  expect(await project.read('compose.yaml')).toBe(kept);
});
