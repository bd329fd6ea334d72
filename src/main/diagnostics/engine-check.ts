import { AppError } from '@shared/kernel/app-error';
import type { Engine, EngineState } from '@main/docker/types';
import type { HostInfo } from '@main/platform/host-info';
import type { DoctorCheck, RunProgram } from './types';

/** How an engine is started on this machine: what Berth runs itself, or the command for the user. */
export interface StartWay {
  readonly command: string;
  /** Absent where only the user can do it. */
  readonly run?: { readonly path: string; readonly argv: readonly string[] } | undefined;
}

const START_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 60_000;
const RETRY_MS = 500;

/** Decides how to start an engine here, from what is installed and who the user is. */
export async function startWay(host: HostInfo): Promise<StartWay> {
  if (host.platform === 'darwin') {
    if (await host.exists('/Applications/Docker.app')) return { command: 'open -a Docker', run: { path: '/usr/bin/open', argv: ['-a', 'Docker'] } };
    for (const colima of ['/opt/homebrew/bin/colima', '/usr/local/bin/colima']) if (await host.exists(colima)) return { command: 'colima start', run: { path: colima, argv: ['start'] } };
    return { command: 'brew install --cask docker' };
  }
  if (host.platform === 'win32') {
    const program = `${host.environment('ProgramFiles') ?? 'C:\\Program Files'}\\Docker\\Docker\\Docker Desktop.exe`;
    return (await host.exists(program)) ? { command: `"${program}"`, run: { path: program, argv: [] } } : { command: 'winget install Docker.DockerDesktop' };
  }
  const installed = (await Promise.all(['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd'].map((path) => host.exists(path)))).some(Boolean);
  if (!installed) return { command: 'sudo apt-get install docker.io' };
  if (await host.hasSystemd()) return { command: `${host.isRoot ? '' : 'sudo '}systemctl start docker`, ...(host.isRoot ? { run: { path: '/usr/bin/systemctl', argv: ['start', 'docker'] } } : {}) };
  if (await host.exists('/etc/init.d/docker')) return { command: `${host.isRoot ? '' : 'sudo '}service docker start`, ...(host.isRoot ? { run: { path: '/usr/sbin/service', argv: ['docker', 'start'] } } : {}) };
  return { command: host.isRoot ? 'dockerd' : 'sudo dockerd' };
}

/** The state after a look, unless there is a connection already. */
async function connectedState(engine: Engine): Promise<EngineState> {
  const state = engine.state();
  return state.state === 'connected' ? state : engine.connect();
}

/** The engine: reachable, where, which version; and how to start it. */
export function engineCheck(engine: Engine, host: HostInfo, runProgram: RunProgram): DoctorCheck {
  return {
    name: 'engine',
    group: 'engine',
    async run() {
      const state = await connectedState(engine);
      if (state.state === 'connected') {
        const { info } = state;
        return { ok: true, detail: `Docker Engine ${info.version}, API ${info.apiVersion}, ${info.os}/${info.arch}${info.rootless ? ', rootless' : ''}, at ${info.endpoint.uri} (${info.endpoint.origin}).` };
      }
      const message = state.state === 'unreachable' ? state.message : 'No Docker engine answers yet.';
      if (/permission|EACCES/i.test(message)) return { ok: false, detail: message, fix: 'sudo usermod -aG docker "$USER"   (then log out and in again)' };
      const way = await startWay(host);
      return { ok: false, detail: message, fix: way.command, ...(way.run === undefined ? {} : { change: `Runs “${way.command}” and waits until the engine answers.` }) };
    },
    async repair() {
      if ((await engine.connect()).state === 'connected') return 'The engine already answers.';
      const way = await startWay(host);
      if (way.run === undefined) throw new AppError('setup-failed', 'Berth cannot start a Docker engine here by itself.', { hint: `Run this in a terminal: ${way.command}` });
      const { exitCode, stderr } = await runProgram(way.run.path, way.run.argv, { timeoutMs: START_TIMEOUT_MS });
      if (exitCode !== 0) throw new AppError('setup-failed', `"${way.command}" failed${stderr.trim() === '' ? '' : `: ${stderr.trim().split('\n').at(-1)}`}.`, { hint: `Run this in a terminal to see why: ${way.command}` });
      return waitForEngine(engine, way.command);
    },
  };
}

/** A desktop engine takes a while between "started" and its first answer. */
async function waitForEngine(engine: Engine, command: string): Promise<string> {
  const endsAtMs = performance.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const state = await engine.connect();
    if (state.state === 'connected') return `Docker Engine ${state.info.version} runs now.`;
    if (performance.now() > endsAtMs) throw new AppError('setup-failed', 'The engine was started but does not answer.', { hint: `Look at what it says: ${command}` });
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

const MIN_API = '1.40';

function versionAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** What the engine's version means for the user. Notes are no failures. */
export function engineVersionCheck(engine: Engine): DoctorCheck {
  return {
    name: 'engine-version',
    group: 'versions',
    async run() {
      const state = await connectedState(engine);
      if (state.state !== 'connected') return null;
      const { version, apiVersion } = state.info;
      if (!versionAtLeast(apiVersion, MIN_API)) return { ok: false, detail: `Its API ${apiVersion} is older than ${MIN_API}, which Berth needs.`, fix: 'Update Docker.' };
      const major = Number.parseInt(version, 10);
      // moby#45610: before 28, other machines of the network could reach ports published on 127.0.0.1.
      if (!Number.isNaN(major) && major < 28) {
        return { ok: true, note: true, detail: `Version ${version} works. Note: before version 28, machines in the same network can reach ports published on 127.0.0.1, so keep passwords on local services.` };
      }
      return { ok: true, detail: `Version ${version} works.` };
    },
  };
}
