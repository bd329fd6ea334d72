import type { Services } from '@main/services';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';

/** What a test asks of services that it made itself, as the command line would. */
export interface ServiceCalls {
  /** Rejects with the error of the answer: `code` and `hint` with it. */
  call<T>(name: string, given: JsonObject): Promise<T>;
  /** The same for an operation, once it has ended. */
  ended(name: string, given: JsonObject): Promise<Operation>;
}

/** `services`: those of the moment; each test may have its own. */
export function callsOf(services: () => Pick<Services, 'dispatcher' | 'operations'>): ServiceCalls {
  const call = async <T>(name: string, given: JsonObject): Promise<T> => {
    const result = await services().dispatcher.call(name, given, { door: 'cli', signal: new AbortController().signal });
    if (!result.ok) throw Object.assign(new Error(result.error.message), { code: result.error.code, hint: result.error.hint });
    return result.value as T;
  };
  return {
    call,
    ended: async (name, given) => services().operations.wait((await call<{ readonly operationId: string }>(name, given)).operationId, 60_000),
  };
}
