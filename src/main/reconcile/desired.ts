import type { WantedRun } from '@shared/domain/reconcile/find-drifts';
import { isDryRun } from '@shared/domain/operations/dry-run';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import type { Operations } from '@main/operations/types';
import type { Store } from '@main/platform/types';

/** What is wanted of a project. `mode` null: nothing ran yet and nothing was asked for, so nothing can drift. */
export interface Desired {
  readonly mode: string | null;
  readonly services: { readonly [service: string]: WantedRun };
  /** How many containers of a service are wanted instead of what the files say: it was scaled since. */
  readonly counts?: { readonly [service: string]: number } | undefined;
}

/** What runs, for a project of which nothing is recorded: it is taken as wanted. */
export interface FirstSight {
  readonly active: string | null;
  /** Services of that mode of which nothing runs. */
  readonly idle: readonly string[];
}

const OPERATIONS_READ = 200;

/**
 * What the user wants to run, per project: the mode of the last switch that succeeded, and which services were stopped
 * through Berth since. Worked out from the stored operations, so it is right after any restart.
 */
export class DesiredStates {
  constructor(
    private readonly store: Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord'>,
    private readonly operations: Pick<Operations, 'list'>,
  ) {}

  /** What is wanted now, with everything that was asked for since taken in. */
  async of(projectId: string, see: () => Promise<FirstSight>): Promise<Desired> {
    const record = await this.store.getRecord('desired', projectId);
    let current: Desired = record === null ? { mode: null, services: {} } : read(record.data);
    const since = typeof record?.data['upTo'] === 'string' ? record.data['upTo'] : '';
    const news = (await this.operations.list({ projectId, limit: OPERATIONS_READ }))
      .filter((one) => one.state === 'succeeded' && (one.finishedAt ?? '') > since && concerns(one))
      .sort((a, b) => ((a.finishedAt ?? '') < (b.finishedAt ?? '') ? -1 : 1));
    for (const one of news) current = after(current, one);
    if (news.some((one) => OF_A_MODE.includes(one.kind) || isRestoredMode(one))) await this.store.removeRecord('drift-accepted', projectId);
    const upTo = news.at(-1)?.finishedAt ?? since;
    if (news.length > 0 && (current.mode !== null || record !== null)) await this.write(projectId, current, upTo);
    if (current.mode !== null) return current;
    const seen = await see();
    if (seen.active === null || seen.active === 'mixed') return current;
    current = { ...current, mode: seen.active, services: { ...Object.fromEntries(seen.idle.map((one) => [one, 'idle' as const])), ...current.services } };
    await this.write(projectId, current, upTo);
    return current;
  }

  /** Services that were stopped through Berth and not started again since. */
  async stopped(projectId: string): Promise<readonly string[]> {
    const { services } = await this.of(projectId, () => Promise.resolve({ active: null, idle: [] }));
    return Object.entries(services).flatMap(([service, run]) => (run === 'stopped' ? [service] : []));
  }

  /** What runs now becomes what is wanted. */
  async accept(projectId: string, change: { readonly mode: string } | { readonly service: string; readonly run: WantedRun }): Promise<void> {
    const record = await this.store.getRecord('desired', projectId);
    const current = record === null ? { mode: null, services: {} } : read(record.data);
    const next = 'mode' in change ? { mode: change.mode, services: {} } : { ...current, services: { ...current.services, [change.service]: change.run } };
    await this.write(projectId, next, typeof record?.data['upTo'] === 'string' ? record.data['upTo'] : '');
  }

  private async write(projectId: string, desired: Desired, upTo: string): Promise<void> {
    await this.store.patchRecord('desired', projectId, { mode: desired.mode, services: { ...desired.services }, counts: { ...desired.counts }, upTo });
  }
}

/** Operations after which a whole mode is what is wanted. */
const OF_A_MODE: readonly string[] = ['modes.switch', 'changes.deploy', 'changes.rollback'];

const OF_SERVICES: readonly string[] = ['services.stop', 'services.start', 'services.restart', 'services.rebuild', 'services.up', 'services.remove', 'services.scale'];

/** After it nothing is wanted, until something is started again. */
function isClean(one: Operation): boolean {
  return one.kind === 'projects.clean' && (one.input as JsonObject)['dryRun'] !== true;
}

/** A restore that brought a mode up: one of files or volumes alone leaves what is wanted as it was. */
function isRestoredMode(one: Operation): boolean {
  return one.kind === 'snapshots.restore' && typeof (one.input as JsonObject)['mode'] === 'string';
}

function concerns(one: Operation): boolean {
  if (OF_SERVICES.includes(one.kind) && isDryRun(one)) return false;
  return isRestoredMode(one) || OF_A_MODE.includes(one.kind) || OF_SERVICES.includes(one.kind) || isClean(one);
}

function after(current: Desired, one: Operation): Desired {
  const input = one.input as JsonObject;
  if (OF_A_MODE.includes(one.kind) || isRestoredMode(one)) return { mode: String(input['mode']), services: {} };
  if (isClean(one)) return { mode: null, services: {} };
  if ((one.kind === 'services.rebuild' || one.kind === 'services.up') && Array.isArray(input['services']) && input['services'].length === 0) return { mode: String(input['mode']), services: {} };
  const result = typeof one.result === 'object' && one.result !== null && 'services' in one.result ? (one.result as JsonObject)['services'] : [];
  const asked = Array.isArray(input['services']) ? input['services'].map(String) : [];
  const touched = [...new Set([...asked, ...(Array.isArray(result) ? result.map(String) : [])])];
  const run: WantedRun = one.kind === 'services.stop' || one.kind === 'services.remove' || (one.kind === 'services.scale' && input['count'] === 0) ? 'stopped' : 'running';
  const { counts = {}, ...rest } = current;
  return { ...rest, services: { ...current.services, ...Object.fromEntries(touched.map((service) => [service, run])) }, ...some(countsAfter(counts, one, touched)) };
}

function some(counts: NonNullable<Desired['counts']>): Pick<Desired, 'counts'> {
  return Object.keys(counts).length === 0 ? {} : { counts };
}

/** A count holds until something else makes the containers of the service what the files say. */
function countsAfter(counts: NonNullable<Desired['counts']>, one: Operation, touched: readonly string[]): NonNullable<Desired['counts']> {
  const input = one.input as JsonObject;
  if (one.kind === 'services.scale') return { ...counts, [String(input['service'])]: Number(input['count']) };
  if (one.kind !== 'services.up' && one.kind !== 'services.rebuild' && one.kind !== 'services.remove') return counts;
  return Object.fromEntries(Object.entries(counts).filter(([service]) => !touched.includes(service)));
}

function read(data: JsonObject): Desired {
  const services = typeof data['services'] === 'object' && data['services'] !== null ? (data['services'] as { readonly [service: string]: WantedRun }) : {};
  const counts = typeof data['counts'] === 'object' && data['counts'] !== null ? (data['counts'] as { readonly [service: string]: number }) : {};
  return { mode: typeof data['mode'] === 'string' ? data['mode'] : null, services, ...some(counts) };
}
