import { createHash } from 'node:crypto';
import type { ApplyRoot, DuplicateGroup, ResourceId, ScannedDocument, ScannedFile, ScannedTree } from '@shared/domain/gitops/types';

/** A document as a test states it: `same` is what it says, `name` whom it is about. */
export interface StatedDocument {
  readonly kind?: string | undefined;
  readonly name: string;
  readonly same?: string | undefined;
  readonly marks?: Readonly<Record<string, string>> | undefined;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The identity of an object of a test. */
export function identity(name: string, kind = 'ConfigMap'): ResourceId {
  return { group: '', version: 'v1', kind, namespace: 'default', name };
}

/** A scanned file with these documents. */
export function scannedFile(path: string, documents: readonly StatedDocument[], more: Partial<ScannedFile> = {}): ScannedFile {
  const scanned = documents.map(({ name, same = 'x', kind, marks = {} }, index): ScannedDocument => {
    const text = hash(`${name} ${same}`);
    return { index, item: null, line: 1 + index * 4, id: identity(name, kind), meaning: text, marks };
  });
  return { path, sizeBytes: 10, mode: 0o644, mtimeNs: '1', contentHash: hash(JSON.stringify([path, documents])), kind: 'manifests', reason: null, problem: null, documents: scanned, marks: {}, ...more };
}

/** A group of these members, each a path and the number of its document. */
export function group(id: string, name: string, members: readonly (readonly [path: string, document?: number])[], more: Partial<DuplicateGroup> = {}): DuplicateGroup {
  return {
    id,
    class: 'semantic-dup',
    kind: 'semantic',
    certainty: 'certain',
    layer: 'L2',
    applyRoot: '',
    identity: identity(name),
    reason: 'They say the same.',
    members: members.map(([path, document = 0]) => ({ path, document, item: null, line: 1 + document * 4, contentHash: '' })),
    differences: [],
    ...more,
  };
}

/** All files in one root, but for those that are given. */
export function scannedTree(files: readonly ScannedFile[], groups: readonly DuplicateGroup[], applyRoots: readonly ApplyRoot[] = [{ path: '', made: 'folder', files: files.map((file) => file.path), references: [] }]): ScannedTree {
  return { files, groups, applyRoots };
}
