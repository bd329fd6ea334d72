import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { accessibilityProblems } from './axe';
import { madeOnce } from './bundle';
import { createHome, launchBerth, type RunningApp, type TestHome } from './electron-app';
import { giveTo } from '../../scripts/lib/stage.mjs';
import type { WorldName } from './window-world';

const ROOT = resolve(import.meta.dirname, '../..');
const RESULTS = join(ROOT, 'test-results', 'screenshots');

/** The app's real window, preload and door over a world in memory (window-world.ts). One home, any number of worlds after each other. */
export interface WindowFixture {
  open(world: WorldName | 'hostile-everywhere'): Promise<RunningApp>;
  remove(): Promise<void>;
}

export async function createWindowFixture(): Promise<WindowFixture> {
  const home = await createHome();
  const appDir = join(home.path, 'world');
  await cp(await builtWorld(), join(appDir, 'out', 'main'), { recursive: true });
  // The pages and the preload are the built ones; only what is behind the door differs.
  for (const part of ['preload', 'renderer']) await cp(join(home.staged.appDir, 'out', part), join(appDir, 'out', part), { recursive: true });
  await symlink(join(home.staged.appDir, 'resources'), join(appDir, 'resources'));
  await writeFile(join(appDir, 'package.json'), JSON.stringify({ name: 'berth', version: '0.0.0', main: 'out/main/index.cjs' }));
  giveTo(appDir, home.staged.user);
  let number = 0;
  return {
    open(world) {
      number += 1;
      const own: TestHome = { ...home, env: { ...home.env, BERTH_HOME: join(home.path, `state-${number}`) }, staged: { ...home.staged, appDir } };
      return launchBerth(own, { env: { BERTH_WORLD: world, BERTH_TEST: '1' } });
    },
    remove: () => home.remove(),
  };
}

/** The window over a world, opened by each test of a file and closed after it. */
export function useWindow(): (world: WorldName | 'hostile-everywhere') => Promise<RunningApp> {
  let fixture: WindowFixture | undefined;
  let berth: RunningApp | undefined;
  beforeAll(async () => {
    fixture = await createWindowFixture();
  });
  afterEach(async () => {
    await berth?.close();
    berth = undefined;
  });
  afterAll(() => fixture?.remove());
  return async (world) => {
    if (fixture === undefined) throw new Error('The window is opened by tests.');
    berth = await fixture.open(world);
    await berth.window.getByTestId('nav-project').waitFor();
    return berth;
  };
}

/** Built once for all files of tests that open it. */
function builtWorld(): Promise<string> {
  return madeOnce(['src', 'test/support', 'package-lock.json'], 'window-world', async (outDir) => {
    await build({
      configFile: false,
      root: ROOT,
      logLevel: 'error',
      resolve: { alias: { '@shared': resolve(ROOT, 'src/shared'), '@main': resolve(ROOT, 'src/main') } },
      ssr: { noExternal: true },
      build: {
        ssr: true,
        outDir,
        emptyOutDir: false,
        minify: false,
        rollupOptions: { input: { index: resolve(ROOT, 'test/support/window-world-main.ts') }, external: ['electron', /^node:/], output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' } },
      },
    });
  });
}

export const SIZES = [
  [900, 600],
  [1440, 900],
] as const;
export const THEMES = ['light', 'dark'] as const;

/** Sets the window's size and theme, and waits until the page has it. */
export async function setLook(berth: RunningApp, size: readonly [number, number], theme: (typeof THEMES)[number]): Promise<void> {
  await berth.app.evaluate(({ BrowserWindow }, [width, height]) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height), [size[0], size[1]] as const);
  await berth.window.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  // Polled from here: the page's policy forbids what waitForFunction needs.
  // A display as large as the window may keep a pixel for itself.
  await expect.poll(() => berth.window.evaluate(([width, height]) => Math.max(Math.abs(innerWidth - width), Math.abs(innerHeight - height)), [size[0], size[1]] as const)).toBeLessThan(4);
}

/** Takes a picture into test-results/screenshots. */
export async function picture(page: Page, name: string): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await page.screenshot({ path: join(RESULTS, `${name}.png`) });
}

/** Pictures of the page as it is, in both themes and both sizes. */
export async function pictures(berth: RunningApp, name: string): Promise<void> {
  for (const size of SIZES) {
    for (const theme of THEMES) {
      await setLook(berth, size, theme);
      await picture(berth.window, `${name}-${theme}-${size.join('x')}`);
    }
  }
}

/** Pictures of the page as it is in both themes and sizes, and axe in both themes. */
export async function look(berth: RunningApp, name: string): Promise<void> {
  await pictures(berth, name);
  for (const theme of THEMES) {
    await setLook(berth, [1440, 900], theme);
    expect(await accessibilityProblems(berth.window), `${name} ${theme}`).toEqual([]);
  }
}
