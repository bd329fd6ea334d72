import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ElectronApplication, Page } from 'playwright';
import { launchElectron } from '../../scripts/lib/launch.mjs';
import { answered, createHome, launchBerth, type TestHome } from '../support/electron-app';
import { trayDriver } from '../support/tray-driver';

/** How long a tray is looked for at most, and a start. */
const LOOKED_FOR_MS = 30_000;
/** What the desktop answers when it is asked for a tray (platform/tray-host.ts): a program of that name comes first on the search path. */
const ANSWERS = { tray: '(true,)', none: '(false,)' } as const;

describe.runIf(process.platform === 'linux')('closing to the tray', () => {
  let home: TestHome;
  let bin: string;
  let app: ElectronApplication | undefined;

  beforeAll(async () => {
    bin = await mkdtemp(join(tmpdir(), 'berth-desktop-'));
    await chmod(bin, 0o755);
    home = await createHome({ BERTH_TEST: '1', PATH: `${bin}:${process.env['PATH'] ?? ''}` });
  });
  afterEach(async () => {
    await app?.close().catch(() => undefined);
    app = undefined;
  });
  afterAll(async () => {
    await home?.remove();
    await rm(bin, { recursive: true, force: true });
  });

  /** A desktop that has a tray, or none. */
  async function desktop(kind: keyof typeof ANSWERS): Promise<void> {
    await writeFile(join(bin, 'gdbus'), `#!/bin/sh\necho '${ANSWERS[kind]}'\n`);
    await chmod(join(bin, 'gdbus'), 0o755);
  }

  async function set(...settings: readonly (readonly [key: string, value: string])[]): Promise<void> {
    for (const [key, value] of settings) expect(await home.berth(['settings', 'set', key, value, '--json'])).toMatchObject({ code: 0 });
  }

  async function start(): Promise<{ readonly app: ElectronApplication; readonly window: Page }> {
    const berth = await launchBerth(home);
    app = berth.app;
    await trayDriver(berth).ready();
    await berth.window.getByTestId('nav-settings').waitFor();
    return berth;
  }

  const windows = (of: ElectronApplication): Promise<readonly boolean[]> => answered(() => of.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((one) => one.isVisible())));
  const close = (of: ElectronApplication): Promise<void> => of.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());

  it('keeps the page while it is closed for a moment, and gives its memory back after the time that is set', async () => {
    await desktop('tray');
    await set(['window.freeAfterMinutes', '5']);
    const { app: running, window } = await start();
    const tray = trayDriver({ app: running });
    await window.getByTestId('nav-settings').click();
    await window.evaluate(() => Object.assign(globalThis, { berthSame: true }));
    // The tray of the desktop is asked for while the app starts.
    await expect.poll(async () => {
      await close(running);
      return windows(running);
    }).toEqual([false]);
    await tray.click('show');
    await expect.poll(() => windows(running)).toEqual([true]);
    expect(await window.evaluate(() => 'berthSame' in globalThis)).toBe(true);

    const renderer = await running.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId() ?? 0);
    await running.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setBounds({ width: 1010, height: 710 }));
    await close(running);
    expect(await windows(running)).toEqual([false]);
    // What is set while it is closed counts for it.
    const gone = window.waitForEvent('close');
    await set(['window.freeAfterMinutes', '0']);
    await gone;
    await expect.poll(() => windows(running)).toEqual([]);
    await expect.poll(() => stat(`/proc/${String(renderer)}`).then(() => true, () => false)).toBe(false);
    // Berth goes on without it.
    expect((await tray.model()).items.at(-1)?.id).toBe('quit');
    const again = running.waitForEvent('window');
    await tray.click('show');
    const page = await again;
    await page.getByTestId('nav-settings').and(page.locator('[aria-current="page"]')).waitFor();
    expect(await page.evaluate(() => 'berthSame' in globalThis)).toBe(false);
    expect(await running.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())).toMatchObject({ width: 1010, height: 710 });
    // A command of the tray reaches a page that has to be made first.
    await close(running);
    await expect.poll(() => windows(running)).toEqual([]);
    const third = running.waitForEvent('window');
    await tray.click('show-runtime');
    await (await third).getByTestId('page-activity').waitFor();
  });

  it('keeps a page with files that are not saved for as long as they are not', async () => {
    await desktop('tray');
    await set(['window.freeAfterMinutes', '0']);
    const { app: running, window } = await start();
    const unsaved = (files: number): Promise<unknown> => window.evaluate((number) => (globalThis as unknown as { berth: { window(verb: string, value: unknown): Promise<unknown> } }).berth.window('unsaved-files', { files: number }), files);
    expect(await unsaved(1)).toMatchObject({ ok: true });
    await expect.poll(async () => {
      await close(running);
      return windows(running);
    }).toEqual([false]);
    await trayDriver({ app: running }).click('show');
    await expect.poll(() => windows(running)).toEqual([true]);
    await close(running);
    await expect.poll(() => windows(running)).toEqual([false]);
    // Its time is over: only what is not saved keeps it.
    const gone = window.waitForEvent('close');
    void unsaved(0).catch(() => undefined);
    await gone;
    await expect.poll(() => windows(running)).toEqual([]);
    await set(['window.freeAfterMinutes', '5']);
  });

  it('ends with its window where the desktop has no tray, and where the tray is not wanted', async () => {
    for (const [kind, wanted] of [['none', 'true'], ['tray', 'false']] as const) {
      await desktop(kind);
      await set(['window.closeToTray', wanted]);
      const { app: running } = await start();
      const exited = new Promise((resolve) => running.process().once('exit', resolve));
      await close(running).catch(() => undefined);
      expect(await exited).toBe(0);
      app = undefined;
    }
    await set(['window.closeToTray', 'true']);
  });

  it('starts at login as the desktop expects it, and not any more once it is switched off', async () => {
    await desktop('tray');
    const file = join(home.env['XDG_CONFIG_HOME'] ?? join(home.env['HOME'] ?? '', '.config'), 'autostart', 'berth.desktop');
    const entry = (): Promise<string> => readFile(file, 'utf8').catch(() => '');
    await start();
    await set(['window.startAtLogin', 'true']);
    await expect.poll(entry).toMatch(/^\[Desktop Entry\]\nType=Application\n[^]*\nExec="[^"\n]+"( "[^"\n]+")*\n/);
    expect(await entry()).not.toContain('--hidden');
    await set(['window.startHidden', 'true']);
    await expect.poll(entry).toMatch(/\nExec=.* "--hidden"\n/);
    await set(['window.startAtLogin', 'false']);
    await expect.poll(entry).toBe('');
    await set(['window.startHidden', 'false']);
  });

  it('starts hidden into the tray, and with its window where there is no tray to come from', async () => {
    await desktop('tray');
    app = await launchElectron(home.staged, { env: home.env, args: ['--hidden'] });
    const tray = trayDriver({ app });
    await tray.ready();
    expect(await windows(app)).toEqual([]);
    const opened = app.waitForEvent('window');
    await tray.click('show');
    await (await opened).getByTestId('nav-settings').waitFor();
    await app.close();

    await desktop('none');
    app = await launchElectron(home.staged, { env: home.env, args: ['--hidden'] });
    // It looks for some time: at login a desktop gets its tray late.
    const instead = await app.waitForEvent('window', { timeout: LOOKED_FOR_MS });
    await instead.getByTestId('nav-settings').waitFor();
  }, LOOKED_FOR_MS * 3);
});
