/** A step of starting storage. `test-mounts` and `test-sync` start one part, test it and stop it again. */
export type StartStep = 'conflicts' | 's3' | 'buckets' | 'folders' | 'mounts' | 'sync' | 'test-mounts' | 'test-sync';

/** Parts of storage that can be started one by one. */
export type StorageComponent = 'all' | 's3' | 'mounts' | 'sync';

/** What a start consists of. Groups follow one another; the steps of one group run at the same time. */
export function startSteps(order: string, component: StorageComponent, has: { readonly mounts: boolean; readonly jobs: boolean }): readonly (readonly StartStep[])[] {
  const base: readonly (readonly StartStep[])[] = [['s3'], ['buckets']];
  const mounts: readonly StartStep[] = has.mounts && component !== 'sync' ? ['mounts'] : [];
  const folders: readonly StartStep[] = has.jobs && component !== 'mounts' ? ['folders'] : [];
  const sync: readonly StartStep[] = has.jobs && component !== 'mounts' ? ['sync'] : [];
  const groups = (...all: readonly (readonly StartStep[])[]): readonly (readonly StartStep[])[] => all.filter((one) => one.length > 0);
  if (component === 's3') return base;
  if (order === 'B') return groups(...base, folders, [...mounts, ...sync]);
  const apart: readonly StartStep[] = order === 'C' && component === 'all' ? [...mounts.map((): StartStep => 'test-mounts'), ...sync.map((): StartStep => 'test-sync')] : [];
  // What would overwrite something is not started.
  return groups(['conflicts'], ...base, folders, ...apart.map((one) => [one]), mounts, sync);
}

/** What a step is, as it is shown while it runs. */
export function stepTitle(step: StartStep): string {
  return TITLES[step];
}

const TITLES: { readonly [step in StartStep]: string } = {
  conflicts: 'Looking for conflicts',
  s3: 'Starting S3',
  buckets: 'Making buckets',
  folders: 'Making folders',
  mounts: 'Mounting buckets',
  sync: 'Starting scheduled copies',
  'test-mounts': 'Testing the mounts by themselves',
  'test-sync': 'Testing the copies by themselves',
};
