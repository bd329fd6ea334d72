import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { expect, it } from 'vitest';
import type { ComposeModel } from '@shared/domain/compose/model';
import { contextsOf } from '@main/checks';
import { isLeftOut } from '@main/checks/context-watch';
import { createServices } from '@main/services';
import { useCleanups } from '../../support/cleanups';
import { BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const cleanup = useCleanups();

async function built(files: { readonly [path: string]: string } = {}): Promise<TestProject> {
  const project = await emptyProject('pend', { files: { 'compose.yaml': 'services:\n  api:\n    build: ./api\n  whole:\n    build: { context: ., dockerfile: api/Dockerfile }\n', 'api/Dockerfile': `FROM ${BUSYBOX_IMAGE}\n`, 'api/src/main.py': 'one\n', ...files } });
  cleanup(() => project.close());
  return project;
}
const model = (contexts: readonly string[]): ComposeModel => ({ services: Object.fromEntries(contexts.map((context, index) => [`s${String(index)}`, { build: { context } }])) }) as unknown as ComposeModel;

it('tells of every change of what images are built from, wherever in the folder, and of new folders too', async () => {
  const project = await built();
  const home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  cleanup(() => rm(home, { recursive: true, force: true }));
  const services = await createServices({ home, version: '0.0.0-test', live: true });
  cleanup(() => services.close());
  let told = 0;
  services.events.subscribe((batch) => (told += batch.filter(({ event }) => event.type === 'sources.changed').length));
  await services.start();
  await services.projects.open(project.dir, true);
  for (const path of ['api/src/main.py', 'api/new/deep/more.py']) {
    const before = told;
    let text = 0;
    // The watch begins some time after the project was opened.
    await expect.poll(async () => (await project.write(path, `${String((text += 1))}\n`), told), { timeout: 60_000, interval: 250 }).toBeGreaterThan(before);
  }
});

it('watches what is sent to a builder and nothing else: by the .dockerignore of each context, inside the project alone', async () => {
  const project = await built({ '.dockerignore': 'data\n*.log\n!keep.log\n', 'api/.dockerignore': 'tmp\n' });
  const { dir } = project;
  const contexts = await contextsOf([model([dir, join(dir, 'api'), '/etc', 'https://example.com/x.git'])], dir);
  expect(contexts.map((one) => one.dir)).toEqual([dir, join(dir, 'api')]);
  const left = (path: string): boolean => isLeftOut(contexts, join(dir, ...path.split('/')));
  expect(['data/rows', 'x.log', 'keep.log', 'src/a.py', 'api/tmp/x', 'api/main.py'].map(left)).toEqual([true, true, false, false, false, false]);
  // The same folder in the smaller context alone.
  const [, api] = contexts;
  expect(api === undefined ? null : isLeftOut([api], join(dir, 'api', 'tmp', 'x'))).toBe(true);
  expect(isLeftOut(contexts, `${sep}etc${sep}passwd`)).toBe(true);
});
