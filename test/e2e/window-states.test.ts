import { describe, expect, it } from 'vitest';
import { useWindow, look, setLook } from '../support/window-fixture';

/** Every state of every page, over a world in memory: what a real engine shows only when something is broken. */
describe('the window', () => {
  const open = useWindow();

  it('shows what runs, with its details and its log', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('services-table').waitFor();
    expect(await window.getByTestId('page-answer').textContent()).toBe('6 services run in dev, all healthy');
    await expect.poll(() => window.getByTestId('project-status').getAttribute('data-health')).toBe('healthy');
    await look(app, 'project');

    await window.getByTestId('service-web').locator('td').nth(1).click();
    const log = window.getByTestId('log-lines');
    await log.getByText('GET /').first().waitFor();
    await look(app, 'service');
    expect(await window.getByTestId('log-follow').getAttribute('aria-pressed')).toBe('true');
    await log.evaluate((element) => element.scrollTo({ top: 40 }));
    await expect.poll(() => window.getByTestId('log-follow').getAttribute('aria-pressed')).toBe('false');
    await window.getByTestId('log-search').fill('upload of report.pdf');
    await window.getByTestId('log-only').click();
    await window.getByText('9 of 400 lines').waitFor();
    await window.getByTestId('log-search').press('Escape');
    await window.getByTestId('drawer-close').click();
    await window.getByTestId('service-drawer').waitFor({ state: 'detached' });
  });

  it('previews a switch, runs it at once where nothing must be asked, and offers Undo', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('preview').click();
    await window.getByTestId('plan-sheet').getByText('4 services are recreated and 2 services stay untouched').waitFor();
    await window.getByTestId('change-api').getByRole('button').click();
    await window.getByText('shop-api:berth-prod').waitFor();
    await look(app, 'plan');
    await window.keyboard.press('Escape');
    await window.getByTestId('plan-sheet').waitFor({ state: 'detached' });

    await window.getByTestId('mode-prod').click();
    await window.getByText('Switched to prod in 2.4 s').waitFor();
    expect(await window.getByTestId('plan-sheet').count()).toBe(0);
    expect(await window.getByTestId('mode-prod').getAttribute('aria-pressed')).toBe('true');
    await look(app, 'switched');
    await window.getByTestId('operation-undo').click();
    await window.getByText('Switched to dev in 2.4 s').waitFor();
    await window.locator('[data-testid="operation-row"][data-warned="true"]').getByRole('note').getByText('Port 9200 of search did not accept connections within 5 s').waitFor();
    await look(app, 'switched-warned');
  });

  it('shows the progress of a switch and cancels it', async () => {
    const app = await open('switching');
    const { window } = app;
    await window.getByTestId('mode-prod').click();
    await window.getByTestId('progress-api').waitFor();
    expect(await window.getByTestId('project-status').getAttribute('data-busy')).toBe('true');
    await look(app, 'switching');
    await window.getByTestId('operation-cancel').click();
    await window.locator('[data-testid="operation-row"][data-state="cancelled"]').waitFor();
    expect(await window.getByTestId('project-status').getAttribute('data-busy')).toBe('false');
  });

  it('asks for trust in plain words before anything runs', async () => {
    const app = await open('untrusted');
    const { window } = app;
    await window.getByTestId('mode-dev').click();
    await window.getByTestId('trust-question').getByText('/var/run/docker.sock').waitFor();
    expect(await window.getByTestId('plan-confirm').textContent()).toBe('Trust and switch');
    await look(app, 'trust');
    await window.getByTestId('plan-confirm').click();
    await window.getByText('Switched to dev').waitFor();
  });

  it('says what stands in the way, and previews the fix before it is made', async () => {
    const app = await open('blocked');
    const { window } = app;
    await window.getByTestId('conflict-count').waitFor();
    expect(await window.getByTestId('conflict-count').textContent()).toBe('3');
    expect(await window.getByTestId('mode-prod').textContent()).toContain('2');
    await window.getByTestId('nav-conflicts').click();
    await window.getByText('2 things stop a switch, 1 warning').waitFor();
    await look(app, 'conflicts');
    await window.getByTestId('fix-fix-port-8001').click();
    await window.getByTestId('diff').getByText('+      - "127.0.0.1:8001:8000"').waitFor();
    await look(app, 'fix');
    await window.getByTestId('fix-apply').click();
    await window.getByTestId('fix-dialog').waitFor({ state: 'detached' });

    await window.getByTestId('mode-prod').click();
    const confirm = window.getByTestId('plan-confirm');
    await window.getByTestId('plan-sheet').getByText('Port 8000 is taken by node').waitFor();
    expect(await confirm.isDisabled()).toBe(true);
    expect(await confirm.textContent()).toBe('2 things must be fixed first');
    await look(app, 'blocked');
  });

  it('says what failed, with the last lines and a way to try again', async () => {
    const app = await open('failed');
    const { window } = app;
    await window.getByTestId('operation-retry').waitFor();
    await window.getByText('search could not be started again').waitFor();
    await look(app, 'failed');
    await window.getByTestId('nav-activity').click();
    await window.getByTestId('operation-op_4').getByRole('button').first().click();
    await window.getByText('image.build').waitFor();
    await look(app, 'activity');
    await window.getByTestId('operation-op_6').getByRole('button').first().click();
    await window.getByRole('note').getByText('Port 9200 of search did not accept connections within 5 s').waitFor();
  });

  it('offers to open a folder or the sample when nothing is open', async () => {
    const app = await open('first-run');
    const { window } = app;
    await window.getByTestId('open-folder').waitFor();
    await look(app, 'first-run');
    await app.app.evaluate(({ dialog }) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: ['/home/ada/projects/shop'] });
    });
    await window.getByTestId('open-folder').click();
    await window.getByTestId('services-table').waitFor();
  });

  it('says that no engine answers, what was tried, and comes back by itself', async () => {
    const app = await open('no-engine');
    const { window } = app;
    await window.getByTestId('no-engine').getByText('Tried: DOCKER_HOST').waitFor();
    await window.getByTestId('start-engine').waitFor();
    expect(await window.getByTestId('project-status').getAttribute('data-health')).toBe('unknown');
    await look(app, 'no-engine');
    await window.getByTestId('engine-retry').click();
    await window.getByTestId('services-table').waitFor();
  });

  it('starts and stops a project with one mode and explains how to get a second', async () => {
    const app = await open('one-mode');
    const { window } = app;
    await window.getByTestId('stop-project').waitFor();
    await window.getByTestId('add-mode').click();
    await window.getByText('docker-compose.prod.yml').waitFor();
    await look(app, 'one-mode');
    await window.keyboard.press('Escape');
    await window.getByTestId('stop-project').click();
    await window.getByText('Nothing runs').waitFor();
    await window.getByTestId('mode-default').click();
    await window.getByText('6 services run, all healthy').waitFor();
  });

  it('is worked with the keyboard alone', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('services-table').waitFor();
    await window.keyboard.press('j');
    await window.keyboard.press('j');
    expect(await window.evaluate(() => document.activeElement?.textContent)).toBe('cache');
    await window.keyboard.press('Enter');
    await window.getByTestId('service-drawer').getByRole('heading', { name: 'cache' }).waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('service-drawer').waitFor({ state: 'detached' });
    await window.keyboard.press('/');
    await window.keyboard.type('web');
    await expect.poll(() => window.locator('[data-testid="services-table"] tbody tr').count()).toBe(1);
    await window.keyboard.press('Escape');
    await window.keyboard.press('Escape');
    for (const [key, page] of [['1', 'home'], ['3', 'conflicts'], ['4', 'storage'], ['5', 'workspaces'], ['6', 'snapshots'], ['7', 'files'], ['8', 'activity'], ['9', 'settings'], ['2', 'project']] as const) {
      await window.keyboard.press(key);
      await window.getByTestId(`page-${page}`).waitFor();
    }
    await window.keyboard.press('?');
    await window.getByTestId('shortcuts').waitFor();
    await look(app, 'shortcuts');
    await window.keyboard.press('Escape');
    await window.keyboard.press('Control+k');
    await window.getByTestId('palette').waitFor();
    expect(await window.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
    await look(app, 'palette');
    await window.getByTestId('palette').getByRole('combobox').fill('switch to prod');
    await window.keyboard.press('Enter');
    await window.getByText('Switched to prod').waitFor();
  });

  it('shows alerts and drift, heals one and takes the other as wanted', async () => {
    const app = await open('troubled');
    const { window } = app;
    await window.getByTestId('alert-a_loop').waitFor();
    await window.getByTestId('drift-d_memory').getByText('256 MiB').waitFor();
    await window.getByTestId('project-totals').waitFor();
    await look(app, 'troubled');
    await window.getByTestId('alert-a_loop').getByRole('button').click();
    await window.getByTestId('alert-a_loop').waitFor({ state: 'detached' });
    await window.getByTestId('drift-d_memory').getByRole('button', { name: 'Accept as wanted' }).click();
    await window.getByTestId('drift-d_memory').waitFor({ state: 'detached' });
    await window.getByTestId('heal-d_image').click();
    await window.getByTestId('drift-d_image').waitFor({ state: 'detached' });
    await window.getByLabel('What is done about drift in this project').selectOption('heal');
    await expect.poll(() => window.getByLabel('What is done about drift in this project').inputValue()).toBe('heal');
    await window.getByTestId('service-web').locator('td').nth(1).click();
    await setLook(app, [1440, 900], 'light');
    await window.getByTestId('service-facts').getByText('nothing is at this path any more').waitFor();
  });

  it('draws a day of a service, and shows what a preset changes before it is used', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('service-search').locator('td').nth(1).click();
    await window.getByTestId('tab-resources').click();
    await window.getByTestId('service-resources').getByText('highest').first().waitFor();
    await window.locator('.chart-box canvas').nth(3).waitFor();
    await look(app, 'resources');
    await window.getByTestId('preset-combined').getByRole('button').click();
    await window.getByTestId('plan-document').getByText('memory: 2048M').waitFor();
    await look(app, 'preset');
    await window.getByTestId('preset-apply').click();
    await expect.poll(() => window.getByTestId('preset-combined').getAttribute('data-current')).toBe('true');
  });

  it('has tabs for operations, events, the runtime and the disk, worked with arrow keys', async () => {
    const app = await open('troubled');
    const { window } = app;
    await window.getByTestId('nav-activity').click();
    await window.getByTestId('undo-op_3').click();
    await window.getByTestId('undo-dialog').getByText('goes back to what it was').waitFor();
    await look(app, 'undo');
    await window.getByTestId('undo-confirm').click();
    await window.getByTestId('undo-dialog').waitFor({ state: 'detached' });

    await window.getByTestId('activity-operations').focus();
    await window.keyboard.press('ArrowRight');
    await window.getByTestId('events').getByText('ended with 137').first().waitFor();
    await look(app, 'events');
    await window.getByTestId('event-filter').fill('never became');
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toContain('57 events match');
    await window.getByTestId('event-filter').fill('nobody ever said this');
    await window.getByText('No event matches').waitFor();

    await window.getByTestId('activity-events').focus();
    await window.keyboard.press('ArrowRight');
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('One process, four components, drift-reconciler paused');
    await window.getByTestId('durations').waitFor();
    await look(app, 'runtime');
    await window.getByRole('button', { name: 'Resume drift-reconciler' }).click();
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('One process, four components, all running');
    await window.getByTestId('api-tcp').click();
    await window.getByText('off: only the socket answers').waitFor();
    await window.getByTestId('activity-events').click();
    await window.getByTestId('events').getByText('drift-reconciler was resumed').waitFor();

    await window.getByTestId('activity-disk').click();
    await window.getByTestId('disk-items').getByText('node:20-slim').waitFor();
    await window.getByLabel('old-shop_postgres_data').check();
    await window.getByLabel('node:20-slim').check();
    await look(app, 'disk');
    await window.getByTestId('disk-clean').click();
    await window.getByText('This frees 424 MiB').waitFor();
    await look(app, 'clean');
    await window.getByTestId('clean-confirm').click();
    await window.getByTestId('clean-dialog').waitFor({ state: 'detached' });
  });

  it('has settings, and keeps the theme over a reload', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('nav-settings').click();
    await window.getByTestId('engine-default-socket').waitFor();
    await look(app, 'settings');
    await window.getByTestId('theme-dark').check();
    await expect.poll(() => app.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark');
    await window.reload();
    await expect.poll(() => window.getByTestId('theme-dark').isChecked()).toBe(true);
    await expect.poll(() => app.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark');
  });

  it('knows after a reload what it knew before, a running operation too', async () => {
    const app = await open('switching');
    const { window } = app;
    await window.getByTestId('mode-prod').click();
    await window.getByTestId('progress-api').waitFor();
    await window.reload();
    await window.getByTestId('progress-api').waitFor();
    await window.getByTestId('operation-cancel').click();
    await window.locator('[data-testid="operation-row"][data-state="cancelled"]').waitFor();
  });

  it('shows hostile names, labels and logs as text', async () => {
    const app = await open('hostile');
    const { window } = app;
    await window.getByTestId('services-table').waitFor();
    const asked: string[] = [];
    window.on('request', (request) => void (request.url().startsWith('app://berth/') || asked.push(request.url())));
    await window.locator('[data-testid^="service-api"] td').nth(1).click();
    await window.getByTestId('log-lines').getByText('<img src=x').first().waitFor();
    for (const page of ['conflicts', 'activity', 'settings', 'project'] as const) {
      await window.getByTestId(`nav-${page}`).click();
      await window.getByTestId(`page-${page}`).waitFor();
    }
    await window.getByTestId('mode-prod').click();
    await window.getByTestId('plan-sheet').getByText('<img src=x').first().waitFor();
    expect(await window.evaluate(() => [(globalThis as { __ran?: unknown }).__ran, document.querySelectorAll('img, script:not([src])').length])).toEqual([undefined, 0]);
    expect(await window.evaluate(() => /[\u202a-\u202e\u2066-\u2069\u0007]/.test(document.body.textContent ?? ''))).toBe(false);
    expect(asked).toEqual([]);
  });
});
