import { AppError } from '@shared/kernel/app-error';
import * as z from 'zod';
import { isHash } from '@shared/domain/snapshots/fields';
import type { RawText, SkippedEntry, TreeEntry } from '@shared/domain/snapshots/types';
import type { FileIdentity } from './volume-types';

/** How entries and results look inside the frames of the volume program: the names of docs/snapshot-format.md, and what tells a file from a later one. */
const count = z.number().int().nonnegative();

/** An entry as it was sent: of a file without chunks and holes, which are not known yet. `identity`: of files. */
export interface SentEntry {
  readonly entry: TreeEntry;
  readonly identity: FileIdentity | null;
}

/** What a file turned out to have once it was read. */
export interface SentResult {
  /** Number of its entry. */
  readonly index: number;
  readonly hashes: readonly string[];
  /** Where its data is; null without holes. */
  readonly data: readonly (readonly [number, number])[] | null;
  readonly changed: boolean;
  readonly now: FileIdentity;
  /** Why there is nothing of it. */
  readonly gone: string | null;
}

type Named = { readonly [name: string]: unknown };

const NOTHING: { readonly [name: string]: string } = {};

// Checked by hand: a volume has as many of them as files, and a general check of each took longer than all the rest of a second snapshot.

/** A batch of entries, their files in the order in which answers are expected. */
export function sentEntries(value: unknown): readonly SentEntry[] {
  return listIn(value).map(entryIn);
}

/** What files turned out to have, in the order of their entries. */
export function sentResults(value: unknown): readonly SentResult[] {
  return listIn(value).map((one) => {
    const result = namedIn(one);
    const now = { inode: digitsIn(result['i'], ''), ctimeNs: digitsIn(result['z'], ''), mtimeNs: digitsIn(result['n'], ''), size: countIn(result['s']) };
    const gone = result['gone'];
    return { index: countIn(result['e']), hashes: hashesIn(result['c']), data: result['h'] === true ? segmentsIn(result['d'] ?? []) : null, changed: result['changed'] === true, now, gone: gone === undefined ? null : textIn(gone) };
  });
}

/** What was left out. */
export function sentSkips(value: unknown): readonly SkippedEntry[] {
  return listIn(value).map((one) => {
    const { p, w } = namedIn(one);
    return { path: textIn(p), why: textIn(w) };
  });
}

function entryIn(value: unknown): SentEntry {
  const one = namedIn(value);
  const path = rawIn(one['p'], one['pb']);
  const type = one['t'];
  if (type === 'link') return { entry: { path, type, to: rawIn(one['to'], one['tob']) }, identity: null };
  const mtimeNs = digitsIn(one['n'], '0');
  const owned = { path, mode: countIn(one['m'] ?? 0), uid: countIn(one['u'] ?? 0), gid: countIn(one['g'] ?? 0), mtimeNs, xattrs: one['x'] === undefined ? NOTHING : textsIn(one['x']) };
  if (type === 'file') {
    const size = countIn(one['s'] ?? 0);
    return { entry: { ...owned, type, size, data: null, chunks: [] }, identity: { inode: digitsIn(one['i'], ''), ctimeNs: digitsIn(one['z'], ''), mtimeNs, size } };
  }
  if (type === 'symlink') return { entry: { ...owned, type, to: rawIn(one['to'], one['tob']) }, identity: null };
  if (type === 'dir' || type === 'fifo' || type === 'socket') return { entry: { ...owned, type }, identity: null };
  throw malformed();
}

function malformed(): AppError {
  return new AppError('internal', 'The volume program sent something that cannot be read.');
}

function listIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed();
  return value;
}

function namedIn(value: unknown): Named {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return value as Named;
}

function textIn(value: unknown): string {
  if (typeof value !== 'string') throw malformed();
  return value;
}

function countIn(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed();
  return value;
}

/** A whole number as text, which may be longer than numbers are exact. */
function digitsIn(value: unknown, without: string): string {
  if (value === undefined) return without;
  if (typeof value !== 'string' || (!INTEGER.test(value) && value !== without)) throw malformed();
  return value;
}

const INTEGER = /^-?\d+$/;

function rawIn(text: unknown, base64: unknown): RawText {
  return text === undefined ? { base64: base64 === undefined ? '' : textIn(base64) } : { text: textIn(text) };
}

function textsIn(value: unknown): { readonly [name: string]: string } {
  const named = namedIn(value);
  for (const name of Object.keys(named)) textIn(named[name]);
  return named as { readonly [name: string]: string };
}

function hashesIn(value: unknown): readonly string[] {
  const hashes = listIn(value);
  for (const hash of hashes) if (typeof hash !== 'string' || !isHash(hash)) throw malformed();
  return hashes as readonly string[];
}

function segmentsIn(value: unknown): readonly (readonly [number, number])[] {
  return listIn(value).map((segment): readonly [number, number] => {
    const [offset, length, more] = listIn(segment);
    if (more !== undefined) throw malformed();
    return [countIn(offset), countIn(length)];
  });
}

/** Why the program gave up. */
export const wireFailure = z.object({ code: z.string(), path: z.string(), text: z.string() });

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
