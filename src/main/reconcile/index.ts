import { FINAL_STATES } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { OperationKind } from '@main/operations/types';
import type { ComponentState, RuntimeComponent } from '@main/runtime/types';
import type { ReconcileDependencies } from './dependencies';
import { DesiredStates } from './desired';
import { DriftReconciler } from './drift-reconciler';
import { EngineAway } from './engine-away';
import { Happenings } from './happenings';
import { healOperation } from './heal-operation';
import { HealTries } from './heal-tries';
import { acceptedKey, Looker } from './look';
import { Marks } from './marks';
import { DriftPolicies } from './policies';
import type { Drift } from './types';

export { ContainerEnds } from './container-ends';
export { DesiredStates } from './desired';
export { driftHandlers } from './handlers';
export type { ReconcileDependencies } from './dependencies';

/** How long after an event a project is looked at: a burst is one look; after a `die` its `stop` may still come. */
const SOON_MS = 250;
const AFTER_DIE_MS = 1_100;
const LATE_EVENT_MS = 5_000;

/** Finding and healing drift, as `services.ts` wires it. */
export interface Reconciler {
  readonly component: RuntimeComponent;
  readonly operation: OperationKind;
  readonly policies: DriftPolicies;
  /** Drifts of a project, no older than this. */
  list(projectId: string, maxAgeMs?: number): Promise<readonly Drift[]>;
  /** A pass now; several asked for at once are one. */
  pass(projectId: string): Promise<readonly Drift[]>;
  /** What runs becomes what is wanted. Resolves with the drifts that are left. */
  accept(projectId: string, driftId: string): Promise<readonly Drift[]>;
  /** Begins to look by itself: on events and every so often. Only for a host that stays. */
  start(): Promise<void>;
  /** Looks no more. A pass that is under way ends first. */
  stop(): Promise<void>;
}

const MAX_AGE_MS = 2_000;

