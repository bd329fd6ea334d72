import { lacksShell, ownCheckOf, repeatedCheck, repeatedTimeoutMs } from '@shared/domain/engine/own-check';
import { containerFromInspect } from '@shared/domain/engine/read-container';
import { fieldOf, textMapOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import type { EventStream } from './events';
import { execCommand } from './exec';
import { containerPath } from './observe';
import { HEALTHY, type PassedChecks } from './passed-checks';
import type { OwnCheckResult, OwnCheckTries } from './types';

/** Runs the health check of a container as the engine would, once or several times in one command, and notes where it passes. Rejects as `exec` does. */
export async function runOwnCheck(door: Door, passed: PassedChecks, events: Pick<EventStream, 'announce' | 'isHeard'>, id: string, tries: OwnCheckTries, signal: AbortSignal): Promise<OwnCheckResult> {
  const inspected = await door.read(`${containerPath(id)}/json`, 'inspect a container');
  const check = ownCheckOf(inspected);
  if (check === null) return 'none';
  const [command, timeoutMs] = tries === 'several' ? [repeatedCheck(check), repeatedTimeoutMs(check)] : [check.command, check.timeoutMs];
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const exitCode = await execCommand(door, id, command, () => undefined, AbortSignal.any([signal, late]));
    if (exitCode !== 0) return tries === 'several' && lacksShell(exitCode) ? 'no-shell' : 'failed';
  } catch (error) {
    if (late.aborted && !signal.aborted && error instanceof AppError && error.code === 'cancelled') return 'late';
    throw error;
  }
  const now = ownCheckOf(await door.read(`${containerPath(id)}/json`, 'inspect a container'));
  // The engine has spoken meanwhile, or it is another run of the container.
  if (now?.startedAt !== check.startedAt) return 'none';
  const { id: fullId, name, startedAt } = containerFromInspect(inspected);
  passed.note(fullId, startedAt, events.isHeard());
  events.announce({ type: 'container', action: HEALTHY, id: fullId, attributes: { ...textMapOf(fieldOf(inspected, 'Config', 'Labels')), name }, timeNano: Date.now() * 1e6 });
  return 'passed';
}
