import { putTar } from './quick-batch';
import { putLarge } from './quick-large';
import { QuickLister } from './quick-list';
import { lookAt } from './quick-look';
import { putWhole } from './quick-put';
import { copyObject, removeAll } from './quick-remove';
import { QuickSession } from './quick-session';
import { sweepUploads } from './quick-sweep';
import { probeTraits } from './quick-traits';
import type { QuickS3, StoreTraits } from './sync-types';
import type { S3Options } from './types';

/** Opens the client; nothing is loaded or sent before the first call. `concurrency` is how many calls are under way at once to begin with. */
export function openQuickS3(options: S3Options & { readonly concurrency?: number | undefined }): QuickS3 {
  const session = new QuickSession(options, options.concurrency);
  const lister = new QuickLister(session);
  const known = new Map<string, StoreTraits>();
  return {
    traits: async (bucket, signal) => {
      const traits = known.get(bucket) ?? (await probeTraits(session, bucket, signal));
      known.set(bucket, traits);
      return traits;
    },
    put: (request, signal) => putWhole(session, request, signal),
    putLarge: (request, onBytes, signal) => putLarge(session, request, onBytes, signal),
    putBatch: (request, signal) => putTar(session, request, signal),
    list: (bucket, prefix, signal) => lister.list(bucket, prefix, signal),
    head: async (bucket, key, signal) => {
      const found = await lookAt(session, bucket, key, signal);
      return found === null ? null : { key, sizeBytes: found.sizeBytes, etag: found.etag };
    },
    remove: (bucket, keys, signal) => removeAll(session, bucket, keys, signal),
    copy: (bucket, from, to, signal) => copyObject(session, { bucket, from, to }, signal),
    sweepParts: (bucket, prefix, before, signal) => sweepUploads(session, { bucket, prefix, before }, signal),
    counters: session.counters,
    close: () => session.close(),
  };
}
