import { hookOf, HOOK_TIMEOUT_MS } from '@shared/domain/snapshots/hook-commands';
import type { DatabaseFamily } from '@shared/domain/snapshots/databases';
import type { Engine, ExecInput } from '@main/docker/types';

const MAX_SAID_CHARS = 4_000;

/** A database that has written everything down; some hold a lock until they are let go. */
export interface HookedDatabase {
  /** Lets go of its lock. Resolves when the command has ended, or after a while. */
  release(): Promise<void>;
}

/** Runs the hook of a database in its container. Rejects with an Error whose message says why it could not: never with what it printed, which may hold values. */
export async function runHook(engine: Pick<Engine, 'exec'>, containerId: string, family: DatabaseFamily, signal: AbortSignal): Promise<HookedDatabase> {
  const hook = hookOf(family);
  const ended = new AbortController();
  let input: ExecInput | null = null;
  let said = '';
  let onLocked = (): void => undefined;
  const locked = new Promise<void>((resolve) => (onLocked = resolve));
  const decoder = new TextDecoder();
  const listen = (_stream: 'stdout' | 'stderr', data: Uint8Array): void => {
    said = (said + decoder.decode(data, { stream: true })).slice(-MAX_SAID_CHARS);
    if (hook.holdsUntil !== null && said.split(/\r?\n/).includes(hook.holdsUntil)) onLocked();
  };
  const attach = hook.holdsUntil === null ? undefined : { tty: null, onStarted: (given: ExecInput) => void (input = given) };
  const command = engine.exec(containerId, hook.command, listen, AbortSignal.any([signal, ended.signal]), attach);
  const code = command.then((exitCode) => exitCode, (error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const release = async (): Promise<void> => {
    input?.end();
    await within(code, HOOK_TIMEOUT_MS);
    ended.abort();
  };
  const first = await within(hook.holdsUntil === null ? code : Promise.race([code, locked.then(() => 'locked' as const)]), HOOK_TIMEOUT_MS);
  if (first === 'locked') return { release };
  const worked = first === 0 && hook.holdsUntil === null && (hook.says === null || said.includes(hook.says));
  await (first === 'late' ? release() : Promise.resolve());
  if (!worked) throw new Error(reasonOf(first));
  return { release: () => Promise.resolve() };
}

function reasonOf(ended: number | Error | 'late' | 'locked'): string {
  if (ended === 'late') return `it did not answer within ${String(HOOK_TIMEOUT_MS / 1_000)} s`;
  if (ended instanceof Error) return ended.message;
  if (ended === 127 || ended === 126) return 'its image has no client for it';
  return `its client ended with code ${String(ended)}`;
}

/** The answer, or `late`. */
async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), timeoutMs)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
