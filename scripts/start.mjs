import { spawn } from 'node:child_process';
import { chownSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasDisplay } from './lib/display.mjs';
import { electronArguments } from './lib/launch.mjs';
import { isRoot } from './lib/machine.mjs';
import { createReport } from './lib/report.mjs';
import { endChildrenOnSignal } from './lib/run.mjs';
import { main, sampleEnvironment, setUp } from './lib/setup.mjs';
import { makeHome, stage } from './lib/stage.mjs';
import { playTour } from './lib/tour.mjs';

/**
 * `npm start`: sets up what is missing and opens Berth. Without a display it plays a tour under a virtual one.
 *   --tour     play the tour even where there is a display
 *   --keep     leave the sample's containers running after the tour
 *   --as-root  as root: run the app as root, without Chromium's sandbox, so that it can open root's own folders
 */

const flags = new Set(process.argv.slice(2));
const report = createReport();

/** The user's own X authority, where the app's user can read it. */
function lendAuthority(home, user) {
  const own = process.env.XAUTHORITY || join(process.env.HOME ?? '/root', '.Xauthority');
  if (!existsSync(own)) return {};
  const lent = join(home, '.Xauthority');
  copyFileSync(own, lent);
  chownSync(lent, user.uid, user.gid);
  return { XAUTHORITY: lent };
}

/** The environment of the app: ours, or that of the user it runs as, whose home lasts so that Berth remembers its projects. */
function appEnvironment(staged, engine) {
  if (!staged.user) return { ...process.env };
  const home = join(staged.folder, 'home');
  mkdirSync(staged.folder, { recursive: true });
  const env = makeHome(home, { user: staged.user, engine });
  return { ...env, ...lendAuthority(home, staged.user) };
}

async function openWindow({ engine, runtime, baseImage }) {
  // Wayland's socket belongs to the session's user alone, so another user cannot show a window there.
  const ourselves = flags.has('--as-root') || (isRoot && !process.env.DISPLAY);
  const staged = await stage({ runtime, engine, ourselves });
  if (!staged.sandbox) report.warn(`Chromium’s sandbox is off${isRoot ? ', because Berth runs as root' : `: this system does not let users have it. To turn it on:\n    sudo chown root: '${runtime.folder}/chrome-sandbox' && sudo chmod 4755 '${runtime.folder}/chrome-sandbox'`}.`);
  if (staged.user) report.line('You are root: Berth runs as the user nobody, with the sandbox on, and sees only folders open to that user. `npm start -- --as-root` runs it as root.');
  report.heading('Opening Berth');
  const env = { ...appEnvironment(staged, engine), ...sampleEnvironment(baseImage) };
  delete env.ELECTRON_RUN_AS_NODE;
  const child = spawn(staged.executable, electronArguments(staged, { virtual: false }), { stdio: 'inherit', env, cwd: staged.appDir });
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => (report.fail(`Electron did not start: ${error.message}`), resolve(1)));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

await main(report, async () => {
  const tour = flags.has('--tour') || !hasDisplay();
  if (tour) endChildrenOnSignal();
  const made = await setUp(report, { virtualDisplay: tour });
  if (!tour) return openWindow(made);
  if (!hasDisplay()) report.line('\nThere is no display here: Berth opens on a virtual one and plays its tour.');
  return playTour(made, { keep: flags.has('--keep') }, report);
});
