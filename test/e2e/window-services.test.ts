import { describe, expect, it } from 'vitest';
import { look, setLook, useWindow } from '../support/window-fixture';

/** What can be seen of a service and done to it, over a world in memory. */
describe('services in the window', () => {
  const open = useWindow();

  it('says why a service is unhealthy, and everything else about it', async () => {
    const app = await open('failed');
    const { window } = app;
    await window.getByTestId('service-search').locator('td').nth(1).click();
    await setLook(app, [1440, 900], 'light');
    const facts = window.getByTestId('service-facts');
    await facts.getByText('The health check failed 4 times in a row').waitFor();
    await facts.getByText('Could not connect to server').first().waitFor();
    await facts.getByText('1 CPU · 1,024 MiB memory · 512 MiB reserved').waitFor();
    await facts.getByText('172.19.0.4').waitFor();
    await facts.getByText('Dockerfile · target dev · arguments NODE_VERSION').waitFor();
    await look(app, 'service-details');
    await setLook(app, [900, 600], 'light');
    await window.getByTestId('tab-details').click();
    await facts.getByText('The health check failed 4 times in a row').waitFor();
    await look(app, 'service-details-tab');
  });

  it('shows where each value comes from, and a secret only when it is asked for', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('service-api').locator('td').nth(1).click();
    await window.getByTestId('tab-environment').click();
    const secret = window.getByTestId('variable-DATABASE_PASSWORD');
    await secret.getByText('POSTGRES_PASSWORD from .env:3').waitFor();
    expect(await secret.textContent()).not.toContain('correct horse');
    await look(app, 'service-environment');
    await secret.getByRole('button', { name: 'Show the value of DATABASE_PASSWORD' }).click();
    await secret.getByText('correct horse battery staple').waitFor();
    await secret.getByRole('button', { name: 'Mask the value of DATABASE_PASSWORD' }).click();
    await expect.poll(() => secret.textContent()).not.toContain('correct horse');
    await window.getByTestId('environment-filter').fill('url');
    await expect.poll(() => window.locator('.environment-table tbody tr').count()).toBe(1);
  });

  it('does with the keys of a row what its menu does', async () => {
    const app = await open('running');
    const { window } = app;
    await app.app.evaluate(({ clipboard, shell }) => {
      const opened: string[] = [];
      Object.assign(globalThis, { openedPages: opened });
      clipboard.clear();
      shell.openExternal = (url) => Promise.resolve(void opened.push(url));
    });
    await window.getByTestId('services-table').waitFor();
    await window.keyboard.press('j');
    await window.keyboard.press('c');
    await expect.poll(() => app.app.evaluate(({ clipboard }) => clipboard.readText())).toBe('berth services restart api --project /home/ada/projects/shop');
    expect(await window.evaluate(() => document.activeElement?.textContent)).toBe('api');
    await window.keyboard.press('o');
    await expect.poll(() => app.app.evaluate(() => (globalThis as unknown as { openedPages: string[] }).openedPages)).toEqual(['http://localhost:8000/']);
    await window.getByTestId('menu-api').click();
    await look(app, 'service-menu');
    await window.getByTestId('menu-copy-compose').click();
    await expect.poll(() => app.app.evaluate(({ clipboard }) => clipboard.readText())).toBe('docker compose --project-directory /home/ada/projects/shop -p shop -f /home/ada/projects/shop/docker-compose.dev.yml restart api');
    await window.getByTestId('menu-api').click();
    await window.getByTestId('menu-rebuild').click();
    await window.getByTestId('rebuild-dialog').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('rebuild-dialog').waitFor({ state: 'detached' });
    await window.keyboard.press('Escape');
    await window.getByTestId('service-api').getByRole('button', { name: 'Show api' }).focus();
    await window.keyboard.press('t');
    await window.locator('.xterm-rows').getByText('api').first().waitFor();
    await window.keyboard.type('ls -la');
    await expect.poll(async () => (await window.locator('.xterm-rows').innerText()).replaceAll('\u00a0', ' ')).toContain('ls -la');
  });

  it('says what removing and scaling do before it does them', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('services-table').waitFor();
    await window.getByTestId('menu-postgres').click();
    await window.getByTestId('menu-remove').click();
    const removing = window.getByTestId('remove-dialog');
    await removing.getByText('What postgres keeps in /scratch goes with it: that volume has no name.').waitFor();
    await removing.getByTestId('change-postgres').getByText('its removal is asked for').waitFor();
    await removing.getByText('api needs what is removed.').waitFor();
    await look(app, 'service-remove');
    await setLook(app, [900, 600], 'dark');
    await look(app, 'service-remove-small');
    await window.getByTestId('remove-confirm').click();
    await removing.waitFor({ state: 'detached' });
    await setLook(app, [1440, 900], 'light');
    await window.getByTestId('menu-web').click();
    await window.getByTestId('menu-scale').click();
    const scaling = window.getByTestId('scale-dialog');
    await window.getByTestId('scale-count').fill('3');
    await scaling.getByTestId('verb-preview').getByText('web 3').waitFor();
    await scaling.getByText('berth services scale web 3').waitFor();
    await look(app, 'service-scale');
    await window.getByTestId('scale-confirm').click();
    await scaling.waitFor({ state: 'detached' });
  });

  it('starts, stops and restarts several at once', async () => {
    const app = await open('running');
    const { window } = app;
    await window.getByTestId('services-table').waitFor();
    await window.keyboard.press('j');
    await window.keyboard.press('x');
    await window.keyboard.press('j');
    await window.keyboard.press('x');
    await window.getByTestId('service-web').locator('td').nth(1).click({ modifiers: ['Control'] });
    await window.getByTestId('chosen-bar').getByText('3 services chosen').waitFor();
    expect(await window.getByTestId('chosen-start').isDisabled()).toBe(true);
    await look(app, 'services-chosen');
    await window.getByTestId('chosen-stop').click();
    await window.getByTestId('chosen-bar').waitFor({ state: 'detached' });
    await window.getByText('Nothing runs').waitFor();
  });
});
