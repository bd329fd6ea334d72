import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../src/shared/contract/contract';
import { idleService, openAppProject, slowBuild, type AppProject } from '../support/app-project';
import { answered, createHome, launchBerth, type CliResult, type RunningApp, type TestHome } from '../support/electron-app';
import { engineJson } from '../support/images';
import { trayDriver } from '../support/tray-driver';

/** What the app promises about its end (S1.11). */
const END_MS = 30_000;

interface Answer<T> {
  readonly ok: boolean;
  readonly value: T;
  readonly error?: { readonly code: string; readonly message: string };
}

function json<T>(result: CliResult): Answer<T> {
  if (!result.stdout.startsWith('{')) throw new Error(`No JSON: ${JSON.stringify(result)}`);
  return JSON.parse(result.stdout) as Answer<T>;
}

describe('the life of the app', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    project = await openAppProject(home, 'lt', { dev: { web: idleService() }, prod: { web: idleService({ image: undefined, build: '.' }) } }, slowBuild(20));
  });
  afterEach(() => berth?.close().catch(() => undefined));
  afterAll(async () => {
    await project?.close();
    await home?.remove();
  });

  const ask = async <T>(...args: string[]): Promise<T> => json<T>(await home.berth([...args, '--json'])).value;
  const switches = async (): Promise<OutputOf<'operations.list'>> => (await ask<OutputOf<'operations.list'>>('operations', 'list')).filter((one) => one.kind === 'modes.switch');

  async function start(): Promise<{ readonly exited: Promise<number | null> }> {
    berth = await launchBerth(home);
    await trayDriver(berth).ready();
    await berth.window.getByTestId('project-status').waitFor();
    const child = berth.app.process();
    return { exited: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
  }

  /** Clicks the mode whose build takes long, and waits until it is being built. */
  async function build(): Promise<void> {
    await project.write('Dockerfile', slowBuild(20)['Dockerfile'] ?? '');
    const watch = await home.begin(['watch']);
    const isBuilt = watch.line((line) => line.includes('building-now'));
    try {
      await berth.window.getByTestId('mode-prod').click();
      await isBuilt;
    } finally {
      await watch.stop();
    }
  }

  /** The system's own dialog opens; the answer says whether it has. */
  async function realQuestion(): Promise<() => Promise<boolean>> {
    await berth.app.evaluate(({ dialog }) => {
      const show = dialog.showMessageBox.bind(dialog) as (...given: readonly unknown[]) => Promise<unknown>;
      Object.assign(dialog, { showMessageBox: (...given: readonly unknown[]) => (Object.assign(globalThis, { berthIsAsked: true }), show(...given)) });
    });
    return () => answered(() => berth.app.evaluate(() => 'berthIsAsked' in globalThis));
  }

  it('ends on SIGTERM in the middle of a build: code 0, nothing left over, the operation accounted for', async () => {
    const { exited } = await start();
    await build();
    const sinceMs = performance.now();
    berth.app.process().kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(performance.now() - sinceMs).toBeLessThan(END_MS);

    expect(await project.containers()).toEqual([]);
    const all = await engineJson<readonly { readonly Command: string }[]>('GET', '/containers/json?all=1');
    expect(all.filter((one) => one.Command.includes('building-now'))).toEqual([]);
    // Closed clean: the log of changes is folded into the database, nobody holds it, and it says so.
    const state = await readdir(home.env['BERTH_HOME'] ?? '', { recursive: true });
    expect(state.filter((name) => name.endsWith('-wal') || name === 'runtime.json')).toEqual([]);
    expect(await readFile(join(home.env['BERTH_HOME'] ?? '', 'logs', 'berth.log'), 'utf8')).toContain('"message":"store.closed"');

    const [ended] = await switches();
    expect(['cancelled', 'rolled-back']).toContain(ended?.state);
    expect(ended?.finishedAt).not.toBeNull();
    // The next app shows what the command line says.
    await start();
    await berth.window.getByTestId('nav-activity').click();
    await berth.window.locator(`li[data-testid="operation-${ended?.id ?? ''}"][data-state="${ended?.state ?? ''}"]`).waitFor();
  });

  it('asks before it quits in the middle of an operation: Wait keeps it, its window too', async () => {
    await start();
    await build();
    await berth.app.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { berthAsked: asked });
      Object.assign(dialog, { showMessageBox: (...given: readonly unknown[]) => (asked.push(given.at(-1)), Promise.resolve({ response: 0, checkboxChecked: false })) });
    });
    const asked = (): Promise<readonly { readonly message: string; readonly buttons: readonly string[] }[]> => answered(() => berth.app.evaluate(() => (globalThis as unknown as { berthAsked: { message: string; buttons: string[] }[] }).berthAsked.map(({ message, buttons }) => ({ message, buttons }))));
    await trayDriver(berth).click('quit');
    await expect.poll(asked).toEqual([{ message: `Quit while “Switch ${project.name} to prod” runs?`, buttons: ['Wait', 'Quit'] }]);
    expect((await switches())[0]?.state).toBe('running');
    expect((await ask<OutputOf<'runtime.status'>>('runtime', 'status')).pid).toBe(berth.app.process().pid);

    // Closing the window quits where there may be no tray; whoever waits has it again.
    const closed = berth.window.waitForEvent('close');
    await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await closed;
    await expect.poll(async () => (await asked()).length).toBe(process.platform === 'linux' ? 2 : 1);
    await expect.poll(() => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(process.platform === 'linux' ? 1 : 0);
    expect((await switches())[0]?.state).toBe('running');
  });

  it('does not make SIGTERM wait for an answer', async () => {
    const { exited } = await start();
    await build();
    const isAsked = await realQuestion();
    await trayDriver(berth).click('quit');
    await expect.poll(isAsked).toBe(true);
    const sinceMs = performance.now();
    berth.app.process().kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(performance.now() - sinceMs).toBeLessThan(END_MS);
    expect(await project.containers()).toEqual([]);
  });

  it('goes on quitting by itself once there is nothing to ask any more', async () => {
    const { exited } = await start();
    await build();
    const isAsked = await realQuestion();
    await trayDriver(berth).click('quit');
    await expect.poll(isAsked).toBe(true);
    const [running] = await switches();
    await home.berth(['operations', 'cancel', running?.id ?? '']);
    expect(await exited).toBe(0);
    expect((await switches())[0]?.state).toBe('cancelled');
  });

  it('quits without a question when nothing runs', async () => {
    const { exited } = await start();
    await trayDriver(berth).click('quit').catch(() => undefined);
    expect(await exited).toBe(0);
  });

  it('is there once: a second start shows the window of the first and ends', async () => {
    await start();
    await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    const second = await home.startAgain();
    expect(second.code).toBe(0);
    await expect.poll(() => answered(() => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => [window.isVisible(), window.isMinimized()])))).toEqual([[true, false]]);
    expect((await ask<OutputOf<'runtime.status'>>('runtime', 'status')).pid).toBe(berth.app.process().pid);
  });

  it('is one with the command line: attached or alone it says the same, and serve is refused with the pid', async () => {
    const questions = [['operations', 'list'], ['projects', 'list'], ['settings', 'list'], ['modes', 'list', '--project', project.dir], ['schedules', 'list']];
    const say = async (): Promise<unknown[]> => Promise.all(questions.map(async (one) => json(await home.berth([...one, '--json']))));
    expect((await ask<OutputOf<'runtime.status'>>('runtime', 'status')).host).toBe('command');
    const alone = await say();

    await start();
    const pid = berth.app.process().pid;
    expect(await ask('runtime', 'status')).toMatchObject({ host: 'app', pid, workerId: 1 });
    expect(await say()).toEqual(alone);
    const serve = await home.berth(['serve', '--json']);
    expect(serve.code).not.toBe(0);
    expect(json(serve).error).toMatchObject({ code: 'state-locked', message: `Berth already runs (process ${String(pid)}).` });

    // What a command does beside the app is done by the app, and stands in its journal and its window.
    expect((await home.berth(['modes', 'switch', 'dev', '--project', project.dir, '--yes'])).code).toBe(0);
    await berth.window.locator('[data-testid="project-status"][data-mode="dev"][data-busy="false"]').waitFor();
    const hosted = await switches();
    const steps = await ask<OutputOf<'operations.show'>>('operations', 'show', hosted[0]?.id ?? '');
    await berth.close();
    expect(await switches()).toEqual(hosted);
    expect(await ask('operations', 'show', hosted[0]?.id ?? '')).toEqual(steps);
    expect((await project.containers()).map((one) => one.State)).toEqual(['running']);
  });
});
