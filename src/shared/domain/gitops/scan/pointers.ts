import type { ManifestValue } from '../types';

type Mapping = { readonly [key: string]: ManifestValue };

/** So many differences say that two documents have nothing to do with each other. */
const MOST = 200;

/** JSON pointers of the places at which two values differ, sorted; the innermost that both have. */
export function differingPointers(left: ManifestValue, right: ManifestValue): readonly string[] {
  const found = new Set<string>();
  compare(left, right, '', found);
  return [...found].sort();
}

function compare(left: ManifestValue | undefined, right: ManifestValue | undefined, pointer: string, found: Set<string>): void {
  if (left === right || found.size >= MOST) return;
  if (isNested(left) && isNested(right) && Array.isArray(left) === Array.isArray(right)) {
    const [ours, theirs] = [left as Mapping, right as Mapping];
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) compare(ours[key], theirs[key], `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, found);
    return;
  }
  // A key without a value is as good as none.
  if ((left ?? null) === null && (right ?? null) === null) return;
  found.add(pointer);
}

function isNested(value: ManifestValue | undefined): boolean {
  return typeof value === 'object' && value !== null;
}
