import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answered, createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';

describe('a first start', () => {
  let home: TestHome;
  let berth: RunningApp;

  beforeAll(async () => {
    home = await createHome();
    berth = await launchBerth(home);
  });

  afterAll(async () => {
    await berth?.close();
    await home?.remove();
  });

  it('shows one window, named Berth, with something in it', async () => {
    await berth.window.locator('#root > *').first().waitFor();
    expect(await berth.window.title()).toContain('Berth');
    expect(berth.app.windows()).toHaveLength(1);
    await expect.poll(() => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible()))).toEqual([true]);
  });

  it('runs without root and with the sandbox on', async () => {
    const facts = await answered(() => berth.app.evaluate(({ app }) => ({ uid: process.getuid?.(), noSandbox: app.commandLine.hasSwitch('no-sandbox') })));
    expect(facts.uid).not.toBe(0);
    expect(facts.noSandbox).toBe(!home.staged.sandbox);
    const inPage = await berth.window.evaluate(() => ({ require: typeof (globalThis as { require?: unknown }).require, process: typeof (globalThis as { process?: unknown }).process }));
    expect(inPage).toEqual({ require: 'undefined', process: 'undefined' });
  });

  it('keeps to its own folders', async () => {
    const userData = await answered(() => berth.app.evaluate(({ app }) => app.getPath('userData')));
    expect(userData.startsWith(home.path)).toBe(true);
  });
});
