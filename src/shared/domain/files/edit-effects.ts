import type { ComposeModel } from '../compose/model';

/** What an edit does to one service of a mode. */
export interface EditEffect {
  readonly service: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** The keys of the service that change, sorted; empty unless it changed. */
  readonly keys: readonly string[];
}

/** The services that another text of a file adds, takes away or changes. Services whose container stays as it is are left out. */
export function editEffects(before: ComposeModel, after: ComposeModel): readonly EditEffect[] {
  const names = [...new Set([...Object.keys(before.services), ...Object.keys(after.services)])].sort();
  return names.flatMap((service): readonly EditEffect[] => {
    const [was, is] = [own(before.services, service), own(after.services, service)];
    if (was === undefined) return [{ service, change: 'added', keys: [] }];
    if (is === undefined) return [{ service, change: 'removed', keys: [] }];
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => JSON.stringify(own(was, key)) !== JSON.stringify(own(is, key))).sort();
    return keys.length === 0 ? [] : [{ service, change: 'changed', keys }];
  });
}

function own<T extends object>(map: T, key: string): T[keyof T] | undefined {
  return Object.hasOwn(map, key) ? map[key as keyof T] : undefined;
}
