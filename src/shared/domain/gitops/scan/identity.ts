import type { ResourceId } from '../types';

/** Groups that kinds have moved away from, each with where they are now: an object of the old one is the same object. */
const MOVED: { readonly [group: string]: { readonly [kind: string]: string } } = {
  extensions: { Deployment: 'apps', DaemonSet: 'apps', ReplicaSet: 'apps', Ingress: 'networking.k8s.io', NetworkPolicy: 'networking.k8s.io', PodSecurityPolicy: 'policy' },
  '': { Event: 'events.k8s.io' },
};

/** The group a kind stands in today. */
export function presentGroup(group: string, kind: string): string {
  const moved = MOVED[group];
  return moved !== undefined && Object.hasOwn(moved, kind) ? (moved[kind] ?? group) : group;
}

/** Equal for two documents that are the same object of one cluster, whatever version of the API they are written for. */
export function identityKey({ group, kind, namespace, name }: ResourceId): string {
  return `${presentGroup(group, kind)}\n${kind}\n${namespace}\n${name}`;
}

const SEGMENT_NAMES = /^(?:dev|development|test|testing|qa|uat|stage|staging|preprod|pre-prod|prod|production|live|sandbox|preview|canary|nonprod|non-prod)$/i;
/** A name with the place it is in: prod-eu, staging2. */
const WITH_PLACE = /^(?:dev|test|qa|uat|stage|staging|preprod|prod|production|sandbox)(?:[-_.]?\d+|[-_.][a-z0-9-]+)$/i;
/** Folders whose own folders are one environment each. */
const HOLDERS: ReadonlySet<string> = new Set(['environments', 'envs', 'overlays', 'clusters', 'regions', 'tenants', 'stages']);
const SAME: { readonly [name: string]: string } = { prod: 'production', stage: 'staging', dev: 'development', testing: 'test' };

/** The environment a file is for, as its folders say; null where they say none. */
export function environmentOf(path: string): string | null {
  const folders = path.split('/').slice(0, -1);
  const named = folders.filter((one, at) => SEGMENT_NAMES.test(one) || WITH_PLACE.test(one) || (at > 0 && HOLDERS.has(folders[at - 1] ?? '')));
  return named.length === 0 ? null : named.map((one) => SAME[one.toLowerCase()] ?? one.toLowerCase()).join('/');
}
