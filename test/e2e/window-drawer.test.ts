import type { Locator, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { look, setLook, useWindow } from '../support/window-fixture';

async function box(locator: Locator): Promise<{ readonly x: number; readonly y: number; readonly width: number; readonly height: number }> {
  const found = await locator.boundingBox();
  if (found === null) throw new Error(`Nothing is shown of ${String(locator)}.`);
  return found;
}

const focused = (window: Page): Promise<string | null> => window.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null);

describe('the drawer of the window', () => {
  const openWorld = useWindow();

  it('opens and closes by keys and by its button, and gives the focus back', async () => {
    const { window } = await openWorld('running');
    await window.getByTestId('services-table').waitFor();
    const drawer = window.getByTestId('bottom-drawer');
    expect(await drawer.count()).toBe(0);
    await window.getByTestId('nav-project').focus();
    await window.keyboard.press('Control+j');
    await drawer.waitFor();
    await expect.poll(() => focused(window)).toBe('drawer-activity');
    await window.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    expect(await focused(window)).toBe('nav-project');
    await window.keyboard.press('`');
    await drawer.waitFor();
    await window.getByTestId('bottom-drawer-close').click();
    await drawer.waitFor({ state: 'hidden' });
    await window.getByTestId('drawer-toggle').click();
    await drawer.waitFor();
    expect(await window.getByTestId('drawer-toggle').getAttribute('aria-expanded')).toBe('true');

    // What is open on the page is nearer than the drawer.
    await window.getByTestId('service-api').locator('[data-row]').or(window.locator('[data-testid="service-api"][data-row]')).first().click();
    await window.getByTestId('service-drawer').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('service-drawer').waitFor({ state: 'hidden' });
    expect(await drawer.isVisible()).toBe(true);
    await window.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
  });

  it('is as high as it was made, by the keyboard and by hand, and takes its room from the page', async () => {
    const berth = await openWorld('running');
    const { window } = berth;
    await setLook(berth, [900, 600], 'light');
    await window.getByTestId('drawer-toggle').click();
    const drawer = window.getByTestId('bottom-drawer');
    const grip = drawer.getByRole('separator', { name: 'Height of the drawer' });
    expect((await box(drawer)).height).toBe(280);
    await grip.focus();
    await window.keyboard.press('ArrowDown');
    await expect.poll(async () => (await box(drawer)).height).toBe(248);
    for (let presses = 0; presses < 4; presses += 1) await window.keyboard.press('ArrowUp');
    // The page keeps enough for itself.
    await expect.poll(async () => (await box(drawer)).height).toBe(312);
    const at = await box(grip);
    await window.mouse.move(at.x + 200, at.y + at.height / 2);
    await window.mouse.down();
    await window.mouse.move(at.x + 200, at.y + 112 + at.height / 2, { steps: 4 });
    await window.mouse.up();
    await expect.poll(async () => Math.abs((await box(drawer)).height - 200)).toBeLessThan(3);
    const height = (await box(drawer)).height;

    for (const page of ['project', 'conflicts', 'storage', 'workspaces', 'snapshots', 'activity', 'settings']) {
      await window.getByTestId(`nav-${page}`).click();
      const main = await box(window.locator('main.frame-page'));
      const top = (await box(drawer)).y;
      expect(Math.abs(main.y + main.height - top), page).toBeLessThan(1.5);
      expect(await window.evaluate(() => document.documentElement.scrollHeight <= innerHeight), page).toBe(true);
    }
    const line = await box(window.getByTestId('status-line'));
    expect(line.y + line.height).toBeLessThanOrEqual(600.5);

    await window.reload();
    await drawer.waitFor();
    expect((await box(drawer)).height).toBe(height);
  });

  it('has every operation with its steps, its parts and what can be done, also after a reload', async () => {
    const berth = await openWorld('running');
    const { window } = berth;
    await window.getByTestId('services-table').waitFor();
    await window.getByTestId('line-activity').click();
    const drawer = window.getByTestId('bottom-drawer');
    const row = (id: string): Locator => drawer.getByTestId(`operation-${id}`);
    await row('op_4').waitFor();
    expect(await row('op_4k').count()).toBe(0);
    await drawer.getByTestId('activity-state').selectOption('wrong');
    await row('op_6').waitFor({ state: 'hidden' });
    await row('op_4').locator('[data-row]').first().click();
    await row('op_4').getByText('search never became healthy').first().waitFor();
    await row('op_4').getByText('health.wait').waitFor();
    await row('op_4k').getByText('Keep shop before the switch to prod').waitFor();
    expect(await row('op_4').getByTestId('retry-op_4').count()).toBe(1);
    await drawer.getByTestId('activity-state').selectOption('open');
    await drawer.getByTestId('activity-clear').click();
    await row('op_3').getByTestId('undo-op_3').click();
    await window.getByTestId('undo-dialog').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('undo-dialog').waitFor({ state: 'hidden' });
    await look(berth, 'drawer-activity');

    await window.reload();
    await row('op_4').getByText('health.wait').waitFor();
    expect(await drawer.isVisible()).toBe(true);
  });

  it('has what runs in its status line: a click shows how far it is, and it can be cancelled there', async () => {
    const berth = await openWorld('switching');
    const { window } = berth;
    await window.getByTestId('services-table').waitFor();
    await window.getByTestId('mode-prod').click();
    const line = window.locator('[data-testid="line-operation"][data-state="running"]');
    await line.getByText('Switch shop to prod').waitFor();
    await line.getByRole('progressbar').waitFor();
    await window.getByTestId('nav-storage').click();
    await line.click();
    const row = window.getByTestId('bottom-drawer').locator('li[data-state="running"]');
    await row.getByText('#8 [web 4/6] RUN npm run build').waitFor();
    await row.getByRole('button', { name: 'Cancel' }).waitFor();
    await look(berth, 'drawer-running');
  });
});
