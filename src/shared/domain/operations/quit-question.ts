import type { Operation } from './operation';

/** What is asked before Berth quits. */
export interface QuitQuestion {
  readonly message: string;
  readonly detail: string;
}

/** How it is asked, in the language of the app. */
export interface QuitWords {
  /** One operation runs. */
  readonly one: (title: string) => string;
  readonly several: (number: number) => string;
  /** What becomes of an operation that is being undone. */
  readonly undoing: (title: string) => string;
  /** What becomes of one that can still be cancelled. */
  readonly cancelled: (title: string) => string;
  /** What becomes of one that cannot any more. */
  readonly committed: (title: string) => string;
  readonly containers: string;
}

type Running = Pick<Operation, 'title' | 'state' | 'cancellable'>;

/** What to ask before quitting in the middle of these operations; null when nothing is lost by it. What is queued stays queued and is no reason to ask. */
export function quitQuestion(operations: readonly Running[], words: QuitWords): QuitQuestion | null {
  const running = operations.filter((one) => one.state === 'running' || one.state === 'rolling-back');
  const [first] = running;
  if (first === undefined) return null;
  const message = running.length === 1 ? words.one(first.title) : words.several(running.length);
  return { message, detail: [...running.map((one) => whatBecomesOf(one, words)), words.containers].join('\n') };
}

function whatBecomesOf({ title, state, cancellable }: Running, words: QuitWords): string {
  if (state === 'rolling-back') return words.undoing(title);
  return cancellable ? words.cancelled(title) : words.committed(title);
}
