import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureDesktopLibraries } from './display.mjs';
import { ensureElectron } from './electron-runtime.mjs';
import { ensureEngine } from './engine.mjs';
import { ROOT } from './paths.mjs';

/** Images the sample and the tests are built from, made here where no registry can be asked for them. */
async function prepareBaseImages(engine, report) {
  const script = join(ROOT, 'scripts', 'lib', 'base-images.mjs');
  if (!engine?.socketPath || !existsSync(script)) return;
  const { ensureBaseImages } = await import(pathToFileURL(script).href);
  await ensureBaseImages({ socketPath: engine.socketPath, log: (text) => report.line(`  ${text}`) });
}

/** Everything `npm start` and `npm test` need, added where it is missing: `{engine, runtime, librariesAreIn}`; `engine` is null when there is none to be had. */
export async function setUp(report, { virtualDisplay }) {
  report.heading('Setting up');
  await ensureDependencies(report);
  const engine = await ensureEngine(report);
  const runtime = await ensureElectron(report);
  const librariesAreIn = await ensureDesktopLibraries(runtime, { virtualDisplay }, report);
  await prepareBaseImages(engine, report);
  await ensureBuild(report);
  return { engine, runtime, librariesAreIn };
}

/** Runs a script's main function: a failure with a reason is printed as that reason, any other with its stack. */
export async function main(report, work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    report.fail(error?.constructor?.name === 'SetupError' ? error.message : (error?.stack ?? String(error)));
    process.exitCode = 1;
  }
}
