import type { ComposeModel, ComposeService } from '../compose/model';
import { isDeclaredJob } from '../modes/decide-switch';
import { isCheckSwitchedOff } from '../modes/health-gate';

/** How far one service of a mode came before its start was given up. */
export interface ServiceReached {
  readonly service: string;
  readonly state: 'failed' | 'running' | 'exited' | 'not-started';
  readonly health: 'healthy' | 'starting' | 'none';
  readonly detail: string;
}

/**
 * How far each service came, by the words of the start's progress: its containers are taken away again, so the engine has
 * nothing to tell. `failure.service` is the one that ended it, where there is one.
 */
export function reachedBefore(model: ComposeModel, progress: { readonly [service: string]: string }, failure: { readonly service?: string | undefined; readonly message: string }): readonly ServiceReached[] {
  return Object.entries(model.services).map(([service, definition]) => {
    if (service === failure.service) return { service, state: 'failed', health: 'none', detail: failure.message };
    const word = progress[service];
    if (word === 'done') return { service, ...upState(model, service, definition), detail: '' };
    if (word === 'checking') return { service, state: 'running', health: isChecked(definition) ? 'starting' : 'none', detail: '' };
    return { service, state: 'not-started', health: 'none', detail: failure.service === undefined ? '' : `Not started, because ${failure.service} failed.` };
  });
}

function upState(model: ComposeModel, service: string, definition: ComposeService): Pick<ServiceReached, 'state' | 'health'> {
  if (isDeclaredJob(model.services, service)) return { state: 'exited', health: 'none' };
  return { state: 'running', health: isChecked(definition) ? 'healthy' : 'none' };
}

/** By the file: a check that only the image has does not show here. */
function isChecked({ healthcheck }: ComposeService): boolean {
  return !isCheckSwitchedOff(healthcheck) && (healthcheck?.test ?? []).length > 0;
}
