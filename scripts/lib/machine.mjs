import { existsSync, readFileSync } from 'node:fs';
import { SetupError } from './report.mjs';
import { run, tail } from './run.mjs';

export const isLinux = process.platform === 'linux';
export const isRoot = process.getuid?.() === 0;
export const hasSystemd = isLinux && existsSync('/run/systemd/system');

/** Debian, Ubuntu and what is made from them: there the set-up can add packages by itself. */
export const isDebian = (() => {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
})();

/** True where the set-up may install system packages without a question. */
export const mayInstallPackages = isRoot && isDebian;

let listsUpdated = false;

async function apt(args) {
  return run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });
}

async function isKnown(name) {
  const { stdout } = await run('apt-cache', ['policy', name]);
  return /Candidate: (?!\(none\))/.test(stdout);
}

/**
 * Installs Debian packages. A name with `|` is a choice: the first one this release has is taken
 * (Ubuntu 24.04 renamed some libraries to …t64).
 */
export async function installPackages(names, report) {
  report.doing(`Installing ${names.map((name) => name.split('|').at(-1)).join(' ')} (apt-get)`);
  const started = Date.now();
  if (!listsUpdated) {
    const updated = await apt(['update']);
    if (updated.code !== 0) throw new SetupError(`apt-get update failed:\n${tail(updated.output, 10)}`);
    listsUpdated = true;
  }
  const chosen = [];
  for (const name of names) {
    let choice;
    for (const candidate of name.split('|')) if (!choice && (await isKnown(candidate))) choice = candidate;
    chosen.push(choice ?? name.split('|').at(-1));
  }
  const installed = await apt(['install', '-y', '--no-install-recommends', ...chosen]);
  if (installed.code !== 0) throw new SetupError(`apt-get install failed:\n${tail(installed.output, 15)}`);
  report.done('Installed', Date.now() - started);
}

/** The command a person without root types for the same. */
export function installCommand(names) {
  return `sudo apt-get install ${names.map((name) => name.split('|').at(-1)).join(' ')}`;
}
