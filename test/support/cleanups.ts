import { afterEach } from 'vitest';

/** What a test made is taken away after it, newest first. Called once per file; the answer takes what to do. */
export function useCleanups(): (cleanup: () => Promise<unknown>) => void {
  const waiting: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of waiting.splice(0).reverse()) await cleanup();
  });
  return (cleanup) => void waiting.push(cleanup);
}
