import type { QuickS3, StoreTraits } from '../platform/s3/sync-types';
import { readSmall, writeSmall } from '../platform/sync/small-file';

/** How long it is believed what a store can do. */
const TRAITS_MS = 24 * 3_600_000;

/** Asks what the store can do, once. */
export type TraitsOf = (signal: AbortSignal | undefined) => Promise<StoreTraits>;

/** The answer is kept in a file, so that a run of a new process need not ask. */
export function rememberedTraits(s3: QuickS3, bucket: string, path: string, now: () => number): TraitsOf {
  let asked: Promise<StoreTraits> | null = null;
  const ask = async (signal: AbortSignal | undefined): Promise<StoreTraits> => {
    const { tarBatches, conditionalWrites, atMs } = readSmall(path) ?? {};
    if (typeof tarBatches === 'boolean' && typeof conditionalWrites === 'boolean' && typeof atMs === 'number' && now() - atMs < TRAITS_MS) return { tarBatches, conditionalWrites };
    const traits = await s3.traits(bucket, signal);
    writeSmall(path, { ...traits, atMs: now() });
    return traits;
  };
  // An answer that did not come is asked for again.
  const forget = (error: unknown): never => {
    asked = null;
    throw error;
  };
  return (signal) => (asked ??= ask(signal).catch(forget));
}

/**
 * A client whose conditions hold as well as they can: a store that does not keep them (some gateways) would overwrite what others wrote, so there what lies
 * at the key is looked at right before each write. What is left is the moment between the two.
 */
export function holdingConditions(s3: QuickS3, traits: TraitsOf): QuickS3 {
  const isBlind = async (signal: AbortSignal | undefined): Promise<boolean> => !(await traits(signal)).conditionalWrites;
  return {
    traits: (bucket, signal) => s3.traits(bucket, signal),
    put: async (request, signal) => s3.put({ ...request, byLooking: await isBlind(signal) }, signal),
    putLarge: async (request, onBytes, signal) => s3.putLarge({ ...request, byLooking: await isBlind(signal) }, onBytes, signal),
    putBatch: (request, signal) => s3.putBatch(request, signal),
    list: (bucket, prefix, signal) => s3.list(bucket, prefix, signal),
    head: (bucket, key, signal) => s3.head(bucket, key, signal),
    remove: (bucket, keys, signal) => s3.remove(bucket, keys, signal),
    copy: (bucket, from, to, signal) => s3.copy(bucket, from, to, signal),
    sweepParts: (bucket, prefix, before, signal) => s3.sweepParts(bucket, prefix, before, signal),
    get counters() {
      return s3.counters;
    },
    close: () => s3.close(),
  };
}
