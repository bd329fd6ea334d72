import { contract as berthContract } from '@shared/contract/contract';
import { closest } from '@shared/contract/closest';
import type { ContractEntry } from '@shared/contract/define';
import { inputError } from '@shared/contract/input-errors';
import { AppError, errorData, type AppErrorData } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { failed, succeeded, type Result } from '@shared/kernel/result';
import type { Operations } from '@main/operations/types';
import type { Logger } from '@main/platform/types';
import type { CallContext, Dispatcher, Handlers } from './types';

type LooseHandler = (input: unknown, call: CallContext, push: (item: unknown) => void) => Promise<unknown>;

export interface DispatcherOptions {
  readonly handlers: Handlers;
  readonly operations: Pick<Operations, 'enqueue'>;
  readonly logger: Logger;
  /** Told of every bug (anything thrown that is not an AppError), after it was logged. */
  readonly onBug: (message: string) => void;
  /** Answers are checked against the contract: in tests and development, where a wrong one is a bug to see. */
  readonly checkOutput: boolean;
}

/** The dispatcher of Berth's contract. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return dispatcherOver(berthContract, { ...options, handlers: options.handlers as unknown as { readonly [name: string]: LooseHandler } });
}

/** The same over any contract table; tests use their own small one. */
export function dispatcherOver(
  table: { readonly [name: string]: ContractEntry },
  options: Omit<DispatcherOptions, 'handlers'> & { readonly handlers: { readonly [name: string]: LooseHandler } },
): Dispatcher {
  const names = Object.keys(table);
  const strict = new Map(Object.entries(table).map(([name, entry]) => [name, entry.input.strict()]));

  function parse(name: string, input: unknown): { readonly entry: ContractEntry; readonly input: { [key: string]: unknown } } {
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    const schema = strict.get(name);
    if (entry === undefined || schema === undefined) {
      const near = closest(name, names);
      throw new AppError('not-found', `Berth has nothing called "${name.slice(0, 80)}".`, near === undefined ? {} : { hint: `Did you mean ${near}?` });
    }
    const parsed = schema.safeParse(input ?? {});
    if (!parsed.success) throw inputError(parsed.error, entry.input.shape);
    return { entry, input: parsed.data };
  }

  function handlerOf(name: string): LooseHandler {
    const handler = Object.hasOwn(options.handlers, name) ? options.handlers[name] : undefined;
    if (handler === undefined) throw new Error(`Nothing is bound to ${name}.`);
    return handler;
  }

  function check(name: string, entry: ContractEntry, value: unknown): void {
    if (!options.checkOutput) return;
    const parsed = entry.output.safeParse(value);
    if (!parsed.success) throw new Error(`${name} answered what its contract does not say: ${parsed.error.message}`);
  }

  function failure(name: string, thrown: unknown, call: CallContext): Result<never, AppErrorData> {
    if (thrown instanceof AppError) return failed(thrown.toData());
    if (call.signal.aborted) return failed({ code: 'cancelled', message: 'Cancelled.' });
    options.logger.error('A call failed unexpectedly', { name, door: call.door, error: thrown });
    const data = errorData(thrown);
    options.onBug(data.message);
    return failed(data);
  }

  return {
    async call(name, given, call) {
      try {
        const { entry, input } = parse(name, given);
        if (entry.kind === 'stream') throw new AppError('input-invalid', `"${name}" is a stream; it cannot be called.`);
        if (entry.kind === 'operation') return succeeded({ operationId: (await options.operations.enqueue(name, input as JsonObject)).id });
        const value = await handlerOf(name)(input, call, () => undefined);
        check(name, entry, value);
        return succeeded(value);
      } catch (thrown) {
        return failure(name, thrown, call);
      }
    },
    async stream(name, given, call, push) {
      try {
        const { entry, input } = parse(name, given);
        if (entry.kind !== 'stream') throw new AppError('input-invalid', `"${name}" is not a stream.`);
        await handlerOf(name)(input, call, (item) => {
          if (call.signal.aborted) return;
          check(name, entry, item);
          push(item);
        });
        return succeeded(null);
      } catch (thrown) {
        return failure(name, thrown, call);
      }
    },
  };
}
