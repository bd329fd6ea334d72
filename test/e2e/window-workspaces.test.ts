import { describe, expect, it } from 'vitest';
import type { RunningApp } from '../support/electron-app';
import { trayDriver } from '../support/tray-driver';
import { look, picture, useWindow } from '../support/window-fixture';
import type { WorldName } from '../support/window-world';

/** The workspaces page over a world in memory: every tab, what is asked first, and what goes wrong. */
describe('workspaces in the window', () => {
  const openWorld = useWindow();

  async function open(world: WorldName): Promise<RunningApp> {
    const app = await openWorld(world);
    await app.window.getByTestId('nav-workspaces').click();
    await app.window.getByTestId('page-workspaces').waitFor();
    return app;
  }

  const answer = (app: RunningApp): Promise<string | null> => app.window.getByTestId('page-answer').textContent();

  it('shows folder, bucket and mount of each with its container, syncs, and lives on events and keys', async () => {
    const app = await open('running');
    const { window } = app;
    await expect.poll(() => answer(app)).toBe('Not sent yet: docs-site, 2 running');
    expect(await window.getByTestId('place-local').textContent()).toContain('1,204 files');
    expect(await window.getByTestId('place-bucket').textContent()).toContain('s3://workspaces');
    expect(await window.getByTestId('place-mount').textContent()).toContain('1,108 files');
    const api = window.getByTestId('workspace-api');
    expect(await api.textContent()).toContain('on save');
    expect(await window.getByTestId('open-api').getAttribute('href')).toBe('http://127.0.0.1:8080/api/');
    await look(app, 'workspaces');

    await window.keyboard.press('2');
    await api.waitFor({ state: 'detached' });
    await window.keyboard.press('5');
    await api.waitFor();
    await window.keyboard.press('j');
    expect(await window.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('workspace-api');
    await window.keyboard.press('s');
    await expect.poll(() => answer(app)).toBe('In step with the bucket, 2 running');
    const tray = trayDriver(app);
    await tray.ready();
    await expect.poll(async () => (await tray.item('sync-workspaces'))?.enabled).toBe(true);
    await tray.click('sync-workspaces');
    await window.getByTestId('workspaces-savings').click();
    await expect.poll(() => window.getByTestId('traffic').textContent()).toContain('Uploads1,210');
    expect(await window.getByTestId('savings-total').textContent()).toBe('98.9 %');
    expect(await window.getByTestId('saved-api').textContent()).toBe('99.3 %');
    await look(app, 'workspaces-savings');

    await window.getByTestId('workspaces-workspaces').click();
    await window.getByTestId('log-api').click();
    await window.getByTestId('workspace-log').getByText('listening on 3000').waitFor();
    await picture(window, 'workspaces-log');
    await window.keyboard.press('Escape');
    await window.getByTestId('workspace-log').waitFor({ state: 'detached' });
    await window.getByTestId('more-api').click();
    await picture(window, 'workspaces-menu');
    await window.getByTestId('menu-toggle').click();
    await expect.poll(() => window.getByTestId('runner-api').textContent()).toBe('stopped');
    await window.getByTestId('workspaces-start').click();
    await expect.poll(() => window.getByTestId('runner-api').textContent()).toBe('running');

    await api.focus();
    await window.keyboard.press('Enter');
    await window.getByTestId('settings-trigger').selectOption('interval');
    await window.getByTestId('settings-every').fill('4');
    expect(await window.getByTestId('workspace-settings-save').isDisabled()).toBe(true);
    await window.getByTestId('settings-every').fill('60');
    await window.getByTestId('settings-compare').selectOption('size');
    await window.getByTestId('size-warning').getByText('port=8001').waitFor();
    await window.getByTestId('workspace-settings-save').click();
    await api.getByText('every 1 min').waitFor();
  });

  it('lists what is left out with its rule, explains a path, and leaves more out after a preview', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('workspaces-excluded').click();
    await window.getByTestId('excluded-list').getByText('www/node_modules/').waitFor();
    expect(await window.getByTestId('default-excludes').locator('li').count()).toBe(11);
    expect(await window.getByTestId('excluded-count').textContent()).toBe('519 entries');
    expect(await window.getByTestId('excluded-list').locator('li').count()).toBeLessThan(80);
    await window.getByTestId('explain-path').fill('api/node_modules/x.js');
    await window.keyboard.press('Enter');
    await window.getByTestId('explain-answer').getByText('one of the excludes that always hold').waitFor();
    await window.getByTestId('explain-path').fill('api/temp/a');
    await window.keyboard.press('Enter');
    await window.getByTestId('explain-answer').getByText('api/.gitignore:2').waitFor();
    await look(app, 'workspaces-excluded');

    await window.getByTestId('suggest-api/fixtures').click();
    expect(await window.getByTestId('exclude-patterns').inputValue()).toBe('fixtures/');
    await window.getByTestId('exclude-effect').getByText('Leaves out 16 of 412 files').waitFor();
    await window.getByTestId('exclude-effect-list').getByText('api/fixtures/case-00.json').waitFor();
    await window.getByTestId('exclude-dialog').getByTestId('diff').getByText('+fixtures/').waitFor();
    await look(app, 'workspaces-exclude');
    await window.getByTestId('exclude-patterns').fill('');
    await window.getByText('Write a pattern').waitFor();
    expect(await window.getByTestId('change-apply').isDisabled()).toBe(true);
    await window.getByTestId('exclude-patterns').fill('fixtures/');
    await expect.poll(() => window.getByTestId('change-apply').isEnabled()).toBe(true);
    await window.getByTestId('change-apply').click();
    await window.getByTestId('exclude-dialog').waitFor({ state: 'detached' });
    await window.getByTestId('excluded-list').getByText('api/fixtures/').waitFor();
    await window.getByTestId('workspaces-undo-button').click();
    await window.getByTestId('undo-dialog').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('excluded-filter').fill('.env');
    await expect.poll(() => window.getByTestId('excluded-count').textContent()).toBe('1 entries');
  });

  it('stops before it removes, shows every object, and goes on only when somebody agreed', async () => {
    const app = await open('workspaces-halted');
    const { window } = app;
    await expect.poll(() => answer(app)).toBe('The sync stopped and asks, 2 conflicts, www does not run');
    await window.getByTestId('workspaces-halt').getByText('340 objects of 1204').waitFor();
    await look(app, 'workspaces-halted');
    const tray = trayDriver(app);
    await tray.ready();
    await expect.poll(async () => (await tray.item('sync-workspaces'))?.enabled).toBe(false);
    await window.getByTestId('workspaces-sync').click();
    await expect.poll(() => answer(app)).toBe('The sync stopped and asks, 2 conflicts, www does not run');
    expect(await window.getByText('did not work').count()).toBe(0);

    await window.getByTestId('workspaces-trouble').click();
    await window.getByTestId('trouble-run').click();
    await window.getByTestId('check-bucket').getByText('aws s3 ls s3://workspaces/').waitFor();
    expect(await window.locator('[data-testid="trouble-panel"] [data-ok="false"]').count()).toBe(2);
    await look(app, 'workspaces-trouble');

    expect(await window.getByTestId('fix-pending').isDisabled()).toBe(true);
    await window.getByTestId('halt-look').click();
    await window.getByTestId('halt-dialog').getByText('340 objects would be removed').waitFor();
    expect(await window.getByTestId('halt-list').locator('li').count()).toBeLessThan(60);
    expect(await window.getByTestId('halt-approve').isDisabled()).toBe(true);
    await look(app, 'workspaces-halt-plan');
    await window.getByTestId('halt-agree').check();
    await window.getByTestId('halt-approve').click();
    await window.getByTestId('workspaces-halt').waitFor({ state: 'detached' });
    await window.getByTestId('fix-pending').click();
    await window.getByTestId('trouble-run').click();
    await expect.poll(() => window.locator('[data-testid="trouble-panel"] [data-ok="false"]').count()).toBe(0);
  });

  it('settles conflicts by a choice that says what it does, moves to the mount, and back', async () => {
    const app = await open('workspaces-halted');
    const { window } = app;
    await window.getByTestId('workspaces-conflicts').click();
    const conflict = window.getByTestId('conflict-api/app.js');
    await conflict.getByText('18,377 bytes').waitFor();
    expect(await window.getByTestId('keep-both-www/public/index.html').count()).toBe(0);
    await look(app, 'workspaces-conflicts');
    await window.getByTestId('keep-local-api/app.js').click();
    await window.getByTestId('settle-dialog').getByText('is overwritten with the file of this machine').waitFor();
    await window.getByTestId('settle-confirm').click();
    await conflict.waitFor({ state: 'detached' });
    await window.getByTestId('keep-remote-www/public/index.html').click();
    await window.getByTestId('settle-confirm').click();
    await window.getByTestId('conflicts-none').waitFor();

    await window.getByTestId('workspaces-migration').click();
    expect(await window.getByTestId('step-mount').getAttribute('data-state')).toBe('now');
    expect(await window.getByTestId('migrate').textContent()).toBe('Go on with step 3');
    expect(await window.getByTestId('comparison').locator('tbody tr').count()).toBe(7);
    await look(app, 'workspaces-migration');
    await window.getByTestId('migrate').click();
    await expect.poll(() => window.getByTestId('step-monitor').getAttribute('data-state')).toBe('done');
    await window.getByTestId('rollback').click();
    await window.getByTestId('rollback-dialog').getByText('The bucket stays as it is').waitFor();
    await window.getByTestId('rollback-confirm').click();
    await expect.poll(() => window.getByTestId('migrate').textContent()).toBe('Move to the mount');
  });

  it('says how to begin where there is no folder, and that nothing is sent before S3 runs or the project is trusted', async () => {
    const fresh = await open('workspaces-new');
    await fresh.window.getByTestId('workspaces-empty').getByText('/home/ada/projects/shop/workspaces').first().waitFor();
    expect(await answer(fresh)).toBe('No workspaces folder yet');
    await look(fresh, 'workspaces-new');
    await fresh.close();

    const offline = await open('workspaces-offline');
    await expect.poll(() => answer(offline)).toBe('S3 is not started');
    expect(await offline.window.getByTestId('workspaces-sync').isDisabled()).toBe(true);
    await picture(offline.window, 'workspaces-offline');
    await offline.window.getByTestId('workspaces-start-s3').click();
    await expect.poll(() => answer(offline)).toBe('Not sent yet: docs-site, 2 running');
    await offline.close();

    const untrusted = await open('untrusted');
    await expect.poll(() => answer(untrusted)).toContain('Not trusted yet, so nothing is sent');
    expect(await untrusted.window.getByTestId('workspaces-sync').isDisabled()).toBe(true);
    await untrusted.window.getByTestId('workspaces-trust').click();
    await untrusted.window.getByTestId('workspaces-trust-dialog').getByText('worker mounts /var/run/docker.sock').waitFor();
    await untrusted.window.getByTestId('workspaces-trust-dialog-confirm').click();
    await expect.poll(() => untrusted.window.getByTestId('workspaces-sync').isEnabled()).toBe(true);
  });

  it('says when the workspaces cannot be looked at, and looks again', async () => {
    const app = await open('workspaces-broken');
    await app.window.getByText('could not be read: the disk does not answer').waitFor();
    await app.window.getByRole('button', { name: 'Try again' }).click();
    await app.window.getByTestId('workspace-api').waitFor();
  });

  it('shows markup and hidden characters of strangers as text', async () => {
    const app = await open('hostile');
    const { window } = app;
    for (const tab of ['workspaces', 'excluded', 'conflicts'] as const) {
      await window.getByTestId(`workspaces-${tab}`).click();
      await window.getByText('<img src=x').first().waitFor();
    }
    expect(await window.evaluate(() => (globalThis as unknown as { __ran?: number }).__ran)).toBeUndefined();
  });
});
