import { fieldOf, listOf, numberOf, objectOf, textOf, textsOf } from '../engine/read-json';

/** What the engine tells of a container beyond what is observed of every one. */
export interface ContainerDetail {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly health: string;
  /** ISO times; null when never. */
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Null while it runs. */
  readonly exitCode: number | null;
  readonly restarts: number;
  readonly outOfMemory: boolean;
  /** What the engine said when it could not be started; empty otherwise. */
  readonly error: string;
  readonly command: readonly string[];
  readonly user: string;
  readonly restartPolicy: string;
}

/** The last looks of the health check, newest first, and how it is made. */
export interface HealthDetail {
  /** The words it runs. */
  readonly check: readonly string[];
  readonly failingStreak: number;
  readonly probes: readonly { readonly at: string; readonly tookMs: number | null; readonly exitCode: number; readonly output: string }[];
}

/** What a container may use at most; null where nothing is said. */
export interface LimitsDetail {
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  readonly reservedMemoryBytes: number | null;
  readonly processes: number | null;
}

/** A network a container is in. */
export interface NetworkDetail {
  readonly container: string;
  readonly name: string;
  readonly ipAddress: string;
  readonly ipv6Address: string;
  readonly gateway: string;
  readonly macAddress: string;
  readonly aliases: readonly string[];
}

/** What a health check may write of itself and still be shown. */
const LONGEST_OUTPUT = 2_000;
const ZERO_TIME = '0001-01-01T00:00:00Z';

function timeOf(value: unknown): string | null {
  const text = textOf(value);
  return text === '' || text === ZERO_TIME ? null : text;
}

function positive(value: unknown): number | null {
  const number = numberOf(value);
  return number > 0 ? number : null;
}

/** From the whole answer of an inspect. */
export function containerDetail(body: unknown): ContainerDetail {
  const state = fieldOf(body, 'State');
  const config = fieldOf(body, 'Config');
  const host = fieldOf(body, 'HostConfig');
  const status = textOf(fieldOf(state, 'Status'));
  const policy = textOf(fieldOf(host, 'RestartPolicy', 'Name')) || 'no';
  const tries = numberOf(fieldOf(host, 'RestartPolicy', 'MaximumRetryCount'));
  return {
    id: textOf(fieldOf(body, 'Id')),
    name: textOf(fieldOf(body, 'Name')).replace(/^\//, ''),
    state: status,
    health: textOf(fieldOf(state, 'Health', 'Status')) || 'none',
    createdAt: timeOf(fieldOf(body, 'Created')),
    startedAt: timeOf(fieldOf(state, 'StartedAt')),
    finishedAt: timeOf(fieldOf(state, 'FinishedAt')),
    exitCode: status === 'exited' || status === 'dead' ? numberOf(fieldOf(state, 'ExitCode')) : null,
    restarts: numberOf(fieldOf(body, 'RestartCount')),
    outOfMemory: fieldOf(state, 'OOMKilled') === true,
    error: textOf(fieldOf(state, 'Error')),
    command: [textOf(fieldOf(body, 'Path')), ...textsOf(fieldOf(body, 'Args'))].filter((word, index) => index > 0 || word !== ''),
    user: textOf(fieldOf(config, 'User')),
    restartPolicy: tries > 0 ? `${policy}:${String(tries)}` : policy,
  };
}

/** Null where nothing tells whether it works. */
export function healthDetail(body: unknown): HealthDetail | null {
  const test = textsOf(fieldOf(body, 'Config', 'Healthcheck', 'Test'));
  const health = fieldOf(body, 'State', 'Health');
  if (health === undefined && (test.length === 0 || test[0] === 'NONE')) return null;
  const probes = listOf(fieldOf(health, 'Log')).map((one) => {
    const at = textOf(fieldOf(one, 'Start'));
    const tookMs = Date.parse(textOf(fieldOf(one, 'End'))) - Date.parse(at);
    const output = textOf(fieldOf(one, 'Output')).trimEnd();
    return { at, tookMs: Number.isFinite(tookMs) && tookMs >= 0 ? Math.round(tookMs) : null, exitCode: numberOf(fieldOf(one, 'ExitCode')), output: output.length > LONGEST_OUTPUT ? `${output.slice(0, LONGEST_OUTPUT)}…` : output };
  });
  return { check: test[0] === 'CMD' || test[0] === 'CMD-SHELL' ? test.slice(1) : test, failingStreak: numberOf(fieldOf(health, 'FailingStreak')), probes: probes.reverse() };
}

/** What it may use. */
export function limitsDetail(body: unknown): LimitsDetail {
  const host = fieldOf(body, 'HostConfig');
  const quota = numberOf(fieldOf(host, 'CpuQuota'));
  const nano = positive(fieldOf(host, 'NanoCpus'));
  const cpus = nano === null ? (quota > 0 ? quota / (numberOf(fieldOf(host, 'CpuPeriod')) || 100_000) : null) : nano / 1e9;
  return { cpus, memoryBytes: positive(fieldOf(host, 'Memory')), reservedMemoryBytes: positive(fieldOf(host, 'MemoryReservation')), processes: positive(fieldOf(host, 'PidsLimit')) };
}

/** Where it can be reached, by the name of the network. */
export function networkDetails(body: unknown): readonly NetworkDetail[] {
  const container = textOf(fieldOf(body, 'Name')).replace(/^\//, '');
  return Object.entries(objectOf(fieldOf(body, 'NetworkSettings', 'Networks')))
    .map(([name, endpoint]) => ({
      container,
      name,
      ipAddress: textOf(fieldOf(endpoint, 'IPAddress')),
      ipv6Address: textOf(fieldOf(endpoint, 'GlobalIPv6Address')),
      gateway: textOf(fieldOf(endpoint, 'Gateway')),
      macAddress: textOf(fieldOf(endpoint, 'MacAddress')),
      aliases: textsOf(fieldOf(endpoint, 'Aliases')),
    }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The environment a container was made with. Holds secrets: mask before showing. */
export function environmentOf(body: unknown): ReadonlyMap<string, string> {
  return new Map(textsOf(fieldOf(body, 'Config', 'Env')).map((one) => [one.split('=', 1)[0] ?? one, one.slice(one.indexOf('=') + 1)]));
}
