import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo } from '../../scripts/lib/stage.mjs';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { idleService, openAppProject, type AppProject } from '../support/app-project';

/**
 * What the window costs. `starts`: from the start of the process to a window that is seen with something drawn in it, to its own page, and to one that answers a
 * key, beside a bare Electron shell with one line of text, in turn; every round is a fresh process with a fresh home. `rest`: memory and processor time of the window's processes with twenty services that
 * run and nobody at the keyboard. `size`: what the first page loads. Playwright is attached, which costs both some tens of milliseconds.
 * Options: --rounds <n> (7), --seconds <n> (60), --only starts|rest|size.
 */

const ROUNDS = Number(option('--rounds') ?? 7);
const SECONDS = Number(option('--seconds') ?? 60);
const ONLY = option('--only');
const SERVICES = 20;
/** The first looks and the warming up are over by then, and nobody has touched the window for a minute. */
const SETTLE_MS = 75_000;
/** A shell that does nothing has nothing to settle. */
const BARE_SETTLE_MS = 5_000;
/** Clock ticks a second in /proc: fixed in the kernel's interface. */
const TICKS = 100;
const MB = 1_000_000;
const ROOT = process.env['BERTH_ROOT'] ?? process.cwd();

const BARE_APP = `'use strict';
const { app, BrowserWindow } = require('electron');
app.enableSandbox();
app.whenReady().then(() => {
  const window = new BrowserWindow({ show: false, width: 1280, height: 820, webPreferences: { sandbox: true, contextIsolation: true } });
  window.once('ready-to-show', () => window.show());
  void window.loadURL('data:text/html,<h1>bare</h1>');
});
app.on('window-all-closed', () => app.quit());
`;

interface Start {
  /** The window is shown and something is drawn in it, whichever comes last. */
  readonly visibleMs: number;
  /** The page is drawn by its own code, and a key has shown another one. Null for the bare shell, which has neither. */
  readonly page: { readonly drawnMs: number; readonly answersMs: number } | null;
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function bareHome(): Promise<TestHome> {
  const home = await createHome();
  const appDir = join(home.path, 'bare');
  await mkdir(appDir);
  await writeFile(join(appDir, 'package.json'), JSON.stringify({ name: 'bare', version: '0.0.0', main: 'main.cjs' }));
  await writeFile(join(appDir, 'main.cjs'), BARE_APP);
  giveTo(appDir, home.staged.user);
  // The same hold of `ready` as for Berth: both wait for Playwright.
  await mkdir(join(appDir, 'scripts', 'lib'), { recursive: true });
  return { ...home, staged: { ...home.staged, appDir } };
}

async function start(home: TestHome, isBerth: boolean): Promise<Start> {
  try {
    // The clock starts before the process does: the system's own record of a start is only good to a second.
    const startedAt = Date.now();
    const running = await launchBerth(home);
    const paintedAt = await running.window.evaluate(async () => {
      const drawn = () => performance.getEntriesByName('first-contentful-paint')[0];
      while (!drawn()) await new Promise((next) => requestAnimationFrame(next));
      return performance.timeOrigin + (drawn()?.startTime ?? 0);
    });
    const page = isBerth ? { drawnMs: (await drawnAt(running)) - startedAt, answersMs: (await answersKeys(running)) - startedAt } : null;
    const shownAt = await running.app.evaluate(() => performance.timeOrigin + (performance.getEntriesByName('test:window-seen')[0]?.startTime ?? Number.NaN));
    await running.close();
    return { visibleMs: Math.max(paintedAt, shownAt) - startedAt, page };
  } finally {
    await home.remove();
  }
}

/** When the pages can be chosen: until then the window shows the frame that index.html has. */
function drawnAt({ window }: RunningApp): Promise<number> {
  return window.evaluate(async () => {
    while (document.querySelector('[data-testid="nav-settings"]') === null) await new Promise((next) => requestAnimationFrame(next));
    return performance.timeOrigin + (await new Promise<number>((next) => requestAnimationFrame(next)));
  });
}

/** When a key has shown another page: everything that a person can do works from then on. */
async function answersKeys({ window }: RunningApp): Promise<number> {
  await window.getByTestId('nav-settings').waitFor();
  await window.keyboard.press('9');
  await window.getByTestId('page-settings').waitFor();
  return Date.now();
}

async function starts(): Promise<void> {
  await start(await createHome(), true); // once each, so that files are in the page cache
  await start(await bareHome(), false);
  const ours: Start[] = [];
  const bare: Start[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const one = await start(await createHome(), true);
    const other = await start(await bareHome(), false);
    ours.push(one);
    bare.push(other);
    print(`round ${round}: Berth visible ${Math.round(one.visibleMs)}, page drawn ${Math.round(one.page?.drawnMs ?? 0)}, answers a key ${Math.round(one.page?.answersMs ?? 0)} ms; bare shell visible ${Math.round(other.visibleMs)} ms`);
  }
  const ratios = ours.map((one, index) => one.visibleMs / (bare[index]?.visibleMs ?? Number.NaN));
  print(`window, median of ${ROUNDS}: visible ${Math.round(median(ours.map((one) => one.visibleMs)))} ms (bare shell ${Math.round(median(bare.map((one) => one.visibleMs)))} ms), ratio ${median(ratios).toFixed(2)} (limit 1.3); page drawn ${Math.round(median(ours.map((one) => one.page?.drawnMs ?? 0)))} ms, answers a key ${Math.round(median(ours.map((one) => one.page?.answersMs ?? 0)))} ms (limit 2500)`);
}

interface ProcessUse {
  readonly type: string;
  readonly pid: number;
}

async function ticksOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

interface Memory {
  readonly residentMb: number;
  /** Pages that several processes share are counted to each of them in equal parts. */
  readonly ownShareMb: number;
}

async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const of = (field: string): number => (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024) / MB;
  return { residentMb: of('Rss'), ownShareMb: of('Pss') };
}

