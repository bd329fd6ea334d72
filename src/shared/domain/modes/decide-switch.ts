import type { ComposeService } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { finding, type Finding } from '../findings/finding';
import { activeMode, compareText, isAlive, isOfFolder, modeOfContainer } from './active-mode';
import { containerDifferences } from './container-differences';
import { inheritedVolumes, lostVolumes, unseenVolumes } from './data-at-stake';
import { dependenciesOf, dependencyOrder, sharedContainer } from './dependency-order';
import { hooksOf } from './hooks';
import { hostConflict, replacementConflict } from './exclusive-resources';
import { BERTH_LABEL, containerName, scaleOf, temporaryName } from './naming';
import type { ChangeAction, FieldDifference } from './plan';
import { planImage, type ImageStep } from './plan-images';
import { planNetworks, type NetworkPlan } from './plan-networks';
import { planVolumes, type VolumePlan } from './plan-volumes';
import { DEFINITION, inheritedReasons, lostReasons, recreateReasons } from './recreate-reasons';
import { fingerprintsOf, type SwitchInput } from './switch-input';

/** What a switch does with one container, as the executor needs it. */
export interface ContainerStep {
  readonly service: string;
  readonly number: number;
  readonly action: ChangeAction;
  readonly reasons: readonly string[];
  readonly differences: readonly FieldDifference[];
  /** The container that is there now. */
  readonly old?: ObservedContainer | undefined;
  readonly finalName: string;
  /** The name a new container is created under. */
  readonly createName: string;
  readonly strategy?: 'stop-first' | 'start-first' | undefined;
  /** Why old and new cannot run together. */
  readonly strategyReason: string;
  /** Old containers that must have stopped before this one starts (its own included). */
  readonly startsAfterStopOf: readonly string[];
  /** Anonymous volumes taken over from the old container. */
  readonly inherited: readonly { readonly volume: string; readonly target: string }[];
}

/** A switch, decided. */
export interface SwitchDecision {
  /** The mode that runs now. */
  readonly from: string | null;
  readonly steps: readonly ContainerStep[];
  readonly images: readonly ImageStep[];
  readonly networks: NetworkPlan;
  readonly volumes: VolumePlan;
  readonly findings: readonly Finding[];
  /** Sentences on data that the switch would delete. */
  readonly dataAtStake: readonly string[];
  /** Ids of containers the switch stops or removes. */
  readonly stopping: readonly string[];
}

/** Compares what runs with what the target mode asks for, container by container (rules of docker compose's recreate decision). */
export function decideSwitch(input: SwitchInput): SwitchDecision {
  const dir = input.compose.projectDir;
  const own = input.observed.containers.filter((one) => !one.oneOff && isOfFolder(dir, one));
  const from = activeMode(input.modes, dir, own, fingerprintsOf(input.loaded));
  const services = Object.keys(input.compose.model.services);
  const images = services.map((name) => planImage(input, name, input.compose.model.services[name] as ComposeService));
  const networks = planNetworks(input, own);
  const volumes = planVolumes(input);
  const findings: Finding[] = [];
  const run: Decider = { input, from, own, images: new Map(images.map((one) => [one.service, one])), networks, recreated: new Set(), sharedAnew: new Set(), sharedStarted: new Set(), someRun: own.some(isAlive) };

  const order = dependencyOrder(services, (name) => dependenciesOf(input.compose.model.services[name] as ComposeService).map((one) => one.service));
  const steps = [...order.flatMap((name) => decideService(run, name)), ...decideLeftovers(run, services, findings)];
  const placed = withConflicts(run, steps);
  const touched = new Set(placed.filter((one) => one.action !== 'keep').map((one) => one.service));
  const lost = placed.flatMap((step) => lostVolumes(step));
  for (const one of lost) {
    findings.push(
      finding({ code: 'DATA_ANONYMOUS_LOST', severity: 'warning', service: one.service, object: `${one.service}:${one.target}`, message: one.text, why: 'A volume without a name belongs to its container and is removed with it once the switch has succeeded. Give it a name in the compose file to keep it.' }),
    );
  }
  findings.push(...unseenVolumes(input, placed), ...privilegedHooks(input));
  return {
    from,
    steps: placed,
    // Healing one service builds, pulls and tags nothing for the others.
    images: input.scope === undefined ? images : images.filter((one) => touched.has(one.service)),
    ...held(input, placed, networks, volumes),
    findings,
    dataAtStake: lost.map((one) => one.text),
    stopping: placed.flatMap((one) => (one.old !== undefined && (one.action === 'recreate' || one.action === 'remove') ? [one.old.id] : [])),
  };
}

