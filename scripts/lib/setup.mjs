import { ensureBaseImages } from './base-images.mjs';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureDesktopLibraries } from './display.mjs';
import { ensureElectron } from './electron-runtime.mjs';
import { ensureEngine } from './engine.mjs';
import { cacheDir } from './paths.mjs';
import { SetupError } from './report.mjs';

/** The image the sample and the tests build on: there, pulled, or made here where no registry can be asked. Its name, or null. */
async function prepareBaseImage(engine, report) {
  if (!engine?.socketPath) return null;
  const started = Date.now();
  try {
    const { image, origin } = await ensureBaseImages({ socketPath: engine.socketPath, log: (text) => process.env.BERTH_VERBOSE && report.line(`  ${text}`), cacheDir: cacheDir() });
    if (origin === 'present') report.skipped(`The sample's base image ${image} is in`);
    else report.done(`The sample's base image ${image} was ${origin}`, Date.now() - started);
    return image;
  } catch (error) {
    report.warn(`The sample cannot be built yet: ${error.message}`);
    return null;
  }
}

/** Everything `npm start` and `npm test` need, added where it is missing: `{engine, runtime, librariesAreIn, baseImage}`; `engine` is null when there is none to be had. */
export async function setUp(report, { virtualDisplay }) {
  report.heading('Setting up');
  await ensureDependencies(report);
  const engine = await ensureEngine(report);
  const runtime = await ensureElectron(report);
  const librariesAreIn = await ensureDesktopLibraries(runtime, { virtualDisplay }, report);
  const baseImage = await prepareBaseImage(engine, report);
  await ensureBuild(report);
  return { engine, runtime, librariesAreIn, baseImage };
}

/** What tells the app to open the bundled sample on its first run, and which base image its copy builds on. */
export function sampleEnvironment(baseImage) {
  return { BERTH_FIRST_RUN_SAMPLE: '1', ...(baseImage ? { BERTH_SAMPLE_BASE_IMAGE: baseImage } : {}) };
}

/** Runs a script's main function: a failure with a reason is printed as that reason, any other with its stack. */
export async function main(report, work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    report.fail(error instanceof SetupError ? error.message : (error?.stack ?? String(error)));
    process.exitCode = 1;
  }
}
