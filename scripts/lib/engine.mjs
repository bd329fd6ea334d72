import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, realpathSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasSystemd, installCommand, installPackages, isDebian, isLinux, isRoot, mayInstallPackages } from './machine.mjs';
import { cacheDir } from './paths.mjs';
import { SetupError } from './report.mjs';
import { run, tail, which } from './run.mjs';

const DEFAULT_SOCKET = process.platform === 'win32' ? '//./pipe/docker_engine' : '/var/run/docker.sock';
const PACKAGES = ['docker.io', 'iptables', 'busybox-static'];

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

const dockerFolder = () => process.env.DOCKER_CONFIG || join(homedir(), '.docker');

/** The engine address of a docker context, or null. */
function contextHost(name) {
  const folder = createHash('sha256').update(name).digest('hex');
  return readJson(join(dockerFolder(), 'contexts', 'meta', folder, 'meta.json'))?.Endpoints?.docker?.Host ?? null;
}

function allContexts() {
  try {
    return readdirSync(join(dockerFolder(), 'contexts', 'meta')).flatMap((folder) => {
      const meta = readJson(join(dockerFolder(), 'contexts', 'meta', folder, 'meta.json'));
      const host = meta?.Endpoints?.docker?.Host;
      return host ? [{ host, from: `docker context "${meta.Name}"` }] : [];
    });
  } catch {
    return [];
  }
}

/** Sockets where the usual engines listen when nothing is configured. */
function usualSockets() {
  const home = homedir();
  const runtime = process.env.XDG_RUNTIME_DIR;
  const sockets = [
    [join(home, '.docker', 'run', 'docker.sock'), 'Docker Desktop'],
    [join(home, '.docker', 'desktop', 'docker.sock'), 'Docker Desktop'],
    [join(home, '.orbstack', 'run', 'docker.sock'), 'OrbStack'],
    [join(home, '.colima', 'default', 'docker.sock'), 'Colima'],
    [join(home, '.colima', 'docker.sock'), 'Colima'],
    [join(home, '.rd', 'docker.sock'), 'Rancher Desktop'],
    ...(runtime ? [[join(runtime, 'docker.sock'), 'rootless Docker'], [join(runtime, 'podman', 'podman.sock'), 'Podman']] : []),
    ['/run/podman/podman.sock', 'Podman'],
    [join(home, '.local', 'share', 'containers', 'podman', 'machine', 'podman.sock'), 'Podman machine'],
  ];
  if (process.platform === 'win32') return [{ host: 'npipe:////./pipe/dockerDesktopLinuxEngine', from: 'Docker Desktop' }, { host: 'npipe:////./pipe/podman-machine-default', from: 'Podman' }];
  return sockets.filter(([path]) => existsSync(path)).map(([path, from]) => ({ host: `unix://${path}`, from }));
}

/** Where an engine may be, in the order they are tried. `chosen`: the user named it, so no other is taken in its place. */
export function engineCandidates() {
  if (process.env.DOCKER_HOST) return { chosen: true, candidates: [{ host: process.env.DOCKER_HOST, from: 'DOCKER_HOST' }] };
  const byName = process.env.DOCKER_CONTEXT;
  if (byName && byName !== 'default') {
    return { chosen: true, candidates: [{ host: contextHost(byName) ?? `(context ${byName} not found)`, from: `DOCKER_CONTEXT=${byName}` }] };
  }
  const current = readJson(join(dockerFolder(), 'config.json'))?.currentContext;
  const currentHost = current && current !== 'default' ? contextHost(current) : null;
  const candidates = [
    ...(currentHost ? [{ host: currentHost, from: `docker context "${current}"` }] : []),
    { host: process.platform === 'win32' ? `npipe:${DEFAULT_SOCKET}` : `unix://${DEFAULT_SOCKET}`, from: 'default socket' },
    ...allContexts(),
    ...usualSockets(),
  ];
  const seen = new Set();
  return { chosen: false, candidates: candidates.filter(({ host }) => !seen.has(host) && seen.add(host)) };
}

