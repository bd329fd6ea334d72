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

  it('has the frame in its page before any script runs, and nothing inline', async () => {
    const html = await answered(() => berth.app.evaluate(async ({ net }) => (await net.fetch('app://berth/index.html')).text()));
    expect(html).toMatch(/<div id="root">\s*<div class="frame"/);
    expect(html.match(/<script(?![^>]* src="\.\/assets\/)[^>]*>|<style|style="|\son\w+="/g)).toBeNull();
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

describe('a later start', () => {
  it('makes the window in the theme that was chosen', async () => {
    const home = await createHome();
    try {
      const colour = (berth: RunningApp): Promise<readonly (string | undefined)[]> => answered(() => berth.app.evaluate(({ BrowserWindow, nativeTheme }) => [nativeTheme.themeSource, BrowserWindow.getAllWindows()[0]?.getBackgroundColor().toLowerCase()]));
      const first = await launchBerth(home);
      await first.window.getByTestId('nav-settings').click();
      await first.window.getByTestId('theme-dark').click();
      await expect.poll(() => colour(first)).toEqual(['dark', '#ffffff']);
      await first.close();
      const second = await launchBerth(home);
      // The colour is given when the window is made: the theme was known before it.
      expect(await colour(second)).toEqual(['dark', '#18181b']);
      await second.close();
    } finally {
      await home.remove();
    }
  });
});
