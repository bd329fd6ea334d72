import { expect, it } from 'vitest';
import { accessibilityProblems } from '../support/axe';
import { pictures, setLook, useWindow } from '../support/window-fixture';

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

/** Words of Berth itself that do not fit where they stand. Names and paths of the user may be cut: they say in full what they are when one points at them. */
function cutWords(): readonly string[] {
  const own = 'button, th, label, h1, h2, h3, dt, legend, [role=tab], option, .label, .setting-name, .setting-title';
  return [...document.querySelectorAll<HTMLElement>(`.frame-page :is(${own}), .rail :is(${own}), .header :is(${own})`)]
    .flatMap((element) => [element, ...element.querySelectorAll<HTMLElement>('*')])
    .filter((element) => element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible' && element.closest('[title]') === null && element.closest('.hidden-text') === null)
    .map((element) => (element.textContent ?? '').trim())
    .filter((text) => text !== '');
}

it('cuts none of its words in a small window, on any tab', { timeout: 180_000 }, async () => {
  const berth = await open('running');
  const { window } = berth;
  await setLook(berth, [900, 600], 'light');
  for (const language of ['de', 'zh', 'en'] as const) {
    await window.evaluate((value) => (globalThis as unknown as { berth: { invoke(name: string, input: unknown): Promise<unknown> } }).berth.invoke('settings.set', { key: 'window.language', value }), language);
    await expect.poll(() => window.locator('html').getAttribute('lang')).toBe(language);
    await expect.poll(() => window.getByTestId('nav-project').textContent()).toBe(RAIL[language]);
    for (const page of ['home', 'project', 'conflicts', 'storage', 'workspaces', 'snapshots', 'files', 'activity', 'settings'] as const) {
      await window.getByTestId(`nav-${page}`).click();
      await window.locator('.frame-page h1, .frame-page [role=tablist]').first().waitFor();
      const tabs = window.locator('.page-tabs [role=tab]');
      const places = [null, ...Array.from({ length: await tabs.count() }, (_, index) => index)];
      for (const tab of places) {
        if (tab !== null) {
          await tabs.nth(tab).click();
          await expect.poll(() => tabs.nth(tab).getAttribute('aria-selected')).toBe('true');
        }
        // Not every place has a heading that is seen: a file in the editor and logs have none.
        await expect.poll(() => window.locator('.frame-page').innerText()).not.toBe('');
        expect(await window.evaluate(cutWords), `${language} ${page} ${String(tab)}`).toEqual([]);
        const bar = await window.evaluate(() => [...document.querySelectorAll('.page-tabs')].map((one) => one.scrollWidth - one.clientWidth));
        expect(Math.max(0, ...bar), `tabs of ${page}, ${language}`).toBeLessThan(2);
      }
    }
  }
});
