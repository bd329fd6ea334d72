import { storageWords as words } from '../../locales/en/storage';
import type { InputOf } from '@shared/contract/contract';
import type { StorageConflicts } from './storage-answer';

export type StrategyName = InputOf<'storage.apply-strategy'>['strategy'];
const STRATEGIES: readonly StrategyName[] = ['bucket-separation', 'folder-separation', 'container-separation', 'resource-optimization', 'all'];

const MIB = 1_048_576;
/** What mounts and sync jobs ask for once resources are optimised. */
const OPTIMISED = { mount: { memoryBytes: 128 * MIB, cpuMillis: 100 }, sync: { memoryBytes: 64 * MIB, cpuMillis: 50 } } as const;

export interface ConflictGroup {
  readonly code: string;
  readonly title: string;
  readonly findings: StorageConflicts['findings'];
}

/** By what collides, in the order in which the way out is taken: buckets first. The order within a group stays. */
export function conflictGroups(findings: StorageConflicts['findings']): readonly ConflictGroup[] {
  const order = Object.keys(words.conflicts.groups);
  const codes = [...new Set(findings.map((finding) => finding.code))];
  const rank = (code: string): number => (order.includes(code) ? order.indexOf(code) : order.length);
  return codes.sort((a, b) => rank(a) - rank(b)).map((code) => ({ code, title: words.conflicts.groups[code] ?? code, findings: findings.filter((finding) => finding.code === code) }));
}

/** "No overlap: mount{data,index} ∩ sync{archive} = ∅", or what both use. */
export function overlapWords({ mountBuckets, syncBuckets, overlap }: Pick<StorageConflicts, 'mountBuckets' | 'syncBuckets' | 'overlap'>): string {
  const [mounts, syncs] = [mountBuckets.join(','), syncBuckets.join(',')];
  return overlap.length === 0 ? words.conflicts.none(mounts, syncs) : words.conflicts.overlap(mounts, syncs, overlap.join(','));
}

/** How many findings a strategy mends. */
export function mendedBy(strategy: StrategyName, findings: StorageConflicts['findings']): number {
  return findings.filter((finding) => finding.fixes.some((fix) => (strategy === 'all' ? STRATEGIES.some((one) => one === fix.id) : fix.id === strategy))).length;
}

/** The ways out that are offered: folders in one bucket only where that is what was chosen. */
export function waysOut(findings: StorageConflicts['findings']): readonly StrategyName[] {
  const offered = new Set(findings.flatMap((finding) => finding.fixes.map((fix) => fix.id)));
  const isByFolder = offered.has('folder-separation');
  return STRATEGIES.filter((one) => (one === 'folder-separation' ? isByFolder : one !== 'bucket-separation' || !isByFolder || offered.has('bucket-separation')));
}

/** True for the id of a fix that is one of the strategies. */
export function isStrategy(id: string): id is StrategyName {
  return STRATEGIES.some((one) => one === id);
}

/** One bar: what each container asks for, and together. */
export interface ShareBar {
  readonly when: 'before' | 'after';
  readonly parts: readonly { readonly name: string; readonly role: 'mount' | 'sync'; readonly value: number }[];
  readonly total: number;
}

/** Memory or CPU as asked for now and once optimised; nothing where there is no mount and no sync job. */
export function shareBars(shares: StorageConflicts['shares'], of: 'memoryBytes' | 'cpuMillis'): readonly ShareBar[] {
  const known = shares.flatMap((share) => (share.mode === 'client' ? [] : [{ ...share, mode: share.mode }]));
  if (known.length === 0) return [];
  const bar = (when: ShareBar['when'], value: (share: (typeof known)[number]) => number): ShareBar => {
    const parts = known.map((share) => ({ name: share.container, role: share.mode, value: value(share) }));
    return { when, parts, total: parts.reduce((sum, part) => sum + part.value, 0) };
  };
  return [bar('before', (share) => share[of]), bar('after', (share) => OPTIMISED[share.mode][of])];
}
