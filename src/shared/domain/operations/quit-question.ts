import type { Operation } from './operation';

/** What is asked before Berth quits. */
export interface QuitQuestion {
  readonly message: string;
  readonly detail: string;
  /** What the button says that does not quit. */
  readonly stay: string;
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
  /** Files were changed in the window and not saved. */
  readonly unsaved: (files: number) => string;
  /** What becomes of them. */
  readonly lost: (files: number) => string;
  readonly wait: string;
  readonly edit: string;
}

type Running = Pick<Operation, 'title' | 'state' | 'cancellable'>;

/** What to ask before quitting in the middle of these operations and with so many files changed and not saved; null when nothing is lost by it. What is queued stays queued and is no reason to ask. */
export function quitQuestion(operations: readonly Running[], unsavedFiles: number, words: QuitWords): QuitQuestion | null {
  const running = operations.filter((one) => one.state === 'running' || one.state === 'rolling-back');
  const [first] = running;
  const lost = unsavedFiles > 0 ? [words.lost(unsavedFiles)] : [];
  if (first === undefined) return unsavedFiles > 0 ? { message: words.unsaved(unsavedFiles), detail: [...lost, words.containers].join('\n'), stay: words.edit } : null;
  const message = running.length === 1 ? words.one(first.title) : words.several(running.length);
  return { message, detail: [...running.map((one) => whatBecomesOf(one, words)), ...lost, words.containers].join('\n'), stay: words.wait };
}

function whatBecomesOf({ title, state, cancellable }: Running, words: QuitWords): string {
  if (state === 'rolling-back') return words.undoing(title);
  return cancellable ? words.cancelled(title) : words.committed(title);
}
