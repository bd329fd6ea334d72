import type { ComposeModel } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { isInside, isSocketPlace, normalHostPath } from '../engine/host-path';
import { compareText } from '../modes/active-mode';
import type { BindFacts } from './types';

/** A folder of the engine's machine that services of the project have mounted. */
export interface ProjectBind {
  /** Relative to the project folder where it lies beneath it, else absolute. */
  readonly name: string;
  /** Whether a manual snapshot takes it without a tick. */
  readonly always: boolean;
  readonly facts: BindFacts;
}

/** Where data lies that belongs to no source tree. */
const DATA_PLACES: readonly string[] = ['/mnt', '/media', '/data', '/srv'];
/** Of the machine itself: nobody's data, and not to be read as a whole. */
const SYSTEM_PLACES: readonly string[] = ['/bin', '/boot', '/dev', '/etc', '/lib', '/lib64', '/proc', '/run', '/sbin', '/sys', '/usr', '/var/run', '/var/lib/docker', '/var/log'];

/** Every folder or file that some service has mounted from the machine, without the system's own. */
export function projectBinds(dir: string, models: readonly ComposeModel[], containers: readonly ObservedContainer[]): readonly ProjectBind[] {
  const found = new Map<string, { readonly targets: Set<string>; readonly services: Set<string>; writable: boolean }>();
  const add = (source: string, target: string, service: string, readOnly: boolean): void => {
    const path = normalHostPath(source);
    if (!isReadable(path, dir)) return;
    const one = found.get(path) ?? { targets: new Set(), services: new Set(), writable: false };
    one.targets.add(target);
    one.services.add(service);
    one.writable ||= !readOnly;
    found.set(path, one);
  };
  for (const model of models) {
    for (const name of Object.keys(model.services)) {
      for (const mount of model.services[name]?.volumes ?? []) if (mount.type === 'bind' && mount.source !== undefined) add(mount.source, mount.target, name, mount.read_only === true);
    }
  }
  for (const one of containers) for (const mount of one.mounts) if (mount.type === 'bind') add(mount.source, mount.target, one.service, mount.readOnly);
  return [...found]
    .map(([source, one]): ProjectBind => {
      const targets = [...one.targets].sort(compareText);
      const always = one.writable && isData(source, targets, dir);
      return { name: nameOf(source, dir), always, facts: { source, targets, services: [...one.services].sort(compareText), filtered: !always } };
    })
    .sort((a, b) => compareText(a.name, b.name));
}

/** Below the project it is a source tree unless it is mounted where data goes; outside of it its own place may say so as well. */
function isData(source: string, targets: readonly string[], dir: string): boolean {
  const lies = (path: string, places: readonly string[]): boolean => places.some((place) => isInside(path, place));
  if (isInside(source, dir)) return targets.some((target) => lies(target, ['/mnt', '/data']));
  return lies(source, DATA_PLACES) || targets.some((target) => lies(target, DATA_PLACES));
}

function isReadable(path: string, dir: string): boolean {
  // The project folder itself, or one that contains it, is never read as if it were data.
  if (!path.startsWith('/') || path === '/' || isSocketPlace(path) || isInside(dir, path)) return false;
  return !SYSTEM_PLACES.some((place) => isInside(path, place));
}

function nameOf(source: string, dir: string): string {
  return isInside(source, dir) ? source.slice(normalHostPath(dir).length + 1) : source;
}

/** Whether a ticked word means this bind: its name, its folder, or a folder as it is written in a compose file. */
export function isTicked(bind: ProjectBind, words: readonly string[], dir: string): boolean {
  return words.some((word) => {
    const path = word.startsWith('/') ? word : `${dir}/${word}`;
    return normalHostPath(path) === bind.facts.source;
  });
}
