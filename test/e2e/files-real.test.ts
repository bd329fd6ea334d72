import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { BUSYBOX_IMAGE } from '../support/images';
import { freePort } from '../support/private-engine';

/** How long a check, a save or an undo may take until the window shows it. */
const DONE_MS = 20_000;

/** A port is edited in the real window over the real files: the finding shows while one types, the file is written after the difference was seen, and undo puts it back. */
describe('editing the files of a project, through the window', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;
  let port = 0;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    port = await freePort();
    const api = (): Record<string, unknown> => ({ image: BUSYBOX_IMAGE, command: ['sleep', '1000'], env_file: ['api.env'], ports: [`127.0.0.1:${String(port)}:8080`] });
    project = await openAppProject(home, 'fil', { dev: { api: api() }, prod: { api: api() } }, { '.env': '# kept\nSTAGE=dev\n', 'api.env': '# the key\nAPI_TOKEN=sesame-sesame # do not lose\n' });
    berth = await launchBerth(home);
  });
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await home?.remove();
  });

  it('edits a port: finding, difference, save, undo', { timeout: 120_000 }, async () => {
    const { window } = berth;
    const before = await project.read('docker-compose.dev.yml');
    await window.getByTestId('nav-files').click();
    await window.getByTestId('file-docker-compose.dev.yml').click();
    const editor = window.getByTestId('editor-text');
    await editor.getByText(`127.0.0.1:${String(port)}:8080`).waitFor();
    await window.getByTestId('problems').locator('[role=status]').getByText(/Nothing to complain about|note|warning/).waitFor({ timeout: DONE_MS });

    await editor.click();
    await window.keyboard.press('Control+f');
    await window.keyboard.type('127.0.0.1:');
    await window.keyboard.press('Enter');
    await window.keyboard.press('Escape');
    await window.keyboard.press('Delete');
    const finding = window.locator('[data-testid^="finding-port_not_loopback-"]');
    await finding.waitFor({ timeout: DONE_MS });
    expect(await project.read('docker-compose.dev.yml')).toBe(before);

    await window.keyboard.press('Control+s');
    const dialog = window.getByTestId('save-dialog');
    await dialog.getByTestId('save-meaning').getByText('The next switch makes api of dev anew: ports changes').waitFor({ timeout: DONE_MS });
    await dialog.getByTestId('diff').getByText(`+      - ${String(port)}:8080`).waitFor();
    await window.getByTestId('save-confirm').click();
    await dialog.waitFor({ state: 'detached', timeout: DONE_MS });
    expect(await project.read('docker-compose.dev.yml')).toBe(before.replace('127.0.0.1:', ''));

    await window.getByTestId('files-undo-button').click();
    await window.locator('[data-testid="undo-confirm"]:enabled').click();
    await expect.poll(() => project.read('docker-compose.dev.yml'), { timeout: DONE_MS }).toBe(before);
    await editor.getByText(`127.0.0.1:${String(port)}:8080`).waitFor({ timeout: DONE_MS });
  });

  it('edits a variable with its comments kept, its value nowhere but in the files', { timeout: 120_000 }, async () => {
    const { window } = berth;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('file-api.env').click();
    const token = window.getByTestId('env-value-API_TOKEN');
    await window.getByTestId('env-API_TOKEN').getByText('decides for api').waitFor({ timeout: DONE_MS });
    expect(await token.getAttribute('type')).toBe('password');
    await token.fill('open-barley-open');
    await window.keyboard.press('Enter');
    await window.getByTestId('save').click();
    await window.getByTestId('save-dialog').getByTestId('save-meaning').getByText('The next switch makes api of dev and prod anew: environment changes').waitFor({ timeout: DONE_MS });
    await window.getByTestId('save-confirm').click();
    await window.getByTestId('save-dialog').waitFor({ state: 'detached', timeout: DONE_MS });
    expect(await project.read('api.env')).toBe('# the key\nAPI_TOKEN=open-barley-open # do not lose\n');
    const shown = await home.berth(['operations', 'list', '--project', project.id, '--json']);
    expect(shown.stdout).toContain('files.save');
    for (const words of ['open-barley-open', 'sesame-sesame']) expect(`${shown.stdout}${berth.output()}`).not.toContain(words);
  });

  it('says that somebody else changed the file, and saves nothing over it', { timeout: 120_000 }, async () => {
    const { window } = berth;
    await window.getByTestId('nav-files').click();
    await window.getByTestId('file-.env').click();
    await window.getByTestId('as-text').click();
    await window.getByTestId('editor-text').click();
    await window.keyboard.press('Control+End');
    await window.keyboard.type('MINE=1');
    await writeFile(join(project.dir, '.env'), '# kept\nSTAGE=theirs\n');
    await window.getByTestId('file-stale').waitFor({ timeout: DONE_MS });
    expect(await window.getByTestId('save').isDisabled()).toBe(true);
    await window.getByTestId('stale-reload').click();
    await window.getByTestId('editor-text').getByText('theirs').waitFor();
    expect(await readFile(join(project.dir, '.env'), 'utf8')).toBe('# kept\nSTAGE=theirs\n');
  });

  it('does the same by commands', async () => {
    await writeFile(join(home.path, 'new.env'), '# said\nSTAGE=prod\n');
    const listed = await home.berth(['files', 'list', '--project', project.id]);
    expect(listed.stdout).toContain('api.env');
    expect((await home.berth(['files', 'read', '.env', '--project', project.id])).stdout).toContain('STAGE=theirs');
    const saved = await home.berth(['files', 'save', '.env', '--text', join(home.path, 'new.env'), '--project', project.id, '--yes']);
    expect([saved.code, saved.stdout]).toEqual([0, 'Saved .env.\n']);
    expect(await project.read('.env')).toBe('# said\nSTAGE=prod\n');
    const stale = await home.berth(['files', 'save', '.env', '--text', join(home.path, 'new.env'), '--base', 'a'.repeat(64), '--project', project.id, '--yes']);
    expect([stale.code, stale.stderr]).toEqual([1, expect.stringContaining('was changed on the disk since it was read') as string]);
  });
});
