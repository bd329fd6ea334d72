import type { ListEdit } from './protocol';

/** What has to be told of a list where the other side has the one before: the same objects are named by their places. */
export function listEdit<T extends object>(before: readonly T[], after: readonly T[]): ListEdit<T> {
  const places = new Map(before.map((one, at) => [one, at]));
  const parts: ([from: number, count: number] | T)[] = [];
  for (const one of after) {
    const at = places.get(one);
    const last = parts.at(-1);
    if (at === undefined) parts.push(one);
    else if (isRun(last) && last[0] + last[1] === at) last[1] += 1;
    else parts.push([at, 1]);
  }
  return parts;
}

/** The list that was told of. */
export function editedList<T extends object>(before: readonly T[], edit: ListEdit<T>): readonly T[] {
  const only = edit[0];
  if (edit.length === 1 && isRun(only) && only[0] === 0 && only[1] === before.length) return before;
  return edit.flatMap((part) => (isRun(part) ? before.slice(part[0], part[0] + part[1]) : [part as T]));
}

function isRun<T extends object>(part: readonly [number, number] | T | undefined): part is [number, number] {
  return Array.isArray(part);
}
