import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nativeTheme } from 'electron';

type Theme = typeof nativeTheme.themeSource;

/** The theme the page took last. The window is made in its colours, long before the settings can be read. */
export interface KeptTheme {
  /** Takes over what was kept. Where nothing was, the system decides. */
  restore(): Promise<void>;
  choose(theme: Theme): void;
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function createKeptTheme(folder: string, onError: (error: unknown) => void): KeptTheme {
  const file = join(folder, 'theme');
  // One write after the other: the last choice stays.
  let writing: Promise<void> = Promise.resolve();
  let kept: Theme = 'system';

  async function keep(theme: Theme): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeFile(file, theme);
  }

  return {
    async restore() {
      const text = await readFile(file, 'utf8').catch(() => '');
      kept = THEMES.find((one) => one === text) ?? 'system';
      nativeTheme.themeSource = kept;
    },
    choose(theme) {
      nativeTheme.themeSource = theme;
      if (theme === kept) return;
      kept = theme;
      writing = writing.then(() => keep(theme)).catch(onError);
    },
  };
}
