import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunningApp } from '../support/electron-app';
import { look, setLook, useWindow } from '../support/window-fixture';

const focused = (app: RunningApp): Promise<string | null> => app.window.evaluate(() => document.activeElement?.textContent ?? null);

/** Several projects at once, and every command by name, over a world in memory. */
describe('home, projects and the palette', () => {
  const open = useWindow();

  it('answers for all projects, and shows what is to be looked at', async () => {
    const app = await open('several');
    const { window } = app;
    await window.keyboard.press('1');
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toMatch(/^2 of 4 projects are healthy, \d+ things? to look at$/);
    await window.getByTestId('home-things').getByText('1 of 2 services runs in dev: web is unhealthy').waitFor();
    expect(await window.locator('[data-testid="home-projects"] tbody tr').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-health')))).toEqual(['healthy', 'healthy', 'degraded', 'stopped']);
    await window.getByTestId('home-machine').getByText('27.3.1').waitFor();
    await look(app, 'home');

    // Rows by the keyboard, and what is to be looked at leads to its place.
    await window.keyboard.press('j');
    expect(await focused(app)).toContain('shop');
    await window.keyboard.press('j');
    await window.keyboard.press('Enter');
    await window.getByTestId('page-project').waitFor();
    await expect.poll(() => window.getByTestId('project-menu').textContent()).toContain('blog');
    await window.keyboard.press('1');
    await window.getByTestId('thing-p_ledger0000002:health').press('Enter');
    await expect.poll(() => window.getByTestId('project-menu').textContent()).toContain('ledger');
  });

  it('takes the last switch back from the home page', async () => {
    const app = await open('several');
    const { window } = app;
    await window.getByTestId('mode-prod').click();
    await window.getByText('Switched to prod').waitFor();
    await window.keyboard.press('1');
    await window.locator('[data-testid^="home-undo-"]').first().click();
    await window.getByText('Switched to dev').waitFor();
  });

  it('goes from project to project by keys and by the list, each with how it is', async () => {
    const app = await open('several');
    const { window } = app;
    const name = (): Promise<string | null> => window.getByTestId('project-menu').textContent();
    await window.keyboard.press('Control+2');
    await expect.poll(name).toContain('blog');
    await window.keyboard.press('Control+p');
    await window.getByTestId('palette').getByText('not all well').waitFor();
    await look(app, 'quick-switch');
    await window.getByTestId('palette').getByRole('combobox').fill('ledg');
    await window.keyboard.press('Enter');
    await expect.poll(name).toContain('ledger');
    await window.getByTestId('project-menu').click();
    await window.getByTestId('switch-p_archive000003').getByText('stopped').waitFor();
    await look(app, 'project-menu');
    await window.getByTestId('close-project').click();
    await expect.poll(name).not.toContain('ledger');
  });

  it('closes a project, opens it again, and forgets it', async () => {
    const app = await open('several');
    const { window } = app;
    const rows = window.locator('[data-testid="home-projects"] tbody tr');
    await window.keyboard.press('1');
    await window.getByTestId('home-close-p_blog000000001').click();
    await window.getByTestId('reopen-p_blog000000001').waitFor();
    expect(await rows.count()).toBe(3);
    await look(app, 'home-closed');
    await window.getByTestId('reopen-p_blog000000001').click();
    await expect.poll(() => window.getByTestId('project-menu').textContent()).toContain('blog');
    await window.keyboard.press('1');
    await expect.poll(() => rows.count()).toBe(4);
    await window.getByTestId('home-close-p_blog000000001').click();
    await window.getByTestId('forget-p_blog000000001').click();
    await window.getByTestId('forget-confirm').click();
    await window.getByTestId('recent').waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(3);
  });

  it('has every command of the contract: found, described, filled in, run, and as a command line', async () => {
    const app = await open('running');
    const { window } = app;
    const palette = window.getByTestId('palette');
    await window.keyboard.press('Control+k');
    const items = palette.locator('[cmdk-item]');
    await palette.getByText('workspaces resolve').waitFor();
    expect(await items.count()).toBeGreaterThan(200);
    await palette.getByRole('combobox').fill('verify');
    await palette.getByTestId('palette-command').getByText('berth snapshots verify').waitFor();
    await look(app, 'palette-command');
    await window.keyboard.press('Enter');

    const dialog = window.getByTestId('command-dialog');
    await dialog.getByTestId('field-id').waitFor();
    expect(await dialog.getByTestId('command-run').isDisabled()).toBe(true);
    await dialog.getByText('Still needed: id.').waitFor();
    await look(app, 'command-form');
    await window.keyboard.type('last-good');
    await dialog.getByText('berth snapshots verify last-good --project shop').waitFor();
    await window.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    // What only asks answers in the dialog; what was used last stands first.
    await window.keyboard.press('Control+k');
    expect(await items.first().textContent()).toContain('snapshots verify');
    await palette.getByRole('combobox').fill('engine status');
    await window.keyboard.press('Enter');
    await dialog.getByTestId('command-run').click();
    await dialog.getByTestId('command-result').getByText('"state": "connected"').waitFor();
    await look(app, 'command-answer');
    await window.keyboard.press('Escape');

    // A change of files shows its plan before it is made.
    await window.keyboard.press('Control+k');
    await palette.getByRole('combobox').fill('services resources');
    await window.keyboard.press('Enter');
    await dialog.getByTestId('field-service').fill('web');
    await dialog.getByTestId('field-preset').selectOption('combined');
    await dialog.getByTestId('plan-document').waitFor();
    await look(app, 'command-plan');
  });

  it('shows every key, those of the page first', async () => {
    const app = await open('running');
    const { window } = app;
    await window.keyboard.press('3');
    await window.getByTestId('page-conflicts').waitFor();
    await window.keyboard.press('?');
    await window.getByTestId('shortcuts').waitFor();
    const headings = await window.getByTestId('shortcuts').getByRole('heading').allTextContents();
    expect(headings.slice(0, 4)).toEqual(['Keyboard', 'On Conflicts', 'Everywhere', 'In lists and tables']);
    expect(headings).toContain('On Snapshots');
    await look(app, 'shortcuts');
    await window.keyboard.press('Escape');
    // F6 goes through the parts of the window, and back to where it began.
    const region = (): Promise<string> => window.evaluate(() => document.activeElement?.closest('.rail, .header, .frame-page')?.className ?? '');
    const seen: string[] = [];
    for (let step = 0; step < 3; step += 1) {
      await window.keyboard.press('F6');
      seen.push(await region());
    }
    expect(new Set(seen)).toEqual(new Set(['rail', 'header', 'frame-page']));
    await window.keyboard.press('2');
    await window.keyboard.press('m');
    expect(await focused(app)).toBe('Dev');
  });

  it('opens a folder that is dropped into it by hand, and no other drop', async () => {
    const app = await open('first-run');
    const { window } = app;
    await window.getByTestId('first-run').waitFor();
    // What a page makes up itself is no drop: it has no path, and the preload does not listen to it.
    await window.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['services: {}'], 'compose.yaml'));
      document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
    });
    const folder = join(await app.app.evaluate(({ app: electron }) => electron.getPath('temp')), `berth-drop-${String(process.pid)}`);
    await mkdir(folder, { recursive: true });
    const session = await window.context().newCDPSession(window);
    const data = { items: [], files: [folder], dragOperationsMask: 19 };
    for (const type of ['dragEnter', 'dragOver'] as const) await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
    await window.getByTestId('drop-zone').waitFor();
    await setLook(app, [1440, 900], 'light');
    expect(await window.getByTestId('first-run').count()).toBe(1);
    await session.send('Input.dispatchDragEvent', { type: 'drop', x: 300, y: 300, data });
    await window.getByTestId('services-table').waitFor();
    expect(await window.getByTestId('drop-zone').count()).toBe(0);
  });
});
