import { canonicalJson } from '@shared/domain/snapshots/canonical';
import { manifestBody } from '@shared/domain/snapshots/manifest';
import { completeText, sumLine } from '@main/platform/snapshots/archive-names';
import { archiveLine } from '@main/platform/snapshots/archive-lines';
import { paddingOf, plainHead, TAR_END, treeHead } from '@main/platform/snapshots/archive-tar';
import type { JsonObject } from '@shared/kernel/json';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import { hashOf, manifestOf, partOf, treeOf, type Planted } from './snapshot-content';

/** One file of an archive that a test makes. `head`: in the place of the header that belongs to it. */
export interface CraftedFile {
  readonly name: string;
  readonly content: Buffer;
  readonly head?: Buffer;
  /** In the place of the zeros behind it. */
  readonly padding?: Buffer;
}

const SECONDS = 1_777_863_721;

/** Joins files to a tar as they are. */
export function joined(files: readonly CraftedFile[], end: Buffer = Buffer.from(TAR_END)): Buffer {
  return Buffer.concat([...files.flatMap(({ name, content, head, padding }) => [head ?? Buffer.from(plainHead(name, content.length, SECONDS)), content, padding ?? Buffer.alloc(paddingOf(content.length))]), end]);
}

/** With sums and counts that are right, whatever the files are: nothing but the judgement of the files themselves can refuse it. */
export function sealed(files: readonly CraftedFile[], change: { readonly sums?: (sums: string) => string; readonly complete?: (complete: string) => string; readonly end?: Buffer } = {}): Buffer {
  const sums = files.map(({ name, content }) => sumLine(hashOf(content), name)).join('');
  const withSums = [...files, { name: 'SHA256SUMS', content: Buffer.from(change.sums?.(sums) ?? sums) }];
  const complete = completeText(withSums.length, joined(withSums, Buffer.alloc(0)).length);
  return joined([...withSums, { name: 'COMPLETE', content: Buffer.from(change.complete?.(complete) ?? complete) }], change.end);
}

/** The tar and the tree of a part, as an export has them. */
export function partFiles(part: ManifestPart, number: number, planted: readonly Planted[]): { readonly tar: CraftedFile; readonly tree: CraftedFile; readonly lines: readonly string[] } {
  const entries = planted.length === 0 ? [] : treeOf(planted);
  const contentOf = (path: string): Buffer => planted.find((one) => String(one.path) === path)?.content ?? Buffer.alloc(0);
  const pieces = entries.flatMap((entry) => {
    const head = treeHead(entry, () => ({ mode: 0o644, uid: 0, gid: 0, mtimeNs: '1700000000123456789', xattrs: {} }));
    if (head === null) return [];
    const content = entry.type === 'file' && 'text' in entry.path ? contentOf(entry.path.text) : Buffer.alloc(0);
    return [head.head, content, Buffer.alloc(paddingOf(content.length))];
  });
  const lines = entries.map((entry) => archiveLine(entry, entry.type === 'file' && 'text' in entry.path ? hashOf(contentOf(entry.path.text)) : ''));
  const name = (form: string): string => `parts/${part.kind}-${String(number)}.${form}`;
  return { tar: { name: name('tar'), content: Buffer.concat([...pieces, TAR_END]) }, tree: { name: name('tree'), content: Buffer.from(lines.join('')) }, lines };
}

/** An archive of one part; each piece can be another one than it should be, and the rest still fits. */
export function crafted(kind: ManifestPart['kind'], planted: readonly Planted[], change: { readonly manifest?: (body: JsonObject) => unknown; readonly manifestText?: (text: string) => string; readonly lines?: (lines: readonly string[]) => readonly string[]; readonly tar?: (tar: Buffer) => Buffer; readonly files?: (files: readonly CraftedFile[]) => readonly CraftedFile[] } = {}): readonly CraftedFile[] {
  const part = partOf(kind, 'data', planted);
  const { tar, tree, lines } = partFiles(part, 1, planted);
  const body = JSON.parse(canonicalJson(manifestBody(manifestOf([part])))) as JsonObject;
  const text = canonicalJson((change.manifest?.(body) ?? body) as JsonObject);
  const files: readonly CraftedFile[] = [
    { name: 'manifest.json', content: Buffer.from(change.manifestText?.(text) ?? text) },
    { ...tar, content: change.tar?.(tar.content) ?? tar.content },
    { ...tree, content: change.lines === undefined ? tree.content : Buffer.from(change.lines(lines).join('')) },
  ];
  return change.files?.(files) ?? files;
}

/** A header with some of its fields another one; the sum of its bytes is right again unless it is given. */
export function headWith(name: string, size: number, fields: readonly (readonly [offset: number, bytes: Buffer | string])[], options: { readonly keepSum?: boolean } = {}): Buffer {
  const head = Buffer.from(plainHead(name, size, SECONDS));
  for (const [offset, bytes] of fields) Buffer.from(bytes).copy(head, offset);
  if (options.keepSum !== true) {
    head.write('        ', 148, 'latin1');
    head.write(`${head.reduce((total, byte) => total + byte, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return head;
}
