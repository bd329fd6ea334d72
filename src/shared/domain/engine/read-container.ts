import type { ContainerHealth, ContainerState, ObservedContainer, ObservedMount, ObservedNetworkAttachment, ObservedPort } from './observed';
import { fieldOf, listOf, numberOf, objectOf, textMapOf, textOf, textsOf } from './read-json';

const STATES: readonly ContainerState[] = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const HEALTH_LOGS_KEPT = 5;
/** The engine's way of saying "never". */
const ZERO_TIME = '0001-01-01T00:00:00Z';

/** The labels docker compose writes, as far as Berth reads them. */
export const COMPOSE_LABELS = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  configHash: 'com.docker.compose.config-hash',
  configFiles: 'com.docker.compose.project.config_files',
  workingDir: 'com.docker.compose.project.working_dir',
  volume: 'com.docker.compose.volume',
  network: 'com.docker.compose.network',
} as const;

function stateOf(text: string): ContainerState {
  return STATES.find((state) => state === text) ?? 'dead';
}

function healthOf(text: string): ContainerHealth {
  return text === 'starting' || text === 'healthy' || text === 'unhealthy' ? text : 'none';
}

function timeOf(value: unknown): string {
  const text = textOf(value);
  return text === ZERO_TIME ? '' : text;
}

function mountsOf(value: unknown): readonly ObservedMount[] {
  return listOf(value).map((item) => {
    const mount = objectOf(item);
    const type = textOf(mount['Type']);
    return {
      type: type === 'bind' || type === 'volume' || type === 'tmpfs' ? type : 'other',
      source: type === 'volume' ? textOf(mount['Name']) : textOf(mount['Source']),
      target: textOf(mount['Destination']),
      readOnly: mount['RW'] === false,
    };
  });
}

function networksOf(value: unknown): readonly ObservedNetworkAttachment[] {
  return Object.entries(objectOf(value)).map(([name, endpoint]) => ({
    name,
    networkId: textOf(fieldOf(endpoint, 'NetworkID')),
    aliases: textsOf(fieldOf(endpoint, 'Aliases')),
    ipAddress: textOf(fieldOf(endpoint, 'IPAddress')) || textOf(fieldOf(endpoint, 'GlobalIPv6Address')),
  }));
}

/** A host port as the engine writes it. A range means "any of these", which is what 0 says. */
function hostPortOf(text: string): number {
  return /^\d{1,5}$/.test(text) ? Number(text) : 0;
}

/** `{"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}`: both NetworkSettings.Ports and HostConfig.PortBindings. */
function portMapOf(value: unknown): readonly ObservedPort[] {
  const ports: ObservedPort[] = [];
  for (const [key, bindings] of Object.entries(objectOf(value))) {
    const [port = '', protocol = 'tcp'] = key.split('/');
    for (const binding of listOf(bindings)) {
      ports.push({
        hostIp: textOf(fieldOf(binding, 'HostIp')) || '0.0.0.0',
        hostPort: hostPortOf(textOf(fieldOf(binding, 'HostPort'))),
        containerPort: Number.parseInt(port, 10) || 0,
        protocol,
      });
    }
  }
  return ports;
}

function listPortsOf(value: unknown): readonly ObservedPort[] {
  const ports: ObservedPort[] = [];
  for (const item of listOf(value)) {
    const hostPort = numberOf(fieldOf(item, 'PublicPort'));
    if (hostPort === 0) continue;
    ports.push({
      hostIp: textOf(fieldOf(item, 'IP')) || '0.0.0.0',
      hostPort,
      containerPort: numberOf(fieldOf(item, 'PrivatePort')),
      protocol: textOf(fieldOf(item, 'Type')) || 'tcp',
    });
  }
  return ports;
}

function composeFields(labels: { readonly [key: string]: string }) {
  return {
    labels,
    project: labels[COMPOSE_LABELS.project] ?? '',
    service: labels[COMPOSE_LABELS.service] ?? '',
    number: Number.parseInt(labels[COMPOSE_LABELS.number] ?? '', 10) || 0,
    oneOff: (labels[COMPOSE_LABELS.oneOff] ?? '').toLowerCase() === 'true',
    configHash: labels[COMPOSE_LABELS.configHash] ?? '',
    configFiles: (labels[COMPOSE_LABELS.configFiles] ?? '').split(',').filter((file) => file !== ''),
    workingDir: labels[COMPOSE_LABELS.workingDir] ?? '',
  };
}

/**
 * The engine calls a container unhealthy from the moment it is paused until the first check after it goes on (moby `CloseMonitorChannel`),
 * though no check failed: until then nobody knows.
 */
function checkedHealth(state: unknown): ContainerHealth {
  const health = healthOf(textOf(fieldOf(state, 'Health', 'Status')));
  return health === 'unhealthy' && fieldOf(state, 'Running') === true && fieldOf(state, 'Health', 'FailingStreak') === 0 ? 'starting' : health;
}

