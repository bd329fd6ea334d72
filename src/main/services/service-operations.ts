import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isAlive, isOfFolder, modeOfContainer } from '@shared/domain/modes/active-mode';
import { isAwaited, isDeclaredJob, looksLikeJob } from '@shared/domain/modes/decide-switch';
import { parseDependsOnLabel } from '@shared/domain/modes/dependency-order';
import { expectationOf, failsItsCheck, type Expectation } from '@shared/domain/modes/health-gate';
import { hooksOfContainer, type HookMoment } from '@shared/domain/modes/hooks';
import { followersOf, joinedContainers, joinedInAnyMode } from '@shared/domain/modes/lost-namespaces';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { checkingAhead } from '@main/docker/check-ahead';
import { eachInOrder } from '@main/docker/each-in-order';
import { containerNews } from '@main/docker/container-news';
import { runHooks } from '@main/docker/run-hooks';
import { stopGrace } from '@main/docker/stop-grace';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { unknownService } from './log-sources';
import type { Seen, ServicesService } from './service';
import type { ServicesDependencies } from './types';

type Verb = 'restart' | 'stop' | 'start';
const TITLES: { readonly [V in Verb]: string } = { restart: 'Restart', stop: 'Stop', start: 'Start' };
const DOING: { readonly [V in Verb]: string } = { restart: 'Restarting', stop: 'Stopping', start: 'Starting' };
const DEFAULT_GRACE_SECONDS = 10;
const READY_MS = 120_000;
const LOOK_MS = 1000;

/** The operations `services.restart`, `services.stop` and `services.start`. */
export function serviceOperations(deps: ServicesDependencies, service: ServicesService): readonly OperationKind[] {
  return (['restart', 'stop', 'start'] as const).map((verb) => operationOf(deps, service, verb));
}

function operationOf(deps: ServicesDependencies, service: ServicesService, verb: Verb): OperationKind {
  const projectIdOf = (input: JsonObject): string => String(input['project']);
  return {
    kind: `services.${verb}`,
    async prepare(input) {
      const project = await trustedProject(deps, input);
      const { observed, loaded } = await service.look(project);
      refuseUnknown(project, servicesOf(input), loaded, observed.containers);
      if (verb === 'start') refuseNothingThere(project, observed.containers);
      return { project: project.id, name: project.name, services: [...servicesOf(input)] };
    },
    async prepareWithoutEngine(input) {
      const project = await trustedProject(deps, input);
      return { project: project.id, name: project.name, services: [...servicesOf(input)] };
    },
    key: (input) => `project:${projectIdOf(input)}`,
    title(input) {
      const asked = servicesOf(input);
      const what = asked.length === 0 ? `all services of ${String(input['name'])}` : asked.length <= 3 ? asked.join(', ') : `${String(asked.length)} services`;
      return `${TITLES[verb]} ${what}`;
    },
    projectId: projectIdOf,
    run: (context, input) => run(deps, service, verb, context, input),
    rollback: (context, input) => putBack(deps, context, projectIdOf(input)),
    finish: (context, input) => Promise.resolve({ operationId: context.operationId, services: Array.isArray(input['services']) ? input['services'] : [] }),
  };
}

