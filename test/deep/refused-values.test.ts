import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';
import { fileOf, REFUSED_VALUES, TAKEN_VALUES, type Written } from '../support/refused-values';

let project: TestProject;
beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('rfv');
  await project.write('x/in', '');
});
afterAll(() => project.close());

const compose = (...words: readonly string[]): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    execFile('docker', ['compose', '-f', 'compose.yaml', ...words], { cwd: project.dir }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` }));
  });

/** Whether docker compose and the engine can run it: the words of what refused it, or null. */
async function refusal(written: Written): Promise<string | null> {
  await project.write('compose.yaml', stringify(fileOf(written, BUSYBOX_IMAGE)));
  const { code, output } = await compose('up', '-d');
  await compose('down', '-v', '-t', '0');
  return code === 0 ? null : (output.trim().split('\n').at(-1) ?? '');
}

it.each(REFUSED_VALUES)('the engine refuses it too: %s', async (_, written) => {
  expect(await refusal(written)).not.toBeNull();
});

it.each(TAKEN_VALUES.map((one) => [JSON.stringify(one), one] as const))('the engine takes %s', async (_, written) => {
  expect(await refusal(written)).toBeNull();
});
