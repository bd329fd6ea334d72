import { FINAL_STATES } from '@shared/domain/operations/operation';
import { textOf } from '@shared/domain/operations/operation-input';
import { retained } from '@shared/domain/snapshots/retention';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind, Operations } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { SnapshotRecords } from './records';
import type { OpenRepositories } from './repositories';
import { goesAt } from './status';

/** What removing old snapshots needs. */
export interface PruneDependencies {
  readonly projects: Pick<Projects, 'resolve' | 'authorization'>;
  readonly repositories: OpenRepositories;
  readonly records: SnapshotRecords;
  readonly engine: Pick<Engine, 'as'>;
  readonly operations: Pick<Operations, 'list'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly changed: (projectId: string) => void;
  /** Packs younger than that stay: somebody may be writing what needs them. */
  readonly graceMs: number;
}

/** A snapshot that goes. */
interface Doomed {
  readonly repository: string;
  readonly id: string;
}

/** Operations of a project that are looked through for snapshots they work with. */
const OPERATIONS_LOOKED_AT = 100;

/** The operation `snapshots.prune`: deleted snapshots whose day is over, what the retention no longer keeps, volumes that were put aside, and the space of all of them. */
export function pruneOperation(deps: PruneDependencies): OperationKind {
  return {
    kind: 'snapshots.prune',
    needsEngine: false,
    retry: { attempts: 3, codes: ['locked'] },
    async prepare(input) {
      const { id, name } = await deps.projects.resolve(textOf(input, 'project'));
      return { project: id, name, dryRun: input['dryRun'] === true };
    },
    // The repository of this machine is one for all projects.
    key: () => 'snapshots:prune',
    title: (input) => (input['dryRun'] === true ? `Look at which snapshots of ${textOf(input, 'name')} would go` : `Remove old snapshots of ${textOf(input, 'name')}`),
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, textOf(input, 'project'), input['dryRun'] === true),
    // Each step is whole by itself and wanted whatever comes after it.
    rollback: () => Promise.resolve(),
    finish: (context) => Promise.resolve({ operationId: context.operationId, removed: [], freedBytes: 0, volumes: [] }),
  };
}

async function run(deps: PruneDependencies, context: OperationContext, projectId: string, dryRun: boolean): Promise<Json> {
  const known = await deps.repositories.known(projectId);
  context.progress({ step: 0, of: known.length + 1, message: 'Looking at what is there' });
  const doomed = (await Promise.all(known.map(({ name }) => doomedIn(deps, context, projectId, name)))).flat();
  let freedBytes = 0;
  for (const [index, { name }] of known.entries()) {
    context.progress({ step: index, message: name === 'local' ? 'Freeing space on this machine' : `Freeing space in ${name}` });
    freedBytes += await pruneOne(deps, context, { projectId, name, dryRun, removals: doomed.filter((one) => one.repository === name) });
  }
  context.progress({ step: known.length, message: 'Removing volumes that were put aside' });
  const volumes = await removeReplaced(deps, context, projectId, dryRun);
  context.progress({ step: known.length + 1, message: dryRun ? 'Nothing was removed' : 'Done' });
  if (!dryRun) deps.changed(projectId);
  return { operationId: context.operationId, removed: doomed.map(({ id }) => id), freedBytes, volumes: [...volumes] };
}

/** What goes of one repository. One that does not answer is left as it is. */
async function doomedIn(deps: PruneDependencies, context: OperationContext, projectId: string, name: string): Promise<readonly Doomed[]> {
  try {
    const [{ found }, { retention }, { deleted }, inUse] = await Promise.all([deps.repositories.snapshots(projectId, name), deps.records.settings(projectId), deps.records.all(), idsInUse(deps, context, projectId)]);
    const kept = retained(found.map(({ manifest, pinned }) => ({ id: manifest.id, createdAt: manifest.createdAt, pinned, good: manifest.health === 'healthy' })), retention);
    const expired = [...deleted.values()].filter((one) => one.projectId === projectId && one.repository === name && Date.parse(one.until) <= deps.clock.now());
    const ids = [...expired.map(({ id }) => id), ...found.map(({ manifest }) => manifest.id).filter((id) => !kept.has(id))];
    return ids.filter((id) => !inUse.has(id)).map((id) => ({ repository: name, id }));
  } catch (error) {
    if (!(error instanceof AppError) || name === 'local') throw error;
    context.log(`${name} is left as it is: ${error.message}`);
    return [];
  }
}

/** Snapshots that something is being done with. */
async function idsInUse(deps: PruneDependencies, context: OperationContext, projectId: string): Promise<ReadonlySet<string>> {
  const open = (await deps.operations.list({ projectId, limit: OPERATIONS_LOOKED_AT })).filter((one) => !FINAL_STATES.includes(one.state) && one.id !== context.operationId);
  return new Set(open.flatMap(({ input }) => Object.values((input ?? {}) as JsonObject).filter((value): value is string => typeof value === 'string' && value.startsWith('s_'))));
}

async function pruneOne(deps: PruneDependencies, context: OperationContext, { projectId, name, dryRun, removals }: { readonly projectId: string; readonly name: string; readonly dryRun: boolean; readonly removals: readonly Doomed[] }): Promise<number> {
  try {
    const repository = await deps.repositories.open(projectId, name);
    if (!dryRun) {
      for (const { id } of removals) {
        await context.effect('snapshot.remove', { repository: name, id }, async () => {
          await repository.remove(id).catch(goneIsFine);
          await deps.records.notDeleted({ id, projectId });
          await deps.records.forget(name, id);
          return null;
        });
      }
    }
    const prune = async (): Promise<number> => (await repository.prune({ graceMs: deps.graceMs, dryRun, signal: context.signal, onProgress: (done, of) => context.progress({ bytes: { done, total: of } }) })).freedBytes;
    if (!dryRun) return await context.effect('repository.prune', { repository: name }, prune);
    // What the removals would free is known about only: what they share with others stays.
    const { made } = await deps.records.all();
    return (await prune()) + removals.reduce((sum, { id }) => sum + (made.get(`${name}:${id}`)?.storedBytes ?? 0), 0);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'cancelled' || name === 'local') throw error;
    context.log(`${name} is left as it is: ${error.message}`);
    return 0;
  }
}

/** A crash came between its end and the note of it. */
function goneIsFine(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not-found')) throw error;
}

async function removeReplaced(deps: PruneDependencies, context: OperationContext, projectId: string, dryRun: boolean): Promise<readonly string[]> {
  const { retention } = await deps.records.settings(projectId);
  const over = (await deps.records.all()).replaced.filter((one) => one.projectId === projectId && Date.parse(goesAt(one, retention.keepReplacedHours)) <= deps.clock.now());
  if (dryRun || over.length === 0) return over.map(({ volume }) => volume);
  const engine = deps.engine.as(await deps.projects.authorization(projectId));
  const removed: string[] = [];
  for (const { volume } of over) {
    const gone = await context.effect('volume.remove', { name: volume }, () =>
      engine.removeVolume(volume).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof AppError)) throw error;
          context.log(`The volume ${volume} stays for now: ${error.message}`);
          return false;
        },
      ),
    );
    if (!gone) continue;
    await deps.records.notReplaced(volume);
    removed.push(volume);
  }
  return removed;
}