function printMemory(whose: string, { residentMb, ownShareMb }: Memory): void {
  print(`${whose}: ${ownShareMb.toFixed(0)} MB own share, ${residentMb.toFixed(0)} MB resident`);
}

/** Prints what each process of an app takes while nobody touches it, and returns the share of a core of all of them. */
async function printRest(app: RunningApp['app'], whose: string): Promise<number> {
  const processes: readonly ProcessUse[] = await app.evaluate(({ app: own }) => own.getAppMetrics().map(({ type, pid }) => ({ type, pid })));
  const before = await Promise.all(processes.map(({ pid }) => ticksOf(pid)));
  await pause(SECONDS * 1_000);
  const after = await Promise.all(processes.map(({ pid }) => ticksOf(pid).catch(() => 0)));
  let share = 0;
  for (const [index, { type, pid }] of processes.entries()) {
    const own = Math.max(0, ((after[index] ?? 0) - (before[index] ?? 0)) / TICKS / SECONDS);
    share += own;
    printMemory(`${whose}${type}, ${(own * 100).toFixed(2)} % of a core`, await memoryOf(pid));
  }
  return share;
}

/** The same processes of a shell that does nothing: what Electron itself takes here. */
async function bareRest(): Promise<void> {
  const home = await bareHome();
  try {
    const shell = await launchBerth(home);
    await pause(BARE_SETTLE_MS);
    const share = await printRest(shell.app, 'bare shell, ');
    print(`a bare shell at rest: ${(share * 100).toFixed(2)} % of a core for all processes`);
    await shell.close();
  } finally {
    await home.remove();
  }
}

async function rest(): Promise<void> {
  const home = await createHome();
  let project: AppProject | undefined;
  let berth: RunningApp | undefined;
  try {
    const services = Object.fromEntries(Array.from({ length: SERVICES }, (_, index) => [`service-${String(index + 1).padStart(2, '0')}`, idleService()]));
    project = await openAppProject(home, 'window-rest', { dev: services });
    await home.berth(['modes', 'switch', 'dev', '--yes', '--project', project.dir]);
    berth = await launchBerth(home);
    await berth.window.getByTestId('nav-project').click();
    await berth.window.getByTestId('services-table').waitFor();
    await pause(SETTLE_MS);
    const share = await printRest(berth.app, '');
    print(`at rest with ${SERVICES} services, over ${SECONDS} s: ${(share * 100).toFixed(2)} % of a core for all processes (limit 1); limits for Browser (main) and Tab (renderer): 200 MB each`);
  } finally {
    await berth?.close();
    await project?.close();
    await home.remove();
  }
}

/** Chunks that the entry and the start import at once; what is loaded when it is opened is none of them. */
async function size(): Promise<void> {
  const assets = join(ROOT, 'out', 'renderer', 'assets');
  const html = await readFile(join(ROOT, 'out', 'renderer', 'index.html'), 'utf8');
  // The page names all that it loads at once.
  const left = [...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.js)"/g)].map((match) => match[1] ?? '');
  const sizes = new Map<string, number>();
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (sizes.has(file)) continue;
    const code = await readFile(join(assets, file), 'utf8');
    sizes.set(file, Buffer.byteLength(code));
    left.push(...[...code.matchAll(/(?:import|from)\s*["']\.\/([^"']+\.js)["']/g)].map((match) => match[1] ?? ''));
  }
  print(`first page: ${([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) / 1_000).toFixed(0)} kB of script in ${sizes.size} files (limit 350)`);
}

if (ONLY === undefined || ONLY === 'size') await size();
if (ONLY === undefined || ONLY === 'starts') await starts();
if (ONLY === undefined || ONLY === 'rest') {
  await bareRest();
  await rest();
}
