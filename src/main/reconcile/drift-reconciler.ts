import { isAlive } from '@shared/domain/modes/active-mode';
import { mayHealItself } from '@shared/domain/reconcile/plan-heal';
import type { FoundDrift } from '@shared/domain/reconcile/find-drifts';
import { FINAL_STATES, type Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { textHash } from '@shared/kernel/text-hash';
import type { ReconcileDependencies } from './dependencies';
import type { HealTries } from './heal-tries';
import type { Look, Looker } from './look';
import { policyOf, type DriftPolicies } from './policies';
import type { Drift, Policies } from './types';

const OPERATIONS_READ = 100;
/** Said where the policy is to heal, so that nobody waits for it. */
const LEFT_ALONE = 'Berth leaves it alone: what is done on purpose is not healed by itself.';

/** What is known of one project's drift. */
interface ProjectState {
  current: Promise<readonly Drift[]> | null;
  next: Promise<readonly Drift[]> | null;
  drifts: readonly Drift[];
  /** Monotonic time of the last look; null before the first. */
  lookedAt: number | null;
  published: string;
  /** Since when each drift stands. */
  since: Map<string, string>;
}

export interface PassHost {
  /** False: drift is found and shown, nothing is healed (a single command, paused, the engine just back). */
  healsNow(): boolean;
  /** Which time the engine was away last; null when it never was. */
  lastAbsence(): number | null;
  /** Look at the project again at this time (of the clock). */
  lookAgainAt(projectId: string, atMs: number): void;
}

/** Finds each project's drift, one pass at a time, and has healed what may be healed without asking. */
export class DriftReconciler {
  private readonly states = new Map<string, ProjectState>();
  readonly counted = { passes: 0, drifts: 0, heals: 0, gaveUp: 0 };
  lastPassAt: string | null = null;

  constructor(
    private readonly deps: ReconcileDependencies,
    private readonly looker: Looker,
    private readonly policies: DriftPolicies,
    private readonly tries: HealTries,
    private readonly host: PassHost,
  ) {}

  /** Passes asked for while one runs are one more pass, however many. */
  pass(projectId: string): Promise<readonly Drift[]> {
    const state = this.stateOf(projectId);
    if (state.next !== null) return state.next;
    if (state.current === null) return this.begin(projectId, state);
    state.next = state.current.then(
      () => this.begin(projectId, state),
      () => this.begin(projectId, state),
    );
    return state.next;
  }

  /** What the last pass found, when it is younger than this; otherwise a pass. */
  async list(projectId: string, maxAgeMs: number): Promise<readonly Drift[]> {
    const state = this.stateOf(projectId);
    // What was said while an operation ran, or began one, is out of date the moment it ends.
    const settled = state.drifts.every((one) => one.operationId === null);
    if (settled && state.lookedAt !== null && this.deps.clock.monotonic() - state.lookedAt < maxAgeMs) return state.drifts;
    return this.pass(projectId);
  }

  /** Drifts of the last pass. */
  known(projectId: string): readonly Drift[] {
    return this.stateOf(projectId).drifts;
  }

  forget(projectId: string): void {
    this.states.delete(projectId);
  }

  private begin(projectId: string, state: ProjectState): Promise<readonly Drift[]> {
    state.next = null;
    state.current = this.deps.timed(() => this.perform(projectId, state)).finally(() => (state.current = null));
    return state.current;
  }

  private async perform(projectId: string, state: ProjectState): Promise<readonly Drift[]> {
    const open = (await this.deps.operations.list({ projectId, limit: OPERATIONS_READ })).filter((one) => !FINAL_STATES.includes(one.state));
    // What an operation is changing right now is no drift; once it has ended the project is looked at again.
    if (open.length > 0 && state.lookedAt !== null) return this.publish(projectId, state, state.drifts.map((one) => whileOpen(one, open)));
    const look = await this.looker.look(projectId);
    this.counted.passes += 1;
    this.lastPassAt = new Date(this.deps.clock.now()).toISOString();
    state.lookedAt = this.deps.clock.monotonic();
    const policies = await this.policies.of(projectId);
    this.remember(projectId, state, look.drifts);
    state.drifts = look.drifts.map((one) => driftOf(projectId, one, state.since.get(one.id) ?? '', policies));
    if (open.length > 0) return this.publish(projectId, state, state.drifts.map((one) => whileOpen(one, open)));
    const healed = await this.healGroups(projectId, look, policies, state);
    for (const one of look.loops) if (await this.tries.keepsEnding(projectId, one)) this.counted.gaveUp += 1;
    await this.noteWell(projectId, look);
    return this.publish(projectId, state, state.drifts.map((one) => healed.get(one.id) ?? one));
  }

  /** Notes since when each stands, and tells of those that are new. */
  private remember(projectId: string, state: ProjectState, drifts: readonly FoundDrift[]): void {
    const now = new Date(this.deps.clock.now()).toISOString();
    const before = state.since;
    state.since = new Map(drifts.map((one) => [one.id, before.get(one.id) ?? now]));
    for (const one of drifts) {
      if (before.has(one.id)) continue;
      this.counted.drifts += 1;
      const message = `${one.service === '' ? 'The mode' : `${one.service}: ${one.field}`} is ${one.actual}, wanted is ${one.desired}. ${one.why}`;
      this.deps.eventLog.add({ type: 'drift.found', severity: 'warning', projectId, service: one.service === '' ? null : one.service, message, data: { drift: one.id, field: one.field, desired: one.desired, actual: one.actual, cause: one.cause } });
    }
  }

  /** One operation per service for all of its drifts that may be healed without asking. */
  private async healGroups(projectId: string, look: Look, policies: Policies, state: ProjectState): Promise<ReadonlyMap<string, Drift>> {
    const changed = new Map<string, Drift>();
    const groups = new Map<string, FoundDrift[]>();
    for (const one of look.drifts) {
      if (policyOf(policies, one.service) !== 'heal' || !mayHealItself(one)) continue;
      if (one.certainAtMs > this.deps.clock.now()) this.host.lookAgainAt(projectId, one.certainAtMs);
      else groups.set(one.service, [...(groups.get(one.service) ?? []), one]);
    }
    for (const one of look.drifts) if (one.certainAtMs > this.deps.clock.now()) this.host.lookAgainAt(projectId, one.certainAtMs);
    if (!this.host.healsNow() || !look.project.trusted) return changed;
    for (const [service, group] of groups) {
      const change = await this.healGroup(projectId, service, group, endOf(look, group));
      for (const one of state.drifts) if (group.some((found) => found.id === one.id)) changed.set(one.id, { ...one, ...change });
    }
    return changed;
  }

  private async healGroup(projectId: string, service: string, group: readonly FoundDrift[], endedMs: number | null): Promise<Partial<Drift>> {
    const why = group[0]?.why ?? '';
    const decision = await this.tries.decide(projectId, service, endedMs);
    if (decision.kind === 'wait') {
      this.host.lookAgainAt(projectId, decision.untilMs);
      return { state: 'waiting', nextTryAt: new Date(decision.untilMs).toISOString() };
    }
    if (decision.kind === 'gave-up') {
      if (await this.tries.giveUp(projectId, service, why)) this.counted.gaveUp += 1;
      return { state: 'gave-up', why: `${why} It was healed ${String(decision.tries)} times in vain.` };
    }
    const ids = group.map((one) => one.id).sort();
    await this.tries.add(projectId, service, group.every((one) => one.withEngine === true) ? this.host.lastAbsence() : null);
    try {
      const operation = await this.deps.operations.enqueue('drift.heal', { project: projectId, drifts: ids }, { origin: 'drift', dedupeKey: `drift:${projectId}:${service}:${textHash(ids.join(','))}` });
      this.counted.heals += 1;
      return { state: 'healing', operationId: operation.id };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.deps.log.warn('drift could not be healed', { project: projectId, service, error });
      return { why: `${why} It could not be healed: ${error.message}` };
    }
  }

  private async noteWell(projectId: string, look: Look): Promise<void> {
    const drifting = new Set(look.drifts.map((one) => one.service));
    const services = new Set(look.observed.containers.filter((one) => !one.oneOff).map((one) => one.service));
    for (const service of services) {
      if (drifting.has(service)) continue;
      const alive = look.observed.containers.filter((one) => one.service === service && isAlive(one) && one.health !== 'unhealthy' && one.health !== 'starting');
      const runningMs = alive.length === 0 ? 0 : Math.min(...alive.map((one) => this.deps.clock.now() - Date.parse(one.startedAt)));
      // Stopped on purpose, it ends no more: what was said of its ends is over.
      if (look.desired.services[service] === 'stopped') await this.tries.well(projectId, service, Infinity);
      else if (alive.length > 0) await this.tries.well(projectId, service, runningMs);
    }
  }

  private publish(projectId: string, state: ProjectState, drifts: readonly Drift[]): readonly Drift[] {
    state.drifts = drifts;
    const text = JSON.stringify(drifts);
    if (text !== state.published && !(state.published === '' && drifts.length === 0)) this.deps.events.publish({ type: 'drift.changed', projectId, drifts: [...drifts] });
    state.published = text;
    return drifts;
  }

  private stateOf(projectId: string): ProjectState {
    let state = this.states.get(projectId);
    if (state === undefined) {
      state = { current: null, next: null, drifts: [], lookedAt: null, published: '', since: new Map() };
      this.states.set(projectId, state);
    }
    return state;
  }
}

/** When the last of these containers ended; null when none of them has, or when they went with the engine: what that took down comes back at once. */
function endOf({ observed }: Look, group: readonly FoundDrift[]): number | null {
  if (group.every((one) => one.withEngine === true)) return null;
  const ends = observed.containers.filter((one) => one.state === 'exited' && group.some((drift) => drift.containerId === one.id)).map((one) => Date.parse(one.finishedAt));
  return ends.length === 0 || ends.some(Number.isNaN) ? null : Math.max(...ends);
}

function driftOf(projectId: string, one: FoundDrift, since: string, policies: Policies): Drift {
  const blocked = one.restartsItself && one.field === 'state';
  const policy = policyOf(policies, one.service);
  return {
    id: one.id,
    projectId,
    service: one.service,
    field: one.field,
    desired: one.desired,
    actual: one.actual,
    cause: one.cause,
    why: blocked ? `${one.why} Its own restart policy decides, so Berth does not start it by itself.` : policy === 'heal' && one.cause === 'intent' ? `${one.why} ${LEFT_ALONE}` : one.why,
    policy,
    state: blocked ? 'blocked' : 'open',
    operationId: null,
    nextTryAt: null,
    since,
  };
}

/** How a drift is shown while operations of its project are open. */
function whileOpen(one: Drift, open: readonly Operation[]): Drift {
  const healing = open.find((operation) => operation.kind === 'drift.heal' && names(operation, one.id));
  if (healing !== undefined) return { ...one, state: 'healing', operationId: healing.id, nextTryAt: null };
  return one.state === 'gave-up' ? one : { ...one, state: 'blocked', operationId: open[0]?.id ?? null };
}

function names(operation: Operation, id: string): boolean {
  const drifts = (operation.input as JsonObject)['drifts'];
  return !Array.isArray(drifts) || drifts.length === 0 || drifts.includes(id);
}
