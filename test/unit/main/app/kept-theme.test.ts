import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const electron = vi.hoisted(() => ({ nativeTheme: { themeSource: 'system' } }));
vi.mock('electron', () => electron);

const { createKeptTheme } = await import('@main/app/kept-theme');

describe('the theme of the window before the settings are read', () => {
  let dir: string;
  const failed = vi.fn();
  const folder = (): string => join(dir, 'window');

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-theme-'));
    electron.nativeTheme.themeSource = 'system';
    failed.mockReset();
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is the one that was chosen last', async () => {
    const first = createKeptTheme(folder(), failed);
    await first.restore();
    expect(electron.nativeTheme.themeSource).toBe('system');
    for (const theme of ['light', 'system', 'dark'] as const) first.choose(theme);
    expect(electron.nativeTheme.themeSource).toBe('dark');
    await expect.poll(() => readFile(join(folder(), 'theme'), 'utf8').catch(() => '')).toBe('dark');

    electron.nativeTheme.themeSource = 'system';
    await createKeptTheme(folder(), failed).restore();
    expect(electron.nativeTheme.themeSource).toBe('dark');
    expect(failed).not.toHaveBeenCalled();
  });

  it.each(['', 'pink', 'dark\n'])('is the one of the system where the file has %j', async (text) => {
    await mkdir(folder());
    await writeFile(join(folder(), 'theme'), text);
    await createKeptTheme(folder(), failed).restore();
    expect(electron.nativeTheme.themeSource).toBe('system');
  });

  it('holds until the end where it cannot be kept', async () => {
    await writeFile(folder(), 'a file');
    const theme = createKeptTheme(folder(), failed);
    await theme.restore();
    theme.choose('dark');
    expect(electron.nativeTheme.themeSource).toBe('dark');
    await expect.poll(() => failed.mock.calls.length).toBe(1);
  });
});
