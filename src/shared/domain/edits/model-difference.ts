/** True where a difference is meant after all. */
export type Tolerate = (path: readonly string[], expected: unknown, actual: unknown) => boolean;

/** The first place in which two models differ, as a path; undefined when they are the same. The order of entries means nothing. */
export function firstDifference(expected: unknown, actual: unknown, tolerate: Tolerate = () => false, path: readonly string[] = []): readonly string[] | undefined {
  if (Object.is(expected, actual) || tolerate(path, expected, actual)) return undefined;
  if (typeof expected !== 'object' || typeof actual !== 'object' || expected === null || actual === null || Array.isArray(expected) !== Array.isArray(actual)) return path;
  const [left, right] = [expected as { readonly [key: string]: unknown }, actual as { readonly [key: string]: unknown }];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = firstDifference(left[key], right[key], tolerate, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
