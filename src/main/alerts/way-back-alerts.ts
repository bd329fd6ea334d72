import type { SequencedEvent } from '@shared/contract/events';
import type { Operation } from '@shared/domain/operations/operation';
import type { Disposable } from '@shared/kernel/disposable';
import type { Alerts } from './types';

const CODE = 'NEEDS-ATTENTION';
/** After them a mode is whole, whatever an earlier operation left. */
const MAKES_WHOLE: readonly string[] = ['modes.switch', 'changes.deploy', 'changes.rollback'];

/** Raises an alert when an operation could be neither finished nor undone, and clears it when a later switch of that project succeeds. */
export function watchWaysBack(deps: {
  readonly alerts: Pick<Alerts, 'raise' | 'settle'>;
  readonly subscribe: (listener: (events: readonly SequencedEvent[]) => void) => Disposable;
  /** False for a project that lists leave out (a twin), or that is not known any more. */
  readonly isShown: (projectId: string) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}): Disposable {
  /** What is written follows what is seen, in order. */
  let writing: Promise<void> = Promise.resolve();

  async function note({ projectId, kind, state, title, error }: Operation): Promise<void> {
    if (projectId === null) return;
    if (state === 'succeeded') {
      if (MAKES_WHOLE.includes(kind)) await deps.alerts.settle(CODE, projectId, []);
      return;
    }
    if (!(await deps.isShown(projectId))) return;
    const message = `${title} could be neither finished nor undone.${error === null ? '' : ` ${error.message}`}`;
    await deps.alerts.raise({ code: CODE, object: '', severity: 'error', projectId, service: null, message, hint: error?.hint ?? 'Once the cause is gone, switch to the mode you want.' });
  }

  return deps.subscribe((batch) => {
    for (const { event } of batch) {
      if (event.type !== 'operation.changed' || (event.operation.state !== 'needs-attention' && event.operation.state !== 'succeeded')) continue;
      const { operation } = event;
      writing = writing.then(() => note(operation as Operation)).catch(deps.onError);
    }
  });
}
