import * as z from 'zod';
import type { RawText, TreeEntry } from '@shared/domain/snapshots/types';

/** How entries and results look inside the frames of the volume program: the names of docs/snapshot-format.md, and what tells a file from a later one. */
const count = z.number().int().nonnegative();
const segments = z.array(z.tuple([count, count]));
const integer = z.string().regex(/^-?\d+$/);

const wireEntry = z.object({
  p: z.string().optional(),
  pb: z.string().optional(),
  t: z.enum(['dir', 'file', 'link', 'symlink', 'fifo', 'socket']),
  m: count.optional(),
  u: count.optional(),
  g: count.optional(),
  n: integer.optional(),
  x: z.record(z.string(), z.string()).optional(),
  to: z.string().optional(),
  tob: z.string().optional(),
  s: count.optional(),
  i: integer.optional(),
  z: integer.optional(),
});

const wireResult = z.object({
  e: count,
  c: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  d: segments.optional(),
  h: z.boolean().optional(),
  changed: z.boolean().optional(),
  s: count,
  n: z.string(),
  i: z.string(),
  z: z.string(),
  gone: z.string().optional(),
});

type WireEntry = z.output<typeof wireEntry>;

/** A batch of entries, their files in the order in which answers are expected. */
export const wireEntries = z.array(wireEntry);
/** What files turned out to have once they were read. */
export const wireResults = z.array(wireResult);
/** What was left out. */
export const wireSkips = z.array(z.object({ p: z.string(), w: z.string() }));
/** Why the program gave up. */
export const wireFailure = z.object({ code: z.string(), path: z.string(), text: z.string() });

function rawOf(text: string | undefined, base64: string | undefined): RawText {
  return text === undefined ? { base64: base64 ?? '' } : { text };
}

/** An entry as it was sent: of a file without chunks and holes, which are not known yet. */
export function entryFromWire(wire: WireEntry): TreeEntry {
  const path = rawOf(wire.p, wire.pb);
  if (wire.t === 'link') return { path, type: 'link', to: rawOf(wire.to, wire.tob) };
  const owned = { mode: wire.m ?? 0, uid: wire.u ?? 0, gid: wire.g ?? 0, mtimeNs: wire.n ?? '0', xattrs: wire.x ?? {} };
  if (wire.t === 'file') return { path, type: 'file', ...owned, size: wire.s ?? 0, data: null, chunks: [] };
  if (wire.t === 'symlink') return { path, type: 'symlink', ...owned, to: rawOf(wire.to, wire.tob) };
  return { path, type: wire.t, ...owned };
}

/** An entry as the program takes it; `k` is the number of chunks that follow. */
export function entryToWire(entry: TreeEntry): object {
  const path = 'text' in entry.path ? { p: entry.path.text } : { pb: entry.path.base64 };
  const to = entry.type !== 'link' && entry.type !== 'symlink' ? {} : 'text' in entry.to ? { to: entry.to.text } : { tob: entry.to.base64 };
  if (entry.type === 'link') return { ...path, t: 'link', ...to };
  const owned = { ...path, t: entry.type, m: entry.mode, u: entry.uid, g: entry.gid, n: entry.mtimeNs, x: entry.xattrs, ...to };
  if (entry.type !== 'file') return owned;
  return { ...owned, s: entry.size, k: entry.chunks.length, ...(entry.data === null ? {} : { h: true, d: entry.data }) };
}

/** The first thing the program says; `root` is the device and inode of what is mounted for it. */
export const wireHello = z.object({ protocol: z.number(), root: z.string() });
export const wireMeasure = z.object({ bytes: count, files: count, freeBytes: count });
export const wireIdentities = z.array(z.string());
