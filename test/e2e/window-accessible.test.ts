import { describe, expect, it } from 'vitest';
import { accessibilityProblems } from '../support/axe';
import type { RunningApp } from '../support/electron-app';
import { setLook, THEMES, useWindow } from '../support/window-fixture';

/** So many presses of Tab go through a page at most. */
const MOST_STOPS = 160;

/** Every page and each of its tabs, whatever they are: nothing for axe to say, in both themes. The baseline is empty and stays so. */
describe('every page', () => {
  const open = useWindow();

  it('has nothing for axe to find, in both themes', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const seen: string[] = [];
    for (const page of await pages(app)) {
      await app.window.getByTestId(page).click();
      const tabs = app.window.locator('.frame-page [role="tablist"]').first().getByRole('tab');
      await settled(app);
      const number = Math.max(1, await tabs.count());
      for (let tab = 0; tab < number; tab += 1) {
        if ((await tabs.count()) > 0) await tabs.nth(tab).click();
        await settled(app);
        const name = `${page} ${String(tab)}`;
        seen.push(name);
        for (const theme of THEMES) {
          await setLook(app, [1440, 900], theme);
          expect(await accessibilityProblems(app.window), `${name} ${theme}`).toEqual([]);
        }
      }
    }
    expect(seen.length).toBeGreaterThan(25);
  });

  it('is gone through with Tab alone, and each stop can be seen', { timeout: 240_000 }, async () => {
    const app = await open('running');
    const { window } = app;
    for (const page of await pages(app)) {
      await window.getByTestId(page).focus();
      await window.keyboard.press('Enter');
      await settled(app);
      const stops = new Set<string>();
      for (let press = 0; press < MOST_STOPS; press += 1) {
        await window.keyboard.press('Tab');
        const stop = await window.evaluate(() => {
          const one = document.activeElement;
          if (!(one instanceof HTMLElement) || one === document.body) return null;
          // A field within a frame of its own shows it by that.
          const shown = [one, one.parentElement].some((element) => element !== null && getComputedStyle(element).outlineStyle !== 'none');
          return { name: `${one.tagName}.${one.className} ${one.dataset['testid'] ?? one.textContent.slice(0, 30)}`, shown, inPage: one.closest('.frame-page') !== null };
        });
        if (stop === null) break;
        expect(stop.shown, `${page}: ${stop.name}`).toBe(true);
        if (stop.inPage) stops.add(stop.name);
      }
      expect(stops.size, page).toBeGreaterThan(0);
    }
  });
});

function pages({ window }: RunningApp): Promise<string[]> {
  return window.locator('.rail [data-testid^="nav-"]').evaluateAll((items) => items.map((item) => item.getAttribute('data-testid') ?? ''));
}

/** Nothing is still being loaded. */
async function settled({ window }: RunningApp): Promise<void> {
  await window.locator('.frame-page [data-testid^="page-"]').first().waitFor();
  await expect.poll(() => window.locator('.frame-page .skeleton').count()).toBe(0);
}
