import { isWithin } from '../checks/host-path';
import type { Finding } from '../findings/finding';
import type { S3Access } from './access';
import {
  bucketName,
  containerKey,
  DEFAULT_STORAGE_BUDGET,
  groupedBy,
  isSameContainer,
  listed,
  named,
  nameOf,
  OPTIMIZE_RESOURCES,
  overlapOf,
  pairsOf,
  report,
  writes,
  type AccessPair,
  type ConflictOptions,
  type StorageBudget,
} from './conflict-model';

/** M1: mount points that hide each other, or what lies there. */
export function mountFindings(accesses: readonly S3Access[], options: ConflictOptions): readonly Finding[] {
  const mounts = accesses.filter((one) => one.mode === 'mount');
  const pairs = pairsOf(mounts).filter(hideEachOther).map((pair) =>
    report({
      code: 'MOUNT_OVERLAP',
      rule: 'M1',
      severity: 'error',
      parties: pair,
      about: `${pair[0].place}\n${pair[1].place}`,
      isPossible: false,
      message: `${nameOf(pair[0], pair)} mounts ${bucketName(pair[0])} at ${pair[0].place}, ${nameOf(pair[1], pair)} mounts ${bucketName(pair[1])} at ${pair[1].place}: one hides the other.`,
      why: 'Which bucket a service sees there depends on which of them was mounted last; what it writes may go to the other one.',
      fixes: [],
    }),
  );
  const filled = mounts.filter((one) => one.placeStore !== null && options.filledStores?.has(one.placeStore) === true).map((one) =>
    report({
      code: 'MOUNT_OVERLAP',
      rule: 'M1',
      severity: 'error',
      parties: [one],
      about: `${one.place}\n${one.placeStore ?? ''}`,
      isPossible: false,
      message: `${named(one, [one])} mounts ${bucketName(one)} over files that lie in ${one.placeStore ?? ''}.`,
      why: 'The files stay where they are, and nobody sees them while the mount is there.',
      fixes: [],
    }),
  );
  return [...pairs, ...filled];
}

function hideEachOther(pair: AccessPair): boolean {
  const [left, right] = pair;
  const isNested = (one: string, other: string): boolean => isWithin(one, other) || isWithin(other, one);
  if (isSameContainer(pair)) return isNested(left.place, right.place) && !(left.place === right.place && left.remote === right.remote && left.bucket.text === right.bucket.text);
  return left.placeStore !== null && right.placeStore !== null && (left.placeStore === right.placeStore || left.placeStore.startsWith(`${right.placeStore}/`) || right.placeStore.startsWith(`${left.placeStore}/`));
}

/** What each container of storage asks for. */
export function resourceShares(accesses: readonly S3Access[]): readonly { readonly container: string; readonly mode: S3Access['mode']; readonly memoryBytes: number; readonly cpuMillis: number }[] {
  const containers = groupedBy(accesses.filter((one) => one.mode !== 'client' && !one.startup), containerKey).flatMap((own) => own.slice(0, 1));
  return containers.map((one) => ({ container: one.container, mode: one.mode, ...sumOf([one], 'request') }));
}

/** What storage adds: requests, as they are asked for beside the project's own services. */
export function addedResources(accesses: readonly S3Access[]): { readonly memoryBytes: number; readonly cpuMillis: number; readonly containers: number } {
  const shares = resourceShares(accesses);
  return { memoryBytes: shares.reduce((sum, one) => sum + one.memoryBytes, 0), cpuMillis: shares.reduce((sum, one) => sum + one.cpuMillis, 0), containers: shares.length };
}

function sumOf(containers: readonly S3Access[], of: 'request' | 'limit'): StorageBudget {
  const memory = ({ resources }: S3Access): number => (of === 'limit' ? resources.limitMemoryBytes : (resources.requestMemoryBytes ?? resources.limitMemoryBytes)) ?? 0;
  const cpu = ({ resources }: S3Access): number => (of === 'limit' ? resources.limitCpuMillis : (resources.requestCpuMillis ?? resources.limitCpuMillis)) ?? 0;
  return { memoryBytes: containers.reduce((sum, one) => sum + memory(one), 0), cpuMillis: containers.reduce((sum, one) => sum + cpu(one), 0) };
}

