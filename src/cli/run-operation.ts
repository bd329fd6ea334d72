import type { OutputOf } from '@shared/contract/contract';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import type { AppErrorData } from '@shared/kernel/app-error';
import { ERROR_CODES } from '@shared/kernel/error-codes';
import type { Result } from '@shared/kernel/result';
import type { Session } from './connection';
import { printError } from './answer';
import { createProgressView, noProgress } from './progress';
import { printable, type Terminal } from './terminal';

type ShownOperation = OutputOf<'operations.wait'>;

/** The first answer comes soon: events from before a change of the host are not told again, so it says where the operation is. */
const FIRST_SLICE_MS = 500;
const WAIT_SLICE_MS = 5_000;
const CONTAINERS_SLICE_MS = 2_000;
/** How long an operation that waits for the engine to undo itself is waited for, before it is left to the next start. */
const ENGINE_WAIT_MS = 60_000;

const UNDOING = 'Cancelling; what was changed is being undone. Once more ends at once, and it is undone on the next start.';
/** Operations whose ordinary end it is. */
const CANCEL_WORDS: { readonly [name: string]: string } = { 'services.watch': 'Ending the watch; what was copied stays.' };

/** How an operation ended: its result or error, and the operation itself where it got that far. */
interface Ended {
  readonly result: Result<unknown, AppErrorData>;
  readonly operation: ShownOperation | undefined;
}

/** Starts an operation (or repeats one), shows how it goes, and resolves with its result once it has ended. An abort cancels it and waits until it is undone. */
export async function runOperation(session: Session, name: string, input: unknown, options: { readonly quiet: boolean; readonly signal: AbortSignal; readonly terminal: Terminal }): Promise<Ended> {
  let operationId: string | undefined;
  const view = options.quiet ? noProgress : createProgressView(() => operationId, options.terminal);
  const listening = new AbortController();
  const listener = options.quiet ? Promise.resolve() : session.events(listening.signal, ({ event }) => view.show(event)).catch(() => undefined);
  try {
    const started = await session.start(name, input, options.signal);
    if (!started.ok) return { result: started, operation: undefined };
    const taken = started.value as { readonly operationId: string } | { readonly id: string };
    const id = 'operationId' in taken ? taken.operationId : taken.id;
    operationId = id;
    const ended = await waitForEnd(session, id, { ...options, onCancel: CANCEL_WORDS[name] ?? UNDOING }, (operation) => view.show({ type: 'operation.changed', operation }));
    if (ended.ok) await view.settled();
    return { result: outcome(ended), operation: ended.ok ? ended.value : undefined };
  } finally {
    listening.abort();
    await listener;
    view.end();
  }
}

/** What is said of operations that queue another one behind them, where that does not succeed. */
const FOLLOWED: { readonly [name: string]: { readonly failed: string; readonly away: string } } = {
  'operations.undo': {
    failed: 'The files are put back, but the containers are as they were:',
    away: 'The files are put back. The Docker engine does not answer, so the containers are made anew as soon as it does.',
  },
  'projects.clean': {
    failed: 'The project is clean, but it was not started again:',
    away: 'The project is clean. The Docker engine does not answer, so it is started as soon as it does.',
  },
  'storage.rotate-credentials': {
    failed: 'The keys are new, but connected services run with the old ones:',
    away: 'The keys are new. The Docker engine does not answer, so connected services take them as soon as it does.',
  },
};

/** The operations that an ended one has queued behind it. */
function followsOf(ended: unknown): readonly string[] {
  const { follow, handedOn } = ended as { readonly follow?: string | null; readonly handedOn?: readonly { readonly follow: string | null }[] };
  return [follow, ...(handedOn ?? []).map((one) => one.follow)].flatMap((id) => id ?? []);
}

/** Behind an undo or a clean-up: the operation that makes containers from what is there now. Says in one sentence how that went where it did not succeed, and resolves with the exit code. */
export async function waitForFollow(session: Session, name: string, ended: unknown, options: { readonly signal: AbortSignal; readonly terminal: Terminal }): Promise<number> {
  const words = FOLLOWED[name];
  let code = 0;
  if (words !== undefined) for (const id of followsOf(ended)) code = Math.max(code, await waitForOne(session, id, words, options));
  return code;
}

async function waitForOne(session: Session, id: string, words: { readonly failed: string; readonly away: string }, options: { readonly signal: AbortSignal; readonly terminal: Terminal }): Promise<number> {
  const say = (text: string): void => options.terminal.err(`${printable(text)}\n`);
  const unaborted = new AbortController().signal;
  for (;;) {
    if (options.signal.aborted) await session.call('operations.cancel', { id }, unaborted, true);
    const answer = await session.call('operations.wait', { id, timeoutMs: CONTAINERS_SLICE_MS }, unaborted, true);
    if (!answer.ok) return printError(answer.error, false, options.terminal);
    const { state, error } = answer.value as ShownOperation;
    if (state === 'succeeded') return 0;
    if (FINAL_STATES.includes(state)) {
      say(`${words.failed} ${error?.message ?? state} Try again: berth operations retry ${id}`);
      return ERROR_CODES[error?.code ?? 'internal'];
    }
    const engine = await session.call('engine.status', {}, unaborted, true);
    if (engine.ok && (engine.value as OutputOf<'engine.status'>).state === 'connected') continue;
    say(words.away);
    return ERROR_CODES['engine-unreachable'];
  }
}

async function waitForEnd(session: Session, id: string, options: { readonly signal: AbortSignal; readonly terminal: Terminal; readonly onCancel: string }, show: (operation: ShownOperation) => void): Promise<Result<ShownOperation, AppErrorData>> {
  const unaborted = new AbortController().signal;
  const cancel = (): void => {
    options.terminal.err(`\n${options.onCancel}\n`);
    // Refused after the commit: then it is simply waited for.
    void session.call('operations.cancel', { id }, unaborted, true);
  };
  if (options.signal.aborted) cancel();
  options.signal.addEventListener('abort', cancel, { once: true });
  let interruptedSinceMs: number | undefined;
  try {
    for (let timeoutMs = FIRST_SLICE_MS; ; timeoutMs = WAIT_SLICE_MS) {
      const answer = await session.call('operations.wait', { id, timeoutMs }, unaborted, true);
      if (!answer.ok) return answer;
      const operation = answer.value as ShownOperation;
      if (FINAL_STATES.includes(operation.state)) return { ok: true, value: operation };
      show(operation);
      interruptedSinceMs = operation.state === 'interrupted' ? (interruptedSinceMs ?? performance.now()) : undefined;
      if (interruptedSinceMs !== undefined && performance.now() - interruptedSinceMs > ENGINE_WAIT_MS) {
        return { ok: false, error: { code: 'engine-unreachable', message: 'The Docker engine went away, so this could be neither finished nor undone yet.', hint: 'It is brought to its end as soon as Berth finds the engine again.', details: { operationId: id, state: operation.state } } };
      }
    }
  } finally {
    options.signal.removeEventListener('abort', cancel);
  }
}

function outcome(ended: Result<ShownOperation, AppErrorData>): Result<unknown, AppErrorData> {
  if (!ended.ok) return ended;
  const operation = ended.value;
  if (operation.state === 'succeeded') return { ok: true, value: operation.result };
  const error: AppErrorData = (operation.error as AppErrorData | null) ?? { code: operation.state === 'cancelled' ? 'cancelled' : 'internal', message: `"${operation.title}" ended as ${operation.state}.` };
  return { ok: false, error: { ...error, details: { ...error.details, operationId: operation.id, state: operation.state } } };
}
