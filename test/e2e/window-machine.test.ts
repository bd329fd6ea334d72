import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunningApp } from '../support/electron-app';
import { look, setLook, useWindow } from '../support/window-fixture';
import type { WorldName } from '../support/window-world';

/** The dialogs of the system answer with this path. */
function answerDialogs(berth: RunningApp, path: string): Promise<void> {
  return berth.app.evaluate(({ dialog }, given) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: given });
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [given] });
  }, path);
}

describe('settings, this machine and help in the window', () => {
  const openWorld = useWindow();

  async function open(world: WorldName, tab: 'settings' | 'machine' | 'help'): Promise<RunningApp> {
    const berth = await openWorld(world);
    await berth.window.getByTestId('nav-settings').click();
    await berth.window.getByTestId(`settings-${tab}`).click();
    return berth;
  }

  it('lists engines, says which is used and why, and goes over to another', async () => {
    const app = await open('running', 'settings');
    const { window } = app;
    const engines = window.getByTestId('engines');
    await engines.getByText('default-socket is used: it is the first of the usual places that answers.').waitFor();
    expect(await window.getByTestId('engine-default-socket').getAttribute('data-used')).toBe('true');
    expect(await window.getByTestId('engine-staging').getByRole('button').count()).toBe(0);
    expect(await window.getByTestId('engine-orbstack').count()).toBe(0);
    await window.getByTestId('settings-index').getByRole('button', { name: 'Engine' }).click();
    await look(app, 'settings-engine');
    await engines.getByRole('button', { name: 'Use colima' }).click();
    await engines.getByText('colima is used: it was chosen in Berth.').waitFor();
    await engines.getByText('28.1.0 (API 1.47)').waitFor();
    await window.getByTestId('engine-automatic').click();
    await engines.getByText('default-socket is used').waitFor();
    await engines.getByRole('button', { name: /more places where nothing is/ }).click();
    await window.getByTestId('engine-orbstack').getByText('nothing there').waitFor();
  });

  it('keeps theme and contrast as settings', async () => {
    const { window, app } = await open('running', 'settings');
    await window.getByTestId('theme-dark').check();
    await expect.poll(() => app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark');
    await window.getByTestId('contrast-more').check();
    await expect.poll(() => window.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--line-strong').trim())).toMatch(/#(?:55555e|b3b3bc)/);
    await window.reload();
    await window.getByTestId('settings-settings').waitFor();
    await expect.poll(() => window.getByTestId('contrast-more').isChecked()).toBe(true);
    expect(await window.evaluate(() => document.documentElement.dataset['contrast'])).toBe('more');
  });

  it('says what an editor’s command may be, and keeps one that is right', async () => {
    const { window } = await open('running', 'settings');
    const row = window.getByTestId('setting-editor.command');
    const field = row.getByRole('textbox');
    await field.fill('sh -c "vim {file}"');
    await field.press('Enter');
    await row.getByRole('alert').getByText('sh is a shell, and a file’s name could be read as a command there.').waitFor();
    await field.fill('zed {file}:{line}');
    await field.press('Enter');
    await expect.poll(() => row.getAttribute('data-changed')).toBe('true');
    await row.getByRole('button', { name: /back to the default/ }).click();
    await expect.poll(() => field.inputValue()).toBe('');
  });

  it('resets everything after it was shown, and takes it back', async () => {
    const app = await open('troubled', 'settings');
    const { window } = app;
    await window.getByText('2 settings not at their default').waitFor();
    await window.getByTestId('settings-reset').click();
    const dialog = window.getByTestId('settings-changes-dialog');
    await dialog.getByText('Local API on 127.0.0.1').waitFor();
    await look(app, 'settings-reset');
    await window.getByTestId('settings-changes-confirm').click();
    await window.getByText('Every setting is at its default').first().waitFor();
    await window.getByTestId('settings-keep').getByText('2 settings changed').waitFor();
    await window.getByTestId('settings-undo').click();
    await window.getByText('2 settings not at their default').waitFor();
  });

  it('exports settings to a file and imports them, each time shown first', async () => {
    const app = await open('troubled', 'settings');
    const { window } = app;
    const file = join(tmpdir(), `bt-settings-${String(process.pid)}-${String(performance.now()).replace('.', '')}.json`);
    await answerDialogs(app, file);
    await window.getByTestId('settings-export').click();
    await window.getByTestId('settings-keep').getByText(/2 settings written to bt-settings-/).waitFor();
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ berthSettings: 1, settings: { 'heal.maxTries': 3, 'api.tcp': true } });
    await window.getByTestId('settings-import').click();
    const dialog = window.getByTestId('settings-changes-dialog');
    await dialog.getByText('Every setting of this file is so already.').waitFor();
    expect(await window.getByTestId('settings-changes-confirm').isDisabled()).toBe(true);
    await window.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('shows what a diagnostics bundle holds before it is written', async () => {
    const app = await open('running', 'settings');
    const { window } = app;
    await window.getByTestId('startup-line').getByText('804 ms').waitFor();
    await window.getByTestId('bundle-open').click();
    const dialog = window.getByTestId('bundle-dialog');
    await dialog.getByText('operations.json').waitFor();
    await dialog.getByText('Never in it').waitFor();
    await look(app, 'settings-bundle');
    await answerDialogs(app, '/home/ada/berth-diagnostics.tar.gz');
    await window.getByTestId('bundle-save').click();
    await dialog.waitFor({ state: 'detached' });
    await window.getByTestId('settings-report').getByText('Written to berth-diagnostics.tar.gz').waitFor();
  });

  it('says what this machine lacks, how it is mended by hand, and what Berth would do', async () => {
    const app = await open('troubled', 'machine');
    const { window } = app;
    await window.getByTestId('page-answer').getByText('2 things are not right').waitFor();
    expect(await window.getByTestId('doctor-local-api').getAttribute('data-level')).toBe('fail');
    await window.getByTestId('doctor-fuse').getByText('sudo modprobe fuse').waitFor();
    await look(app, 'doctor');
    await window.getByTestId('doctor-file-watch').getByRole('button', { name: 'Mend: Watching files' }).click();
    const dialog = window.getByTestId('doctor-mend');
    await dialog.getByText('Asks for an administrator and sets it until the next start.').waitFor();
    await look(app, 'doctor-mend');
    await window.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await window.getByTestId('doctor-copy').click();
    await window.getByTestId('doctor-copy').getByText('Copied').waitFor();
    expect(await app.app.evaluate(({ clipboard }) => clipboard.readText())).toContain('  no   local-api: The local API is switched on, but it listens nowhere.');
    await window.getByTestId('doctor-again').click();
    await expect.poll(() => window.getByTestId('doctor').getAttribute('aria-busy')).toBe('false');
  });

  it('shows the help of each page with F1 and with its button, and all of it in one place to be searched', async () => {
    const app = await openWorld('running');
    const { window } = app;
    for (const page of ['home', 'project', 'conflicts', 'storage', 'workspaces', 'snapshots', 'files', 'activity', 'settings']) {
      await window.getByTestId(`nav-${page}`).click();
      await window.getByTestId('help-open').first().waitFor();
      await window.keyboard.press('F1');
      const help = window.getByTestId('page-help');
      await help.getByText('What the marks mean').waitFor();
      await window.keyboard.press('Escape');
      await help.waitFor({ state: 'detached' });
    }
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('help-open').click();
    const help = window.getByTestId('page-help');
    await help.getByText('What stops me, or will?').waitFor();
    await look(app, 'help-page');
    await help.getByText('PORT_TAKEN').click();
    await expect.poll(() => help.getByTestId('help-PORT_TAKEN').getAttribute('open')).toBe('');
    await window.getByTestId('help-all').click();
    await window.getByTestId('help-panel').waitFor();
    await look(app, 'help');
    await window.keyboard.press('/');
    await window.keyboard.type('port taken');
    await expect.poll(() => window.getByTestId('help-PORT_TAKEN').count()).toBe(1);
    await expect.poll(() => window.getByTestId('help-BIND_SOURCE_CASE').count()).toBe(0);
    await window.getByTestId('help-filter').fill('teapot sonata');
    await window.getByText('Nothing in the help has “teapot sonata”').waitFor();
    await setLook(app, [900, 600], 'light');
  });
});
