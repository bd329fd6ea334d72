import type { ComposeService, LoadedCompose } from '../compose/model';
import type { ObservedContainer, ObservedMount, ObservedPort } from '../engine/observed';
import { compareText, isAlive, isOfFolder, modeOfContainer, type ModeFingerprints } from '../modes/active-mode';
import { isDeclaredJob, looksLikeJob } from '../modes/decide-switch';
import type { ModeDefinition } from '../projects/project';

export type ServiceState = 'running' | 'partial' | 'starting' | 'exited' | 'failed' | 'created' | 'paused' | 'restarting' | 'absent' | 'done';
export type ServiceHealth = 'healthy' | 'unhealthy' | 'starting' | 'none';
export type ProjectHealth = 'healthy' | 'starting' | 'degraded' | 'failed' | 'stopped' | 'empty';

/** One row of the services table. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: ServiceState;
  readonly health: ServiceHealth;
  readonly containerIds: readonly string[];
  readonly image: string;
  readonly ports: readonly ObservedPort[];
  readonly mounts: readonly ObservedMount[];
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly exitCode: number | null;
  readonly mode: string | null;
  readonly orphan: boolean;
}

/** All services of a project, and the line of the header. */
export interface ServiceSummary {
  readonly mode: string | null;
  readonly health: ProjectHealth;
  readonly summary: string;
  readonly services: readonly ServiceStatus[];
}

/** What a summary is made from. */
export interface SummaryInput {
  readonly dir: string;
  readonly modes: readonly ModeDefinition[];
  /** Mode that runs: a name, 'mixed', or null. */
  readonly active: string | null;
  /** The active mode's files, or of the first mode that loads while none is active; null when none loads. */
  readonly compose: LoadedCompose | null;
  readonly known: ModeFingerprints;
  readonly containers: readonly ObservedContainer[];
  /** Services that are wanted stopped: how their last run ended is no failure any more. */
  readonly stopped?: ReadonlySet<string> | undefined;
}

/** Says for each service what its containers do, and for the project how it is, in one word and one sentence. */
export function summariseServices(input: SummaryInput): ServiceSummary {
  const own = input.containers.filter((one) => !one.oneOff && isOfFolder(input.dir, one));
  const declared = Object.keys(input.compose?.model.services ?? {});
  const names = [...new Set([...declared, ...own.map((one) => one.service)])].sort(compareText);
  const services = names.map((name) => statusOf(input, name, own.filter((one) => one.service === name).sort((a, b) => a.number - b.number)));
  // Ended with 0, and nothing says that it should keep running: a job that is done or one that was stopped, no trouble either way.
  const ended = new Set(services.filter((one) => one.state === 'exited' && one.exitCode === 0 && looksLikeJob(input.compose?.model.services[one.name] ?? NO_DEFINITION)).map((one) => one.name));
  const health = projectHealth(services.filter((one) => !ended.has(one.name)), own);
  return { mode: input.active, health, summary: sentence(input.active, health, services, ended), services };
}

function statusOf(input: SummaryInput, name: string, containers: readonly ObservedContainer[]): ServiceStatus {
  const definition = input.compose?.model.services[name];
  const first = containers.find(isAlive) ?? containers[0];
  const running = containers.filter((one) => one.state === 'running').map((one) => one.startedAt).sort(compareText);
  const ended = containers.find((one) => one.state === 'exited' || one.state === 'dead');
  return {
    name,
    state: stateOf(input, name, definition, containers),
    health: healthOf(containers),
    containerIds: containers.map((one) => one.id),
    image: first?.imageRef ?? definition?.image ?? '',
    ports: distinctPorts(containers.flatMap((one) => one.ports)),
    mounts: first?.mounts ?? [],
    startedAt: running[0] ?? null,
    restarts: containers.reduce((sum, one) => sum + one.restartCount, 0),
    exitCode: running.length === 0 && ended !== undefined ? ended.exitCode : null,
    mode: first === undefined ? null : modeOf(input, name, first),
    orphan: definition === undefined && input.compose !== null && input.active !== null && input.active !== 'mixed' && !input.compose.disabledServices.includes(name),
  };
}

/** A container that two modes declare alike belongs to the mode that runs, whichever made it. */
function modeOf(input: SummaryInput, service: string, container: ObservedContainer): string | null {
  const { active } = input;
  if (active !== null && input.known[active]?.[service]?.includes(container.configHash) === true) return active;
  return modeOfContainer(input.modes, input.dir, container);
}

function stateOf(input: SummaryInput, name: string, definition: ComposeService | undefined, containers: readonly ObservedContainer[]): ServiceState {
  if (containers.length === 0) return 'absent';
  const running = containers.filter((one) => one.state === 'running');
  if (running.length === containers.length) return running.some((one) => one.health === 'starting') ? 'starting' : 'running';
  if (containers.some((one) => one.state === 'restarting')) return 'restarting';
  if (running.length > 0) return 'partial';
  if (containers.some((one) => one.state === 'paused')) return 'paused';
  if (containers.every((one) => one.state === 'created')) return 'created';
  if (containers.some(hasFailed)) return input.stopped?.has(name) === true ? 'exited' : 'failed';
  const job = definition !== undefined && isDeclaredJob(input.compose?.model.services ?? {}, name);
  return job && containers.every((one) => one.exitCode === 0) ? 'done' : 'exited';
}

