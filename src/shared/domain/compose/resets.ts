import type { Resets } from './load-context';
import { childMap, type ComposeNode, type MapNode } from './node';

/** Takes out of a tree what a later file marked with `!reset` or `!override`. In place. */
export function applyResets(root: MapNode, resets: Resets): void {
  for (const path of resets) remove(root, path);
}

/** The same for one service that is not in a tree yet, as if it stood under `name`. */
export function applyServiceResets(service: ComposeNode, name: string, resets: Resets): void {
  if (service.kind !== 'map') return;
  for (const path of resets) if (path[0] === 'services' && path[1] === name && path.length > 2) remove(service, path.slice(2));
}

function remove(root: MapNode, path: readonly string[]): void {
  let at: MapNode | undefined = root;
  for (const key of path.slice(0, -1)) at = childMap(at, key);
  const last = path[path.length - 1];
  if (at !== undefined && last !== undefined) at.entries.delete(last);
}
