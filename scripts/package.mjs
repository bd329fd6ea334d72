import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { makeDeb } from './lib/deb.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureElectron } from './lib/electron-runtime.mjs';
import { ROOT } from './lib/paths.mjs';
import { createReport } from './lib/report.mjs';
import { endChildrenOnSignal, run, tail, which } from './lib/run.mjs';
import { main } from './lib/setup.mjs';

/**
 * `npm run package`: builds Berth and puts it with its runtime into dist/: the folder, a tar.gz of it, and what else this machine's system takes
 * (deb, AppImage, dmg, exe) where the tools for it can be had. A package with the runtime of development says so in its names and in About.
 *   --dir          the folder only
 *   --to=<folder>  there instead of dist/
 */

const report = createReport();
const onlyFolder = process.argv.includes('--dir');
const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const given = process.argv.find((word) => word.startsWith('--to='))?.slice('--to='.length);
const DIST = given === undefined ? join(ROOT, 'dist') : resolve(given);
/** A file of the package as it is printed: below the folder as it was named. */
const shown = (name) => join(given ?? 'dist', name);
const FORMATS = { linux: ['AppImage'], darwin: ['dmg', 'zip'], win32: ['nsis'] };
const PLATFORM_FLAG = { linux: '--linux', darwin: '--mac', win32: '--win' };
const UNPACKED = { linux: 'linux-unpacked', darwin: 'mac', win32: 'win-unpacked' };

/** The runtime as electron-builder takes it: without the stand-in app that development needs. */
function cleanRuntime(runtime, work) {
  const dist = join(work, 'electron');
  cpSync(runtime.folder, dist, { recursive: true, verbatimSymlinks: true });
  for (const name of ['resources/app', '.berth-layout']) rmSync(join(dist, name), { recursive: true, force: true });
  return dist;
}

async function builder(args) {
  const env = { ...process.env, CSC_IDENTITY_AUTO_DISCOVERY: 'false' };
  return run(process.execPath, [join(ROOT, 'node_modules', 'electron-builder', 'cli.js'), PLATFORM_FLAG[process.platform], ...args, '--publish', 'never'], { cwd: ROOT, env });
}

/** Why electron-builder gave up, in one line. */
function reasonOf(output) {
  return output.match(/(?:ENOTFOUND|ECONNREFUSED|ETIMEDOUT)\s+\S+/)?.[0] ?? tail(output, 400).match(/(?:⨯|Error:) .*/)?.[0]?.slice(0, 200) ?? 'see above';
}

async function folder(runtime, name, work) {
  report.doing('Putting the folder together');
  const started = Date.now();
  rmSync(DIST, { recursive: true, force: true });
  const result = await builder(['dir', `-c.directories.output=${DIST}`, `-c.electronDist=${cleanRuntime(runtime, work)}`, `-c.electronVersion=${runtime.version}`, ...(runtime.packed ? ['-c.extraMetadata.runtime=test-only'] : [])]);
  const made = join(DIST, UNPACKED[process.platform]);
  if (result.code !== 0 || !existsSync(made)) throw new Error(`electron-builder failed:\n${tail(result.output, 30)}`);
  const target = join(DIST, name);
  renameSync(made, target);
  if (runtime.packed) writeFileSync(join(target, 'TEST-ONLY.txt'), `This package carries Electron ${runtime.version}, the runtime of Berth's tests. It is not supported any more: do not give it to users.\n`);
  report.done(shown(name), Date.now() - started);
  return target;
}

async function deb(folder, name, work) {
  if (process.platform !== 'linux') return;
  const started = Date.now();
  const why = await makeDeb({ folder, icon: join(ROOT, 'resources', 'icons', 'icon.png'), target: join(DIST, `${name}.deb`), version: about.version, description: about.description, work });
  if (why === null) report.done(shown(`${name}.deb`), Date.now() - started);
  else report.warn(`No deb: ${why}`);
}

async function archive(name) {
  const tar = await which('tar');
  if (tar === null || process.platform === 'win32') return;
  const started = Date.now();
  const result = await run(tar, ['czf', `${name}.tar.gz`, '--owner=0', '--group=0', name], { cwd: DIST });
  if (result.code !== 0) throw new Error(`tar failed:\n${tail(result.output, 10)}`);
  report.done(shown(`${name}.tar.gz`), Date.now() - started);
}

/** What electron-builder makes with tools that it downloads: where they cannot be had, the package is left out and said so. */
async function installers(target, runtime, name) {
  for (const format of FORMATS[process.platform] ?? []) {
    const started = Date.now();
    const result = await builder([format, `-c.directories.output=${DIST}`, '--prepackaged', target, `-c.electronVersion=${runtime.version}`, `-c.artifactName=${name}.\${ext}`]);
    if (result.code === 0) report.done(shown(`${name}.${format === 'nsis' ? 'exe' : format}`), Date.now() - started);
    else report.warn(`No ${format}: the tool for it cannot be had here (${reasonOf(result.output)})`);
  }
}

endChildrenOnSignal();
await main(report, async () => {
  await ensureDependencies(report);
  await ensureBuild(report);
  const runtime = await ensureElectron(report);
  const name = `berth-${about.version}-${process.platform}-${process.arch}${runtime.packed ? '-test-only' : ''}`;
  const work = mkdtempSync(join(tmpdir(), 'berth-package-'));
  mkdirSync(DIST, { recursive: true });
  try {
    const target = await folder(runtime, name, work);
    if (!onlyFolder) {
      await archive(name);
      await deb(target, name, work);
      await installers(target, runtime, name);
    }
    if (runtime.packed) report.warn(`Electron ${runtime.version} is the runtime of the tests: these packages are for trying out only.`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return 0;
});