/** A change that is held to some services makes nothing that none of them uses; one that asks for counts takes no network away. */
function held(input: SwitchInput, steps: readonly ContainerStep[], networks: NetworkPlan, volumes: VolumePlan): Pick<SwitchDecision, 'networks' | 'volumes'> {
  if (input.scope === undefined) return { networks, volumes };
  const using = steps.filter((one) => one.action !== 'keep' && one.action !== 'remove').map((one) => input.compose.model.services[one.service]);
  const joined = new Set(using.flatMap((one) => Object.keys(one?.networks ?? {})));
  const mounted = new Set(using.flatMap((one) => (one?.volumes ?? []).flatMap((mount) => mount.source ?? [])));
  return {
    networks: { ...networks, created: networks.created.filter(({ key }) => joined.has(key)), replaced: networks.replaced.filter(({ key }) => joined.has(key)), removed: input.scope.counts === undefined ? networks.removed : [] },
    volumes: { ...volumes, created: volumes.created.filter(({ key }) => mounted.has(key)) },
  };
}

/** What deciding one service looks at. */
export interface Decider {
  readonly input: SwitchInput;
  readonly from: string | null;
  readonly own: readonly ObservedContainer[];
  readonly images: ReadonlyMap<string, ImageStep>;
  readonly networks: NetworkPlan;
  /** Services of which at least one container is new; filled in dependency order. */
  readonly recreated: Set<string>;
  /** Those of which the container is new that `service:x` stands for. */
  readonly sharedAnew: Set<string>;
  /** Those of which that container is started as it is: its namespaces are new, too. */
  readonly sharedStarted: Set<string>;
  readonly someRun: boolean;
}

function decideService(run: Decider, service: string): readonly ContainerStep[] {
  const { model } = run.input.compose;
  const definition = model.services[service] as ComposeService;
  const present = run.own.filter((one) => one.service === service && one.state !== 'removing');
  if (run.input.scope?.services.has(service) === false) return leftAlone(run, definition, present);
  const judged = present
    .map((container) => ({ container, reasons: recreateReasons(run, service, definition, container) }))
    .sort((a, b) => Number(a.reasons.length > 0) - Number(b.reasons.length > 0) || Number(isAlive(b.container)) - Number(isAlive(a.container)) || a.container.number - b.container.number);
  const asked = run.input.scope?.counts?.[service];
  const scale = asked ?? Math.max(0, scaleOf(definition));
  const steps: ContainerStep[] = judged.map(({ container, reasons }, index) => {
    if (index >= scale && scaledOutside(run, definition, container, reasons)) return { ...startOrKeep(run, service, definition, container), reasons: ['it was scaled, and the files name no number'] };
    if (index >= scale) return removal(container, surplusReason(run.input.mode, scale, asked !== undefined));
    if (reasons.length > 0) {
      const found = containerDifferences(run.input, container, definition);
      return {
        ...bare(container, 'recreate'),
        reasons: [...found.reasons, ...reasons.filter((one) => !(one === 'image changes' && found.reasons.includes(one)) && !(one === DEFINITION && found.reasons.length > 0))],
        differences: found.fields,
        finalName: containerName(model.name, service, definition, container.number),
        createName: temporaryName(container.id, containerName(model.name, service, definition, container.number)),
        inherited: inheritedVolumes(definition, run.images.get(service)?.volumes ?? [], container),
      };
    }
    return startOrKeep(run, service, definition, container);
  });
  let next = Math.max(0, ...judged.map((one) => one.container.number)) + 1;
  for (let missing = scale - Math.min(scale, judged.length); missing > 0; missing -= 1, next += 1) {
    const name = containerName(model.name, service, definition, next);
    steps.push({ service, number: next, action: 'create', reasons: [asked !== undefined && judged.length > 0 ? `${String(asked)} of it are asked for` : createReason(run, service, judged.length > 0)], differences: [], finalName: name, createName: name, strategyReason: '', startsAfterStopOf: [], inherited: [] });
  }
  if (steps.some((one) => one.action === 'recreate' || one.action === 'create')) run.recreated.add(service);
  const shared = sharedContainer(steps.filter((one) => one.action !== 'remove').map((one) => ({ name: one.finalName, service, oneOff: false, action: one.action, goesOn: one.old?.state === 'paused' })), service);
  if (shared?.action === 'recreate' || shared?.action === 'create') run.sharedAnew.add(service);
  if (shared?.action === 'start' && !shared.goesOn) run.sharedStarted.add(service);
  return [...steps].sort((a, b) => a.number - b.number);
}

