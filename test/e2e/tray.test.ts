import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../src/shared/contract/contract';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { answered, createHome, launchBerth, type CliResult, type RunningApp, type TestHome } from '../support/electron-app';
import { freePort } from '../support/private-engine';
import { trayDriver, type TrayDriver } from '../support/tray-driver';

/** Containers are made on a machine that does other things as well. */
const DONE_MS = 60_000;
/** A service is in trouble for ten seconds before anybody is told. */
const TOLD_MS = 30_000;

const COMPONENTS = ['api-server', 'operation-worker', 'status-reconciler', 'drift-reconciler'] as const;

/** Listens on a port of this machine, as a program beside the project does. */
async function occupy(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

describe('the tray, the window and every other door', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;
  let tray: TrayDriver;
  let webPort: number;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    webPort = await freePort();
    project = await openAppProject(
      home,
      'tr',
      {
        dev: {
          web: { ...idleService(), network_mode: undefined, ports: [`127.0.0.1:${String(webPort)}:80`] },
          flaky: idleService({ command: ['sh', '-c', 'while [ ! -e /die ]; do sleep 0.1; done; rm /die; exit 3'] }),
        },
        prod: { web: idleService({ image: undefined, build: '.' }) },
      },
      { Dockerfile: 'FROM berth-test/busybox:1\nRUN false\n' },
    );
    berth = await launchBerth(home);
    tray = trayDriver(berth);
    await tray.ready();
    await berth.window.getByTestId('project-status').waitFor();
  });
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await home?.remove();
  });

  const hide = (): Promise<void> => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const isVisible = (): Promise<boolean | undefined> => answered(() => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()));
  const ask = async <T>(...args: string[]): Promise<T> => valueOf<T>(await home.berth([...args, '--json']));

  function valueOf<T>(result: CliResult): T {
    if (!result.stdout.startsWith('{')) throw new Error(`No JSON: ${JSON.stringify(result)}`);
    return (JSON.parse(result.stdout) as { readonly value: T }).value;
  }

  async function conflictsEverywhere(count: number): Promise<void> {
    await expect.poll(async () => (await tray.item('conflicts'))?.label).toBe(`Conflicts (${String(count)})`);
    await expect.poll(async () => (await berth.window.getByTestId('conflict-count').allTextContents())[0] ?? '0').toBe(String(count));
  }

  it('counts the same conflicts in the tray and on the page, whoever looked last', async () => {
    await conflictsEverywhere(0);
    const other = await occupy(webPort);
    try {
      await tray.click('validate');
      await berth.window.getByTestId('page-conflicts').waitFor();
      await conflictsEverywhere(1);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
    await berth.window.getByTestId('check-again').click();
    await conflictsEverywhere(0);
    await berth.window.getByTestId('nav-project').click();
  });

  it('shows the runtime, and pauses and resumes each of its parts as the page does', async () => {
    await tray.click('show-runtime');
    await berth.window.getByTestId('components').waitFor();
    for (const name of COMPONENTS) {
      const row = berth.window.getByTestId(`component-${name}`);
      await expect.poll(async () => (await tray.item(`component-${name}`))?.label).toBe(`Pause ${name} (running)`);
      await tray.click(`component-${name}`);
      await expect.poll(() => row.getAttribute('data-state')).toBe('paused');
      await expect.poll(async () => (await tray.item('runtime'))?.label).toBe(`Runtime (${name} paused)`);
      expect((await ask<OutputOf<'runtime.status'>>('runtime', 'status')).components.find((one) => one.name === name)?.state).toBe('paused');
      // Its twin in the window takes it back, and the tray knows.
      await row.getByRole('button').click();
      await expect.poll(async () => (await tray.item(`component-${name}`))?.label).toBe(`Pause ${name} (running)`);
      await expect.poll(() => row.getAttribute('data-state')).toBe('running');
      // And the other way about.
      await row.getByRole('button').click();
      await expect.poll(async () => (await tray.item(`component-${name}`))?.label).toBe(`Resume ${name} (paused)`);
      await tray.click(`component-${name}`);
      await expect.poll(() => row.getAttribute('data-state')).toBe('running');
    }
    expect((await tray.item('runtime'))?.label).toBe('Runtime');
    await berth.window.getByTestId('nav-project').click();
  });

  it('tells once of an operation that failed; a click shows it', async () => {
    await hide();
    expect((await home.berth(['modes', 'switch', 'prod', '--project', project.dir, '--yes'])).code).not.toBe(0);
    const title = `Switch ${project.name} to prod`;
    await expect.poll(async () => (await tray.notifications()).filter((one) => one.title.startsWith(title)).length).toBe(1);
    expect(await isVisible()).toBe(false);
    await tray.openNotification((await tray.notifications()).length - 1);
    const drawer = berth.window.getByTestId('bottom-drawer');
    await drawer.locator('li[data-testid^="operation-"]').first().locator('button[aria-expanded="true"]').waitFor();
    await expect.poll(isVisible).toBe(true);
    expect(await drawer.locator('li[data-testid^="operation-"]').first().getAttribute('data-state')).toMatch(/failed|rolled-back/);
    expect(await tray.notifications()).toHaveLength(1);
    await berth.window.getByTestId('bottom-drawer-close').click();
  });

  it('is coloured by the worst state while an alert stands, and tells of it once; a click shows the project', async () => {
    await tray.click('mode-dev');
    await expect.poll(async () => (await tray.model()).icon, { timeout: DONE_MS }).toBe('running');
    // Everything runs well, and yet something needs a look: the port the API was to be offered on belongs to somebody else.
    const apiPort = await freePort();
    const other = await occupy(apiPort);
    await hide();
    await ask('settings', 'set', 'api.port', String(apiPort));
    await ask('settings', 'set', 'api.tcp', 'true');
    await expect.poll(async () => (await tray.model()).icon).toBe('degraded');
    expect((await tray.model()).tooltip).toContain('(1 alert)');
    expect((await tray.item('alerts'))?.label).toBe('Alerts (1)');
    await ask('settings', 'set', 'api.tcp', 'false');
    await new Promise((resolve) => other.close(resolve));
    await expect.poll(async () => (await tray.model()).icon).toBe('running');
    expect(await tray.item('alerts')).toBeUndefined();

    const before = (await tray.notifications()).length;
    await home.berth(['services', 'exec', 'flaky', '--project', project.dir, '--', 'touch', '/die']);
    await expect.poll(async () => (await tray.notifications()).length, { timeout: TOLD_MS }).toBe(before + 1);
    const [told] = (await tray.notifications()).slice(before);
    expect(told).toMatchObject({ title: 'flaky ended by its own fault with code 3.', urgent: true, command: { type: 'show-project', projectId: project.id } });
    expect((await tray.model()).icon).toBe('failed');
    expect((await tray.model()).tooltip).toContain('(1 alert)');
    await tray.openNotification(before);
    await berth.window.getByTestId('page-project').waitFor();
    await expect.poll(isVisible).toBe(true);
    await berth.window.getByTestId('alerts').getByText('flaky ended by its own fault with code 3.').waitFor();
    await berth.window.getByTestId('nav-settings').click();
    await tray.click('alerts');
    await berth.window.getByTestId('page-project').waitFor();

    await hide();
    expect((await home.berth(['services', 'start', 'flaky', '--project', project.dir, '--yes'])).code).toBe(0);
    await expect.poll(async () => (await tray.model()).icon, { timeout: TOLD_MS }).toBe('running');
    expect((await tray.model()).tooltip).not.toContain('alert');
    expect(await tray.notifications()).toHaveLength(before + 1);
    await tray.click('show');
  });

  it('says in the window why a click came to nothing', async () => {
    const files = await project.read('docker-compose.prod.yml');
    await project.write('docker-compose.prod.yml', 'services: [\n');
    try {
      await hide();
      await tray.click('mode-prod');
      await berth.window.getByTestId('notice').getByText('docker-compose.prod.yml').first().waitFor();
      await expect.poll(isVisible).toBe(true);
    } finally {
      await project.write('docker-compose.prod.yml', files);
    }
  });
});