/** Ended by its own fault. 137 and 143 are what stopping leaves behind. */
function hasFailed(container: ObservedContainer): boolean {
  if (container.state === 'dead' || container.oomKilled || container.error !== '') return true;
  return container.state === 'exited' && ![0, 137, 143].includes(container.exitCode);
}

function healthOf(containers: readonly ObservedContainer[]): ServiceHealth {
  const alive = containers.filter(isAlive).map((one) => one.health);
  for (const word of ['unhealthy', 'starting', 'healthy'] as const) if (alive.includes(word)) return word;
  return 'none';
}

function projectHealth(services: readonly ServiceStatus[], containers: readonly ObservedContainer[]): ProjectHealth {
  if (containers.length === 0) return 'empty';
  const counted = services.filter((one) => !one.orphan);
  if (counted.some((one) => one.state === 'failed')) return 'failed';
  if (!containers.some(isAlive)) return 'stopped';
  if (counted.some((one) => one.health === 'unhealthy' || ['partial', 'restarting', 'paused', 'absent', 'exited'].includes(one.state))) return 'degraded';
  return counted.some((one) => one.state === 'starting' || one.state === 'created' || one.health === 'starting') ? 'starting' : 'healthy';
}

/** A service no mode declares any more is not taken for a job. */
const NO_DEFINITION: ComposeService = { command: null, entrypoint: null, restart: 'always' };

const TROUBLE: { readonly [state in ServiceState]?: string } = { failed: 'failed', restarting: 'keeps restarting', paused: 'is paused', absent: 'is not there', exited: 'is stopped', partial: 'runs only in part', created: 'was never started' };

/** More are counted. */
const MOST_NAMED = 3;

function sentence(active: string | null, health: ProjectHealth, services: readonly ServiceStatus[], ended: ReadonlySet<string>): string {
  const counted = services.filter((one) => !one.orphan);
  const running = counted.filter((one) => one.state === 'running' || one.state === 'starting' || one.state === 'partial');
  const place = active === null ? '' : active === 'mixed' ? ', from more than one mode' : ` in ${active}`;
  if (health === 'empty') return 'Nothing of this project exists yet';
  if (health === 'stopped') return 'Nothing runs';
  const expected = counted.filter((one) => one.state !== 'done');
  const troubled = expected.filter((one) => one.state === 'failed' || one.health === 'unhealthy' || (TROUBLE[one.state] !== undefined && !ended.has(one.name)));
  const count = running.length === expected.length ? `${String(running.length)} ${plural(running.length)}` : `${String(running.length)} of ${String(expected.length)} services run`;
  const head = `${count}${place}`;
  if (troubled.length > 0) return `${head}: ${troubleText(troubled)}`;
  if (health === 'starting') return `${head}, ${String(running.filter((one) => one.health === 'starting').length)} still starting`;
  const checked = running.filter((one) => one.health === 'healthy').length;
  return checked === running.length && checked > 0 ? `${head}, all healthy` : checked > 0 ? `${head}, ${String(checked)} with a health check and healthy` : head;
}

/** Worst first; the first are named, the rest counted. */
function troubleText(troubled: readonly ServiceStatus[]): string {
  const rank = (one: ServiceStatus): number => (one.state === 'failed' ? 0 : one.health === 'unhealthy' ? 1 : 2);
  const worst = [...troubled].sort((a, b) => rank(a) - rank(b));
  const named = worst.slice(0, MOST_NAMED).map((one) => {
    const what = one.state === 'failed' ? `failed${one.exitCode === null ? '' : ` (code ${String(one.exitCode)})`}` : one.health === 'unhealthy' ? 'is unhealthy' : (TROUBLE[one.state] ?? '');
    return `${one.name} ${what}`;
  });
  return `${named.join(', ')}${worst.length > MOST_NAMED ? `, and ${String(worst.length - MOST_NAMED)} more` : ''}`;
}

function plural(count: number): string {
  return count === 1 ? 'service runs' : 'services run';
}

/** The engine lists a port once for IPv4 and once for IPv6. */
function distinctPorts(ports: readonly ObservedPort[]): readonly ObservedPort[] {
  const seen = new Map<string, ObservedPort>();
  for (const port of ports) {
    const wildcard = port.hostIp === '::' || port.hostIp === '0.0.0.0' || port.hostIp === '';
    const key = `${wildcard ? '*' : port.hostIp}:${String(port.hostPort)}:${String(port.containerPort)}/${port.protocol}`;
    const known = seen.get(key);
    if (known === undefined || known.hostIp === '::') seen.set(key, port);
  }
  return [...seen.values()].sort((a, b) => a.containerPort - b.containerPort || a.hostPort - b.hostPort);
}