/**
 * `docker compose up --scale` made it by the same files, and they name no number: it stays until files or mode change. What Berth
 * made itself goes back to what the files say, since a number that was taken out of them is a change to apply.
 */
function scaledOutside(run: Decider, definition: ComposeService, container: ObservedContainer, reasons: readonly string[]): boolean {
  const { input } = run;
  if (input.scope !== undefined || reasons.length > 0 || definition.scale !== undefined || definition.deploy?.replicas !== undefined) return false;
  return container.labels[BERTH_LABEL.transaction] === undefined && modeOfContainer(input.modes, input.compose.projectDir, container) === input.mode;
}

function surplusReason(mode: string, count: number, asked: boolean): string {
  if (asked) return count === 0 ? 'its removal is asked for' : `${String(count)} of it ${count === 1 ? 'is' : 'are'} asked for`;
  return count === 0 ? `${mode} runs none of it` : `${mode} runs ${String(count)} of it`;
}

/** A service outside of what is healed: kept as it is, unless what it shares or follows is made anew. */
function leftAlone(run: Decider, definition: ComposeService, present: readonly ObservedContainer[]): readonly ContainerStep[] {
  const inherited = inheritedReasons(run, definition);
  const { model } = run.input.compose;
  return present.map((one) => {
    const reasons = [...inherited, ...lostReasons(run, definition, one)];
    if (reasons.length === 0) return bare(one, 'keep');
    run.recreated.add(one.service);
    run.sharedAnew.add(one.service);
    const finalName = containerName(model.name, one.service, definition, one.number);
    return { ...bare(one, 'recreate'), reasons, finalName, createName: temporaryName(one.id, finalName), inherited: inheritedVolumes(definition, run.images.get(one.service)?.volumes ?? [], one) };
  });
}

function startOrKeep(run: Decider, service: string, definition: ComposeService, container: ObservedContainer): ContainerStep {
  if (container.state === 'paused') return { ...bare(container, 'start'), reasons: ['is paused'] };
  if (isAlive(container)) return bare(container, 'keep');
  if (container.state === 'exited' && container.exitCode === 0 && isDoneJob(run, service, definition, container)) return { ...bare(container, 'keep'), reasons: ['its job is done'] };
  const reason = container.state === 'created' ? 'was never started' : container.exitCode === 0 ? 'is stopped' : `is stopped (code ${String(container.exitCode)})`;
  return { ...bare(container, 'start'), reasons: [reason] };
}

/**
 * A container that ended with 0 is a finished job when another service waits for its completion; and also, while
 * the project runs, when nothing about it says that it should keep running and nobody stopped it.
 */
function isDoneJob(run: Decider, service: string, definition: ComposeService, container: ObservedContainer): boolean {
  if (isDeclaredJob(run.input.compose.model.services, service)) return true;
  return run.someRun && looksLikeJob(definition) && run.input.stoppedOnPurpose?.has(container.id) !== true;
}

/** True when some service waits for this one to complete. */
export function isDeclaredJob(services: { readonly [name: string]: ComposeService }, service: string): boolean {
  return Object.values(services).some((one) => one.depends_on?.[service]?.condition === 'service_completed_successfully');
}

/** True when some service waits for this one to run or to be healthy. */
export function isAwaited(services: { readonly [name: string]: ComposeService }, service: string): boolean {
  return Object.values(services).some((one) => one.depends_on?.[service] !== undefined && one.depends_on[service]?.condition !== 'service_completed_successfully');
}

/** True when nothing in the definition says that the service should keep running: no restart, health check or port. */
export function looksLikeJob(definition: ComposeService): boolean {
  const restarts = definition.restart !== undefined && definition.restart !== 'no' && !definition.restart.startsWith('on-failure');
  const checked = definition.healthcheck !== undefined && definition.healthcheck.disable !== true;
  return !restarts && !checked && (definition.ports ?? []).length === 0;
}