/** R1: containers of one pod, or of one machine, that ask for more together than there is for them. */
export function resourceFindings(accesses: readonly S3Access[], options: ConflictOptions): readonly Finding[] {
  const budget = options.budget === undefined ? DEFAULT_STORAGE_BUDGET : options.budget;
  return groupedBy(accesses.filter((one) => one.mode !== 'client' && !one.startup), (one) => one.group).flatMap((group) => {
    const parties = groupedBy(group, containerKey).flatMap((own) => own.slice(0, 1));
    if (parties.length < 2) return [];
    const requests = sumOf(parties, 'request');
    const limits = sumOf(parties, 'limit');
    const asked = budget !== null && exceeds(requests, budget) ? { sum: requests, of: 'ask for', room: `the budget is ${figures(budget)}` } : undefined;
    const allowed = options.allocatable !== undefined && exceeds(limits, options.allocatable) ? { sum: limits, of: 'may take', room: `there is ${figures(options.allocatable)}` } : undefined;
    const found = asked ?? allowed;
    if (found === undefined) return [];
    return [
      report({
        code: 'RESOURCE_COMPETITION',
        rule: 'R1',
        severity: 'warning',
        parties,
        about: parties[0]?.group ?? '',
        isPossible: false,
        message: `${listed(parties.map((one) => one.container))} together ${found.of} ${figures(found.sum)}; ${found.room}.`,
        why: 'What storage takes is missing for the services it is there for: they become slow, or one of them is ended for want of memory.',
        fixes: [OPTIMIZE_RESOURCES],
      }),
    ];
  });
}

function exceeds(sum: StorageBudget, room: StorageBudget): boolean {
  return sum.memoryBytes > room.memoryBytes || sum.cpuMillis > room.cpuMillis;
}

/** `256Mi (268435456 bytes) of memory and 200m of CPU`. */
function figures({ memoryBytes, cpuMillis }: StorageBudget): string {
  const mebibytes = memoryBytes / (1024 * 1024);
  return `${Number.isInteger(mebibytes) ? `${String(mebibytes)}Mi (${String(memoryBytes)} bytes)` : `${String(memoryBytes)} bytes`} of memory and ${String(cpuMillis)}m of CPU`;
}

/** S1: runs that can begin while another one of the same data is not over. */
export function scheduleFindings(accesses: readonly S3Access[], options: ConflictOptions): readonly Finding[] {
  const scheduled = accesses.filter((one) => one.mode === 'sync' && one.everySeconds !== null);
  const alone = groupedBy(scheduled.filter((one) => !one.exclusive), containerKey).flatMap((own) => {
    const [job] = own;
    if (job === undefined) return [];
    return [
      report({
        code: 'SCHEDULE_OVERLAP',
        rule: 'S1',
        severity: 'warning',
        parties: own,
        about: 'itself',
        isPossible: false,
        message: `A run of ${named(job, own)} begins every ${String(job.everySeconds)} s, also while the last run of ${named(job, own)} still writes to ${bucketName(job)}.`,
        why: 'When a run takes longer than the time between two of them, they pile up, copy the same files at once and overwrite what the other has just written. A lock, or concurrencyPolicy: Forbid, lets only one run.',
        fixes: [],
      }),
    ];
  });
  const crossing = pairsOf(scheduled).filter((pair) => !isSameContainer(pair) && pair.filter(writes).length === 1 && isMet(pair, options)).map((pair) =>
    report({
      code: 'SCHEDULE_OVERLAP',
      rule: 'S1',
      severity: 'warning',
      parties: pair,
      about: bucketName(pair[0]),
      isPossible: overlapOf(pair, options.endpointAliases).isPossible,
      message: `${named(pair[0], pair)} and ${named(pair[1], pair)} run by schedules of their own: one reads ${bucketName(pair[0])} while the other writes there.`,
      why: 'What is copied may be half of the old state and half of the new one.',
      fixes: [],
    }),
  );
  return [...alone, ...crossing];
}

function isMet(pair: AccessPair, options: ConflictOptions): boolean {
  const overlap = overlapOf(pair, options.endpointAliases);
  return (overlap.kind === 'same' || overlap.kind === 'nested') && pair[0].bucket.certain === pair[1].bucket.certain;
}
