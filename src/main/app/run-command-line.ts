import { join } from 'node:path';
import { app } from 'electron';
import { statePaths, thisMachine } from '../platform/paths';
import { spawnChildrenWith } from '../platform/child-worker';
import { utilityChild } from './utility-child';

/** What the script `berth` of a package puts before the person's own words. */
const MARK = '--berth-command-line';

/** True when this program was started as the command line: a package has no node of its own, and its Electron cannot be one (the fuse is off). */
export function isCommandLine(argv: readonly string[]): boolean {
  return argv.includes(MARK);
}

/** Runs the command line in this process: no window, no tray, none of the app's lock. Helper processes need Electron to be ready. */
export function runCommandLine(): void {
  const at = process.argv.indexOf(MARK);
  process.argv = [process.execPath, 'berth', ...process.argv.slice(at + 1)];
  // Nothing of Chromium's is wanted; what it keeps all the same must not be the window's, which may be open.
  app.disableHardwareAcceleration();
  app.setPath('userData', join(statePaths(thisMachine()).window, 'command-line'));
  app.dock?.hide();
  void app.whenReady().then(async () => {
    spawnChildrenWith(utilityChild);
    const { runCli } = await import('../../cli/run-cli');
    runCli();
  });
}
