import { finding, type Finding, type FindingFix } from '../findings/finding';
import type { S3Access } from './access';
import { pathSegments, sameEndpoint } from './s3-endpoint';
import { sameText, storageText } from './symbolic';

/** What a project allows its storage beside its own services: requests. */
export interface StorageBudget {
  readonly memoryBytes: number;
  readonly cpuMillis: number;
}

/** 128Mi and 64Mi, 100m and 50m: a mount and a sync that runs now and then. */
export const DEFAULT_STORAGE_BUDGET: StorageBudget = { memoryBytes: 192 * 1024 * 1024, cpuMillis: 150 };

/** What decides beside the accesses themselves. */
export interface ConflictOptions {
  /** A: buckets of their own. B: shared buckets with folders of their own, which is warned of. C: shared, with conflicts shown as they happen. */
  readonly bucketStrategy?: 'A' | 'B' | 'C' | undefined;
  /** Null: there is none. */
  readonly budget?: StorageBudget | null | undefined;
  /** What the machine, or the node of a pod, has for limits. */
  readonly allocatable?: StorageBudget | undefined;
  /** Addresses of the same server, for example its name inside a network and its port on this machine. */
  readonly endpointAliases?: readonly (readonly string[])[] | undefined;
  /** Stores (as `placeStore` says them) in which something lies. */
  readonly filledStores?: ReadonlySet<string> | undefined;
}

export type ConflictRule = 'B1' | 'B2' | 'B3' | 'B4' | 'B5' | 'C1' | 'C2' | 'C3' | 'I1' | 'M1' | 'R1' | 'S1';

export type AccessPair = readonly [S3Access, S3Access];

/** What a rule says: at least two parties, each by its name. */
export interface Conflict extends Pick<Finding, 'code' | 'severity' | 'message' | 'why'> {
  readonly rule: ConflictRule;
  readonly parties: readonly S3Access[];
  /** What the finding is about beside its parties: a bucket, a path. */
  readonly about: string;
  readonly isPossible: boolean;
  readonly fixes: readonly FindingFix[];
}

export const SEPARATE_BUCKETS: FindingFix = { id: 'bucket-separation', title: 'Separate buckets' };
export const SEPARATE_FOLDERS: FindingFix = { id: 'folder-separation', title: 'Separate folders' };
export const SEPARATE_CONTAINERS: FindingFix = { id: 'container-separation', title: 'Separate configurations' };
export const OPTIMIZE_RESOURCES: FindingFix = { id: 'resource-optimization', title: 'Optimize resources' };

/** The finding of a conflict. What is only possible is a warning at most. */
export function report(conflict: Conflict): Finding {
  const { rule, parties, about, isPossible, fixes, severity, ...rest } = conflict;
  const names = [...new Set(parties.map(containerKey))].sort();
  const where = parties.find((one) => one.mode !== 'mount' && one.where !== undefined)?.where ?? parties.find((one) => one.where !== undefined)?.where;
  const service = parties.find((one) => one.service !== null)?.service;
  return finding({
    ...rest,
    rule,
    severity: isPossible && severity === 'error' ? 'warning' : severity,
    confidence: isPossible ? 'possible' : 'certain',
    object: [rule, ...names, about].join('\n'),
    fixes,
    ...(service === null || service === undefined ? {} : { service }),
    ...(where === undefined ? {} : { where }),
  });
}

/** One container, however many accesses it has. */
export function containerKey(access: S3Access): string {
  return `${access.group}|${access.container}`;
}

/** A stable order of accesses, whatever order they came in. */
export function inOrder(accesses: readonly S3Access[]): readonly S3Access[] {
  const keyed = accesses.map((one) => [JSON.stringify([one.group, one.container, one.mode, one.place, one.direction, one.bucket, one.prefix, one.endpoint, one.remote, one.where ?? null, one]), one] as const);
  return keyed.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)).map(([, one]) => one);
}

