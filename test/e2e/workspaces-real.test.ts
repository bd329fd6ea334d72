import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../src/shared/contract/contract';
import { openS3 } from '../../src/main/platform/s3/client';
import type { S3Door } from '../../src/main/platform/s3/types';
import { ensureStorageImages } from '../../scripts/lib/storage-images.mjs';
import { giveTo } from '../../scripts/lib/stage.mjs';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { removeProjectObjects } from '../support/projects';
import { removeOwnServer } from '../support/storage';
import { trayDriver } from '../support/tray-driver';
import { picture } from '../support/window-fixture';

/** Containers that are made for the first time, on a machine that does other things as well. */
const STARTED_MS = 90_000;
const SENT_MS = 20_000;

/** The workspaces page over the real thing: S3, the sync of files as they are saved, and a conflict that a person settles. */
describe('workspaces in the window, for real', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;
  let door: S3Door;
  const bucket = 'workspaces';

  /** As an editor of the app's user does. */
  async function save(path: string, text: string): Promise<void> {
    const file = join(project.dir, 'workspaces', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    giveTo(dirname(file), home.staged.user);
  }

  async function object(key: string): Promise<string | null> {
    return door.get(bucket, key, 100_000).then((bytes) => new TextDecoder().decode(bytes), () => null);
  }

  beforeAll(async () => {
    await ensureStorageImages();
    home = await createHome({ BERTH_TEST: '1', BERTH_S3_NAME: `bt-wsw-${randomBytes(4).toString('hex')}-s3` });
    project = await openAppProject(home, 'wsw', { dev: { web: idleService() } }, { 'workspaces/api/app.js': 'one\n', 'workspaces/api/.env': 'A=planted-secret\n', 'workspaces/api/node_modules/left/index.js': '1\n' });
    giveTo(project.dir, home.staged.user);
    berth = await launchBerth(home);
    await berth.window.getByTestId('project-status').waitFor();
    await berth.window.getByTestId('nav-workspaces').click();
    await berth.window.getByTestId('page-workspaces').waitFor();
  }, STARTED_MS * 2);
  afterAll(async () => {
    door?.close();
    if (project !== undefined) await home.berth(['storage', 'stop', '--yes', '--project', project.dir]);
    await berth?.close();
    if (home === undefined) return;
    await removeOwnServer(join(home.path, 'berth'));
    if (project !== undefined) {
      await removeProjectObjects(`${project.name}-storage`);
      await project.close();
    }
    await home.remove();
  });

  it('starts S3 and sends the source, and only the source', async () => {
    const { window } = berth;
    await window.getByTestId('workspaces-start-s3').click();
    await window.getByTestId('workspaces-sync').and(window.locator(':enabled')).click({ timeout: STARTED_MS });
    await window.locator('[data-testid="workspace-api"][data-state="synced"]').waitFor({ timeout: STARTED_MS });
    const { stdout } = await home.berth(['storage', 'credentials', '--json', '--project', project.dir]);
    const place = (JSON.parse(stdout) as { readonly value: OutputOf<'storage.credentials'> }).value;
    door = openS3({ endpoint: place.endpoint, region: 'us-east-1', accessKey: place.accessKey, secretKey: place.secretKey, deadlineMs: 10_000 });
    const keys = (await door.list({ bucket, prefix: 'api/', delimiter: '', after: null, limit: 100 })).objects.map((one) => one.key);
    expect(keys).toEqual(['api/app.js']);
    await expect.poll(() => window.getByTestId('place-bucket').textContent(), { timeout: SENT_MS }).toContain('1 file');
  }, STARTED_MS * 3);

  it('sends a save by itself, and the page says so', async () => {
    const { window } = berth;
    await save('api/app.js', 'two\n');
    await save('api/lib/more.js', 'more\n');
    await expect.poll(() => object('api/app.js'), { timeout: SENT_MS }).toBe('two\n');
    await expect.poll(() => object('api/lib/more.js'), { timeout: SENT_MS }).toBe('more\n');
    await expect.poll(() => window.getByTestId('place-bucket').textContent(), { timeout: SENT_MS * 2 }).toContain('2 files');
    await picture(window, 'workspaces-real');
  }, SENT_MS * 5);

  it('syncs now from the tray as from the page', async () => {
    const tray = trayDriver(berth);
    const syncs = async (): Promise<readonly unknown[]> => {
      const { stdout } = await home.berth(['operations', 'list', '--json', '--project', project.dir]);
      return (JSON.parse(stdout) as { readonly value: OutputOf<'operations.list'> }).value.filter((one) => one.kind === 'workspaces.sync').map((one) => [one.input, one.origin, one.state]);
    };
    const before = (await syncs()).length;
    await expect.poll(async () => (await tray.item('sync-workspaces'))?.enabled, { timeout: SENT_MS }).toBe(true);
    await tray.click('sync-workspaces');
    await expect.poll(async () => (await syncs()).slice(0, -before).map((one) => (one as readonly unknown[])[2]), { timeout: SENT_MS }).toEqual(['succeeded']);
    await berth.window.getByTestId('workspaces-sync').and(berth.window.locator(':enabled')).click({ timeout: SENT_MS });
    await expect.poll(async () => (await syncs()).slice(0, -before).map((one) => (one as readonly unknown[])[2]), { timeout: SENT_MS }).toEqual(['succeeded', 'succeeded']);
    const [byWindow, byTray] = await syncs();
    expect(byTray).toEqual(byWindow);
  }, SENT_MS * 5);

  it('keeps both sides of a conflict until somebody chooses in the window', async () => {
    const { window } = berth;
    await door.put(bucket, 'api/app.js', new TextEncoder().encode('theirs\n'));
    await save('api/app.js', 'mine and longer\n');
    await window.getByTestId('workspaces-conflicts').click();
    await window.getByTestId('conflict-api/app.js').waitFor({ timeout: SENT_MS });
    expect(await object('api/app.js')).toBe('theirs\n');
    expect(await readFile(join(project.dir, 'workspaces/api/app.js'), 'utf8')).toBe('mine and longer\n');
    await picture(window, 'workspaces-real-conflict');
    await window.getByTestId('keep-local-api/app.js').click();
    await window.getByTestId('settle-confirm').click();
    await window.getByTestId('conflicts-none').waitFor({ timeout: SENT_MS });
    await expect.poll(() => object('api/app.js'), { timeout: SENT_MS }).toBe('mine and longer\n');
  }, SENT_MS * 5);

  it('takes a variable whose value it never shows, and guides through the workflow', async () => {
    const { window } = berth;
    await window.getByTestId('workspaces-workspaces').click();
    await window.getByTestId('more-api').click();
    await window.getByTestId('menu-variables').click();
    await window.getByTestId('variable-name').fill('API_TOKEN');
    await window.getByTestId('variable-value').fill('planted-value-5521');
    await window.getByTestId('workspace-variables-save').click();
    await window.getByTestId('workspace-variables').waitFor({ state: 'detached' });
    await window.getByTestId('more-api').click();
    await window.getByTestId('menu-variables').click();
    await window.getByTestId('variables').getByText('API_TOKEN').waitFor();
    expect(await window.locator('body').textContent()).not.toContain('planted-value-5521');
    await picture(window, 'workspaces-variables');
    await window.keyboard.press('Escape');
    await window.getByTestId('tour-open').click();
    await window.locator('[data-testid="tour-send"][data-state="done"]').waitFor();
    await window.locator('[data-testid="tour-run"][data-state="now"]').waitFor();
    await window.getByTestId('tour-act-run').waitFor();
    await picture(window, 'workspaces-tour');
  }, SENT_MS * 3);
});
