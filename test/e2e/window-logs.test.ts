import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import type { RunningApp } from '../support/electron-app';
import { accessibilityProblems } from '../support/axe';
import { look, picture, SIZES, THEMES, useWindow } from '../support/window-fixture';

/** Logs over a world in memory: merged in the drawer, of one service, and in a window of their own. */
describe('logs in the window', () => {
  const open = useWindow();

  const count = (page: Page): Promise<string | null> => page.getByTestId('log-count').textContent();
  const pressed = (page: Page, testId: string): Promise<string | null> => page.getByTestId(testId).getAttribute('aria-pressed');

  async function openDrawer(app: RunningApp): Promise<Page> {
    await app.window.getByTestId('line-logs').click();
    await app.window.getByTestId('log-viewer').waitFor();
    await expect.poll(() => count(app.window)).toBe('401 lines');
    return app.window;
  }

  /** What execCommand('copy') put into the clipboard. */
  const clipboard = (app: RunningApp): Promise<string> => app.app.evaluate(({ clipboard: system }) => system.readText());

  it('merges all services by time, and shows those that are chosen', async () => {
    const app = await open('running');
    const window = await openDrawer(app);
    const list = window.getByTestId('log-lines');
    await list.getByText('New container of worker').waitFor();
    await look(app, 'logs');

    await window.getByTestId('log-chip-cache').click();
    await expect.poll(() => count(window)).toMatch(/^\d\d of 401 lines$/);
    expect(await pressed(window, 'log-chip-all')).toBe('false');
    expect([...new Set(await list.locator('.log-service').allTextContents())]).toEqual(['cache']);
    await window.getByTestId('log-level').selectOption('info');
    await expect.poll(() => list.getByText('"level":"debug"').count()).toBe(0);
    await window.getByTestId('log-level').selectOption('error');
    await window.getByTestId('log-chip-all').click();
    await expect.poll(() => list.locator('.log-line[data-kind="line"]:not([data-level="error"])').count()).toBe(0);
    expect(await list.locator('.log-line[data-level="error"]').count()).toBeGreaterThan(3);
  });

  it('finds, marks and steps through what matches, as text and as a pattern', async () => {
    const app = await open('running');
    const window = await openDrawer(app);
    const list = window.getByTestId('log-lines');
    const hits = window.getByTestId('log-hits');
    await list.focus();
    await window.keyboard.press('/');
    await window.keyboard.type('SLOW query');
    await expect.poll(() => hits.textContent()).toMatch(/^\d+ matches$/);
    const all = Number((await hits.textContent())?.split(' ')[0]);
    await window.keyboard.press('Enter');
    await expect.poll(() => hits.textContent()).toBe(`1 of ${String(all)}`);
    await list.locator('.log-line[data-current] mark').first().waitFor();
    expect(await pressed(window, 'log-follow')).toBe('false');
    await window.keyboard.press('Shift+Enter');
    await expect.poll(() => hits.textContent()).toBe(`${String(all)} of ${String(all)}`);
    await look(app, 'logs-search');

    await window.getByTestId('log-pattern').click();
    await window.getByTestId('log-search').fill('upload of *.pdf|took [0-9][0-9][0-9] ms');
    await window.getByTestId('log-only').click();
    await expect.poll(() => list.locator('.log-line').first().locator('mark').count()).toBeGreaterThan(0);
    await expect.poll(() => list.locator('.log-line:not(:has(mark))').count()).toBe(0);
    await window.getByTestId('log-search').fill('[0');
    await expect.poll(() => hits.textContent()).toBe('This pattern is not finished.');
    await window.getByTestId('log-search').press('Escape');
    await expect.poll(() => count(window)).toBe('401 lines');
  });

  it('has its choices on keys, and says how many lines wait while it does not follow', async () => {
    const app = await open('running');
    const window = await openDrawer(app);
    const list = window.getByTestId('log-lines');
    await list.focus();
    await window.keyboard.press('w');
    await expect.poll(() => pressed(window, 'log-wrap')).toBe('true');
    await expect.poll(() => list.locator('.log-line').count()).toBeGreaterThan(3);
    await window.keyboard.press('t');
    await list.getByText(/min ago|s ago|just now/).first().waitFor();
    await picture(window, 'logs-wrapped');
    await window.keyboard.press('t');
    await expect.poll(() => list.locator('.log-time').count()).toBe(0);
    await window.keyboard.press('w');
    await window.keyboard.press('t');
    await list.evaluate((element) => element.scrollTo({ top: 40 }));
    await expect.poll(() => pressed(window, 'log-follow')).toBe('false');
    await window.getByTestId('log-jump').click();
    await expect.poll(() => pressed(window, 'log-follow')).toBe('true');
    await expect.poll(() => list.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight)).toBeLessThan(24);
    await list.focus();
    await window.keyboard.press('f');
    await expect.poll(() => pressed(window, 'log-follow')).toBe('false');
  });

  it('copies what is shown and saves everything through the system’s dialog', async () => {
    const app = await open('running');
    const window = await openDrawer(app);
    await window.getByTestId('log-search').fill('report.pdf');
    await window.getByTestId('log-only').click();
    await expect.poll(() => count(window)).toMatch(/^\d of 401 lines$/);
    await window.getByTestId('log-copy').click();
    await expect.poll(() => count(window)).toMatch(/^\d lines copied$/);
    expect((await clipboard(app)).split('\n')[0]).toMatch(/^\w+ \| error upload of report\.pdf failed/);

    await app.app.evaluate(({ dialog }) => {
      Object.assign(globalThis, { berthAsked: [] });
      Object.assign(dialog, { showSaveDialog: (...given: readonly unknown[]) => ((globalThis as unknown as { berthAsked: unknown[] }).berthAsked.push(given.at(-1)), Promise.resolve({ canceled: false, filePath: '/home/ada/shop.log' })) });
    });
    await window.getByTestId('log-save').click();
    await expect.poll(() => count(window)).toBe('Saving to shop.log. Activity says when it is done.');
    expect(await app.app.evaluate(() => (globalThis as unknown as { berthAsked: unknown[] }).berthAsked)).toEqual([expect.objectContaining({ title: 'Save the log as', defaultPath: 'shop.log' })]);
  });

  it('stops reading while it cannot be seen, and goes on where it was', async () => {
    const app = await open('running');
    const window = await openDrawer(app);
    await window.getByTestId('line-logs').click();
    await window.getByTestId('log-viewer').waitFor({ state: 'hidden' });
    await window.getByTestId('line-logs').click();
    await window.getByTestId('log-viewer').waitFor();
    await window.getByTestId('log-lines').getByText('New container of worker').waitFor();
    expect(await count(window)).toBe('401 lines');
  });

  it('opens in a window of its own, as closed as the other, that survives a reload and closes with the app', async () => {
    const app = await open('running');
    const window = await openDrawer(app);
    await window.getByTestId('log-chip-web').click();
    const [own] = await Promise.all([app.app.waitForEvent('window'), window.getByTestId('log-pop-out').click()]);
    await own.getByTestId('logs-window').waitFor();
    await own.getByTestId('log-lines').getByText('GET /').first().waitFor();
    await expect.poll(() => own.title()).toBe('web – logs – Berth');
    await own.keyboard.press('w');
    await expect.poll(() => pressed(own, 'log-wrap')).toBe('true');
    await own.keyboard.press('w');

    const preferences = await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((one) => (one.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences()));
    expect(preferences).toHaveLength(2);
    for (const one of preferences) expect(one).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false });
    expect(own.url()).toMatch(/^app:\/\/berth\/logs\.html\?logs=p_0123456789abc&service=web$/);

    await own.reload();
    await own.getByTestId('log-lines').getByText('GET /').first().waitFor();
    await own.evaluate(() => location.assign('app://berth/index.html'));
    expect(await own.getByTestId('logs-window').count()).toBe(1);

    for (const [width, height] of SIZES) {
      for (const theme of THEMES) {
        await app.app.evaluate(({ BrowserWindow }, [wide, high]) => BrowserWindow.getAllWindows().find((one) => one.webContents.getURL().includes('logs='))?.setContentSize(wide, high), [width, height] as const);
        await own.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await expect.poll(() => own.evaluate(() => innerWidth)).toBeGreaterThan(width - 4);
        await picture(own, `logs-window-${theme}-${String(width)}x${String(height)}`);
        expect(await accessibilityProblems(own)).toEqual([]);
      }
    }
    // The same logs are the same window.
    await window.getByTestId('log-pop-out').click();
    await expect.poll(() => app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(2);
    // It speaks the language of the others, at once.
    await window.evaluate(() => (globalThis as unknown as { berth: { invoke(name: string, input: unknown): Promise<unknown> } }).berth.invoke('settings.set', { key: 'window.language', value: 'de' }));
    for (const page of [window, own]) await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('de');
    await expect.poll(() => own.title()).toBe('web – Logs – Berth');
    expect(await own.getByTestId('log-pop-out').count()).toBe(0);
  });

  it('shows hostile lines as text, however long', async () => {
    const app = await open('hostile');
    const { window } = app;
    const asked: string[] = [];
    window.on('request', (request) => void (request.url().startsWith('app://berth/') || asked.push(request.url())));
    await window.locator('[data-testid^="service-api"] td').nth(1).click();
    const list = window.getByTestId('log-lines');
    for (const text of ['cursor moved away', 'title set', 'a link', 'right ⟨U+202E⟩to left⟨U+202C⟩ again', 'nul ⟨U+0000⟩ and bell ⟨U+0007⟩', '<iframe src=']) await list.getByText(text).first().waitFor();
    await list.getByText(/more characters/).waitFor();
    expect(await list.locator('iframe, a, img, script').count()).toBe(0);
    expect(await window.title()).not.toContain('another title');
    expect([asked, await window.evaluate(() => (globalThis as { __ran?: unknown }).__ran)]).toEqual([[], undefined]);
    await picture(window, 'logs-hostile');
  });

  it('takes 50,000 lines, and a flood, and still answers', async () => {
    const app = await open('chatty');
    const { window } = app;
    await window.getByTestId('service-api').locator('td').nth(1).click();
    await expect.poll(() => count(window)).toContain('50000 lines');
    await window.getByTestId('log-search').fill('report.pdf');
    await expect.poll(() => window.getByTestId('log-hits').textContent()).toBe('1219 matches');
    await window.getByTestId('drawer-close').click();
    await window.getByTestId('service-worker').locator('td').nth(1).click();
    await expect.poll(async () => Number(/^(\d+) lines/.exec((await count(window)) ?? '')?.[1]), { timeout: 30_000 }).toBeGreaterThan(20_000);
    await window.getByTestId('log-wrap').click();
    await expect.poll(() => pressed(window, 'log-wrap')).toBe('true');
    await window.getByTestId('log-wrap').click();
    await expect.poll(() => pressed(window, 'log-wrap')).toBe('false');
    await window.getByTestId('log-follow').click();
    await expect.poll(() => window.getByTestId('log-jump').textContent()).toMatch(/\d+ new lines/);
  });
});
