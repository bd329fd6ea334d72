import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_INPUTS, BUILD_STAMP } from './build-inputs.mjs';
import { fingerprint, readStamp, writeStamp } from './fingerprint.mjs';
import { withLock } from './lock.mjs';
import { ROOT } from './paths.mjs';
import { SetupError } from './report.mjs';
import { run, tail } from './run.mjs';

const STAMP = join(ROOT, BUILD_STAMP);
const LOCK = join(ROOT, 'node_modules', '.cache', 'berth', 'build.lock');

/** The fingerprint of what is built, and whether out/ was made from it. A copy without sources is never stale. */
export function buildState() {
  if (!existsSync(join(ROOT, 'src'))) return { stale: false, inputs: '' };
  const inputs = fingerprint(ROOT, BUILD_INPUTS);
  return { stale: readStamp(STAMP) !== inputs, inputs };
}

/** Builds the app into out/ when its sources changed since the last build. Quiet unless it fails. */
export async function ensureBuild(report) {
  if (!buildState().stale) return report.skipped('The app is built');
  // Two builds into one folder would mix their files, so one waits for the other.
  await withLock(LOCK, async () => {
    const { stale, inputs } = buildState();
    if (!stale) return;
    report.doing('Building the app');
    const started = Date.now();
    rmSync(STAMP, { force: true });
    const result = await run(process.execPath, [join(ROOT, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build'], { cwd: ROOT });
    if (result.code !== 0) throw new SetupError(`The build failed:\n${tail(result.output, 40)}`);
    writeStamp(STAMP, inputs);
    report.done('The app is built', Date.now() - started);
  });
}