/** Containers of services the target mode does not have. Only those that one of the project's modes made are removed. */
function decideLeftovers(run: Decider, services: readonly string[], findings: Finding[]): readonly ContainerStep[] {
  const { input } = run;
  const steps: ContainerStep[] = [];
  const declared = new Set(services);
  for (const container of run.own.filter((one) => !declared.has(one.service)).sort((a, b) => compareText(a.name, b.name))) {
    if (input.scope?.services.has(container.service) === false) continue;
    const madeBy = modeOfContainer(input.modes, input.compose.projectDir, container);
    if (input.scope?.counts?.[container.service] === 0) {
      steps.push(removal(container, surplusReason(input.mode, 0, true)));
    } else if (madeBy === null) {
      findings.push(
        finding({ code: 'SERVICE_OF_NO_MODE', severity: 'warning', service: container.service, object: container.name, message: `The container ${container.name} belongs to the project but to none of its modes; it is left as it is.`, why: 'It was made from other compose files. Berth only removes what it can trace to a mode of this project.' }),
      );
    } else if (madeBy === input.mode && input.compose.disabledServices.includes(container.service)) {
      steps.push({ ...bare(container, 'keep'), reasons: ['its profile is not part of this mode'] });
    } else {
      steps.push(removal(container, madeBy === input.mode ? `no longer in the files of ${input.mode}` : `only in ${madeBy}`));
    }
  }
  return steps;
}

function createReason(run: Decider, service: string, exists: boolean): string {
  const { input, from } = run;
  if (exists) return `${input.mode} runs more of it`;
  const before = from === null || from === 'mixed' ? undefined : input.loaded[from];
  return before !== undefined && from !== input.mode && before.model.services[service] === undefined ? `only in ${input.mode}` : 'does not exist yet';
}

function bare(container: ObservedContainer, action: ChangeAction): ContainerStep {
  return { service: container.service, number: container.number, action, reasons: [], differences: [], old: container, finalName: container.name, createName: container.name, strategyReason: '', startsAfterStopOf: [], inherited: [] };
}

function removal(container: ObservedContainer, reason: string): ContainerStep {
  return { ...bare(container, 'remove'), reasons: [reason] };
}

function withConflicts(run: Decider, steps: readonly ContainerStep[]): readonly ContainerStep[] {
  const { model } = run.input.compose;
  const leaving = steps.filter((one) => one.old !== undefined && (one.action === 'recreate' || one.action === 'remove') && isAlive(one.old));
  const ofReplacedNetworks = leaving.filter((one) => one.old?.networks.some((net) => run.networks.replaced.some((gone) => gone.id === net.networkId)) === true).map((one) => one.old?.id ?? '');
  return steps.map((step) => {
    if (step.action !== 'recreate' && step.action !== 'create' && step.action !== 'start') return step;
    const definition = model.services[step.service] as ComposeService;
    const others = leaving.filter((one) => one.old?.id !== step.old?.id && one.old !== undefined && hostConflict(definition, one.old) !== null).map((one) => one.old?.id ?? '');
    const waits = new Set([...others, ...(step.action === 'recreate' || step.action === 'create' ? ofReplacedNetworks : [])]);
    if (step.action !== 'recreate' || step.old === undefined || !isAlive(step.old)) return { ...step, startsAfterStopOf: [...waits] };
    const old = step.old;
    const conflict = ofReplacedNetworks.includes(old.id) ? { text: 'its network is replaced' } : replacementConflict(model, definition, old);
    if (conflict !== null) waits.add(old.id);
    return { ...step, strategy: conflict === null ? ('start-first' as const) : ('stop-first' as const), strategyReason: conflict?.text ?? '', startsAfterStopOf: [...waits] };
  });
}

/** A hook with more rights than its container has: running it without them would not be what the file says. */
function privilegedHooks(input: SwitchInput): readonly Finding[] {
  return Object.entries(input.compose.model.services).flatMap(([service, definition]) =>
    (['post_start', 'pre_stop'] as const)
      .filter((moment) => hooksOf(definition, moment).some((hook) => hook.privileged))
      .map((key) =>
        finding({ code: 'UNSUPPORTED_KEY', severity: 'error', service, object: `services.${service}.${key}`, where: input.compose.locate(['services', service, key]), message: `services.${service}.${key} is not supported with privileged: Berth gives no command more rights than its container has.`, why: 'Without it the service would run differently from what the file says.' }),
      ),
  );
}