async function trustedProject(deps: ServicesDependencies, input: JsonObject): Promise<Project> {
  const project = await deps.projects.resolve(String(input['project']));
  const authorization = await deps.projects.authorization(project.id);
  if (authorization.trustedFactKeys !== null) return project;
  throw new AppError('trust-required', `${project.name} is not trusted yet, so nothing of it is run or changed.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
}

/** Empty: all of them. */
function servicesOf(input: JsonObject): readonly string[] {
  return Array.isArray(input['services']) ? input['services'].map(String) : [];
}

function refuseUnknown(project: Project, asked: readonly string[], loaded: Seen['loaded'], containers: readonly ObservedContainer[]): void {
  const known = [...new Set([...Object.values(loaded).flatMap((one) => Object.keys(one.model.services)), ...containers.map((one) => one.service)])];
  const unknown = asked.find((one) => !known.includes(one));
  if (unknown !== undefined) throw unknownService(project.name, unknown, known);
  const absent = asked.find((one) => !containers.some((container) => container.service === one));
  if (absent !== undefined) throw new AppError('service-not-found', `${absent} has no container yet.`, { service: absent, hint: 'Switch to a mode that has it; that creates it.' });
}

/** Starting begins nothing that was never made: whoever asks for it would be told that all is well, and nothing runs. */
function refuseNothingThere(project: Project, containers: readonly ObservedContainer[]): void {
  if (containers.some((one) => !one.oneOff && isOfFolder(project.dir, one))) return;
  const mode = project.modes[0]?.name ?? 'dev';
  throw new AppError('service-not-found', `${project.name} has no containers yet, so there is nothing to start.`, { hint: `Switch to a mode; that creates them: berth modes switch ${mode}` });
}

async function run(deps: ServicesDependencies, service: ServicesService, verb: Verb, context: OperationContext, input: JsonObject): Promise<Json> {
  const project = await deps.projects.resolve(String(input['project']));
  const engine = deps.engine.as(await deps.projects.authorization(project.id));
  const asked = new Set(servicesOf(input));
  const lock = await deps.lock(project.dir);
  try {
    const { observed, loaded } = await service.look(project);
    // It may have been taken while the engine was away, and much may have changed while it waited.
    refuseUnknown(project, servicesOf(input), loaded, observed.containers);
    if (verb === 'start') refuseNothingThere(project, observed.containers);
    const own = observed.containers.filter((one) => !one.oneOff && isOfFolder(project.dir, one));
    const named = own.filter((one) => (asked.size === 0 ? true : asked.has(one.service)) && concerns(verb, one, asked.size > 0));
    const followers = verb === 'stop' ? [] : followersOf(own, named.filter((one) => one.state !== 'paused'), (one) => ownersOf(verb, own, loaded, one));
    for (const one of followers) context.log(`It begins anew with what it ${joinedInAnyMode(loaded, one.service).length > 0 ? 'shares a namespace with' : 'depends on'}.`, one.service);
    const chosen = [...named, ...followers];
    const services = [...new Set(chosen.map((one) => one.service))];
    context.progress({ step: 0, of: chosen.length, message: DOING[verb], services: Object.fromEntries(services.map((one) => [one, 'waiting'])) });
    let step = 0;
    const advance = (name: string): void => context.progress({ step: (step += 1), services: { [name]: 'done' } });
    const hooks = (one: ObservedContainer, moment: HookMoment): Promise<void> =>
      runHooks({ engine, signal: context.signal, effect: context.effect.bind(context), log: (text, of) => context.log(text, of) }, { id: one.id, service: one.service }, hooksOfContainer(loaded, one, moment), moment);
    const restartOrStop = async (one: ObservedContainer): Promise<void> => {
      const { graceSeconds, reason } = await stopGrace(engine, one, loaded);
      context.progress({ services: { [one.service]: 'stopping' } });
      if (one.state === 'running') await hooks(one, 'pre_stop');
      await context.effect(verb === 'stop' ? 'container.stop' : 'container.restart', { id: one.id, service: one.service, graceSeconds, reason }, async () => {
        await (verb === 'stop' ? engine.stopContainer(one.id, graceSeconds) : engine.restartContainer(one.id, graceSeconds));
        return null;
      });
      if (verb !== 'stop') await hooks(one, 'post_start');
      advance(one.service);
    };
    if (verb === 'start') await startInOrder(engine, context, own, chosen, { loaded, hooks, restart: restartOrStop, advance });
    // A container whose namespace is another's can begin only where the other runs again; what follows a service begins after it.
    else await eachInOrder(chosen, (service) => (verb === 'stop' ? [] : [...joinedInAnyMode(loaded, service), ...followedBy(chosen, service)]), restartOrStop);
    if (verb !== 'stop') await untilSettled(deps, engine, project, chosen, loaded, context);
    await context.commit();
    return { operationId: context.operationId, services: services.sort() };
  } finally {
    lock.dispose();
  }
}

/** The services that the containers of a service follow by `restart: true` in depends_on, by what docker compose or Berth wrote on them. */
function followedBy(containers: readonly ObservedContainer[], service: string): readonly string[] {
  return containers.filter((one) => one.service === service).flatMap((one) => parseDependsOnLabel(one.labels['com.docker.compose.depends_on']).flatMap((dependency) => (dependency.restart ? [dependency.service] : [])));
}

/** What a running container has to begin anew with: whose namespace it joined; and, with a restart, what its file asks for. */
function ownersOf(verb: Verb, own: readonly ObservedContainer[], loaded: Seen['loaded'], container: ObservedContainer): readonly string[] {
  const followed = verb === 'restart' ? followedBy([container], container.service) : [];
  return [...joinedContainers(own, loaded, container.service), ...own.filter((one) => followed.includes(one.service)).map((one) => one.id)];
}

/** What was started must stay up as after a switch: a service that ends at once has not been started. */
async function untilSettled(deps: ServicesDependencies, checkedBy: Pick<Engine, 'checkHealth'>, project: Project, chosen: readonly ObservedContainer[], loaded: Seen['loaded'], context: OperationContext): Promise<void> {
  const started = chosen.map((one) => ({ id: one.id, service: one.service, expectation: expectationOfContainer(project, one, loaded) }));
  await deps.startWatch?.({ project: project.name, started, signal: context.signal, checkedBy, onWatching: () => context.progress({ message: 'Watching whether what was started stays up' }) });
}

/** By the mode that made the container, else by any that has the service; a container that no file knows must stay up. */
function expectationOfContainer(project: Project, container: ObservedContainer, loaded: Seen['loaded']): Expectation {
  const madeBy = modeOfContainer(project.modes, project.dir, container);
  const model = [...(madeBy === null ? [] : [loaded[madeBy]]), ...Object.values(loaded)].find((one) => one?.model.services[container.service] !== undefined)?.model;
  const definition = model?.services[container.service];
  if (model === undefined || definition === undefined) return container.hasHealthcheck ? 'healthy' : 'running';
  return expectationOf(definition, {
    declaredJob: isDeclaredJob(model.services, container.service),
    looksLikeJob: looksLikeJob(definition),
    wasRunning: isAlive(container),
    awaited: isAwaited(model.services, container.service),
    imageHasHealthcheck: container.hasHealthcheck,
  });
}

/** Which containers a verb has anything to do with. A finished job is started only when it is named. */
function concerns(verb: Verb, container: ObservedContainer, named: boolean): boolean {
  if (verb === 'restart') return isAlive(container) || named;
  if (verb === 'stop') return isAlive(container);
  if (container.state === 'paused') return true;
  return !isAlive(container) && (named || container.state !== 'exited' || container.exitCode !== 0 || container.hasHealthcheck || container.requestedPorts.length > 0 || container.restartPolicy.name !== '');
}

interface StartHands {
  readonly loaded: Seen['loaded'];
  hooks(container: ObservedContainer, moment: HookMoment): Promise<void>;
  restart(container: ObservedContainer): Promise<void>;
  advance(service: string): void;
}

/** Each container once what it depends on has got where the file wants it; a condition that cannot be met any more is an error. */
async function startInOrder(engine: Engine, context: OperationContext, own: readonly ObservedContainer[], chosen: readonly ObservedContainer[], { loaded, hooks, restart, advance }: StartHands): Promise<void> {
  const ids = new Set(chosen.map((one) => one.id));
  const dependencies = (service: string) => chosen.filter((one) => one.service === service).flatMap((one) => parseDependsOnLabel(one.labels['com.docker.compose.depends_on']));
  const awaited = async (service: string): Promise<void> => {
    for (const dependency of dependencies(service).filter((one) => one.condition === 'service_healthy')) {
      for (const parent of own.filter((one) => one.service === dependency.service && (ids.has(one.id) || isAlive(one)))) await untilReady(engine, context.signal, service, parent);
    }
  };
  const start = async (one: ObservedContainer): Promise<void> => {
    if (one.state !== 'paused' && isAlive(one)) return restart(one);
    context.progress({ services: { [one.service]: 'starting' } });
    if (one.state === 'paused') {
      await context.effect('container.unpause', { id: one.id, service: one.service }, async () => (await engine.unpauseContainer(one.id), null));
      return advance(one.service);
    }
    await context.effect('container.start', { id: one.id, service: one.service }, async () => {
      const check = await engine.startContainer(one.id);
      if (check.state === 'not-checked') context.log(check.reason, one.service);
      return null;
    });
    await hooks(one, 'post_start');
    advance(one.service);
  };
  await eachInOrder(chosen, (service) => [...dependencies(service).map((one) => one.service), ...joinedInAnyMode(loaded, service)], start, awaited);
}

/** Waits for a dependency to be healthy, on events with a look once a second. */
async function untilReady(engine: Engine, signal: AbortSignal, waiting: string, parent: ObservedContainer): Promise<void> {
  if (parent.hasHealthcheck) await checkingAhead(engine, [parent.id], () => untilHealthy(engine, signal, waiting, parent), signal);
}

async function untilHealthy(engine: Engine, signal: AbortSignal, waiting: string, parent: ObservedContainer): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const now = await engine.inspectContainer(parent.id);
    if (now.health === 'healthy') return;
    if (!isAlive(now) || failsItsCheck(now) || Date.now() > deadline) throw new AppError('unhealthy', `${waiting} waits for ${parent.service}, which does not get healthy.`, { service: parent.service });
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    await containerNews(engine, parent.id, LOOK_MS, signal);
  }
}

/** Undoes a verb that failed or was cancelled: what it stopped runs again, what it started is stopped; judged by looking. */
async function putBack(deps: ServicesDependencies, context: RecoveryContext, projectId: string): Promise<void> {
  const engine = deps.engine.as(await deps.projects.authorization(projectId));
  for (const record of context.records) {
    const id = record.intent['id'];
    if (typeof id !== 'string') continue;
    const now = await engine.inspectContainer(id).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return null;
      throw error;
    });
    if (now === null) continue;
    const stopping = record.name === 'container.stop' || record.name === 'container.restart';
    // A stop without a result may still be under way in the engine: it is carried to its end, or it would end what is started now.
    const underWay = stopping && record.result === undefined && !record.undone && isAlive(now);
    if (underWay) await context.effect('container.stop', { id }, async () => (await engine.stopContainer(id, now.stopTimeoutSeconds ?? DEFAULT_GRACE_SECONDS), null));
    if (stopping && (underWay || !isAlive(now))) {
      await context.effect('container.start', { id, undoes: record.seq }, async () => (await engine.startContainer(id), null));
    } else if (record.name === 'container.unpause' && now.state === 'running') {
      await context.effect('container.pause', { id, undoes: record.seq }, async () => (await engine.pauseContainer(id), null));
    } else if (record.name === 'container.start' && isAlive(now)) {
      await context.effect('container.stop', { id, undoes: record.seq }, async () => (await engine.stopContainer(id, now.stopTimeoutSeconds ?? DEFAULT_GRACE_SECONDS), null));
    }
  }
}