/** Options for node:http that reach an engine address, or null when it cannot be asked from here (ssh). */
export function requestOptions(host) {
  const local = /^(unix|npipe):\/\/(.*)$/.exec(host);
  if (local) return { secure: false, options: { socketPath: local[1] === 'npipe' ? local[2].replace(/^\/*\.\//, '//./') : local[2] } };
  const remote = /^(tcp|https?):\/\/([^/]+)/.exec(host);
  if (!remote) return null;
  const url = new URL(`http://${remote[2]}`);
  const secure = remote[1] === 'https' || Boolean(process.env.DOCKER_TLS_VERIFY);
  const certificates = process.env.DOCKER_CERT_PATH || dockerFolder();
  const pem = (name) => (existsSync(join(certificates, name)) ? readFileSync(join(certificates, name)) : undefined);
  return { secure, options: { host: url.hostname, port: url.port || (secure ? 2376 : 2375), ...(secure ? { ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') } : {}) } };
}

/** Asks an engine for its version; null when it does not answer in time. */
export function askVersion(host, timeoutMs = 3000) {
  const target = requestOptions(host);
  if (!target) return Promise.resolve(null);
  return new Promise((resolve) => {
    const request = (target.secure ? https : http).get({ ...target.options, path: '/version', timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      response.on('end', () => {
        try {
          resolve(response.statusCode === 200 ? JSON.parse(body) : null);
        } catch {
          resolve(null);
        }
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
  });
}

function found({ host, from }, version) {
  const socketPath = /^unix:\/\/(.*)$/.exec(host)?.[1] ?? null;
  return { host, from, socketPath: socketPath && existsSync(socketPath) ? realpathSync(socketPath) : socketPath, version: version?.Version ?? '', isDefault: socketPath === DEFAULT_SOCKET };
}

/** The first engine that answers, as `{host, from, socketPath, version, isDefault}`, or null. */
export async function findEngine() {
  const { candidates } = engineCandidates();
  for (const candidate of candidates) {
    // An ssh engine can only be asked through ssh; the app does that. It was chosen, so it is believed.
    if (candidate.host.startsWith('ssh://') && (candidate.from === 'DOCKER_HOST' || candidate.from.startsWith('DOCKER_CONTEXT'))) return found(candidate, null);
    const version = await askVersion(candidate.host);
    if (version) return found(candidate, version);
  }
  return null;
}

async function waitForEngine(timeoutMs) {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    const engine = await findEngine();
    if (engine) return engine;
    await delay(250);
  }
  return null;
}

/** Files by which an engine says that it runs; one that was killed leaves them behind and the next one refuses to start. */
const PID_FILES = [
  ['/var/run/docker.pid', 'dockerd'],
  ['/var/run/docker/containerd/containerd.pid', 'containerd'],
];

/** Removes pid files whose process is gone, dead but not yet collected, or another program by now. A running engine's stay. */
function clearStalePidFiles() {
  for (const [file, name] of PID_FILES) {
    if (!existsSync(file)) continue;
    const pid = readFileSync(file, 'utf8').trim();
    let stat = '';
    try {
      stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    } catch {
      // no such process
    }
    const [, comm = '', state = ''] = /\((.*)\) (\S)/.exec(stat) ?? [];
    if (comm !== name || state === 'Z' || state === 'X') rmSync(file, { force: true });
  }
}

/** Starts dockerd on its own; once more when it ends at once, since what a killed one left may take a moment to go. */
async function startDaemon(report) {
  const log = join(cacheDir(), 'dockerd.log');
  report.doing(`Starting the Docker engine (dockerd, log in ${log})`);
  mkdirSync(cacheDir(), { recursive: true });
  const dockerd = await which('dockerd');
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    clearStalePidFiles();
    const out = openSync(log, 'a');
    const daemon = spawn(dockerd, [], { detached: true, stdio: ['ignore', out, out] });
    let ended = false;
    daemon.once('exit', () => (ended = true));
    daemon.once('error', () => (ended = true));
    daemon.unref();
    const until = Date.now() + 60_000;
    while (!ended && Date.now() < until) {
      const engine = await findEngine();
      if (engine) return engine;
      await delay(250);
    }
    if (!ended) return null;
    await delay(1_000);
  }
  return null;
}

/** Starts the installed engine. It goes on after this process: containers must not end with a test run. */
async function startEngine(report) {
  const started = Date.now();
  let engine;
  if (hasSystemd) {
    report.doing('Starting the Docker engine (systemctl start docker)');
    const result = await run('systemctl', ['start', 'docker']);
    if (result.code !== 0) throw new SetupError(`The Docker engine did not start:\n${tail(result.output, 10)}\nSee: journalctl -u docker`);
    engine = await waitForEngine(60_000);
  } else {
    engine = await startDaemon(report);
  }
  if (!engine) {
    const log = join(cacheDir(), 'dockerd.log');
    throw new SetupError(`The Docker engine was started but does not answer.${existsSync(log) ? `\n${tail(readFileSync(log, 'utf8'), 10)}` : ''}`);
  }
  report.done(`Docker engine ${engine.version} runs at ${engine.host}`, Date.now() - started);
  return engine;
}

function explainMissing(report, chosen, candidates) {
  if (chosen) {
    report.missing(`No Docker engine answers at ${candidates[0].host} (${candidates[0].from}). Start it, or unset the variable to let Berth look elsewhere.`);
  } else if (existsSync(DEFAULT_SOCKET) && !isRoot && isLinux) {
    report.missing('A Docker engine is there, but it does not answer you. If it is a matter of permission:', 'sudo usermod -aG docker "$USER"   # then log in again');
  } else if (isDebian) {
    report.missing('No Docker engine was found. To add one:', `${installCommand(PACKAGES)} && sudo usermod -aG docker "$USER"   # then log in again`);
  } else if (isLinux) {
    report.missing('No Docker engine was found. Install Docker Engine or Podman with your package manager:', 'https://docs.docker.com/engine/install/');
  } else {
    report.missing('No Docker engine was found. Start Docker Desktop, Colima, Rancher Desktop or Podman, or install one:', 'https://docs.docker.com/get-started/get-docker/');
  }
}

/**
 * The engine Berth will speak to. One that runs is used as it is and never touched; none at all is installed and
 * started where the user is root on Debian or Ubuntu, otherwise the way to get one is printed and null returned.
 */
export async function ensureEngine(report) {
  const engine = await findEngine();
  if (engine) {
    report.skipped(`Docker engine ${engine.version} runs at ${engine.host}${engine.from === 'default socket' ? '' : `, from ${engine.from}`}`);
    return engine;
  }
  const { chosen, candidates } = engineCandidates();
  if (chosen || !mayInstallPackages) {
    explainMissing(report, chosen, candidates);
    return null;
  }
  if (!(await which('dockerd'))) await installPackages(PACKAGES, report);
  // The package's own start-up may have brought it up already.
  return (hasSystemd && (await waitForEngine(3000))) || startEngine(report);
}
