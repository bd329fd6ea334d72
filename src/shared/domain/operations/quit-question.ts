import type { Operation } from './operation';

/** What is asked before Berth quits. */
export interface QuitQuestion {
  readonly message: string;
  readonly detail: string;
}

type Running = Pick<Operation, 'title' | 'state' | 'cancellable'>;

/** What to ask before quitting in the middle of these operations; null when nothing is lost by it. What is queued stays queued and is no reason to ask. */
export function quitQuestion(operations: readonly Running[]): QuitQuestion | null {
  const running = operations.filter((one) => one.state === 'running' || one.state === 'rolling-back');
  const [first] = running;
  if (first === undefined) return null;
  const message = running.length === 1 ? `Quit while “${first.title}” runs?` : `Quit while ${String(running.length)} operations run?`;
  return { message, detail: [...running.map(whatBecomesOf), 'Containers that run go on running.'].join('\n') };
}

function whatBecomesOf({ title, state, cancellable }: Running): string {
  if (state === 'rolling-back') return `“${title}” is being undone; that is brought to its end first.`;
  return cancellable ? `“${title}” is cancelled, and what it changed is undone.` : `“${title}” is past the point of undoing; it is brought to its end first.`;
}
