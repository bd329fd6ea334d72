import { createHash, randomBytes } from 'node:crypto';
import type { ArchiveContent } from '@main/platform/snapshots/archive-write';
import { fileChunker } from '@main/snapshots/gather-files';
import type { SnapshotWriter } from '@main/platform/snapshots/types';
import { base64Text } from '@shared/domain/snapshots/bytes';
import { encodeTreeLine } from '@shared/domain/snapshots/tree-lines';
import { compareWalk, rawBytes, rawText } from '@shared/domain/snapshots/tree-paths';
import type { Manifest, ManifestPart, RawText, TreeEntry } from '@shared/domain/snapshots/types';

/** A file or folder that a test puts into a part. Times and owners are those of a plain file where none is given. */
export interface Planted {
  readonly path: string | Buffer;
  readonly type?: TreeEntry['type'];
  readonly content?: Buffer;
  /** Where the content lies, of a file with holes; `size` is its length then. */
  readonly data?: readonly (readonly [number, number])[];
  readonly size?: number;
  readonly to?: string | Buffer;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeNs?: string;
  readonly xattrs?: { readonly [name: string]: string };
}

const raw = (text: string | Buffer): RawText => (typeof text === 'string' ? { text } : rawText(text, base64Text));
export const hashOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** The entry of something planted, its content as one chunk. */
export function entryOf(planted: Planted): TreeEntry {
  const type = planted.type ?? 'file';
  const owned = { path: raw(planted.path), mode: planted.mode ?? (type === 'dir' ? 0o755 : 0o644), uid: planted.uid ?? 0, gid: planted.gid ?? 0, mtimeNs: planted.mtimeNs ?? '1700000000123456789', xattrs: planted.xattrs ?? {} };
  if (type === 'link') return { path: owned.path, type, to: raw(planted.to ?? '') };
  if (type === 'symlink') return { ...owned, type, to: raw(planted.to ?? '') };
  if (type !== 'file') return { ...owned, type };
  const content = planted.content ?? Buffer.alloc(0);
  return { ...owned, type, size: planted.size ?? content.length, data: planted.data ?? null, chunks: content.length === 0 ? [] : [hashOf(content)] };
}

/** Entries in the order of a walk, with a root where none was planted. */
export function treeOf(planted: readonly Planted[]): readonly TreeEntry[] {
  const all = planted.some(({ path }) => path.length === 0) ? planted : [{ path: '', type: 'dir' as const }, ...planted];
  return all.map(entryOf).sort((one, other) => compareWalk(rawBytes(one.path), rawBytes(other.path)));
}

/** A part with these in it. */
export function partOf(kind: ManifestPart['kind'], name: string, planted: readonly Planted[], more: Partial<ManifestPart> = {}): ManifestPart {
  const entries = planted.length === 0 ? [] : treeOf(planted);
  const files = entries.filter((entry) => entry.type === 'file');
  return { kind, name, tree: [], sha256: hashOf(entries.map(encodeTreeLine).join('')), files: files.length, sizeBytes: files.reduce((sum, entry) => sum + entry.size, 0), secret: false, consistency: 'none', skipped: [], facts: {}, ...more };
}

/** Stores what was planted as a part of a repository, cut as the format says. */
export async function storePlanted(writer: SnapshotWriter, part: ManifestPart, planted: readonly Planted[]): Promise<ManifestPart> {
  const tree = writer.tree(part.secret);
  for (const entry of planted.length === 0 ? [] : treeOf(planted)) {
    const content = planted.find((one) => JSON.stringify(raw(one.path)) === JSON.stringify(entry.path))?.content;
    if (entry.type !== 'file' || content === undefined) {
      await tree.add(entry);
      continue;
    }
    const chunker = fileChunker();
    const chunks: string[] = [];
    for (const chunk of [...chunker.push(content), ...chunker.end()]) chunks.push(await writer.put(chunk, part.secret));
    await tree.add({ ...entry, chunks });
  }
  return { ...part, ...(await tree.end()) };
}

