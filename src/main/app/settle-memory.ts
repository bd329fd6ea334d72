import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The first looks at everything are over by then. */
const AFTER_MS = 20_000;

/** Gives back once what the start left behind: V8 would keep it, since a program at rest makes too little garbage for a collection. */
export function settleMemory(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    // Only this one context has it.
    const collect = runInNewContext('gc') as (how: { readonly type: 'major'; readonly execution: 'async'; readonly flavor: 'last-resort' }) => Promise<void>;
    void collect({ type: 'major', execution: 'async', flavor: 'last-resort' });
  }, AFTER_MS).unref();
}
