import type { Handlers } from '@main/dispatch/types';
import type { Operation } from '@shared/domain/operations/operation';
import type { OutputOf } from '@shared/contract/contract';
import type { EventStream } from './event-stream';
import type { Operations } from './types';

type Shown = OutputOf<'operations.wait'>;

/** Binds the contract's `operations.*` and `events.since`. `projectIdOf` turns a folder into a project's id. */
export function operationHandlers(
  operations: Operations,
  events: EventStream,
  projectIdOf: (reference: string) => Promise<string>,
): Pick<Handlers, 'operations.list' | 'operations.show' | 'operations.cancel' | 'operations.retry' | 'operations.wait' | 'events.since'> {
  return {
    'operations.list': async (input) => {
      const projectId = input.project === undefined ? undefined : await projectIdOf(input.project);
      return (await operations.list({ projectId, limit: input.limit })).map(shown);
    },
    'operations.show': async (input) => {
      const operation = await operations.get(input.id);
      const [steps, log] = await Promise.all([operations.steps(input.id), operations.logOf(input.id)]);
      return { ...shown(operation), steps: [...steps], log: [...log] };
    },
    'operations.cancel': async (input) => shown(await operations.cancel(input.id)),
    'operations.retry': async (input) => shown(await operations.retry(input.id)),
    'operations.wait': async (input) => shown(await operations.wait(input.id, input.timeoutMs)),
    'events.since': async (input) => events.since(input.seq),
  };
}

/** The domain's operation is the contract's, read-only arrays aside. */
function shown(operation: Operation): Shown {
  return operation as Shown;
}
