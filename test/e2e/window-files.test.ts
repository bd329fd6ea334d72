import { describe, expect, it } from 'vitest';
import type { RunningApp } from '../support/electron-app';
import { look, picture, useWindow } from '../support/window-fixture';
import type { WorldName } from '../support/window-world';

/** The files page over a world in memory: the list, the editor, the table of variables, saving, and what goes wrong. */
describe('files in the window', () => {
  const openWorld = useWindow();

  async function open(world: WorldName): Promise<RunningApp> {
    const app = await openWorld(world);
    await app.window.getByTestId('nav-files').click();
    await app.window.getByTestId('page-files').waitFor();
    return app;
  }

  it('shows a compose file, completes keys and names, marks findings, and saves after the difference', async () => {
    const app = await open('running');
    const { window } = app;
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toMatch(/^6 files make up shop, all saved$/);
    await look(app, 'files-empty');
    await window.getByTestId('file-docker-compose.dev.yml').click();
    const editor = window.getByTestId('editor-text');
    await editor.getByText('postgres_data:/var/lib/postgresql/data').waitFor();
    await window.getByTestId('problems').getByText('Nothing to complain about').waitFor();
    await look(app, 'files-compose');

    // Keys of the specification, and names of the file.
    await editor.getByText('networks: [back]').first().click();
    await window.keyboard.press('End');
    await window.keyboard.press('Enter');
    await window.keyboard.type('rest');
    await window.locator('.cm-tooltip-autocomplete').getByText('restart', { exact: true }).click();
    await window.keyboard.type('unl');
    await window.locator('.cm-tooltip-autocomplete').getByText('unless-stopped').waitFor();
    await picture(window, 'files-completion');
    await window.keyboard.press('Enter');
    await editor.getByText('restart: unless-stopped').waitFor();
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('1 file has unsaved changes');

    // A finding shows while one types, and F8 goes to it.
    await window.keyboard.press('Control+f');
    await window.locator('.cm-search').waitFor();
    await window.keyboard.type('127.0.0.1:8000');
    await window.keyboard.press('Enter');
    await window.keyboard.press('Escape');
    await window.locator('.cm-search').waitFor({ state: 'detached' });
    await window.keyboard.type('8000');
    await window.getByTestId('problems').getByText('Port 8000 is open to the whole network.').waitFor();
    await window.getByTestId('problems').getByText('Save first, then it can be fixed.').waitFor();
    await window.locator('.cm-lint-marker-warning').waitFor();
    await window.keyboard.press('Control+Home');
    await window.keyboard.press('F8');
    await window.locator('.cm-tooltip-lint, .cm-diagnostic').first().waitFor();
    await look(app, 'files-finding');

    // Nothing is written before the difference was seen.
    await window.keyboard.press('Control+s');
    const dialog = window.getByTestId('save-dialog');
    await dialog.getByTestId('save-meaning').getByText('The next switch makes api of dev anew: ports changes').waitFor();
    await dialog.getByTestId('diff').getByText('+      - "8000:8000"').waitFor();
    await look(app, 'files-save');
    await window.getByTestId('save-confirm').click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toMatch(/all saved$/);
    await window.getByTestId('files-undo-button').waitFor();
    await window.getByTestId('fix-fix-loopback').click();
    await window.getByTestId('fix-dialog').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('files-undo-button').click();
    await window.getByTestId('undo-dialog').waitFor();
    await window.keyboard.press('Escape');
  });

  it('edits variables in a table: secrets dotted out, comments kept, precedence said', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('file-.env').click();
    const table = window.getByTestId('env-table');
    await table.getByText('hides default in docker-compose.dev.yml:14').waitFor();
    await table.getByText('hidden by shell').waitFor();
    await table.getByText('said again in line 9').waitFor();
    const password = window.getByTestId('env-value-POSTGRES_PASSWORD');
    expect(await password.getAttribute('type')).toBe('password');
    await window.getByTestId('env-reveal-POSTGRES_PASSWORD').click();
    expect(await password.inputValue()).toBe('not-a-real-secret');
    await window.getByTestId('env-reveal-POSTGRES_PASSWORD').click();
    await look(app, 'files-env');

    await password.fill('another one');
    await window.keyboard.press('Enter');
    await window.getByTestId('env-value-API_PORT').fill('8002');
    await window.keyboard.press('Tab');
    await window.getByTestId('env-remove-UNUSED').click();
    await window.getByTestId('env-new-name').fill('MY NAME');
    await table.getByText('has no spaces').waitFor();
    await window.getByTestId('env-new-name').fill('NEW_ONE');
    await window.getByTestId('env-new-value').fill('a # b');
    await window.getByTestId('env-add').click();
    await window.getByTestId('env-NEW_ONE').waitFor();

    await window.getByTestId('as-text').click();
    const lines = await window.locator('.cm-line').allTextContents();
    expect(lines).toEqual(['# What the shop is told.', '', 'API_PORT=8002 # in dev', '', '# Changed with care:', "POSTGRES_PASSWORD='another one'", 'GREETING=hello', 'GREETING=good day', 'NEW_ONE="a # b"', '']);
    await window.getByTestId('save').click();
    const dialog = window.getByTestId('save-dialog');
    await dialog.getByText('POSTGRES_PASSWORD=•••••• (another value)').waitFor();
    expect(await dialog.textContent()).not.toContain('another one');
    await picture(window, 'files-save-env');
    await window.getByTestId('save-confirm').click();
    await dialog.waitFor({ state: 'detached' });
    // A reloaded page has drafts of env files forgotten, and never stored.
    await window.getByTestId('editor-text').click();
    await window.keyboard.type('SECRET_TYPED=1');
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('1 file has unsaved changes');
    expect(await window.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))).not.toContain('SECRET_TYPED');
  });

  it('keeps drafts over a reload, and says when the file was changed meanwhile', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('file-docker-compose.clean.yml').click();
    await window.getByTestId('editor-text').getByText('# The shop').click();
    await window.keyboard.type('# mine ');
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('1 file has unsaved changes');
    await window.reload();
    await window.getByTestId('editor-text').getByText('# mine').waitFor();
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('1 file has unsaved changes');
    await app.app.evaluate(() => (globalThis as unknown as { berthWorld: { writeFile(path: string, text: string): void } }).berthWorld.writeFile('docker-compose.clean.yml', 'services:\n  api:\n    image: theirs\n'));
    await window.getByTestId('file-stale').waitFor();
    expect(await window.getByTestId('save').isDisabled()).toBe(true);
    await window.getByTestId('stale-compare').click();
    await window.getByTestId('compare-body').getByText('image: theirs').waitFor();
    await look(app, 'files-compare');
    await window.getByTestId('compare-unified').click();
    await window.getByTestId('compare-body').getByText('image: theirs').waitFor();
    await look(app, 'files-compare-unified');
    await window.getByTestId('compare-side').click();
    await window.keyboard.press('F7');
    await window.keyboard.press('Escape');
    await window.getByTestId('stale-keep').click();
    await window.getByTestId('file-stale').waitFor({ state: 'detached' });
    expect(await window.getByTestId('save').isEnabled()).toBe(true);
    await window.getByTestId('discard').click();
    await window.getByTestId('editor-text').getByText('image: theirs').waitFor();
  });

  it('loses nothing that is not saved: the end is asked for, and another language waits for env files', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('file-.env').click();
    await window.getByTestId('env-value-API_PORT').fill('8002');
    await window.keyboard.press('Tab');
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('1 file has unsaved changes');

    await window.evaluate(() => (globalThis as unknown as { berth: { invoke(name: string, input: unknown): Promise<unknown> } }).berth.invoke('settings.set', { key: 'window.language', value: 'de' }));
    await window.getByTestId('notice').getByText('The language changes once').waitFor();
    await look(app, 'files-language-waits');
    expect(await window.getByTestId('env-value-API_PORT').inputValue()).toBe('8002');

    // Somebody would rather go on.
    await app.app.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { berthAsked: asked });
      Object.assign(dialog, { showMessageBox: (...of: readonly unknown[]) => Promise.resolve({ response: 0, checkboxChecked: asked.push(of.at(-1)) === 0 }) });
    });
    await app.app.evaluate(({ app: running }) => running.quit());
    const asked = (): Promise<unknown> => app.app.evaluate(() => (globalThis as unknown as { berthAsked: { message: string; buttons: string[] }[] }).berthAsked.map(({ message, buttons }) => ({ message, buttons })));
    await expect.poll(asked).toEqual([{ message: 'Beenden, obwohl eine Datei nicht gespeichert ist?', buttons: ['Weiter bearbeiten', 'Beenden'] }]);
    expect(await window.getByTestId('env-value-API_PORT').inputValue()).toBe('8002');

    await window.getByTestId('discard').click();
    await expect.poll(() => window.locator('html').getAttribute('lang')).toBe('de');
  });

  it('says in plain words what cannot be shown or changed, and makes a file that is not there', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('file-api/.dockerignore').click();
    await window.getByText('is not UTF-8 text').waitFor();
    await look(app, 'files-unreadable');
    await window.getByTestId('file-berth.yaml').click();
    await window.getByTestId('file-read-only').waitFor();
    await window.getByTestId('file-api/Dockerfile').click();
    await window.getByTestId('editor-text').getByText('WORKDIR').waitFor();
    await picture(window, 'files-dockerfile');
    await window.getByTestId('file-api.env').click();
    await window.getByText('api.env is not there yet. Save what you write to make it.').waitFor();
    await window.getByTestId('env-new-name').fill('MODE');
    await window.getByTestId('env-new-value').fill('dev');
    await window.keyboard.press('Enter');
    await window.getByTestId('save').click();
    await window.getByTestId('save-confirm').click();
    await window.getByTestId('save-dialog').waitFor({ state: 'detached' });
    await window.getByTestId('file-api.env').getByText('not there yet').waitFor({ state: 'detached' });
  });

  it('shows hostile text as text, under the same policy as every page', async () => {
    const app = await open('hostile');
    const { window } = app;
    const refused: string[] = [];
    window.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML|Trusted Type/i.test(message.text())) refused.push(message.text());
    });
    await window.getByTestId('file-docker-compose.dev.yml').click();
    await window.getByTestId('editor-text').getByText('<img src=x onerror="window.__ran=1">').waitFor();
    // A character that turns the direction of a text is shown as what it is.
    await window.locator('.cm-specialChar').first().waitFor();
    await window.getByTestId('editor-text').getByText('127.0.0.1:8000:8000').click();
    await window.keyboard.press('Home');
    await window.keyboard.press('Shift+End');
    await window.keyboard.type('- "8000:8000"');
    await window.getByTestId('problems').getByText('Port 8000 is open').waitFor();
    await window.keyboard.press('F8');
    await window.getByTestId('save').click();
    await window.getByTestId('save-dialog').getByTestId('diff').waitFor();
    await picture(window, 'files-hostile');
    await window.keyboard.press('Escape');
    await window.getByTestId('file-.env').click();
    await window.getByTestId('env-EVIL').waitFor();
    expect(await window.evaluate(() => (window as unknown as { __ran?: number }).__ran)).toBeUndefined();
    expect(refused).toEqual([]);
  });

  it('is reached from the place of a finding', async () => {
    const { window } = await openWorld('blocked');
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('finding-show').filter({ hasText: 'docker-compose.clean.yml:14' }).click();
    await window.getByTestId('source-edit-here').click();
    await window.getByTestId('page-files').waitFor();
    await expect.poll(() => window.locator('.cm-activeLine').textContent()).toBe('    networks: [back]');
    expect(await window.locator('.cm-activeLineGutter').first().textContent()).toBe('14');
  });

  it('offers another try where the files cannot be looked at', async () => {
    const app = await open('store-broken');
    const { window } = app;
    await window.getByText('The folder of the project cannot be read.').waitFor();
    await look(app, 'files-failed');
    await window.getByRole('button', { name: 'Try again' }).first().click();
    await window.getByTestId('file-.env').waitFor();
  });

  it('loads the editor with its page, and not before', async () => {
    const { window } = await openWorld('running');
    // The styles of a page come with its code.
    const loaded = (): Promise<readonly string[]> => window.evaluate(() => [...document.querySelectorAll('link')].map((link) => link.href.split('/').pop() ?? ''));
    expect((await loaded()).filter((name) => name.startsWith('files-page'))).toEqual([]);
    await window.getByTestId('nav-files').click();
    await expect.poll(async () => (await loaded()).filter((name) => name.startsWith('files-page')).length).toBeGreaterThan(0);
  });
});
