import { expect, it } from 'vitest';
import { accessibilityProblems } from '../support/axe';
import { pictures, useWindow } from '../support/window-fixture';

const open = useWindow();

/** What the rail says of its second page, by language. */
const RAIL = { de: 'Projekt', zh: '项目', en: 'Project' } as const;

it('speaks the language of the setting on every page, at once and after a start', async () => {
  const berth = await open('running');
  const { window } = berth;
  const speak = (value: string): Promise<unknown> => window.evaluate((language) => (globalThis as unknown as { berth: { invoke(name: string, input: unknown): Promise<unknown> } }).berth.invoke('settings.set', { key: 'window.language', value: language }), value);
  for (const language of ['de', 'zh', 'en'] as const) {
    expect(await speak(language)).toMatchObject({ ok: true });
    await expect.poll(() => window.locator('html').getAttribute('lang')).toBe(language);
    await expect.poll(() => window.getByTestId('nav-project').textContent()).toBe(RAIL[language]);
    for (const page of ['home', 'conflicts', 'storage', 'workspaces', 'snapshots', 'files', 'activity', 'settings', 'project'] as const) {
      await window.getByTestId(`nav-${page}`).click();
      await window.locator('.frame-page h1, .frame-page [role=tablist]').first().waitFor();
      expect(await window.locator('.frame-page').textContent(), page).not.toMatch(/undefined|\[object/);
    }
    expect(await accessibilityProblems(window)).toEqual([]);
    if (language !== 'en') await pictures(berth, `language-${language}`);
  }
});