/** A manifest of these parts. */
export function manifestOf(parts: readonly ManifestPart[], more: Partial<Manifest> = {}): Manifest {
  return {
    id: 's_01HV0000000000000000000000',
    createdAt: '2026-05-04T03:02:01.000Z',
    tag: null,
    reason: 'manual',
    operationId: null,
    berth: '0.1.0',
    engine: { version: '20.10.24', api: '1.41', os: 'linux', arch: 'x86_64' },
    project: { id: 'p_1', name: 'shop', dir: '/srv/shop' },
    mode: 'dev',
    health: 'healthy',
    parts,
    notes: [],
    complete: true,
    ...more,
  };
}

/** What an export is made of, in memory. */
export function contentOf(parts: readonly (readonly [ManifestPart, readonly Planted[]])[], more: Partial<Manifest> = {}): ArchiveContent {
  const chunks = new Map(parts.flatMap(([, planted]) => planted.map(({ content }): [string, Buffer] => [hashOf(content ?? Buffer.alloc(0)), content ?? Buffer.alloc(0)])));
  return {
    manifest: manifestOf(parts.map(([part]) => part), more),
    omits: () => false,
    async *entries(part) {
      const planted = parts.find(([one]) => one === part)?.[1] ?? [];
      yield* planted.length === 0 ? [] : treeOf(planted);
    },
    chunk: (id) => Promise.resolve(chunks.get(id) ?? Buffer.alloc(0)),
  };
}

const LONG = `${'long-'.repeat(45)}name`;
const ODD = Buffer.concat([Buffer.from('bad-'), Buffer.from([0xff, 0xfe, 0x80])]);
/** The data of files with holes. */
export const HOLED = randomBytes(128 * 1024);

/** One of everything that a volume can hold. */
export const EVERYTHING: readonly Planted[] = [
  { path: '', type: 'dir', mode: 0o1777, uid: 999, gid: 998, mtimeNs: '1600000000000000001' },
  { path: 'a file\nwith lines\n', content: Buffer.from('one\n') },
  { path: '-rf', content: Buffer.from('no option') },
  { path: 'big', content: randomBytes(900_000), mode: 0o4755, uid: 70, gid: 70 },
  { path: 'empty', mtimeNs: '1600000000000000000' },
  { path: 'holes', content: HOLED, data: [[4096, 65536], [1048576, 65536]], size: 3 * 1024 * 1024 },
  { path: 'only-holes', data: [], size: 1024 * 1024 },
  { path: 'holes-to-the-end', content: HOLED, data: [[1048576, HOLED.length]], size: 1048576 + HOLED.length },
  { path: 'linked', type: 'link', to: 'big' },
  { path: 'umlaut-ä-日本', content: Buffer.from('text') },
  { path: ODD, content: Buffer.from('bytes') },
  { path: Buffer.concat([ODD, Buffer.from('-'), Buffer.from(LONG.slice(0, 200))]), content: Buffer.from('more bytes') },
  { path: 'to', type: 'symlink', to: '../../etc/passwd' },
  { path: 'to-bytes', type: 'symlink', to: ODD },
  { path: 'to-far', type: 'symlink', to: `${LONG}/${LONG}` },
  { path: 'pipe', type: 'fifo', mode: 0o600 },
  { path: 'plug', type: 'socket' },
  { path: 'marked', content: Buffer.from('x'), xattrs: { 'user.berth=test%': Buffer.from([0, 10, 255]).toString('base64'), 'user.empty': '' } },
  { path: 'old', content: Buffer.from('old'), mtimeNs: '-1500000000' },
  { path: 'owned', content: Buffer.from('owned'), uid: 3_000_000, gid: 4_000_000_000 },
  { path: LONG, type: 'dir', mode: 0o2750 },
  { path: `${LONG}/${LONG}`, content: Buffer.from('deep') },
];
