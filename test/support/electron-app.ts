import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright';
import { ensureElectron } from '../../scripts/lib/electron-runtime.mjs';
import { findEngine, type FoundEngine } from '../../scripts/lib/engine.mjs';
import { electronArguments, launchElectron } from '../../scripts/lib/launch.mjs';
import { createReport } from '../../scripts/lib/report.mjs';
import { asUser, giveTo, makeHome, stage, type StagedApp } from '../../scripts/lib/stage.mjs';
import { useDisplay } from './display';
import type { DeclaredTrust } from './engine-oracle';
import { tapEngine, type EngineTap } from './engine-tap';

/** A home folder of its own, with everything the app and the CLI of one test share. */
export interface TestHome {
  readonly path: string;
  /** The whole environment for programs of this home; nothing of ours leaks in. */
  readonly env: Readonly<Record<string, string>>;
  readonly staged: StagedApp;
  /** Copies a folder into the home, owned by the app's user, and returns its new path. */
  bringIn(folder: string, name: string): Promise<string>;
  /** Runs the CLI as the app's user, in `cwd` (default: the home). */
  berth(args: readonly string[], options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }): Promise<CliResult>;
  /** The same for one that goes on until it is ended. */
  begin(args: readonly string[]): Promise<RunningCommand>;
  /** Starts Berth once more, as a second click on its icon does, and waits for the end of that process. */
  startAgain(): Promise<CliResult>;
  /** What the user of this home agrees to for a project; nothing more than its own folder is agreed to without. */
  declare(trust: DeclaredTrust): void;
  remove(): Promise<void>;
}

/** A command that goes on. */
export interface RunningCommand {
  readonly pid: number;
  readonly ended: Promise<CliResult>;
  /** Resolves with the first line of stdout that fits. */
  line(fits: (line: string) => boolean): Promise<string>;
  /** SIGTERM, and its end. */
  stop(): Promise<CliResult>;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running Berth and its window. */
export interface RunningApp {
  readonly app: ElectronApplication;
  readonly window: Page;
  /** What the app wrote to stdout and stderr so far. */
  output(): string;
  close(): Promise<void>;
}

interface Prepared {
  readonly engine: FoundEngine | null;
  readonly staged: StagedApp;
}

let prepared: Promise<Prepared> | null = null;

/** `npm test` stages the app once and hands it over; a file run by hand does it itself. */
function prepare(): Promise<Prepared> {
  prepared ??= (async () => {
    const handed = process.env['BERTH_TEST_STAGED'];
    if (handed) return { staged: JSON.parse(handed) as StagedApp, engine: JSON.parse(process.env['BERTH_TEST_ENGINE'] ?? 'null') as FoundEngine | null };
    const engine = await findEngine();
    const runtime = await ensureElectron(createReport(process.stderr));
    return { engine, staged: await stage({ runtime, engine }) };
  })();
  return prepared;
}

interface Spawned {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  stdout(): string;
}

function launch(command: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Spawned {
  const [program, ...args] = command;
  if (program === undefined) throw new Error('no command');
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, stdout: () => stdout };
}

function runningCommand({ child, ended, stdout }: Spawned): RunningCommand {
  return {
    pid: child.pid ?? 0,
    ended,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = stdout().split('\n').slice(0, -1).find(fits);
          if (found === undefined) return;
          child.stdout?.off('data', look);
          resolve(found);
        };
        child.stdout?.on('data', look);
        look();
        void ended.then((result) => reject(new Error(`It ended without that line: ${JSON.stringify(result).slice(0, 4_000)}`)), reject);
      }),
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Makes a home for one test or one file. */
export async function createHome(extra: Readonly<Record<string, string>> = {}): Promise<TestHome> {
  const { engine, staged } = await prepare();
  const display = await useDisplay(staged.user);
  const path = await mkdtemp(join(tmpdir(), 'berth-e2e-'));
  const base = process.env['BERTH_SAMPLE_BASE_IMAGE'];
  const own = { ...makeHome(path, { user: staged.user, engine, display }), BERTH_HOME: join(path, 'berth'), BERTH_SETTINGS: process.env['BERTH_SETTINGS'] ?? '', ...(base ? { BERTH_SAMPLE_BASE_IMAGE: base } : {}), ...extra };
  const tap = engine === null || engine.socketPath === null || extra['DOCKER_HOST'] !== undefined ? null : await tapHome(path, engine.socketPath, staged);
  const env = tap === null ? own : { ...own, DOCKER_HOST: tap.uri };
  const command = (args: readonly string[]): Promise<string[]> => asUser(staged.user, [process.execPath, join(staged.appDir, 'bin', 'berth'), ...args]);
  return {
    path,
    env,
    staged,
    async bringIn(folder, name) {
      const target = join(path, name);
      await cp(folder, target, { recursive: true });
      giveTo(target, staged.user);
      return target;
    },
    async berth(args, options = {}) {
      return launch(await command(args), { cwd: options.cwd ?? path, env: { ...env, ...options.env } }).ended;
    },
    begin: async (args) => runningCommand(launch(await command(args), { cwd: path, env })),
    startAgain: () => launch([staged.executable, ...electronArguments(staged)], { cwd: path, env }).ended,
    declare: (trust) => tap?.declare(trust),
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      // A call to the engine that nobody agreed to fails the run.
      await tap?.finish();
    },
  };
}

/** What the app and the command line of this home send to the engine goes through a socket that writes it down; only its user may enter. */
async function tapHome(home: string, target: string, staged: StagedApp): Promise<EngineTap> {
  const folder = join(home, 'engine');
  await mkdir(folder, { mode: 0o700 });
  const tap = await tapEngine({ target, folder, declared: [{ project: null, roots: [await realpath(tmpdir())], trusted: true, grants: [] }] });
  giveTo(folder, staged.user);
  return tap;
}

/** Starts Berth in a home and waits for its window. `args` go to the app. */
export async function launchBerth(
  home: TestHome,
  options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<RunningApp> {
  const app = await launchElectron(home.staged, { env: { ...home.env, ...options.env }, ...(options.args ? { args: options.args } : {}) });
  let output = '';
  const collect = (chunk: unknown): void => {
    output += String(chunk);
  };
  app.process().stdout?.on('data', collect);
  app.process().stderr?.on('data', collect);
  try {
    const window = await app.firstWindow();
    await window.waitForLoadState('domcontentloaded');
    return { app, window, output: () => output, close: () => quitAnyway(app) };
  } catch (error) {
    await app.close().catch(() => undefined);
    throw new Error(`Berth opened no window.\n${output}`, { cause: error });
  }
}

/** Ends the app, also in the middle of an operation: the question it would ask first is answered with Quit. */
async function quitAnyway(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ dialog }) => void Object.assign(dialog, { showMessageBox: () => Promise.resolve({ response: 1, checkboxChecked: false }) })).catch(() => undefined);
  await app.close();
}

/**
 * Repeats a question to the main process whose answer got lost. V8's inspector holds the promise of a call only weakly, so a
 * garbage collection in the app (it has just started) can take the answer with it. For questions only: what was asked has run.
 */
export async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= 5 || !String(error).includes('promise was garbage collected')) throw error;
    }
  }
}
