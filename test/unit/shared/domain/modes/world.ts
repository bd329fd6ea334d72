import type { ComposeModel, ComposeService, LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer, ObservedImage, ObservedNetwork, ObservedProject, ObservedVolume } from '@shared/domain/engine/observed';
import type { ContainerStep, SwitchDecision } from '@shared/domain/modes/decide-switch';
import { makesNew } from './make-new';
import { canonicalText } from '@shared/domain/modes/service-differences';
import type { SwitchInput } from '@shared/domain/modes/switch-input';
import type { ModeDefinition } from '@shared/domain/projects/project';
import { textHash } from '@shared/kernel/text-hash';

export const DIR = '/home/u/shop';
export const MODES: readonly ModeDefinition[] = [
  { name: 'dev', files: ['docker-compose.dev.yml'], envFiles: [], profiles: [] },
  { name: 'prod', files: ['docker-compose.clean.yml'], envFiles: [], profiles: [] },
];

export type ServiceParts = Partial<ComposeService>;

/** A loaded mode from plain parts; hashes follow the content, as the real ones do. */
export function loaded(mode: string, services: { readonly [name: string]: ServiceParts }, more: Partial<Pick<ComposeModel, 'volumes' | 'networks'>> & { readonly disabled?: readonly string[] } = {}): LoadedCompose {
  const full: { [name: string]: ComposeService } = {};
  for (const [name, parts] of Object.entries(services)) full[name] = { command: null, entrypoint: null, image: 'app:1', networks: { default: null }, ...parts };
  const keys = new Set(Object.values(full).flatMap((one) => (one.volumes ?? []).flatMap((mount) => (mount.type === 'volume' && mount.source !== undefined ? [mount.source] : []))));
  const model: ComposeModel = {
    name: 'shop',
    services: full,
    networks: more.networks ?? { default: { name: 'shop_default', ipam: {} } },
    volumes: more.volumes ?? Object.fromEntries([...keys].map((key) => [key, { name: `shop_${key}` }])),
    secrets: {},
    configs: {},
  };
  const hash = (service: ComposeService): string => {
    const { build: _b, depends_on: _d, scale: _s, profiles: _p, pull_policy: _pp, ...rest } = service;
    return textHash(canonicalText(rest));
  };
  return {
    model,
    projectDir: DIR,
    files: [`${DIR}/${MODES.find((one) => one.name === mode)?.files[0] ?? ''}`],
    envFiles: [],
    profiles: [],
    disabledServices: more.disabled ?? [],
    warnings: [],
    findings: [],
    inputFiles: [],
    hashes: Object.fromEntries(Object.entries(full).map(([name, one]) => [name, { v5: hash(one), v2: `${hash(one)}-v2`, 'v2.35': `${hash(one)}-v2.35` }])),
    networkHashes: Object.fromEntries(Object.entries(model.networks).map(([key, one]) => [key, textHash(canonicalText(one))])),
    volumeHashes: {},
    extensions: {},
    variableContents: {},
    variables: { uses: [], values: {}, environment: {} },
    locate: () => undefined,
  };
}

export const EMPTY: ObservedProject = { name: 'shop', containers: [], foreign: [], networks: [], volumes: [], images: { 'app:1': image('app:1'), 'app:2': image('app:2') } };

export function image(reference: string, more: Partial<ObservedImage> = {}): ObservedImage {
  return { id: `sha256:${textHash(reference)}`, tags: [reference], labels: {}, volumes: [], exposedPorts: [], architecture: 'amd64', os: 'linux', hasHealthcheck: false, ...more };
}

export function container(service: string, more: Partial<ObservedContainer> = {}): ObservedContainer {
  const number = more.number ?? 1;
  return {
    id: textHash(`${service}/${String(number)}`).padEnd(64, '0'),
    name: `shop-${service}-${String(number)}`,
    project: 'shop',
    service,
    number,
    oneOff: false,
    state: 'running',
    health: 'none',
    exitCode: 0,
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: '2026-01-01T00:00:01Z',
    finishedAt: '',
    restartCount: 0,
    imageId: image('app:1').id,
    imageRef: 'app:1',
    labels: {},
    configHash: '',
    configFiles: [`${DIR}/docker-compose.dev.yml`],
    workingDir: DIR,
    mounts: [],
    networks: [],
    ports: [],
    requestedPorts: [],
    networkMode: 'shop_default',
    restartPolicy: { name: '', maximumRetryCount: 0 },
    stopSignal: '',
    stopTimeoutSeconds: undefined,
    init: false,
    pid: 1,
    hasHealthcheck: false,
    healthLog: [],
    error: '',
    oomKilled: false,
    ...more,
  };
}

/** A switch input over two modes. */
export function input(mode: string, modes: { readonly [mode: string]: LoadedCompose }, observed: ObservedProject, more: Partial<SwitchInput> = {}): SwitchInput {
  const compose = modes[mode];
  if (compose === undefined) throw new Error(`no mode ${mode}`);
  return { projectId: 'p_0000000000000', mode, modes: MODES, compose, loaded: modes, observed, buildFingerprints: {}, ...more };
}

let serial = 0;

/** What the engine would show after the decision was carried out. */
export function apply(given: SwitchInput, decision: SwitchDecision): ObservedProject {
  const { compose, observed } = given;
  const networks: ObservedNetwork[] = observed.networks.filter((one) => !decision.networks.removed.some((gone) => gone.id === one.id) && !decision.networks.replaced.some((gone) => gone.id === one.id)).map((one) => ({ ...one, containerIds: [] }));
  for (const one of [...decision.networks.created, ...decision.networks.replaced]) {
    serial += 1;
    networks.push({ id: `net${String(serial)}`, name: one.name, driver: 'bridge', labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.network': one.key, 'com.docker.compose.config-hash': compose.networkHashes[one.key] ?? '' }, subnets: [], containerIds: [] });
  }
  const volumes: ObservedVolume[] = [...observed.volumes, ...decision.volumes.created.map((one) => ({ name: one.name, driver: 'local', labels: { 'com.docker.compose.project': 'shop' }, createdAt: '' }))];
  const touched = new Set(decision.steps.map((one) => one.old?.id));
  const containers = [...observed.containers.filter((one) => !touched.has(one.id)), ...decision.steps.flatMap((step) => applied(given, decision, step, networks))];
  return { ...observed, networks, volumes, containers };
}

function applied(given: SwitchInput, decision: SwitchDecision, step: ContainerStep, networks: readonly ObservedNetwork[]): readonly ObservedContainer[] {
  if (step.action === 'remove') return [];
  if (step.action === 'keep') return step.old === undefined ? [] : [step.old];
  if (step.action === 'start') return step.old === undefined ? [] : [{ ...step.old, state: 'running', exitCode: 0 }];
  const definition = given.compose.model.services[step.service];
  const imageStep = decision.images.find((one) => one.service === step.service);
  if (definition === undefined || imageStep === undefined) throw new Error('unknown service');
  serial += 1;
  const made = makesNew(given, step, definition, imageStep.id ?? `sha256:built-${step.service}`, networks, serial);
  return [{ ...made, labels: { ...made.labels, 'dev.berth.tx': 'op_1' } }];
}
