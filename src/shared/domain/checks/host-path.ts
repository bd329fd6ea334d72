/** Paths of the host as texts: `/` or `\` separated, absolute and cleaned. Nothing here looks at a disk. */

function segments(path: string): readonly string[] {
  return path.split(/[\\/]+/).filter((part) => part !== '');
}

/** True when `child` is `parent` or lies beneath it, segment by segment (`/a/bc` is not within `/a/b`). */
export function isWithin(parent: string, child: string): boolean {
  const above = segments(parent);
  const below = segments(child);
  return above.length <= below.length && above.every((part, index) => part === below[index]);
}

/** How many segments a path has; 0 for a root. */
export function depthOf(path: string): number {
  return segments(path).length;
}

/** The last segment; empty for a root. */
export function lastSegment(path: string): string {
  return segments(path).at(-1) ?? '';
}

/** The lower-case extension of the last segment without its dot; empty for none and for names like `.env`. */
export function extensionOf(path: string): string {
  const name = lastSegment(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** The path as a compose file would say it: `./…` inside the project, absolute outside. */
export function shownPath(projectDir: string, path: string): string {
  if (!isWithin(projectDir, path)) return path;
  const rest = segments(path).slice(segments(projectDir).length);
  return rest.length === 0 ? '.' : `./${rest.join('/')}`;
}
