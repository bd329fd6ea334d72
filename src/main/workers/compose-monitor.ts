import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fieldOf, listOf, objectOf, textOf } from '@shared/domain/engine/read-json';
import type { MonitorRow } from '@shared/domain/workspaces/gateway-pages';
import { RUNNER_LABELS, RUNNER_PORT, RUNNER_STATE_FILE, runnerContainerName, runnerNetwork, runnerPayload, runnersProjectName, type RunnerOwner } from '@shared/domain/workspaces/runner-payload';
import { readReport, runnerStanding } from '@shared/domain/workspaces/runner-state';
import { createGateway, type Gateway } from '../platform/gateway';
import { EngineSocket } from './engine-socket';

/** What the monitor of a compose file is started with. */
export interface MonitorOptions {
  readonly image: string;
  readonly port: number;
  readonly say: (text: string) => void;
  readonly warn: (text: string) => void;
}

const SOCKET = '/var/run/docker.sock';
const PARENT = '/mnt';
const POINT = '/mnt/workspaces';
const LOOK_MS = 2_000;
const LIST_MS = 5_000;
/** A folder has to be away for so many looks before its container goes: a listing may come in halves. */
const GONE_LOOKS = 3;
const LOG_LINES = 200;
/** When the folder of the mount belongs to root: what runs is never root. */
const USER = '1000:1000';

interface Running {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly state: string;
  readonly port: number | null;
}

