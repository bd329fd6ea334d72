import type { FoundEngine } from './engine.mjs';

/** One call to the engine's API; answers the parsed JSON. Rejects on a status of 400 and above. */
export declare function engineCall(engine: FoundEngine, method: string, path: string): Promise<unknown>;