/** A container from `GET /containers/{id}/json`. */
export function containerFromInspect(body: unknown): ObservedContainer {
  const state = fieldOf(body, 'State');
  const config = fieldOf(body, 'Config');
  const host = fieldOf(body, 'HostConfig');
  const test = textsOf(fieldOf(config, 'Healthcheck', 'Test'));
  const stopTimeout = fieldOf(config, 'StopTimeout');
  return {
    id: textOf(fieldOf(body, 'Id')),
    name: textOf(fieldOf(body, 'Name')).replace(/^\//, ''),
    ...composeFields(textMapOf(fieldOf(config, 'Labels'))),
    state: stateOf(textOf(fieldOf(state, 'Status'))),
    health: checkedHealth(state),
    exitCode: numberOf(fieldOf(state, 'ExitCode')),
    createdAt: timeOf(fieldOf(body, 'Created')),
    startedAt: timeOf(fieldOf(state, 'StartedAt')),
    finishedAt: timeOf(fieldOf(state, 'FinishedAt')),
    restartCount: numberOf(fieldOf(body, 'RestartCount')),
    imageId: textOf(fieldOf(body, 'Image')),
    imageRef: textOf(fieldOf(config, 'Image')),
    mounts: mountsOf(fieldOf(body, 'Mounts')),
    networks: networksOf(fieldOf(body, 'NetworkSettings', 'Networks')),
    ports: portMapOf(fieldOf(body, 'NetworkSettings', 'Ports')).filter((port) => port.hostPort !== 0),
    requestedPorts: portMapOf(fieldOf(host, 'PortBindings')),
    networkMode: textOf(fieldOf(host, 'NetworkMode')),
    restartPolicy: {
      name: textOf(fieldOf(host, 'RestartPolicy', 'Name')) || 'no',
      maximumRetryCount: numberOf(fieldOf(host, 'RestartPolicy', 'MaximumRetryCount')),
    },
    stopSignal: textOf(fieldOf(config, 'StopSignal')),
    stopTimeoutSeconds: typeof stopTimeout === 'number' ? stopTimeout : undefined,
    init: fieldOf(host, 'Init') === true,
    pid: numberOf(fieldOf(state, 'Pid')),
    hasHealthcheck: fieldOf(state, 'Health') !== undefined || (test.length > 0 && test[0] !== 'NONE'),
    healthLog: listOf(fieldOf(state, 'Health', 'Log'))
      .slice(-HEALTH_LOGS_KEPT)
      .map((entry) => ({ exitCode: numberOf(fieldOf(entry, 'ExitCode')), output: textOf(fieldOf(entry, 'Output')) })),
    error: textOf(fieldOf(state, 'Error')),
    oomKilled: fieldOf(state, 'OOMKilled') === true,
  };
}

/** "Up 2 minutes (healthy)", "Exited (137) 3 minutes ago": what the list says only in words. */
function fromStatusText(status: string): { readonly health: ContainerHealth; readonly exitCode: number } {
  const health = /\((healthy|unhealthy|health: starting)\)/.exec(status)?.[1] ?? '';
  const exit = /^(?:Exited|Restarting) \((-?\d+)\)/.exec(status)?.[1];
  return { health: healthOf(health === 'health: starting' ? 'starting' : health), exitCode: exit === undefined ? 0 : Number(exit) };
}

/**
 * A container from one element of `GET /containers/json`. What the list lacks (asked ports, restart policy, times,
 * pid) is empty: enough for containers of others, of which only names, ports and mounts matter.
 */
export function containerFromList(item: unknown): ObservedContainer {
  const status = fromStatusText(textOf(fieldOf(item, 'Status')));
  const createdSeconds = numberOf(fieldOf(item, 'Created'));
  const ports = listPortsOf(fieldOf(item, 'Ports'));
  return {
    id: textOf(fieldOf(item, 'Id')),
    name: (textsOf(fieldOf(item, 'Names')).find((name) => name.lastIndexOf('/') === 0) ?? '').replace(/^\//, ''),
    ...composeFields(textMapOf(fieldOf(item, 'Labels'))),
    state: stateOf(textOf(fieldOf(item, 'State'))),
    health: status.health,
    exitCode: status.exitCode,
    createdAt: createdSeconds === 0 ? '' : new Date(createdSeconds * 1000).toISOString(),
    startedAt: '',
    finishedAt: '',
    restartCount: 0,
    imageId: textOf(fieldOf(item, 'ImageID')),
    imageRef: textOf(fieldOf(item, 'Image')),
    mounts: mountsOf(fieldOf(item, 'Mounts')),
    networks: networksOf(fieldOf(item, 'NetworkSettings', 'Networks')),
    ports,
    requestedPorts: ports,
    networkMode: textOf(fieldOf(item, 'HostConfig', 'NetworkMode')),
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    stopSignal: '',
    stopTimeoutSeconds: undefined,
    init: false,
    pid: 0,
    hasHealthcheck: status.health !== 'none',
    healthLog: [],
    error: '',
    oomKilled: false,
  };
}