/** Keeps one container for each workspace that the mount shows, and serves them and their page, until it is told to end; then it takes them away. */
export async function runMonitor(options: MonitorOptions, stopping: AbortSignal): Promise<void> {
  const monitor = new ComposeMonitor(options, new EngineSocket(SOCKET));
  await monitor.begin();
  while (!stopping.aborted) {
    await monitor.look().catch((error: unknown) => monitor.complain('engine', error));
    await wait(LOOK_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  await monitor.end();
}

class ComposeMonitor {
  private owner: RunnerOwner = { projectId: '', projectName: '', dir: POINT };
  private hostFolder = '';
  private user = USER;
  private rows: readonly MonitorRow[] = [];
  private running: ReadonlyMap<string, Running> = new Map();
  private readonly missed = new Map<string, number>();
  private readonly complaints = new Map<string, string>();
  private listing: Promise<readonly string[]> | null = null;
  private readonly gateway: Gateway;

  constructor(
    private readonly options: MonitorOptions,
    private readonly engine: EngineSocket,
  ) {
    this.gateway = createGateway({
      preferredPort: () => options.port,
      workspaces: () => Promise.resolve(this.rows),
      monitor: () => Promise.resolve(this.rows),
      logs: (name) => this.logs(name),
      log: { debug: () => undefined, info: options.say, warn: options.warn, error: options.warn },
    });
  }

  /** Whose containers these are, and where the folder of the mount is on this machine, says its own container. */
  async begin(): Promise<void> {
    const own = /\/containers\/([0-9a-f]{64})\//.exec(await readFile('/proc/self/mountinfo', 'utf8'))?.[1] ?? '';
    const self = await this.engine.json('GET', `/containers/${own}/json`);
    const project = textOf(fieldOf(self, 'Config', 'Labels', 'com.docker.compose.project'));
    const mount = listOf(fieldOf(self, 'Mounts')).find((one) => fieldOf(one, 'Destination') === PARENT);
    this.hostFolder = textOf(fieldOf(mount, 'Source'));
    if (project === '' || this.hostFolder === '') throw new Error('This is no container of a compose file with the folder of the mount at /mnt.');
    this.owner = { projectId: `compose-${project}`, projectName: runnersProjectName(project), dir: POINT };
    const { uid, gid } = await stat(PARENT);
    if (uid !== 0) this.user = `${String(uid)}:${String(gid)}`;
    await this.makeNetwork();
    this.options.say(`Workspaces are at ${await this.gateway.open()}/monitor`);
  }

  async look(): Promise<void> {
    const shown = await this.shown();
    this.running = await this.containers();
    if (shown === null || shown.length === 0) this.complain('mount', shown === null ? 'The mount is not there; containers stay as they are until it is back.' : 'The mount shows no workspace; containers stay as they are.');
    else {
      this.complaints.delete('mount');
      for (const name of shown) await this.settle(name);
      for (const name of this.running.keys()) await this.settleGone(name, shown);
      this.running = await this.containers();
    }
    this.rows = await Promise.all([...this.running].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => this.row(name, one)));
  }

  /** Said once, until something else is said of it. */
  complain(about: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (this.complaints.get(about) === text) return;
    this.complaints.set(about, text);
    this.options.warn(about === 'mount' ? text : `${about}: ${text}`);
  }

  async end(): Promise<void> {
    await this.gateway.close();
    for (const one of (await this.containers()).values()) await this.engine.ask('DELETE', `/containers/${one.id}?force=1&v=1`);
    await this.engine.ask('DELETE', `/networks/${encodeURIComponent(this.owner.projectName)}`);
    this.options.say('Stopped.');
  }

  /** Folders that the mount shows; null when nothing is mounted or it does not answer. A look that hangs is not begun a second time. */
  private async shown(): Promise<readonly string[] | null> {
    if (!(await readFile('/proc/self/mounts', 'utf8')).split('\n').some((line) => line.includes(` ${POINT} fuse`))) return null;
    this.listing ??= readdir(POINT, { withFileTypes: true }).then((found) => found.filter((one) => one.isDirectory() && !one.name.startsWith('.')).map((one) => one.name)).finally(() => {
      this.listing = null;
    });
    return Promise.race([this.listing, wait(LIST_MS, null, { ref: false })]).catch(() => null);
  }

  private async containers(): Promise<ReadonlyMap<string, Running>> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`${RUNNER_LABELS.projectId}=${this.owner.projectId}`] }));
    const rows = await this.engine.json('GET', `/containers/json?all=1&filters=${filters}`);
    return new Map(listOf(rows).map((row) => [textOf(fieldOf(row, 'Labels', 'com.docker.compose.service')), runningOf(row)]));
  }

  private payload(name: string): { readonly body: ReturnType<typeof runnerPayload>; readonly hash: string } {
    const body = runnerPayload({ owner: this.owner, workspace: name, source: { kind: 'mount', hostFolder: this.hostFolder, targetFolder: PARENT, path: POINT }, image: this.options.image, user: this.user, variables: {} });
    return { body, hash: createHash('sha256').update(JSON.stringify(body)).digest('hex') };
  }

  /** Made where it is missing, made anew where it would be made differently now; what changed in its folder its own entry sees. */
  private async settle(name: string): Promise<void> {
    const { body, hash } = this.payload(name);
    const there = this.running.get(name);
    if (there?.hash === hash && there.state !== 'created') return;
    try {
      if (there !== undefined) await this.engine.json('DELETE', `/containers/${there.id}?force=1&v=1`, undefined, [404]);
      const made = await this.engine.json('POST', `/containers/create?name=${encodeURIComponent(runnerContainerName(this.owner, name))}`, { ...body, Labels: { ...objectOf(body['Labels']), [RUNNER_LABELS.hash]: hash } });
      await this.engine.json('POST', `/containers/${textOf(fieldOf(made, 'Id'))}/start`);
      this.complaints.delete(name);
      this.options.say(`${name}: ${there === undefined ? 'container made' : 'container made anew'}.`);
    } catch (error) {
      this.complain(name, error);
    }
  }

  private async settleGone(name: string, shown: readonly string[]): Promise<void> {
    const looks = shown.includes(name) ? 0 : (this.missed.get(name) ?? 0) + 1;
    this.missed.set(name, looks);
    if (looks < GONE_LOOKS) return;
    this.missed.delete(name);
    await this.engine.json('DELETE', `/containers/${this.running.get(name)?.id ?? ''}?force=1&v=1`, undefined, [404]);
    this.options.say(`${name}: its folder is gone, container removed.`);
  }

  private async makeNetwork(): Promise<void> {
    const { name, payload } = runnerNetwork(this.owner);
    const found = await this.engine.ask('GET', `/networks/${encodeURIComponent(name)}`);
    if (found.status === 404) await this.engine.json('POST', '/networks/create', { Name: name, ...payload });
  }

  private async row(name: string, one: Running): Promise<MonitorRow> {
    const report = one.state === 'running' ? readReport(await this.stateFile(one.id)) : null;
    const standing = runnerStanding({ state: one.state as Parameters<typeof runnerStanding>[0]['state'], exitCode: 0 }, report);
    return { name, state: standing.state, detail: standing.detail, port: standing.state === 'running' ? one.port : null, command: standing.command, containerName: one.name, lastSyncedAt: null, copiedAt: standing.copiedAt };
  }

  private async stateFile(id: string): Promise<string> {
    try {
      // With a terminal the output comes as it is, without frames around it.
      const exec = await this.engine.json('POST', `/containers/${id}/exec`, { AttachStdout: true, Tty: true, Cmd: ['cat', RUNNER_STATE_FILE] });
      return (await this.engine.ask('POST', `/exec/${textOf(fieldOf(exec, 'Id'))}/start`, { Detach: false, Tty: true })).body.toString('utf8');
    } catch {
      return '';
    }
  }

  private async logs(name: string): Promise<string> {
    const id = this.running.get(name)?.id;
    if (id === undefined) return '';
    return unframed((await this.engine.ask('GET', `/containers/${id}/logs?stdout=1&stderr=1&tail=${String(LOG_LINES)}`)).body);
  }
}

function runningOf(row: unknown): Running {
  const port = listOf(fieldOf(row, 'Ports')).find((one) => fieldOf(one, 'PrivatePort') === RUNNER_PORT);
  const published = fieldOf(port, 'PublicPort');
  return {
    id: textOf(fieldOf(row, 'Id')),
    name: textOf(listOf(fieldOf(row, 'Names'))[0]).replace(/^\//, ''),
    hash: textOf(fieldOf(row, 'Labels', RUNNER_LABELS.hash)),
    state: textOf(fieldOf(row, 'State')),
    port: typeof published === 'number' ? published : null,
  };
}

/** The output of a container without a terminal comes in frames: eight bytes with the length in the last four. */
function unframed(body: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= body.length; ) {
    const length = body.readUInt32BE(at + 4);
    parts.push(body.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString('utf8');
}
