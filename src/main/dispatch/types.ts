import type { ContractName, InputOf, NamesOfKind, OutputOf, ParsedInputOf } from '@shared/contract/contract';
import type { AppErrorData } from '@shared/kernel/app-error';
import type { Result } from '@shared/kernel/result';

/** Who asks: a door. Paths and confirmations are treated per door. */
export type Door = 'window' | 'tray' | 'cli' | 'api' | 'internal';

export interface CallContext {
  readonly door: Door;
  readonly signal: AbortSignal;
}

type Answer<N extends ContractName> = (input: ParsedInputOf<N>, call: CallContext) => Promise<OutputOf<N>>;
type Stream<N extends ContractName> = (input: ParsedInputOf<N>, call: CallContext, push: (item: OutputOf<N>) => void) => Promise<void>;

/** What capabilities bind: one function per query, command and stream. Operations are registered with `Operations.register` under their contract name. */
export type Handlers = {
  readonly [N in NamesOfKind<'query'> | NamesOfKind<'command'>]: Answer<N>;
} & {
  readonly [N in NamesOfKind<'stream'>]: Stream<N>;
};

/** The one validated way in, for every door. Never throws: expected failures and bugs both come back as `{ok: false}`. */
export interface Dispatcher {
  /** Validates, then answers; an operation is enqueued and answered with `{operationId}`. */
  call(name: string, input: unknown, call: CallContext): Promise<Result<unknown, AppErrorData>>;
  /** Streams items until the stream ends or the call's signal aborts. */
  stream(name: string, input: unknown, call: CallContext, push: (item: unknown) => void): Promise<Result<null, AppErrorData>>;
}

/** A typed view of a dispatcher for code inside the process (tray, tour, tests). */
export interface Client {
  call<N extends NamesOfKind<'query'> | NamesOfKind<'command'>>(name: N, input: InputOf<N>): Promise<OutputOf<N>>;
  start<N extends NamesOfKind<'operation'>>(name: N, input: InputOf<N>): Promise<{ readonly operationId: string }>;
}
