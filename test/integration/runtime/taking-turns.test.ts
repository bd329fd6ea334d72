import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { realBerth, type Berth } from './host-process';

const AT_ONCE = 6;

let berth: Berth;
let projects: readonly TestProject[];

beforeAll(async () => {
  await ensureBusybox();
  berth = await realBerth();
  const files = { 'compose.yaml': stringify({ services: { web: { image: BUSYBOX_IMAGE, network_mode: 'none', init: true, command: ['sleep', '1000'] } } }) };
  projects = await Promise.all(Array.from({ length: AT_ONCE }, () => emptyProject('tt', { files })));
});
afterAll(async () => {
  await berth.close();
  for (const project of projects) await project.close();
});

/** How many processes had the state open when another one opened it. */
async function overlaps(): Promise<number> {
  const lines = (await readFile(join(berth.home, 'logs', 'berth.log'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { readonly pid: number; readonly message: string });
  const open = new Set<number>();
  let found = 0;
  for (const { pid, message } of lines) {
    if (message === 'lifespan.start 1 store: open') {
      found += open.size;
      open.add(pid);
      // Said before it lets go of the state; what it says afterwards may come late.
    } else if (message.startsWith('lifespan.stop')) open.delete(pid);
  }
  return found;
}

test('commands for six projects at once take turns: each is done, and no two have the state at a time', { timeout: 180_000 }, async () => {
  const said = await Promise.all(
    projects.map(async ({ dir }) => {
      const failed: string[] = [];
      for (const words of [['projects', 'open', dir, '--trust'], ['services', 'up'], ['modes', 'plan', 'default'], ['services', 'restart'], ['services', 'remove']]) {
        const { code, err } = await berth.start([...words, ...(words[0] === 'projects' ? [] : ['--project', dir]), '--yes']).ended;
        if (code !== 0) failed.push(`${words.join(' ')}: ${String(code)} ${err}`);
      }
      return failed;
    }),
  );
  expect(said.flat()).toEqual([]);
  expect(await overlaps()).toBe(0);
});
