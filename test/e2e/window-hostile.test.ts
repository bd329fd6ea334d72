import { expect, it } from 'vitest';
import { answered, type RunningApp } from '../support/electron-app';
import { HOSTILE_STRINGS } from '../support/hostile-strings';
import { useWindow } from '../support/window-fixture';

const open = useWindow();

const PAGES = ['home', 'project', 'conflicts', 'storage', 'workspaces', 'snapshots', 'files', 'activity', 'settings'] as const;
/** Bidirectional and other control characters, and those nobody sees. */
const UNSEEN = '[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\ufeff\\u0000-\\u0008\\u000e-\\u001f]';

/** Nothing ran, nothing left the page, nothing came into it, and what cannot be seen is shown. */
async function expectHarmless(berth: RunningApp, where: string): Promise<void> {
  const seen = await berth.window.evaluate((unseen) => {
    const page = globalThis as unknown as { __ran?: unknown; __violations?: string[] };
    const text = document.body.innerText;
    const shown = new RegExp(unseen).exec(text);
    return {
      ran: page.__ran,
      violations: page.__violations,
      elements: document.querySelectorAll('img, iframe, object, embed, base, form[action], meta[http-equiv=refresh], style[data-x], script:not([src]), a[href^="javascript"], a[href^="data"], a[href^="file"]').length,
      unseen: shown === null ? null : text.slice(Math.max(0, shown.index - 40), shown.index + 40),
      href: location.href,
    };
  }, UNSEEN);
  expect({ where, ...seen }).toEqual({ where, ran: undefined, violations: [], elements: 0, unseen: null, href: 'app://berth/index.html' });
}

it('takes sixty hostile texts in every field of every page for text', async () => {
  const berth = await open('hostile-everywhere');
  const { window } = berth;
  const asked: string[] = [];
  const dialogs: string[] = [];
  window.on('request', (request) => void (request.url().startsWith('app://berth/') || asked.push(request.url())));
  window.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await window.evaluate(() => {
    const violations: string[] = [];
    Object.assign(globalThis, { __violations: violations });
    document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
  });

  for (const page of PAGES) {
    await window.getByTestId(`nav-${page}`).click();
    await window.locator('.frame-page h1, .frame-page h2, .frame-page [role=tablist]').first().waitFor();
    await expectHarmless(berth, page);
    for (const tab of await window.locator('.frame-page [role=tab]').all()) {
      await tab.click();
      await expectHarmless(berth, `${page}, ${(await tab.textContent())?.slice(0, 30) ?? ''}`);
    }
    // What opens from a row.
    const row = window.locator('.frame-page [data-row], .frame-page tbody tr').first();
    if ((await row.count()) > 0) {
      await row.evaluate((element) => (element as HTMLElement).click());
      await expectHarmless(berth, `${page}, a row`);
      await window.keyboard.press('Escape');
      await window.keyboard.press('Escape');
    }
  }
  await window.keyboard.press('Control+k');
  await window.getByTestId('palette').waitFor();
  await expectHarmless(berth, 'palette');

  expect(asked).toEqual([]);
  expect(dialogs).toEqual([]);
  expect(berth.app.windows()).toHaveLength(1);
  // Each of them was in something the page was told.
  expect(await answered(() => berth.app.evaluate(() => (globalThis as unknown as { berthHostile(): number }).berthHostile()))).toBe(HOSTILE_STRINGS.length);
});
