import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStamp, writeStamp } from './fingerprint.mjs';
import { ROOT } from './paths.mjs';
import { SetupError } from './report.mjs';
import { head, npmCommand, run } from './run.mjs';

/** What the build tools need; the app itself also runs on 20.18. */
const MINIMUM_NODE = [20, 19];

/** Fails with a plain sentence on an older Node, whose own failure would not say why. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new SetupError(`Berth needs Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}. Get it at https://nodejs.org`);
}

const stampPath = () => join(ROOT, 'node_modules', '.cache', 'berth', 'dependencies');
const lockText = () => readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
const hashOf = (text) => createHash('sha256').update(text).digest('hex');

/** npm keeps what it installed in node_modules/.package-lock.json: equal versions mean that nothing needs installing. */
function installedMatches(text) {
  try {
    const wanted = JSON.parse(text).packages;
    const present = JSON.parse(readFileSync(join(ROOT, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '' || entry.optional || entry.devOptional || entry.peer) return true;
      return present[path]?.version === entry.version && existsSync(join(ROOT, path, 'package.json'));
    });
  } catch {
    return false;
  }
}

/** True when node_modules is what package-lock.json says. */
export function dependenciesAreIn() {
  const text = lockText();
  if (readStamp(stampPath()) === hashOf(text) && existsSync(join(ROOT, 'node_modules', 'electron-vite'))) return true;
  if (!installedMatches(text)) return false;
  writeStamp(stampPath(), hashOf(text));
  return true;
}

/** Installs the dependencies when they are not in. No package's install script is run: none that Berth uses needs one. */
export async function ensureDependencies(report) {
  requireNode();
  if (dependenciesAreIn()) return report.skipped('Dependencies are in');
  report.doing('Installing dependencies (npm ci)');
  const started = Date.now();
  const [npm, first] = npmCommand();
  const result = await run(npm, [...first, 'ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOT });
  if (result.code !== 0) throw new SetupError(`npm ci failed:\n${head(result.output)}`);
  writeStamp(stampPath(), hashOf(lockText()));
  report.done('Dependencies are in', Date.now() - started);
}

/** Folders of the packages the built app loads at run time (everything else is bundled), relative to the checkout. */
export function productionPackages() {
  const { packages } = JSON.parse(lockText());
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !path.startsWith('node_modules/@types/'))
    .map(([path]) => path)
    .filter((path) => existsSync(join(ROOT, path, 'package.json')));
}
