import type { Disposable } from '@shared/kernel/disposable';

/**
 * Resolves with the first news, after `timeoutMs` at the latest, and at once when the signal is aborted; never rejects. For loops that
 * look again: news may come between a look and this, so a look is never farther away than `timeoutMs`.
 * `listen` is given what to call, and gives what ends the listening.
 */
export function nextNews(listen: (news: () => void) => Disposable, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let isOver = false;
    let listening: Disposable | null = null;
    const done = (): void => {
      isOver = true;
      clearTimeout(timer);
      listening?.dispose();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted === true) return done();
    listening = listen(done);
    // It may have told something while it was being listened to.
    if (isOver) listening.dispose();
  });
}
