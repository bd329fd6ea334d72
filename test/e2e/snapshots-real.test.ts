import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { engineRequest } from '../support/images';
import { execIn } from '../support/storage';
import { picture } from '../support/window-fixture';

const run = promisify(execFile);
/** A snapshot or a restore on a machine that does other things as well. */
const DONE_MS = 90_000;
const FILE = 'docker-compose.dev.yml';

/** Rows, a hard link, a link, a hole and modes: what a careless copy loses. */
const FILL = 'cd /data && printf "1 ada\\n2 grace\\n" > rows && ln rows rows.again && ln -s rows latest && chmod 640 rows && chown 70:70 rows && mkdir -p base/16384 && dd if=/dev/urandom of=base/16384/1 bs=1k count=64 2>/dev/null && dd if=/dev/zero of=hole bs=1 count=1 seek=4194303 2>/dev/null';
const LOOK = 'cd /data && find . | sort | xargs stat -c "%n %a %u %g %h %s %Y %F" && find . -type f | sort | xargs sha256sum && readlink latest';

/** The snapshots page over the real thing: rows, a snapshot, everything broken, and the way back, by clicks. */
describe('snapshots in the window, for real', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;
  const volume = (): string => `${project.name}_data`;
  const database = (): string => `${project.name}-db-1`;
  const look = async (): Promise<string> => (await execIn(database(), 'sh', '-c', LOOK)).stdout;
  /** What the last act came to, as the page says it: what went wrong, too. */
  async function comesTo(text: string): Promise<void> {
    const said = async (): Promise<string> => (await berth.window.locator('.outcome-notes').allTextContents()).join(' ');
    await expect.poll(async () => /: did not work/.test(await said()) || (await said()).includes(text), { timeout: DONE_MS }).toBe(true);
    expect(await said()).toContain(text);
  }
  const imageOf = async (): Promise<string> => (await run('docker', ['inspect', '-f', '{{.Image}}', database()])).stdout.trim();

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    const compose = stringify({ services: { db: idleService({ volumes: ['data:/data'], environment: { ROWS: 'two' } }), web: idleService({ env_file: ['web.env'] }) }, volumes: { data: {} } });
    project = await openAppProject(home, 'winsnap', {}, { [FILE]: compose, 'web.env': 'GREETING=hello\n' });
    berth = await launchBerth(home);
    await berth.window.getByTestId('project-status').waitFor();
    expect(await home.berth(['modes', 'switch', 'dev', '--yes', '--project', project.dir])).toMatchObject({ code: 0 });
    await berth.window.getByTestId('nav-snapshots').click();
    await berth.window.getByTestId('page-snapshots').waitFor();
  }, DONE_MS);
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await home?.remove();
  });

  it('brings back rows, files, mode, image and every byte of a volume that was removed', async () => {
    const { window } = berth;
    await execIn(database(), 'sh', '-c', FILL);
    const [before, image, compose] = [await look(), await imageOf(), await project.read(FILE)];
    expect(before).toContain('rows.again');

    await window.getByTestId('snapshot-new').click();
    await window.getByTestId('create-tag').fill('rows are in');
    await window.getByTestId(`tick-${volume()}`).waitFor();
    await picture(window, 'snapshots-real-create');
    await window.getByTestId('create-confirm').and(window.locator(':enabled')).click();
    await comesTo('“rows are in” is made');
    // The list follows with the next event.
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toContain('last good');
    await window.getByTestId('snapshots-list').getByText('rows are in').waitFor();

    await execIn(database(), 'sh', '-c', 'rm -rf /data/rows /data/base');
    await engineRequest('DELETE', `/containers/${database()}?force=1`);
    await engineRequest('DELETE', `/volumes/${volume()}`);
    await project.write(FILE, 'services: [\n');
    await project.write('web.env', 'GREETING=gone\n');

    await window.getByTestId('restore-last-good').and(window.locator(':enabled')).click();
    await expect.poll(() => window.getByTestId('restore-summary').textContent(), { timeout: DONE_MS }).toContain('1 volume');
    await window.getByTestId(`step-${volume()}`).getByText('made again').waitFor();
    await window.getByTestId('restore-sheet').getByTestId('diff').getByText('-services: [').waitFor();
    expect(await window.getByTestId('restore-sheet').textContent()).not.toContain('GREETING=gone');
    await picture(window, 'snapshots-real-restore');
    await window.getByTestId('restore-confirm').and(window.locator(':enabled')).click();
    await comesTo('Restored in');
    await picture(window, 'snapshots-real-restored');

    expect(await look()).toBe(before);
    expect(await imageOf()).toBe(image);
    expect([await project.read(FILE), await project.read('web.env')]).toEqual([compose, 'GREETING=hello\n']);
    expect(JSON.parse((await home.berth(['services', 'list', '--json', '--project', project.dir])).stdout)).toMatchObject({ value: { mode: 'dev', health: 'healthy' } });
    expect((await project.containers()).map((one) => one.State)).toEqual(['running', 'running']);
  }, DONE_MS * 3);

  it('finds every byte as it is now, verifies, drills and exports it', async () => {
    const { window } = berth;
    const row = window.getByTestId('snapshots-list').locator('[role="row"]').filter({ hasText: 'rows are in' });
    const menu = async (item: string): Promise<void> => {
      await row.getByRole('button', { name: /^More for/ }).click();
      await window.getByTestId(`menu-${item}`).and(window.locator(':not([data-disabled])')).click();
    };
    await menu('verify');
    await comesTo('are as they were written');
    await menu('drill');
    await comesTo('byte for byte');

    const file = join(home.path, 'shop.tar');
    await berth.app.evaluate(({ dialog }, path) => void Object.assign(dialog, { showSaveDialog: () => Promise.resolve({ canceled: false, filePath: path }) }), file);
    await menu('export');
    await window.getByTestId('export-confirm').click();
    await comesTo('Exported into shop.tar');
    expect((await run('tar', ['tf', file])).stdout).toContain('SHA256SUMS');

    await menu('compare');
    await window.getByTestId('compare-none').or(window.getByTestId('compare-count')).waitFor({ timeout: DONE_MS });
    await picture(window, 'snapshots-real-compare');
    // What is younger than the snapshot is the time of files that were written back, and whose work the new container is.
    expect(await window.getByTestId('difference').filter({ hasText: /content|added|removed|mode|owner/ }).count()).toBe(0);
  }, DONE_MS * 3);
});
