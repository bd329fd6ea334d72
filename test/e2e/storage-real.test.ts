import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../src/shared/contract/contract';
import { ensureStorageImages } from '../../scripts/lib/storage-images.mjs';
import { giveTo } from '../../scripts/lib/stage.mjs';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { removeProjectObjects } from '../support/projects';
import { inData, removeOwnServer } from '../support/storage';
import { trayDriver, type TrayDriver } from '../support/tray-driver';
import { picture } from '../support/window-fixture';

const FILE = 'docker-compose.storage.yml';
/** Containers that are made for the first time, on a machine that does other things as well. */
const STARTED_MS = 90_000;

/** The storage page over the real thing: MinIO, rclone and the containers of one project, by clicks. */
describe('storage in the window, for real', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;
  let tray: TrayDriver;

  beforeAll(async () => {
    await ensureStorageImages();
    home = await createHome({ BERTH_TEST: '1', BERTH_S3_NAME: `bt-win-${randomBytes(4).toString('hex')}-s3` });
    project = await openAppProject(home, 'win', { dev: { web: idleService() } });
    // A mount asks for these and for nothing else.
    const shared = `shared:${join(home.path, 'berth/storage', project.id, 'root/mnt')}`;
    home.declare({ project: `${project.name}-storage`, roots: [await realpath(tmpdir())], trusted: true, grants: ['cap:SYS_ADMIN', 'device:/dev/fuse', 'security:apparmor=unconfined', shared] });
    berth = await launchBerth(home);
    await berth.window.getByTestId('project-status').waitFor();
    tray = trayDriver(berth);
    await tray.ready();
    await berth.window.getByTestId('nav-storage').click();
    await berth.app.evaluate(({ dialog, shell }) => {
      const chosen: { upload: string } = { upload: '' };
      const opened: string[] = [];
      Object.assign(globalThis, { chosenFiles: chosen, openedPages: opened });
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen.upload] });
      shell.openExternal = (url) => Promise.resolve(void opened.push(url));
    });
  });
  afterAll(async () => {
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

  const bucket = (purpose: string): string => `${project.name}-${purpose}`;
  const status = async (): Promise<OutputOf<'storage.status'>> => {
    const { stdout } = await home.berth(['storage', 'status', '--json', '--project', project.dir]);
    return (JSON.parse(stdout) as { readonly value: OutputOf<'storage.status'> }).value;
  };
  /** Uploads through the page, by the dialog of the system. */
  async function upload(name: string, text: string): Promise<void> {
    const folder = join(home.path, 'files');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), text);
    giveTo(folder, home.staged.user);
    await berth.app.evaluate((_electron, file) => void Object.assign((globalThis as unknown as { chosenFiles: { upload: string } }).chosenFiles, { upload: file }), join(folder, name));
    await berth.window.getByTestId('object-upload').click();
    await berth.window.getByTestId(`row-${name}`).waitFor();
    await berth.window.getByTestId('object-upload').and(berth.window.locator(':enabled')).waitFor();
  }

  /** What the mount of the bucket shows on this machine. */
  async function shows(text: string): Promise<void> {
    const mounted = (await status()).mounts.find((one) => one.bucket === bucket('data'));
    await expect.poll(() => readFile(join(mounted?.hostPath ?? '', 'note.txt'), 'utf8').catch(() => '')).toBe(text);
  }

  it('is set up after a preview and started by one click', async () => {
    const { window } = berth;
    await window.getByTestId('setup-complementary-choose').click();
    await window.getByTestId('change-apply').and(window.locator(':enabled')).click();
    await window.getByTestId('mount-/mnt/s3/data').waitFor();
    // Names that nobody else on this machine has.
    await project.write(FILE, (await project.read(FILE)).replace(/container_name: ([\w-]+)/g, `container_name: ${project.name}-$1`));
    await window.getByTestId('storage-start').click();
    for (const name of ['data', 'index', 'realtime']) await window.locator(`[data-testid="mount-/mnt/s3/${name}"][data-state="healthy"]`).waitFor({ timeout: STARTED_MS });
    await expect.poll(() => window.getByTestId('page-answer').textContent(), { timeout: STARTED_MS }).toBe('Mounted, not synced yet, nothing collides');
    await picture(window, 'storage-real-mounts');
  }, STARTED_MS * 2);

  it('makes a bucket, and shows what is uploaded to another one in its mount', async () => {
    const { window } = berth;
    await window.getByTestId('storage-buckets').click();
    await window.getByTestId('bucket-create').click();
    await window.getByTestId('create-bucket-name').fill(bucket('scratch'));
    await window.getByTestId('create-bucket-confirm').click();
    await window.getByTestId(`bucket-${bucket('scratch')}`).waitFor();
    await window.getByTestId(`bucket-${bucket('data')}`).click();
    await window.getByTestId('objects-empty').waitFor();
    await window.getByTestId('bucket-versioning').click();
    await expect.poll(() => window.getByTestId(`bucket-${bucket('data')}`).textContent()).toContain('keeps versions');
    await upload('note.txt', 'first');
    await shows('first');
  });

  it('keeps what was there before, and brings back what was deleted', async () => {
    const { window } = berth;
    await upload('note.txt', 'second, and longer');
    await shows('second, and longer');
    await window.getByTestId('versions-note.txt').click();
    await expect.poll(() => window.getByTestId('versions-dialog').locator('li').count()).toBe(2);
    await picture(window, 'storage-real-versions');
    await window.keyboard.press('Escape');
    await window.getByTestId('delete-note.txt').click();
    await window.getByTestId('delete-objects-confirm').click();
    await window.getByTestId('row-note.txt').waitFor({ state: 'detached' });
    await window.getByTestId('bring-back').click();
    await window.getByTestId('versions-dialog').locator('li[data-deleted="true"]').waitFor();
    await window.getByTestId('versions-dialog').locator('[data-testid^="restore-"]').last().click();
    await window.getByTestId('versions-dialog').locator('li[data-latest="true"][data-deleted="false"]').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('row-note.txt').waitFor();
    await shows('first');
  });

  it('copies a folder now, from the page and from the tray, and opens the console', async () => {
    const { window } = berth;
    const write = (file: string): Promise<string> => inData(project.name, `echo ${file} > /mnt/efs/processed/${file}`);
    await write('one.txt');
    await window.getByTestId('storage-sync').click();
    await window.getByTestId('sync-now').click();
    await window.getByTestId('sync-history').getByText('1 file was copied.').waitFor({ timeout: 30_000 });
    await write('two.txt');
    await expect.poll(async () => (await tray.item('sync-now'))?.enabled).toBe(true);
    await tray.click('sync-now');
    await expect.poll(async () => {
      const { stdout } = await home.berth(['objects', 'list', bucket('archive'), '--json', '--project', project.dir]);
      return (JSON.parse(stdout) as { readonly value: OutputOf<'objects.list'> }).value.objects.map((one) => one.key);
    }, { timeout: 30_000 }).toEqual(['one.txt', 'two.txt']);
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('Mounted, in step, nothing collides');
    const { consoleUrl } = (await status()).s3;
    await tray.click('open-console');
    await expect.poll(() => berth.app.evaluate(() => (globalThis as unknown as { openedPages: string[] }).openedPages)).toEqual([`${consoleUrl ?? ''}/`]);
  });

  it('shows what collides with the lines that mend it, mends it, and takes that back byte for byte', async () => {
    const { window } = berth;
    expect((await home.berth(['storage', 'setup', 'legacy', '--yes', '--project', project.dir])).code).toBe(0);
    const before = await project.read(FILE);
    await window.getByTestId('storage-conflicts').click();
    await window.getByTestId('group-BUCKET_OVERLAP').waitFor();
    await picture(window, 'storage-real-conflicts');
    await window.getByTestId('storage-findings').getByTestId('fix-bucket-separation').click();
    await window.getByTestId('strategy-dialog').getByTestId('diff').getByText('s3-archive:${S3_ARCHIVE_BUCKET}').first().waitFor();
    await window.getByTestId('change-apply').and(window.locator(':enabled')).click();
    await window.getByTestId('strategy-dialog').waitFor({ state: 'detached' });
    await window.getByTestId('group-BUCKET_OVERLAP').waitFor({ state: 'detached' });
    expect(await project.read(FILE)).not.toBe(before);
    await window.getByTestId('storage-undo-button').click();
    await window.getByTestId('undo-confirm').click();
    await window.getByTestId('group-BUCKET_OVERLAP').waitFor();
    expect(await project.read(FILE)).toBe(before);
  });
});
