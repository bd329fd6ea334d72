import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS } from '@shared/domain/settings/settings';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { useWindow, look } from '../support/window-fixture';
import type { WorldName } from '../support/window-world';

/** Asks through the door of the page, past what the page shows: what another window or program would see and do. */
function throughDoor(berth: RunningApp, name: string, input: unknown): Promise<unknown> {
  return berth.window.evaluate(async ([entry, given]) => {
    const answer = await (globalThis as unknown as { berth: { invoke(name: string, input: unknown): Promise<{ ok: boolean; value?: unknown }> } }).berth.invoke(entry, given);
    return answer.ok ? answer.value : null;
  }, [name, input] as const);
}

async function storedValue(berth: RunningApp, key: string): Promise<unknown> {
  const settings = (await throughDoor(berth, 'settings.list', {})) as readonly { readonly key: string; readonly value: unknown }[];
  return settings.find((setting) => setting.key === key)?.value;
}

describe('settings and schedules in the window', () => {
  const openWorld = useWindow();

  async function open(world: WorldName, page: 'settings' | 'schedules'): Promise<RunningApp> {
    const berth = await openWorld(world);
    if (world !== 'store-broken') await berth.window.getByTestId('services-table').waitFor();
    await berth.window.getByTestId(page === 'settings' ? 'nav-settings' : 'nav-activity').click();
    if (page === 'schedules') await berth.window.getByTestId('activity-schedules').click();
    return berth;
  }

  it('shows every setting, sets one, says what it may be, and takes it back', async () => {
    const app = await open('troubled', 'settings');
    const { window } = app;
    await window.getByTestId('setting-heal.maxTries').waitFor();
    for (const key of Object.keys(SETTINGS)) expect(await window.getByTestId(`setting-${key}`).count(), key).toBe(1);
    await window.getByText('2 settings not at their default').waitFor();
    await look(app, 'settings-list');

    const row = window.getByTestId('setting-drift.everySeconds');
    const field = row.getByRole('textbox', { name: 'Look for drift' });
    await field.fill('2');
    await field.press('Enter');
    await row.getByRole('alert').getByText('drift.everySeconds may be 5 to 3600 seconds.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await look(app, 'settings-refused');
    await field.press('Escape');
    await expect.poll(() => field.inputValue()).toBe('30');
    expect(await row.getByRole('alert').count()).toBe(0);
    await field.fill('');
    await field.press('Enter');
    await row.getByRole('alert').waitFor();
    expect(await storedValue(app, 'drift.everySeconds')).toBe(30);
    await field.fill('45');
    await field.press('Enter');
    await expect.poll(() => row.getAttribute('data-changed')).toBe('true');
    expect(await row.getByRole('alert').count()).toBe(0);
    expect(await storedValue(app, 'drift.everySeconds')).toBe(45);
    await row.getByRole('button', { name: 'Look for drift: back to the default, 30' }).click();
    await expect.poll(() => field.inputValue()).toBe('30');
    expect(await storedValue(app, 'drift.everySeconds')).toBe(30);

    await window.getByRole('switch', { name: 'Local API on 127.0.0.1' }).press('Space');
    await expect.poll(() => storedValue(app, 'api.tcp')).toBe(false);
    await window.getByText('1 setting not at its default').waitFor();
  });

  it('follows a setting that another door changes', async () => {
    const app = await open('running', 'settings');
    const field = app.window.getByTestId('setting-stats.everySeconds').getByRole('textbox');
    await expect.poll(() => field.inputValue()).toBe('30');
    await throughDoor(app, 'settings.set', { key: 'stats.everySeconds', value: 60 });
    await expect.poll(() => field.inputValue()).toBe('60');
    await app.window.getByText('1 setting not at its default').waitFor();
  });

  it('finds and changes a setting with the keyboard alone', async () => {
    const app = await open('running', 'settings');
    const { window } = app;
    await window.getByTestId('setting-heal.maxTries').waitFor();
    await window.keyboard.press('/');
    await window.keyboard.type('heal tries');
    await expect.poll(() => window.locator('[data-testid^="setting-"]').count()).toBe(2);
    await look(app, 'settings-filter');
    await window.getByTestId('settings-filter').blur();
    await window.keyboard.press('j');
    await window.keyboard.press('Enter');
    await window.keyboard.type('7');
    await window.keyboard.press('Enter');
    await expect.poll(() => storedValue(app, 'heal.maxTries')).toBe(7);
    await window.keyboard.press('Escape');
    await window.keyboard.press('j');
    expect(await window.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('setting-heal.windowSeconds');
    await window.keyboard.press('/');
    await window.keyboard.type('nothing like it');
    await window.getByText('No setting matches “nothing like it”').waitFor();
  });

  it('adds, changes, switches off and removes a schedule', async () => {
    const app = await open('running', 'schedules');
    const { window } = app;
    await window.getByTestId('schedules-empty').waitFor();
    await look(app, 'schedules-empty');
    await window.getByTestId('schedule-add').click();
    await expect.poll(() => window.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('schedule-kind');
    await window.getByTestId('schedule-service').selectOption('search');
    await window.getByTestId('schedule-every').fill('2');
    await window.getByTestId('schedule-unit').selectOption('seconds');
    await window.getByTestId('schedule-every').press('Enter');
    await window.getByTestId('schedule-dialog').getByRole('alert').getByText('It may be 10 seconds to 365 days.').waitFor();
    await look(app, 'schedule-add');
    await window.getByTestId('schedule-unit').selectOption('hours');
    await window.getByTestId('schedule-save').click();
    await window.getByTestId('schedule-dialog').waitFor({ state: 'detached' });
    const row = window.getByTestId('schedule-services.restart');
    await row.getByText('Restart search of shop').waitFor();
    await row.getByText('2 hours').waitFor();
    await row.getByText('in 1 h 59 min').waitFor();
    expect(await throughDoor(app, 'schedules.list', {})).toMatchObject([{ kind: 'services.restart', input: { services: ['search'] }, everySeconds: 7_200, enabled: true }]);

    await window.keyboard.press('j');
    await window.keyboard.press('Enter');
    await window.getByTestId('schedule-dialog').getByText('Restart search of shop').waitFor();
    await window.keyboard.press('Control+a');
    await window.keyboard.type('3');
    await window.keyboard.press('Enter');
    await row.getByText('3 hours').waitFor();
    await row.getByRole('switch').press('Space');
    await expect.poll(() => row.getAttribute('data-enabled')).toBe('false');
    await window.getByText('1 schedule, switched off').waitFor();
    expect(await throughDoor(app, 'schedules.list', {})).toMatchObject([{ everySeconds: 10_800, enabled: false }]);

    await row.getByRole('button', { name: 'Remove: Restart search of shop' }).click();
    await window.getByTestId('schedule-remove-dialog').waitFor();
    await look(app, 'schedule-remove');
    await window.getByTestId('schedule-remove-confirm').click();
    await window.getByTestId('schedules-empty').waitFor();
    expect(await throughDoor(app, 'schedules.list', {})).toEqual([]);
  });

  it('shows when schedules run next, and how the last run went', async () => {
    const app = await open('troubled', 'schedules');
    const { window } = app;
    await window.getByText('4 schedules, 3 switched on').waitFor();
    await window.getByTestId('schedule-services.restart').getByText('Restart search and worker of shop').waitFor();
    await window.getByTestId('schedule-modes.switch').getByText('failed, undone').waitFor();
    await window.getByTestId('schedule-doctor.fix').getByText('doctor.fix {"name":"engine"}').waitFor();
    await look(app, 'schedules');
  });

  it('says what is wrong when the store cannot be read, and comes back', async () => {
    const app = await open('store-broken', 'settings');
    const { window } = app;
    await window.getByTestId('settings-list').getByRole('alert').getByText('the disk is full').waitFor();
    await look(app, 'settings-failed');
    await window.getByTestId('settings-list').getByRole('button', { name: 'Try again' }).click();
    await window.getByTestId('setting-heal.maxTries').waitFor();
    await window.getByTestId('nav-activity').click();
    await window.getByTestId('activity-schedules').click();
    await window.getByRole('alert').getByText('the disk is full').waitFor();
    await look(app, 'schedules-failed');
    await window.getByRole('button', { name: 'Try again' }).click();
    await window.getByTestId('schedules-empty').waitFor();
  });
});

/** The same with nothing in between: the real main process and its store, seen again through the command line. */
describe('settings and schedules of a running Berth', () => {
  let home: TestHome;
  let folder: string;
  let berth: RunningApp;

  beforeAll(async () => {
    home = await createHome();
    folder = await mkdtemp(join(tmpdir(), 'berth-scheduled-'));
    await writeFile(join(folder, 'compose.yaml'), 'services:\n  api:\n    image: busybox\n');
    berth = await launchBerth(home);
    const opened = await home.berth(['projects', 'open', await home.bringIn(folder, 'scheduled')]);
    expect(opened.code, opened.stderr).toBe(0);
  });
  afterAll(async () => {
    await berth?.close();
    await home?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function listed(what: 'settings' | 'schedules'): Promise<readonly { readonly [field: string]: unknown }[]> {
    const { code, stdout, stderr } = await home.berth([what, 'list', '--json']);
    expect(code, stderr).toBe(0);
    return (JSON.parse(stdout) as { readonly value: readonly { readonly [field: string]: unknown }[] }).value;
  }

  it('keeps a setting of the window in the store, and shows one of the command line', async () => {
    await berth.window.getByTestId('nav-settings').click();
    const field = berth.window.getByTestId('setting-heal.maxTries').getByRole('textbox');
    await field.fill('8');
    await field.press('Enter');
    await expect.poll(async () => (await listed('settings')).find((setting) => setting['key'] === 'heal.maxTries')?.['value']).toBe(8);
    const set = await home.berth(['settings', 'set', 'heal.maxTries', '9']);
    expect(set.code, set.stderr).toBe(0);
    await expect.poll(() => field.inputValue()).toBe('9');
  });

  it('looks at this machine, says where engines are, and how its own start went', async () => {
    const { window } = berth;
    await window.getByTestId('nav-settings').click();
    await window.getByTestId('settings-machine').click();
    await window.getByTestId('doctor-engine').getByText('fine').waitFor();
    await window.getByTestId('doctor-berth').getByText(/^Berth .+ on Node .+, Electron/).waitFor();
    await window.getByTestId('settings-settings').click();
    await window.locator('[data-testid^="engine-"][data-used="true"]').getByText('in use').waitFor();
    const { code, stdout, stderr } = await home.berth(['diagnostics', 'startup', '--json']);
    expect(code, stderr).toBe(0);
    const { value } = JSON.parse(stdout) as { readonly value: { readonly marks: readonly { readonly name: string; readonly atMs: number }[] } };
    expect(value.marks.map((mark) => mark.name)).toEqual(expect.arrayContaining(['code-loaded', 'app-ready', 'window-created', 'page-ready', 'services-ready']));
    await window.getByTestId('startup-line').waitFor();
    await window.getByTestId('bundle-open').click();
    await window.getByTestId('bundle-files').getByText('berth.log').waitFor();
    await window.keyboard.press('Escape');
  });

  it('keeps a schedule of the window in the store, until it is removed', async () => {
    const { window } = berth;
    await window.getByTestId('nav-activity').click();
    await window.getByTestId('activity-schedules').click();
    await window.getByTestId('schedule-add').click();
    await window.getByTestId('schedule-kind').selectOption('services.stop');
    await window.getByTestId('schedule-save').click();
    const row = window.getByTestId('schedule-services.stop');
    await row.getByText('Stop all services of scheduled').waitFor();
    const kept = await listed('schedules');
    expect(kept).toMatchObject([{ kind: 'services.stop', everySeconds: 86_400, enabled: true }]);
    await row.getByRole('button', { name: 'Remove: Stop all services of scheduled' }).click();
    await window.getByTestId('schedule-remove-confirm').click();
    await window.getByTestId('schedules-empty').waitFor();
    expect(await listed('schedules')).toEqual([]);
    // What another door does is told, not asked for.
    const set = await home.berth(['schedules', 'set', 'services.stop', '--every-seconds', '600', '--input', JSON.stringify(kept[0]?.['input'])]);
    expect(set.code, set.stderr).toBe(0);
    await row.getByText('Stop all services of scheduled').waitFor();
    await home.berth(['schedules', 'remove', String((await listed('schedules'))[0]?.['id'])]);
    await window.getByTestId('schedules-empty').waitFor();
  });
});
