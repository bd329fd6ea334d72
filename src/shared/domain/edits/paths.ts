/** Paths of the host as texts. Nothing here looks at a disk. */

function rootOf(path: string): string {
  return /^(?:\/|[A-Za-z]:|\\\\)/.exec(path)?.[0] ?? '';
}

function parts(path: string): readonly string[] {
  return path.split(/[\\/]+/).filter((part) => part !== '' && part !== '.');
}

/** A written path as an absolute one with `/`, cleaned. */
export function resolveFrom(base: string, path: string): string {
  const isAbsolute = /^(?:\/|\\\\|[A-Za-z]:[\\/])/.test(path);
  const full = isAbsolute ? path : `${base}/${path}`;
  const clean: string[] = [];
  for (const part of parts(full)) {
    if (part === '..') clean.pop();
    else clean.push(part);
  }
  const root = rootOf(full);
  return `${root === '/' || root === '\\\\' ? root : ''}${clean.join('/')}`;
}

/** The way from a folder to a path, with `/`: `a/b`, `../c`, or `.` for the folder itself. */
export function relativeTo(folder: string, path: string): string {
  const from = parts(folder);
  const to = parts(path);
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same += 1;
  const way = [...from.slice(same).map(() => '..'), ...to.slice(same)].join('/');
  return way === '' ? '.' : way;
}
