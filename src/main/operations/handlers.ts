import type { Handlers } from '@main/dispatch/types';
import type { Operation } from '@shared/domain/operations/operation';
import { contract, type OutputOf } from '@shared/contract/contract';
import type { ContractEntry } from '@shared/contract/define';
import { inputError } from '@shared/contract/input-errors';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationLimits } from '@main/platform/types';
import type { EventStream } from './event-stream';
import type { StructuralGuard } from './structural';
import type { Operations } from './types';

type Shown = OutputOf<'operations.wait'>;

/** What the handlers need beside the queue and the events. */
export interface OperationHandlersDeps {
  /** Turns a folder into a project's id. */
  readonly projectIdOf: (reference: string) => Promise<string>;
  /** The limits of the settings. */
  readonly limits: () => OperationLimits;
  readonly structural: Pick<StructuralGuard, 'planOf'>;
}

/** Binds the contract's `operations.*` and `events.since`. */
export function operationHandlers(
  operations: Operations,
  events: EventStream,
  { projectIdOf, limits, structural }: OperationHandlersDeps,
): Pick<Handlers, 'operations.list' | 'operations.show' | 'operations.cancel' | 'operations.retry' | 'operations.wait' | 'operations.cleanup' | 'operations.preview' | 'events.since'> {
  return {
    'operations.list': async (input) => {
      const projectId = input.project === undefined ? undefined : await projectIdOf(input.project);
      return (await operations.list({ projectId, limit: input.limit })).map(shown);
    },
    'operations.show': async (input) => {
      const operation = await operations.get(input.id);
      const [steps, log, plan] = await Promise.all([operations.steps(input.id), operations.logOf(input.id), structural.planOf(input.id)]);
      return { ...shown(operation), steps: [...steps], log: [...log], plan };
    },
    'operations.cancel': async (input) => shown(await operations.cancel(input.id)),
    'operations.retry': async (input) => shown(await operations.retry(input.id)),
    'operations.wait': async (input) => shown(await operations.wait(input.id, input.timeoutMs)),
    'operations.preview': async (input) => operations.preview(input.name, operationInput(input.name, input.input)),
    'operations.cleanup': (input) => operations.cleanup({ ...limits(), ...(input.keep === undefined ? {} : { keepCount: input.keep }) }),
    'events.since': async (input) => events.since(input.seq),
  };
}

/** The domain's operation is the contract's, read-only arrays aside. */
function shown(operation: Operation): Shown {
  return operation as Shown;
}

/** The input of an operation, validated as the dispatcher does before it is queued. */
function operationInput(name: string, given: unknown): JsonObject {
  const entry = Object.hasOwn(contract, name) ? (contract as { readonly [name: string]: ContractEntry })[name] : undefined;
  if (entry?.kind !== 'operation') throw new AppError('not-found', `There is no operation "${name}".`);
  const parsed = entry.input.strict().safeParse(given);
  if (!parsed.success) throw inputError(parsed.error, entry.input.shape);
  return parsed.data as JsonObject;
}
