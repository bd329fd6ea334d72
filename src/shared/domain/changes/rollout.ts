import type { ComposeService } from '../compose/model';
import { dependenciesOf, dependencyOrder } from '../modes/dependency-order';
import type { PlannedChange } from '../modes/plan';

/** The order in which changes are applied. */
export interface Rollout {
  /** New services that changed ones need: one by one, before them. */
  readonly before: readonly string[];
  /** Services that run and change, or go: all or nothing. */
  readonly changed: readonly string[];
  /** The other new services: one by one, at the end. */
  readonly after: readonly string[];
}

/**
 * New services are added one by one in dependency order, each healthy before the next; what runs is changed all or
 * nothing. A service is new when none of its containers exists.
 */
export function rolloutOf(services: { readonly [name: string]: ComposeService }, changes: readonly Pick<PlannedChange, 'service' | 'action'>[]): Rollout {
  const needs = (name: string): readonly string[] => (services[name] === undefined ? [] : dependenciesOf(services[name]).map((one) => one.service));
  const existing = new Set(changes.filter((one) => one.action !== 'create').map((one) => one.service));
  const fresh = new Set(changes.filter((one) => one.action === 'create' && !existing.has(one.service)).map((one) => one.service));
  const changed = [...new Set(changes.filter((one) => one.action !== 'keep' && !fresh.has(one.service)).map((one) => one.service))];
  const needed = new Set<string>();
  const open = [...changed];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const other of needs(name)) {
      if (needed.has(other)) continue;
      needed.add(other);
      open.push(other);
    }
  }
  const ordered = dependencyOrder(Object.keys(services), needs).filter((name) => fresh.has(name));
  return { before: ordered.filter((name) => needed.has(name)), changed, after: ordered.filter((name) => !needed.has(name)) };
}
