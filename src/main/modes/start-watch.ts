import { cameUp } from '@shared/domain/modes/staying-up';
import { AppError } from '@shared/kernel/app-error';
import { checkingAhead } from '@main/docker/check-ahead';
import { serviceFailure } from './service-failure';
import { watchSettled, type Fallen } from './settled';
import type { ModesDependencies, StartWatch } from './types';

/** The gate of a switch for what is started without one: whatever ends or begins anew within `services.settleSeconds` has failed; a health check that passes says it sooner. */
export function startWatch(deps: Pick<ModesDependencies, 'engine' | 'portOwner' | 'settleSeconds'>): StartWatch {
  return async ({ project, started, signal, onWatching, checkedBy }) => {
    const settleMs = deps.settleSeconds() * 1000;
    if (settleMs === 0 || started.length === 0) return;
    onWatching();
    const watched = started.map(({ id, service, expectation }) => cameUp(id, service, expectation));
    const checked = new Set(started.filter((one) => one.expectation === 'healthy').map((one) => one.id));
    const settled = (): Promise<Fallen | null> => watchSettled(deps.engine, project, watched, settleMs, signal, (containers) => checked.size === started.length && containers.filter((one) => checked.has(one.id) && one.health === 'healthy').length === checked.size);
    const fallen = await (checkedBy === undefined ? settled() : checkingAhead(checkedBy, checked, settled, signal));
    if (fallen === null) return;
    throw await serviceFailure(deps, fallen.service, fallen.id, new AppError('start-failed', fallen.detail), { again: 'start it' });
  };
}
