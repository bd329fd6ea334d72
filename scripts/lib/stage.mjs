import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { productionPackages } from './dependencies.mjs';
import { DEFAULT_APP } from './electron-runtime.mjs';
import { fingerprint, readStamp, writeStamp } from './fingerprint.mjs';
import { withLock } from './lock.mjs';
import { isLinux, isRoot } from './machine.mjs';
import { ROOT } from './paths.mjs';
import { run, which } from './run.mjs';

/**
 * Chromium's sandbox is off for root. So where we are root, the app runs as a user without rights of its own, from a copy that
 * user can read (a checkout beneath /root cannot be read by others), with the group of the engine's socket and nothing else.
 */

/** `nobody`: on every Linux, and with a passwd entry, which some programs insist on. */
const TEST_USER = { uid: 65534, gid: 65534 };

/** What the built app is, beside the packages it loads. */
const APP = ['package.json', 'out', 'resources', 'bin', 'scripts/lib'];

/** The user the app runs as: null when that is simply us. `groups` opens the engine's socket. */
export function appUser(engine) {
  if (!isLinux || !isRoot) return null;
  const socket = engine?.socketPath;
  if (!socket || !existsSync(socket)) return { ...TEST_USER, groups: [] };
  const { gid, mode } = statSync(socket);
  return { ...TEST_USER, groups: mode & 0o060 ? [gid] : [] };
}

/** Gives a path and all beneath it to a user. */
export function giveTo(path, user) {
  if (!user) return;
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chownSync(path, user.uid, user.gid);
  if (stat.isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), user);
}

/** The command line that runs a program as that user; ours when there is none. */
export async function asUser(user, command) {
  if (!user) return command;
  const groups = user.groups?.length ? `--groups=${user.groups.join(',')}` : '--clear-groups';
  return [(await which('setpriv')) ?? 'setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, groups, '--', ...command];
}

/** Hard links where the file system allows, else a copy: a runtime is some 300 MB. */
async function copyTree(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const linked = await run('cp', ['-al', from, to]);
  if (linked.code === 0) return;
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

/** True when a program of that user may make a user namespace: what Chromium's sandbox is built on. */
async function hasUserNamespaces(user) {
  const [command, ...args] = await asUser(user, ['unshare', '-Ur', 'true']);
  return (await run(command, args)).code === 0;
}

/** Whether Chromium's sandbox works; as root its set-uid helper is set up when the kernel does not let users do it. */
async function sandboxWorks(user, runtimeFolder) {
  if (!isLinux) return true;
  if (isRoot && !user) return false;
  if (await hasUserNamespaces(user)) return true;
  const helper = join(runtimeFolder, 'chrome-sandbox');
  if (!existsSync(helper)) return false;
  if (isRoot) {
    chownSync(helper, 0, 0);
    await run('chmod', ['4755', helper]);
  }
  const stat = statSync(helper);
  return stat.uid === 0 && (stat.mode & 0o4000) !== 0;
}

function makeCurrent(target, stamp, fill) {
  if (readStamp(`${target}.stamp`) === stamp && existsSync(target)) return Promise.resolve(false);
  const fresh = mkdtempSync(`${target}.new-`);
  return fill(fresh).then(() => {
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
    writeStamp(`${target}.stamp`, stamp);
    return true;
  });
}

async function stageApp(target) {
  const stamp = fingerprint(ROOT, [...APP, 'package-lock.json']);
  await makeCurrent(target, stamp, async (fresh) => {
    for (const name of APP) if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(fresh, name), { recursive: true });
    for (const name of productionPackages()) cpSync(join(ROOT, name), join(fresh, name), { recursive: true, dereference: true });
    await run('chmod', ['-R', 'a+rX', fresh]);
  });
}

async function stageRuntime(runtime, target) {
  await makeCurrent(target, `${runtime.version}:${runtime.folder}:${createHash('sha256').update(DEFAULT_APP).digest('hex')}`, async (fresh) => {
    rmSync(fresh, { recursive: true });
    await copyTree(runtime.folder, fresh);
    await run('chmod', ['a+rX', fresh, join(fresh, 'resources')]);
  });
}

/**
 * Puts the app where its user can run it and says how to start it:
 * `{user, sandbox, appDir, executable, folder}`. `executable` takes Electron's own arguments, the app's folder first among them.
 * Not root: the checkout and the runtime themselves.
 */
export async function stage({ runtime, engine, folder = stageFolder(), ourselves = false }) {
  const user = ourselves ? null : appUser(engine);
  if (!user) {
    return { user: null, sandbox: await sandboxWorks(null, runtime.folder), appDir: ROOT, executable: runtime.executable, folder };
  }
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const appDir = join(folder, 'app');
  const runtimeDir = join(folder, 'runtime');
  // Two files of tests that are run by hand stage it at the same time.
  await withLock(join(folder, 'stage.lock'), async () => {
    await stageApp(appDir);
    await stageRuntime(runtime, runtimeDir);
  });
  const command = await asUser(user, [runtime.executable.replace(runtime.folder, runtimeDir)]);
  const executable = join(folder, 'electron-as-user');
  writeFileSync(executable, `#!/bin/sh\n# Electron as a user without rights of its own. exec: the process started is Electron itself.\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
  return { user, sandbox: await sandboxWorks(user, runtimeDir), appDir, executable, folder };
}

/** Where the copy for another user lies: beneath a folder that only root writes, one per checkout. */
export function stageFolder() {
  const checkout = createHash('sha256').update(ROOT).digest('hex').slice(0, 12);
  return join(isRoot && existsSync('/var/lib') ? '/var/lib/berth' : join(tmpdir(), 'berth'), checkout);
}

/** Environment names a program of another user may take over from ours. */
const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'NO_COLOR', 'DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'WAYLAND_DISPLAY', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'];

/** A home folder for one run, owned by the app's user, and the environment that keeps everything inside it. */
export function makeHome(path, { user, engine, display }) {
  const places = { HOME: path, XDG_CONFIG_HOME: join(path, '.config'), XDG_CACHE_HOME: join(path, '.cache'), XDG_DATA_HOME: join(path, '.local', 'share'), XDG_STATE_HOME: join(path, '.local', 'state'), XDG_RUNTIME_DIR: join(path, 'run'), TMPDIR: join(path, 'tmp') };
  for (const folder of Object.values(places)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  giveTo(path, user);
  const env = {};
  for (const name of PASSED_ON) if (process.env[name] !== undefined) env[name] = process.env[name];
  if (user) Object.assign(env, { USER: 'nobody', LOGNAME: 'nobody' });
  // The engine was found through our own home; the other home has no docker contexts to find it by.
  if (engine && !engine.isDefault && !env.DOCKER_HOST) {
    env.DOCKER_HOST = engine.host;
    delete env.DOCKER_CONTEXT;
  }
  return { ...env, ...places, ...(display?.env ?? {}) };
}
