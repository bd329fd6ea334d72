import type { CallContext, Dispatcher } from '@main/dispatch/types';
import { defaultTable } from '@shared/contract/describe';
import type { AppErrorData } from '@shared/kernel/app-error';
import { failed, succeeded, type Result } from '@shared/kernel/result';

/** Who has the state for the time of one command, as it tells others. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
}

/** The holder that an answer names: it did not take what it was asked, and the same can be asked again once it has ended. */
export function holderOf(error: AppErrorData): Holder | null {
  const holder = error.details?.['holder'] as Partial<Holder> | undefined;
  return typeof holder?.pid === 'number' && typeof holder.command === 'string' ? { pid: holder.pid, command: holder.command } : null;
}

/**
 * What a process that hosts for one command takes from other commands. While it has work of its own it starts no
 * operation of theirs: it would have to stay until those have ended. They wait for the lease instead. What only looks is
 * always answered, and sent on to the next host when this one ends.
 */
export class HostGate {
  private held = 0;
  private waiters: (() => void)[] = [];
  private readonly ending = new AbortController();
  private yieldNow: () => boolean = () => false;

  constructor(
    private readonly command: string,
    private takesOperations: boolean,
  ) {}

  /** The calls of others that nothing can go on with elsewhere, like a command in a container. */
  get heldBy(): number {
    return this.held;
  }

  /** The command that others wait for; null while they need not. */
  get holder(): string | null {
    return this.takesOperations ? null : this.command;
  }

  /** Whether others may start operations here from now on. */
  take(operations: boolean): void {
    this.takesOperations = operations;
  }

  /** What to do when a process that stays wants the state; false when this one has to keep it for now. */
  onYieldAsked(yieldNow: () => boolean): void {
    this.yieldNow = yieldNow;
  }

  async whenQuiet(): Promise<void> {
    while (this.held > 0) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  /** Sends on whoever asks or follows: this process ends now. */
  end(): void {
    this.ending.abort();
  }

  /** The dispatcher as others get it. */
  over(dispatcher: Dispatcher): Dispatcher {
    return {
      call: (name, input, call) => {
        if (name === 'runtime.yield') return Promise.resolve(succeeded({ yields: this.yieldNow() }));
        if (this.ending.signal.aborted || (startsOperation(name) && !this.takesOperations)) return Promise.resolve(failed(this.refusal()));
        return defaultTable[name]?.kind === 'query' ? this.untilEnd(call, (own) => dispatcher.call(name, input, own)) : dispatcher.call(name, input, call);
      },
      stream: async (name, input, call, push) => {
        if (this.ending.signal.aborted) return failed(this.refusal());
        if (isFollowed(name, input)) return this.untilEnd(call, (own) => dispatcher.stream(name, input, own, push));
        this.held += 1;
        try {
          return await dispatcher.stream(name, input, call, push);
        } finally {
          this.held -= 1;
          if (this.held === 0) this.waiters.splice(0).forEach((tell) => tell());
        }
      },
    };
  }

  /** The work's answer, or at the end of this process that it was not taken. */
  private async untilEnd<T>(call: CallContext, work: (own: CallContext) => Promise<Result<T, AppErrorData>>): Promise<Result<T, AppErrorData>> {
    const { signal } = this.ending;
    let onEnd: () => void = () => undefined;
    const ended = new Promise<Result<T, AppErrorData>>((resolve) => {
      onEnd = () => resolve(failed(this.refusal()));
      signal.addEventListener('abort', onEnd, { once: true });
    });
    try {
      // In this order: the end also aborts the work, whose own word for that says nothing of the next host.
      return await Promise.race([ended, work({ ...call, signal: AbortSignal.any([call.signal, signal]) })]);
    } finally {
      signal.removeEventListener('abort', onEnd);
    }
  }

  private refusal(): AppErrorData {
    return { code: 'busy', message: `Berth is held by \`${this.command}\` (process ${String(process.pid)}).`, hint: 'Ask again when that has ended.', details: { notTaken: true, holder: { pid: process.pid, command: this.command } } };
  }
}

function startsOperation(name: string): boolean {
  return defaultTable[name]?.kind === 'operation' || name === 'operations.retry';
}

/** Whoever follows goes on where the next host begins. Some streams follow unless they are told not to. */
export function isFollowed(name: string, input: unknown): boolean {
  const parsed = defaultTable[name]?.input.safeParse(input ?? {});
  return parsed?.data?.['follow'] === true;
}
