import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installCommand, installPackages, isLinux, mayInstallPackages } from './machine.mjs';
import { SetupError } from './report.mjs';
import { run, which } from './run.mjs';

const LIBRARIES = [
  'libgtk-3-0t64|libgtk-3-0', 'libnss3', 'libasound2t64|libasound2', 'libgbm1', 'libxss1', 'libatk-bridge2.0-0t64|libatk-bridge2.0-0',
  'libcups2t64|libcups2', 'libdrm2', 'libxkbcommon0', 'libxcomposite1', 'libxdamage1', 'libxrandr2',
];
const VIRTUAL_DISPLAY = ['xvfb', 'xauth', 'dbus-x11'];

/** True where a window can be shown to a person. */
export function hasDisplay() {
  return !isLinux || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** The shared libraries Electron is linked with and this machine lacks. */
async function missingLibraries(executable) {
  const { output } = await run('ldd', [executable]);
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]);
}

/** Adds what Electron needs from the system, or says how to. Returns false when something stays missing. */
export async function ensureDesktopLibraries(runtime, { virtualDisplay }, report) {
  if (!isLinux) return true;
  const libraries = await missingLibraries(runtime.executable);
  const needDisplay = virtualDisplay && !((await which('Xvfb')) && (await which('dbus-daemon')));
  if (libraries.length === 0 && !needDisplay) {
    report.skipped(virtualDisplay ? 'Desktop libraries and a virtual display are in' : 'Desktop libraries are in');
    return true;
  }
  const packages = [...(libraries.length > 0 ? LIBRARIES : []), ...(needDisplay ? VIRTUAL_DISPLAY : [])];
  if (mayInstallPackages) {
    await installPackages(packages, report);
    return true;
  }
  const what = [...(libraries.length > 0 ? [`libraries that Electron needs (${libraries.join(', ')})`] : []), ...(needDisplay ? ['a virtual display (Xvfb)'] : [])];
  report.missing(`Missing: ${what.join(' and ')}. On Debian or Ubuntu:`, installCommand(packages));
  return false;
}

/** An X authority file that lets its holder use any display whose server was given the same file. */
function authority(cookie) {
  const field = (value) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const anyAddress = Buffer.from([0xff, 0xff]);
  return Buffer.concat([anyAddress, field(''), field(''), field('MIT-MAGIC-COOKIE-1'), field(cookie)]);
}

/** Prefix that makes a child end with this process even when this process is killed, where the system can. */
async function boundToUs() {
  const setpriv = await which('setpriv');
  return setpriv ? [setpriv, '--pdeathsig', 'TERM'] : [];
}

function firstLine(child, what) {
  return new Promise((resolve, reject) => {
    let text = '';
    let complaints = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk) => (complaints += chunk));
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end).trim());
    });
    child.on('error', (error) => reject(new SetupError(`${what} could not be started: ${error.message}`)));
    child.on('exit', (code) => reject(new SetupError(`${what} ended at once (${code}):\n${complaints.trim()}`)));
  });
}

/**
 * Starts a virtual display and a session bus of its own, both ending with this process. `user` ({uid, gid}): who may use
 * them besides us. Returns `{env, stop}`; `env` is what a program needs to find them.
 */
export async function startVirtualDisplay({ user = null, width = 1440, height = 900 } = {}) {
  const prefix = await boundToUs();
  const folder = mkdtempSync(join(tmpdir(), 'berth-display-'));
  const authFile = join(folder, 'authority');
  writeFileSync(authFile, authority(randomBytes(16)), { mode: 0o600 });
  if (user) for (const path of [folder, authFile]) chownSync(path, user.uid, user.gid);
  // The server would make this folder itself, but complains when it must.
  if (!existsSync('/tmp/.X11-unix')) {
    mkdirSync('/tmp/.X11-unix');
    chmodSync('/tmp/.X11-unix', 0o1777);
  }
  const children = [];
  const start = ([command, ...args], env) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    children.push(child);
    return child;
  };
  const stop = () => {
    for (const child of children) child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stop);
  const server = start([...prefix, (await which('Xvfb')) ?? 'Xvfb', '-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-auth', authFile], process.env);
  const env = { DISPLAY: `:${await firstLine(server, 'The virtual display (Xvfb)')}`, XAUTHORITY: authFile };
  const daemon = await which('dbus-daemon');
  if (daemon) {
    const asUser = user ? [await which('setpriv'), `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--pdeathsig', 'TERM'] : prefix;
    const bus = start([...asUser, daemon, '--session', '--nofork', '--nopidfile', '--print-address=1'], { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' });
    env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus, 'The session bus (dbus-daemon)');
  }
  for (const child of children) {
    child.unref();
    child.stdout.unref?.();
    child.stderr.unref?.();
  }
  return { env, stop: () => (process.removeListener('exit', stop), stop()) };
}
