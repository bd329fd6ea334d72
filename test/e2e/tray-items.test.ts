import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../src/shared/contract/contract';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { answered, createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { trayDriver, type TrayDriver } from '../support/tray-driver';

/** Containers are made, started and stopped on a machine that does other things as well. */
const DONE_MS = 60_000;

type Operation = OutputOf<'operations.list'>[number];

/** What was asked for, as it is recorded: a plan's own number is another one each time. */
function asked({ kind, input, projectId, origin }: Operation): object {
  const { planId: _own, ...rest } = input as { readonly [field: string]: unknown };
  return { kind, input: rest, projectId, origin };
}

describe('each item of the tray does what its twin in the window does', () => {
  let home: TestHome;
  let berth: RunningApp;
  let tray: TrayDriver;
  let project: AppProject;
  let other: AppProject;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    other = await openAppProject(home, 'tro', { dev: { web: idleService() } });
    const web = (mode: string): Record<string, unknown> => idleService({ environment: { MODE: mode } });
    project = await openAppProject(home, 'tri', { dev: { web: web('dev'), job: idleService() }, prod: { web: web('prod'), job: idleService() } });
    berth = await launchBerth(home);
    tray = trayDriver(berth);
    await tray.ready();
    await berth.window.getByTestId('project-status').waitFor();
    await tray.click(`project-${project.id}`);
    await headerSays(project.name);
  });
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await other?.close();
    await home?.remove();
  });

  const operations = async (): Promise<readonly Operation[]> => {
    const { stdout } = await home.berth(['operations', 'list', '--limit', '500', '--json']);
    return (JSON.parse(stdout) as { readonly value: OutputOf<'operations.list'> }).value.filter((one) => one.parent === undefined);
  };

  /** What the engine has of the project: each service, whether it runs, and in which mode it was made. */
  const engine = async (): Promise<unknown> =>
    (await project.containers()).map((one) => [one.Labels['com.docker.compose.service'], one.State, /docker-compose\.(dev|prod)\.yml/.exec(one.Labels['com.docker.compose.project.config_files'] ?? '')?.[1]]).sort();

  /** Does something and waits for the end of the one operation that it began. */
  async function began(act: () => Promise<unknown>): Promise<{ readonly asked: object; readonly engine: unknown }> {
    const before = new Set((await operations()).map((one) => one.id));
    await act();
    let ended: Operation | undefined;
    await expect
      .poll(
        async () => {
          const fresh = (await operations()).filter((one) => !before.has(one.id));
          ended = fresh[0];
          return fresh.map((one) => one.state);
        },
        { timeout: DONE_MS, interval: 250 },
      )
      .toEqual(['succeeded']);
    await expect.poll(async () => (await tray.model()).icon, { timeout: DONE_MS }).not.toBe('busy');
    if (ended === undefined) throw new Error('Nothing was begun.');
    return { asked: asked(ended), engine: await engine() };
  }

  async function headerSays(name: string): Promise<void> {
    await berth.window.getByTestId('project-menu').getByText(name).first().waitFor();
  }

  const byTray = (id: string): ReturnType<typeof began> => began(() => tray.click(id));
  const byWindow = (testId: string): ReturnType<typeof began> => began(() => berth.window.getByTestId(testId).and(berth.window.locator(':enabled')).first().click({ timeout: DONE_MS }));

  const up = (mode: string): unknown => [['job', 'running', mode], ['web', 'running', mode]];

  it('switches: Dev and Prod', async () => {
    const dev = await byTray('mode-dev');
    expect(dev.engine).toEqual(up('dev'));
    const prod = await byTray('mode-prod');
    expect(prod.engine).toMatchObject([['job', 'running', expect.any(String)], ['web', 'running', 'prod']]);
    await expect.poll(async () => (await tray.item('mode-prod'))?.checked).toBe(true);
    expect((await tray.item('mode-dev'))?.checked).toBe(false);
    expect((await byWindow('mode-dev')).asked).toEqual(dev.asked);
    expect(await byWindow('mode-prod')).toEqual(prod);
    expect(await byWindow('mode-dev')).toMatchObject({ asked: dev.asked });
    await expect.poll(async () => (await tray.item('mode-dev'))?.checked).toBe(true);
  }, DONE_MS * 6);

  it('stops and starts', async () => {
    const stopped = await byTray('stop');
    expect(stopped.engine).toMatchObject([['job', 'exited', expect.any(String)], ['web', 'exited', 'dev']]);
    expect((await tray.model()).icon).toBe('stopped');
    const started = await byTray('start');
    expect(started.engine).toMatchObject([['job', 'running', expect.any(String)], ['web', 'running', 'dev']]);
    expect((await tray.model()).icon).toBe('running');
    expect(await byWindow('stop-project')).toEqual(stopped);
    expect(await byWindow('start-project')).toEqual(started);
  }, DONE_MS * 6);

  it('backs up, and looks at the last good snapshot in the window before anything is restored', async () => {
    const { window } = berth;
    const made = await byTray('back-up');
    await window.getByTestId('nav-snapshots').click();
    await window.getByTestId('snapshot-new').and(window.locator(':enabled')).click();
    const twin = await began(() => window.getByTestId('create-confirm').click());
    expect(twin.engine).toEqual(made.engine);
    expect(twin.asked).toMatchObject({ kind: 'snapshots.create', projectId: project.id, origin: 'user' });
    expect(made.asked).toMatchObject({ kind: 'snapshots.create', projectId: project.id, origin: 'user' });

    await window.getByTestId('nav-project').click();
    const before = (await operations()).length;
    await tray.click('show-restore');
    await window.getByTestId('restore-summary').waitFor({ timeout: DONE_MS });
    expect(await operations()).toHaveLength(before);
    await window.keyboard.press('Escape');
    await window.getByTestId('restore-summary').waitFor({ state: 'hidden' });
  }, DONE_MS * 4);

  it('shows what it names: the conflicts, the runtime, a project, the window', async () => {
    const { window } = berth;
    await tray.click('conflicts');
    await window.getByTestId('page-conflicts').waitFor();
    await tray.click('show-runtime');
    await window.getByTestId('components').waitFor();
    await tray.click(`project-${other.id}`);
    await headerSays(other.name);
    expect((await tray.model()).items.find((one) => one.id === 'projects')?.items.map((one) => [one.label, one.checked])).toEqual([[other.name, true], [project.name, false]]);
    await tray.click(`project-${project.id}`);
    await headerSays(project.name);
    for (const item of ['show', 'status']) {
      await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
      await tray.click(item);
      await expect.poll(() => answered(() => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((one) => one.isVisible())))).toEqual([true]);
    }
  }, DONE_MS);

  it('tells of what ended with buttons that do the same, while nobody looks', async () => {
    const { window } = berth;
    await home.berth(['settings', 'set', 'notifications.show', 'all', '--yes']);
    await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    const title = `Switch ${project.name} to prod: done`;
    const before = (await tray.notifications()).length;
    // A machine with much to do has other news as well.
    const at = async (): Promise<number> => (await tray.notifications()).findIndex((one, index) => index >= before && one.title === title);
    expect((await home.berth(['modes', 'switch', 'prod', '--project', project.dir, '--yes'])).code).toBe(0);
    await expect.poll(at, { timeout: DONE_MS }).toBeGreaterThanOrEqual(before);
    const index = await at();
    const news = (await tray.notifications())[index];
    expect(news).toMatchObject({ title, urgent: false, actions: [{ type: 'switch', word: 'undo', projectId: project.id, mode: 'dev' }, { type: 'show' }] });
    // Undo is the way back that the window has; Show opens the operation in the drawer.
    const back = await began(() => tray.actOnNotification(index, 0));
    expect(back.asked).toMatchObject({ kind: 'modes.switch', input: { mode: 'dev' } });
    expect(back.engine).toMatchObject([['job', 'running', expect.any(String)], ['web', 'running', 'dev']]);
    await tray.actOnNotification(index, 1);
    await expect.poll(() => answered(() => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))).toBe(true);
    const id = news?.command.type === 'show-operation' ? news.command.operationId : '';
    await window.getByTestId('bottom-drawer').getByTestId(`operation-${id}`).locator('button[aria-expanded="true"]').waitFor();
    await window.getByTestId('bottom-drawer-close').click();

    await home.berth(['settings', 'set', 'notifications.show', 'none', '--yes']);
    await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    const told = (await tray.notifications()).length;
    expect((await home.berth(['services', 'restart', 'web', '--project', project.dir, '--yes'])).code).toBe(0);
    await expect.poll(async () => (await tray.model()).icon, { timeout: DONE_MS }).toBe('running');
    expect(await tray.notifications()).toHaveLength(told);
    await tray.click('show');
  }, DONE_MS * 4);

  it('speaks the language that is set', async () => {
    await home.berth(['settings', 'set', 'window.language', 'de', '--yes']);
    await expect.poll(async () => (await tray.item('quit'))?.label).toBe('Beenden');
    expect((await tray.item('stop'))?.label).toBe('Anhalten');
    expect(await answered(() => berth.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map((item) => item.label)))).toContain('Ansicht');
    await home.berth(['settings', 'set', 'window.language', 'en', '--yes']);
    await expect.poll(async () => (await tray.item('quit'))?.label).toBe('Quit');
  });
});
