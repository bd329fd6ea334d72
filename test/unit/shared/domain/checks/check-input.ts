import type { CheckFacts, CheckInput, SourceFact } from '@shared/domain/checks/facts';
import { runChecks } from '@shared/domain/checks/run-checks';
import type { ComposeModel, ComposeNetwork, ComposeService, ComposeVolume, LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer, ObservedPort, ObservedProject } from '@shared/domain/engine/observed';

export const DIR = '/home/ann/shop';
export const FILE = `${DIR}/compose.yaml`;

export function service(parts: Partial<ComposeService> = {}): ComposeService {
  return { command: null, entrypoint: null, image: 'shop', ...parts };
}

export function model(services: { [name: string]: Partial<ComposeService> }, more: Partial<ComposeModel> = {}): ComposeModel {
  return {
    name: 'shop',
    services: Object.fromEntries(Object.entries(services).map(([name, parts]) => [name, service(parts)])),
    networks: {},
    volumes: {},
    secrets: {},
    configs: {},
    ...more,
  };
}

/** A load whose `locate` answers a line for the depth of a path, and a column for the place in a list. */
export function loaded(composeModel: ComposeModel, more: Partial<LoadedCompose> = {}): LoadedCompose {
  return {
    model: composeModel,
    projectDir: DIR,
    files: [FILE],
    envFiles: [],
    profiles: [],
    disabledServices: [],
    warnings: [],
    findings: [],
    inputFiles: [FILE],
    hashes: {},
    networkHashes: {},
    volumeHashes: {},
    extensions: {},
    variableContents: {},
    variables: { uses: [], values: {}, environment: {} },
    locate: (path) => ({ file: FILE, line: 10 + path.length, column: 1 + (Number(path.at(-1)) || 0) }),
    ...more,
  };
}

export function observed(parts: Partial<ObservedProject> = {}): ObservedProject {
  return { name: 'shop', containers: [], foreign: [], networks: [], volumes: [], images: {}, ...parts };
}

export function container(parts: Partial<ObservedContainer> & { readonly name: string }): ObservedContainer {
  return {
    id: parts.name.padEnd(64, '0'),
    project: '',
    service: '',
    number: 1,
    oneOff: false,
    state: 'running',
    health: 'none',
    exitCode: 0,
    createdAt: '',
    startedAt: '',
    finishedAt: '',
    restartCount: 0,
    imageId: '',
    imageRef: '',
    labels: {},
    configHash: '',
    configFiles: [],
    workingDir: '',
    mounts: [],
    networks: [],
    ports: [],
    requestedPorts: [],
    networkMode: 'bridge',
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    stopSignal: '',
    stopTimeoutSeconds: undefined,
    init: false,
    pid: 0,
    hasHealthcheck: false,
    healthLog: [],
    error: '',
    oomKilled: false,
    ...parts,
  };
}

export function bound(hostPort: number, parts: Partial<ObservedPort> = {}): ObservedPort {
  return { hostIp: '0.0.0.0', hostPort, containerPort: 80, protocol: 'tcp', ...parts };
}

export function source(path: string, parts: Partial<SourceFact> = {}): SourceFact {
  return { path, state: 'present', kind: 'directory', realPath: path, empty: false, ownedByRoot: false, ...parts };
}

export function network(name: string, parts: Partial<ComposeNetwork> = {}): ComposeNetwork {
  return { name, ipam: {}, ...parts };
}

export function volume(name: string, parts: Partial<ComposeVolume> = {}): ComposeVolume {
  return { name, ...parts };
}

export type FactParts = Partial<Omit<CheckFacts, 'sources'>> & { readonly sources?: readonly SourceFact[] };

export function input(composeModel: ComposeModel, parts: FactParts = {}, more: Partial<LoadedCompose> = {}): CheckInput {
  const { sources = [], ...facts } = parts;
  return {
    compose: loaded(composeModel, more),
    facts: {
      builds: new Map(),
      listeners: [],
      hostAddresses: ['127.0.0.1', '192.168.1.5', '::1'],
      observed: observed(),
      stopping: new Set(),
      homeDirs: [DIR],
      realWorkingDirs: new Map(),
      prod: false,
      ...facts,
      sources: new Map(sources.map((one) => [one.path, one])),
    },
  };
}

/** Codes that all checks find, worst first. */
export function codes(composeModel: ComposeModel, parts: FactParts = {}): readonly string[] {
  return runChecks(input(composeModel, parts)).map((result) => result.finding.code);
}