/** Makes the drift reconciler. Nothing is looked at before it is asked or started. */
export function createReconciler(deps: ReconcileDependencies): Reconciler {
  const happenings = new Happenings((operationId) => deps.store.journal(operationId));
  const away = new EngineAway(deps.clock, async () => (await deps.engine.connect()).state === 'connected');
  const desired = new DesiredStates(deps.store, deps.operations);
  const policies = new DriftPolicies(deps.store);
  const tries = new HealTries(deps);
  const looker = new Looker(deps, desired, { happenings: (name) => happenings.of(name), absences: () => away.absences() });
  let running = false;
  let paused = false;
  let held: Disposable[] = [];
  const marks = new Marks(deps.clock, (projectId) => quietPass(projectId));
  const host = {
    healsNow: () => running && !paused && away.settled(),
    lastAbsence: () => away.absences().at(-1)?.toMs ?? null,
    lookAgainAt: (projectId: string, atMs: number) => {
      if (running) marks.at(projectId, Math.max(50, atMs - deps.clock.now() + 20));
    },
  };
  const reconciler = new DriftReconciler(deps, looker, policies, tries, host);
  const inFlight = new Set<Promise<unknown>>();
  /** Operations that are open, or ended a moment ago (the engine's word may come late): what happens meanwhile may be their doing. */
  const busy = new Map<string, { readonly projectId: string; endedAt: number | null }>();
  const names = new Map<string, string>();

  function quietPass(projectId: string): void {
    if (!running || paused || deps.engine.state().state !== 'connected') return;
    const work = reconciler.pass(projectId).catch((error: unknown) => {
      // Broken files and an engine that is away are said elsewhere; the next look tries again.
      if (!(error instanceof AppError)) deps.log.error('drift could not be looked for', { project: projectId, error });
    });
    inFlight.add(work);
    void work.finally(() => inFlight.delete(work));
  }

  async function markAll(delayMs: number): Promise<void> {
    try {
      const projects = await deps.projects.list();
      names.clear();
      for (const one of projects) {
        names.set(one.id, one.name);
        marks.at(one.id, delayMs);
      }
    } catch (error) {
      deps.log.warn('projects could not be listed', { error });
    }
  }

  async function markNamed(name: string, delayMs: number): Promise<void> {
    if (![...names.values()].includes(name)) for (const one of await deps.projects.list().catch(() => [])) names.set(one.id, one.name);
    for (const [id, known] of names) if (known === name) marks.at(id, delayMs);
  }

  function operationsOf(projectName: string): readonly string[] {
    for (const [id, { endedAt }] of busy) if (endedAt !== null && deps.clock.monotonic() - endedAt > LATE_EVENT_MS) busy.delete(id);
    return [...busy].flatMap(([id, { projectId }]) => (names.get(projectId) === projectName ? [id] : []));
  }

  function follow(): void {
    const every = { timer: setInterval(() => void markAll(0), deps.settings.get('drift.everySeconds') * 1000) };
    held = [
      { dispose: () => clearInterval(every.timer) },
      deps.settings.onChanged((key) => {
        if (key !== 'drift.everySeconds') return;
        clearInterval(every.timer);
        every.timer = setInterval(() => void markAll(0), deps.settings.get('drift.everySeconds') * 1000);
      }),
      deps.engine.onStateChanged((state) => {
        if (away.note(state.state) && state.state === 'connected') void markAll(away.settlesInMs());
      }),
      deps.engine.onEvent((event) => {
        if (event.action === 'break') away.noteBreak();
        if (event.type === 'gap') return void markAll(Math.max(SOON_MS, away.settlesInMs()));
        if (event.type === 'container' && event.action === 'die') away.noteEnd();
        const name = happenings.note(event, operationsOf, deps.clock.now());
        if (name !== null) void markNamed(name, event.action === 'die' ? AFTER_DIE_MS : SOON_MS);
      }),
      deps.events.on(({ event }) => {
        if (event.type !== 'operation.changed' || event.operation.projectId === null) return;
        const { id, state, projectId } = event.operation;
        if (!(FINAL_STATES as readonly string[]).includes(state)) busy.set(id, { projectId, endedAt: null });
        else if (busy.get(id)?.endedAt === null) {
          busy.set(id, { projectId, endedAt: deps.clock.monotonic() });
          marks.at(projectId, SOON_MS);
        }
      }),
    ];
  }

  function componentState(): ComponentState {
    if (paused) return 'paused';
    if (!running) return 'stopped';
    return deps.engine.state().state === 'connected' ? 'running' : 'waiting';
  }

  return {
    operation: healOperation({ deps, looker, known: async (projectId) => known(projectId) }),
    policies,
    list: (projectId, maxAgeMs = MAX_AGE_MS) => reconciler.list(projectId, maxAgeMs),
    pass: (projectId) => reconciler.pass(projectId),
    accept,
    start() {
      if (!running) {
        running = true;
        follow();
        void markAll(0);
      }
      return Promise.resolve();
    },
    async stop() {
      running = false;
      for (const one of held.splice(0)) one.dispose();
      marks.clear();
      await Promise.all([...inFlight]);
    },
    component: {
      name: 'drift-reconciler',
      state: componentState,
      lastTickAt: () => reconciler.lastPassAt,
      counters: () => ({ ...reconciler.counted }),
      detail: () => (componentState() === 'waiting' ? 'Waits for the Docker engine.' : componentState() === 'paused' ? 'Paused: drift is neither looked for nor healed.' : `Compares what runs with what is wanted, every ${String(deps.settings.get('drift.everySeconds'))} s and on events.`),
      pause: () => {
        paused = true;
      },
      resume: () => {
        paused = false;
        if (running) void markAll(0);
      },
    },
  };

  async function known(projectId: string): Promise<readonly string[]> {
    const last = reconciler.known(projectId);
    return (last.length > 0 ? last : await reconciler.list(projectId, MAX_AGE_MS)).map((one) => one.id);
  }

  async function accept(projectId: string, driftId: string): Promise<readonly Drift[]> {
    const { drifts } = await looker.look(projectId);
    const drift = drifts.find((one) => one.id === driftId);
    if (drift === undefined) throw new AppError('not-found', `There is no drift "${driftId}" now.`, { hint: 'See `berth drift list`.' });
    if (drift.field === 'mode') await desired.accept(projectId, { mode: drift.actual });
    else if (drift.field === 'state' && drift.desired === 'stopped') await desired.accept(projectId, { service: drift.service, run: 'running' });
    else if (drift.field === 'state' && drift.desired === 'running' && drift.actual !== 'paused' && drift.actual !== 'restarting') await desired.accept(projectId, { service: drift.service, run: 'stopped' });
    else await deps.store.patchRecord('drift-accepted', projectId, { [acceptedKey(drift)]: drift.actual });
    deps.eventLog.add({ type: 'drift.accepted', projectId, service: drift.service === '' ? null : drift.service, message: `${drift.service === '' ? 'The mode' : `${drift.service}: ${drift.field}`} is wanted as it is: ${drift.actual}.` });
    return reconciler.pass(projectId);
  }
}
