import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { runChild } from '@main/operations/child-operation';
import type { Operations, StateKeeper } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { MakeState } from './state-snapshot';
import type { SnapshotFirst } from './types';

/** What snapshots before something are made with. */
export interface BeforeDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  /** Those without volumes. */
  readonly makeState: MakeState;
}

/** What goes on without a snapshot is not held up for longer. */
const STATE_MS = 30_000;

/** What a snapshot of some volumes has beside them. */
const STATE: readonly string[] = ['files', 'settings', 'containers', 'images'];

/** Makes snapshots for operations that have a time of their own for it. */
export function snapshotFirst(deps: BeforeDependencies): SnapshotFirst {
  return async (request, signal, log) => {
    try {
      return { id: await make(deps, request, request.volumes ? { volumes: true } : null, signal, log), failed: null };
    } catch (error) {
      const { message } = expected(error, signal);
      log(`What was there is in no snapshot: ${message}`);
      return { id: null, failed: message };
    }
  };
}

/** Makes the snapshot before an operation that changes a project. Without it nothing is begun that removes or rewrites volumes. */
export function stateKeeper(deps: BeforeDependencies): StateKeeper {
  return async ({ volumes, ...request }, signal, log) => {
    const content = volumes.length === 0 ? null : { only: [...STATE, ...volumes.map((name) => `volume:${name}`)] };
    try {
      return await make(deps, { ...request, reason: request.kind }, content, signal, log);
    } catch (error) {
      const { code, message, hint } = expected(error, signal);
      if (volumes.length > 0) throw new AppError('blocked', `${volumes.length === 1 ? 'The volume' : 'The volumes'} ${volumes.join(', ')} could not be kept in a snapshot, so nothing was changed: ${message}`, { hint: hint ?? 'See `berth snapshots list`.', details: { cause: code } });
      log(`What was there is in no snapshot: ${message}`);
      return null;
    }
  };
}

interface Request {
  readonly projectId: string;
  readonly operationId: string;
  readonly reason: string;
}

/** Volumes take their time, and may need something to be held: that is an operation of its own. */
async function make(deps: BeforeDependencies, { projectId, operationId, reason }: Request, volumes: JsonObject | null, signal: AbortSignal, log: (text: string) => void): Promise<string | null> {
  if ((await deps.projects.resolve(projectId)).twin !== undefined) return null;
  const id = volumes === null ? await makeState(deps, { projectId, operationId, reason }, signal) : await makeWhole(deps, { ...volumes, project: projectId, reason, before: operationId }, { operationId, signal });
  log(`What was there is in the snapshot ${id}.`);
  return id;
}

async function makeState(deps: BeforeDependencies, request: Request, signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(STATE_MS);
  try {
    return await deps.makeState(request, AbortSignal.any([signal, late]));
  } catch (error) {
    if (late.aborted && !signal.aborted) throw new AppError('engine-timeout', `It was not made within ${String(STATE_MS / 1_000)} s.`);
    throw error;
  }
}

async function makeWhole(deps: BeforeDependencies, input: JsonObject, within: { readonly operationId: string; readonly signal: AbortSignal }): Promise<string> {
  const made = await runChild(deps.operations, within, 'snapshots.create', input);
  if (made.state !== 'succeeded') throw made.error === null ? new AppError('interrupted', 'It did not come to its end.') : AppError.fromData(made.error);
  return (made.result as { readonly id: string }).id;
}

/** A cancel is the operation's; anything that is no failure to expect is a bug. */
function expected(error: unknown, signal: AbortSignal): AppError {
  if (!(error instanceof AppError) || signal.aborted) throw error;
  return error;
}
