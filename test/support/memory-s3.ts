import { createHash } from 'node:crypto';
import { compareKeys } from '@shared/domain/workspaces/keys';
import type { QuickS3 } from '@main/platform/s3/sync-types';

/** A bucket store in memory, to ask and to meddle with. */
export interface MemoryS3 extends QuickS3 {
  readonly objects: Map<string, { readonly body: Buffer; readonly etag: string }>;
  /** Every call that changes or asks: `put a/b`, `head a/b`, `list `, `remove a/b`, `batch 200`. */
  readonly calls: string[];
  /** Runs before each call; what it throws is the call's failure. */
  before: (call: string) => void | Promise<void>;
  /** As somebody else writes. */
  foreign(key: string, text: string): void;
  text(key: string): string | undefined;
}

/** One bucket; other names are taken for the same. */
export function memoryS3({ tarBatches = false, pageSize = 1_000 } = {}): MemoryS3 {
  const objects = new Map<string, { readonly body: Buffer; readonly etag: string }>();
  const calls: string[] = [];
  const counters = { puts: 0, lists: 0, heads: 0, deletes: 0, bytesSent: 0 };
  const store = (key: string, body: Uint8Array): string => {
    const etag = createHash('md5').update(body).digest('hex');
    objects.set(key, { body: Buffer.from(body), etag });
    counters.bytesSent += body.byteLength;
    return etag;
  };
  const asked = async (call: string): Promise<void> => {
    calls.push(call);
    await self.before(call);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const write = async (key: string, condition: Parameters<QuickS3['put']>[0]['condition'], body: Uint8Array): ReturnType<QuickS3['put']> => {
    const there = objects.get(key);
    if ((condition.kind === 'create' && there !== undefined) || (condition.kind === 'replace' && there?.etag !== condition.etag)) return { kind: 'refused' };
    return { kind: 'sent', etag: store(key, body) };
  };
  const self: MemoryS3 = {
    objects, calls, counters,
    before: () => undefined,
    foreign: (key, text) => void store(key, Buffer.from(text)),
    text: (key) => objects.get(key)?.body.toString('utf8'),
    traits: async () => ({ tarBatches, conditionalWrites: true }),
    put: async ({ key, body, condition }) => {
      counters.puts += 1;
      await asked(`put ${key}`);
      return write(key, condition, body);
    },
    putLarge: async ({ key, sizeBytes, condition, read }) => {
      counters.puts += 1;
      await asked(`put ${key}`);
      return write(key, condition, await read(0, sizeBytes));
    },
    putBatch: async ({ files }) => {
      counters.puts += 1;
      await asked(`batch ${String(files.length)}`);
      for (const { key, body } of files) store(key, body);
    },
    list: async function* (_bucket, prefix) {
      counters.lists += 1;
      await asked(`list ${prefix}`);
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
      for (let at = 0; at < keys.length; at += pageSize) yield keys.slice(at, at + pageSize).map((key) => ({ key, sizeBytes: objects.get(key)?.body.length ?? 0, etag: objects.get(key)?.etag ?? '' }));
    },
    head: async (_bucket, key) => {
      counters.heads += 1;
      await asked(`head ${key}`);
      const found = objects.get(key);
      return found === undefined ? null : { key, sizeBytes: found.body.length, etag: found.etag };
    },
    remove: async (_bucket, keys) => {
      counters.deletes += keys.length;
      await asked(`remove ${keys.join(' ')}`);
      for (const key of keys) objects.delete(key);
      return [];
    },
    copy: async (_bucket, from, to) => {
      await asked(`copy ${from} ${to}`);
      const found = objects.get(from);
      if (found !== undefined) objects.set(to, found);
    },
    sweepParts: async () => 0,
    close: async () => undefined,
  };
  return self;
}
