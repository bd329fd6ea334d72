import { differingPointers } from '../scan/pointers';
import type { ManifestValue } from '../types';

/** A document as two files are compared by it: which object it is ('' for none), and its canonical text (JSON). */
export interface MeantDocument {
  readonly name: string;
  readonly canonical: string;
}

/**
 * Where two files do not mean the same: JSON pointers, with the object before them where a file has several documents; an object that only one file has is
 * told by its name. The same object is compared with itself, whatever its place; what has no name goes by its place.
 */
export function meaningDifferences(left: readonly MeantDocument[], right: readonly MeantDocument[]): readonly string[] {
  const isSingle = left.length === 1 && right.length === 1;
  const [ours, theirs] = [keyed(left), keyed(right)];
  if (isSingle) return differingPointers(valueOf(left[0]), valueOf(right[0])).map((pointer) => (pointer === '' ? '/' : pointer));
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
    const [one, other] = [ours.get(key), theirs.get(key)];
    if (one === undefined || other === undefined) return [`${key} (only in the ${one === undefined ? 'second' : 'first'} file)`];
    return differingPointers(valueOf(one), valueOf(other)).map((pointer) => `${key} ${pointer === '' ? '/' : pointer}`);
  });
}

function keyed(documents: readonly MeantDocument[]): ReadonlyMap<string, MeantDocument> {
  const found = new Map<string, MeantDocument>();
  documents.forEach((document, index) => {
    const name = document.name === '' ? `document ${String(index + 1)}` : document.name;
    let key = name;
    for (let number = 2; found.has(key); number += 1) key = `${name} (${String(number)})`;
    found.set(key, document);
  });
  return found;
}

function valueOf(document: MeantDocument | undefined): ManifestValue {
  return document === undefined ? null : (JSON.parse(document.canonical) as ManifestValue);
}