/** Every two accesses that may be at work at the same time. */
export function pairsOf(accesses: readonly S3Access[]): readonly AccessPair[] {
  return accesses.flatMap((left, index) => accesses.slice(index + 1).filter((right) => !takeTurns(left, right)).map((right): AccessPair => [left, right]));
}

/** An init container has ended before the rest of its pod begins, and init containers run one after the other. */
function takeTurns(left: S3Access, right: S3Access): boolean {
  return left.group === right.group && (left.startup || right.startup) && containerKey(left) !== containerKey(right);
}

export function isSameContainer([left, right]: AccessPair): boolean {
  return containerKey(left) === containerKey(right);
}

export function writes(access: S3Access): boolean {
  return access.verbs.includes('write') || access.verbs.includes('delete');
}

/** How two accesses lie to each other in S3. */
export interface Overlap {
  /** same: the same folder. nested: one within the other. apart: the same bucket, other folders. none: nothing in common. */
  readonly kind: 'same' | 'nested' | 'apart' | 'none';
  readonly isPossible: boolean;
}

/** Compares endpoint, bucket and prefix. Folders are compared whole: `data` is not within `data2`. */
export function overlapOf([left, right]: AccessPair, aliases: ConflictOptions['endpointAliases']): Overlap {
  const endpoint = sameEndpoint(left.endpoint, right.endpoint, aliases);
  const bucket = sameText(left.bucket, right.bucket);
  if (endpoint === 'different' || bucket === 'different' || left.bucket.text === '' || right.bucket.text === '') return { kind: 'none', isPossible: false };
  const folder = prefixes(left.prefix.text, right.prefix.text);
  return { kind: folder.kind, isPossible: endpoint === 'possible' || bucket === 'possible' || folder.isPossible };
}

function prefixes(left: string, right: string): { readonly kind: 'same' | 'nested' | 'apart'; readonly isPossible: boolean } {
  const [a, b] = [pathSegments(left), pathSegments(right)];
  let isPossible = false;
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const same = sameText(storageText(a[index] ?? ''), storageText(b[index] ?? ''));
    const isNamedAlike = a[index] === b[index];
    if (same === 'different') return { kind: 'apart', isPossible: false };
    if (same === 'possible' && !isNamedAlike) isPossible = true;
  }
  return { kind: a.length === b.length ? 'same' : 'nested', isPossible };
}

/** The name of a container, with its pod where another party has the same name. */
export function nameOf(access: S3Access, among: readonly S3Access[]): string {
  const isShared = among.some((other) => other.container === access.container && other.group !== access.group);
  const [, kind, owner] = /^pod:[^/]*\/([^/]*)\/(.*)$/.exec(access.group) ?? [];
  return isShared ? `${access.container} of ${kind === undefined ? 'this machine' : `${kind} ${owner ?? ''}`}` : access.container;
}

/** A party as a sentence names it: its container, with the folder that tells two accesses of one container apart. */
export function named(access: S3Access, among: readonly S3Access[]): string {
  return access.place === '' ? nameOf(access, among) : `${nameOf(access, among)} (${access.place})`;
}

/** Parties of one container as one: `s3-sync (/mnt/efs/processed and /mnt/efs/logs)`. */
export function namedTogether(accesses: readonly S3Access[], among: readonly S3Access[] = accesses): string {
  const parts = groupedBy(accesses, containerKey).map((own) => {
    const places = [...new Set(own.map((one) => one.place).filter((place) => place !== ''))];
    return `${own.map((one) => nameOf(one, among))[0] ?? ''}${places.length === 0 ? '' : ` (${listed(places)})`}`;
  });
  return listed(parts);
}

export function listed(texts: readonly string[]): string {
  return texts.length < 2 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1) ?? ''}`;
}

/** A bucket with its folder. */
export function bucketName(access: S3Access): string {
  return access.prefix.text === '' ? access.bucket.text : `${access.bucket.text}/${access.prefix.text}`;
}

/** Groups in the order in which they first appear. */
export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}
