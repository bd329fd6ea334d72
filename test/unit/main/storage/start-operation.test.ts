import { describe, expect, it } from 'vitest';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { EffectRecord, OperationContext, RecoveryContext } from '@main/operations/types';
import { startOperation, stopOperation } from '@main/storage/start-operation';

type Dependencies = Parameters<typeof startOperation>[0];

const RESOURCES = { requestMemoryBytes: null, requestCpuMillis: null, limitMemoryBytes: null, limitCpuMillis: null };
const container = (service: string, role: 'mount' | 'sync') => ({ service, container: service, role, backend: 'rclone' as const, image: '', configDir: '/root/.config/x', cacheDir: '/cache', resources: RESOURCES, sources: [] });
const DEFINITION: StorageDefinition = {
  file: 'docker-compose.storage.yml',
  containers: [container('rclone-mount', 'mount'), container('s3-sync', 'sync')],
  mounts: [{ id: 'rclone-mount:/mnt/s3/data', service: 'rclone-mount', remote: 's3-data', bucket: 'data', prefix: '', mountPoint: '/mnt/s3/data', readOnly: true, cacheMaxBytes: 1, cacheMaxAgeSeconds: 1, dirCacheSeconds: 1 }],
  jobs: [{ id: 's3-sync:/mnt/efs/logs', service: 's3-sync', source: '/mnt/efs/logs', remote: 's3-logs', bucket: 'logs', prefix: '', semantics: 'archive', everySeconds: 300 }],
};

/** Parts that say when they are called; one of them may fail. */
function world(given: { readonly order?: string; readonly strategy?: string; readonly failing?: string; readonly findings?: readonly unknown[]; readonly definition?: StorageDefinition } = {}) {
  const calls: string[] = [];
  const records: EffectRecord[] = [];
  const up = { mounts: false, sync: false };
  const act = (name: string) => async (): Promise<void> => {
    calls.push(name);
    await Promise.resolve();
    if (given.failing === name) throw new AppError('start-failed', `${name} failed.`);
    if (name === 'mounts') up.mounts = true;
    if (name === 'sync') up.sync = true;
    if (name === 'stop mounts') up.mounts = false;
    if (name === 'stop sync') up.sync = false;
  };
  const deps = {
    projects: { resolve: () => Promise.resolve({ id: 'p', name: 'shop', dir: '/shop', modes: [], trusted: true }) },
    host: { makeFolders: (folder: string) => Promise.resolve(folder) },
    stateDir: '/state',
    definitions: { load: () => Promise.resolve(given.definition ?? DEFINITION) },
    conflicts: () => (calls.push('conflicts'), Promise.resolve({ findings: given.findings ?? [] })),
    choices: () => Promise.resolve({ implementationOrder: given.order, bucketStrategy: given.strategy }),
    status: () => Promise.resolve({ s3: {} }),
    changed: () => undefined,
    undoS3: act('undo s3'),
    s3: { start: act('s3'), stop: act('stop s3'), ensureBuckets: (_context: unknown, _project: string, buckets: readonly string[]) => act(`buckets ${buckets.join(' ')}`)(), door: () => Promise.resolve({ close: () => undefined, put: () => Promise.resolve(), get: () => Promise.resolve(new TextEncoder().encode('Berth was here.')), remove: () => Promise.resolve([]), list: () => (calls.push('test bucket'), Promise.resolve({ objects: [], folders: [], next: null })) }) },
    mounts: { start: act('mounts'), stop: act('stop mounts'), status: () => Promise.resolve([{ state: up.mounts ? 'healthy' : 'absent' }]) },
    jobs: { start: act('sync'), stop: act('stop sync'), status: () => Promise.resolve([{ state: up.sync ? 'idle' : 'stopped' }]) },
  } as unknown as Dependencies;
  const note = (name: string, intent: JsonObject): Promise<void> => (records.push({ seq: records.length, name, intent, result: null, undone: false }), Promise.resolve());
  const context = { operationId: 'op', signal: new AbortController().signal, effect: (_name: string, _intent: JsonObject, work: () => Promise<unknown>) => work(), note, commit: () => (calls.push('commit'), Promise.resolve()), records: () => records, progress: () => undefined, log: () => undefined } as unknown as OperationContext;
  const recovery = { operationId: 'op', reason: 'failed', records, effect: context.effect, progress: () => undefined, log: () => undefined } as unknown as RecoveryContext;
  return { calls, deps, context, recovery };
}

const INPUT = { project: 'p', name: 'shop', component: 'all', pull: false, build: false };

describe('starting storage', () => {
  it('goes conflicts, S3, buckets, mounts, copies', async () => {
    const { calls, deps, context } = world();
    await startOperation(deps).run(context, INPUT);
    expect(calls).toEqual(['conflicts', 's3', 'buckets data logs', 'mounts', 'sync', 'commit']);
  });

  it('starts only what is asked for', async () => {
    const { calls, deps, context } = world();
    await startOperation(deps).run(context, { ...INPUT, component: 's3' });
    expect(calls).toEqual(['s3', 'buckets data logs', 'commit']);
  });

  it('ends at the step that fails with its sentence, and takes back what it started and nothing else', async () => {
    const { calls, deps, context, recovery } = world({ failing: 'sync' });
    const kind = startOperation(deps);
    await expect(kind.run(context, INPUT)).rejects.toMatchObject({ message: 'sync failed.' });
    await kind.rollback(recovery, INPUT);
    expect(calls).toEqual(['conflicts', 's3', 'buckets data logs', 'mounts', 'sync', 'stop sync', 'stop mounts', 'undo s3']);

    const earlier = world({ failing: 's3' });
    const again = startOperation(earlier.deps);
    await expect(again.run(earlier.context, INPUT)).rejects.toMatchObject({ message: 's3 failed.' });
    await again.rollback(earlier.recovery, INPUT);
    expect(earlier.calls).toEqual(['conflicts', 's3', 'undo s3']);
  });

  it('leaves running what ran before', async () => {
    const { calls, deps, context, recovery } = world();
    const kind = startOperation(deps);
    await kind.run(context, { ...INPUT, component: 'mounts' });
    const second = { ...recovery, records: [] };
    await kind.run({ ...context, note: () => Promise.reject(new Error('It ran before.')), records: () => [] }, { ...INPUT, component: 'mounts' });
    await kind.rollback(second, INPUT);
    expect(calls).not.toContain('stop mounts');
  });

  it('starts nothing that would overwrite something, unless sharing was chosen', async () => {
    const finding = { id: 'x', severity: 'error', message: 'Two write.', fixes: [] };
    const refused = world({ findings: [finding] });
    await expect(startOperation(refused.deps).run(refused.context, INPUT)).rejects.toMatchObject({ code: 'blocked', message: 'Storage has conflicts: Two write.' });
    expect(refused.calls).toEqual(['conflicts']);
    const shared = world({ findings: [finding], strategy: 'C' });
    await startOperation(shared.deps).run(shared.context, INPUT);
    expect(shared.calls).toContain('sync');
  });

  it('B starts both at once and comes to the end of both before a failure is said', async () => {
    const { calls, deps, context } = world({ order: 'B', failing: 'mounts' });
    await expect(startOperation(deps).run(context, INPUT)).rejects.toMatchObject({ message: 'mounts failed.' });
    expect(calls).toEqual(['s3', 'buckets data logs', 'mounts', 'sync']);
  });

  it('C ends before both where the test of one part fails', async () => {
    const { calls, deps, context } = world({ order: 'C' });
    // The bucket lists nothing of what was written: its test fails.
    await expect(startOperation(deps).run(context, INPUT)).rejects.toMatchObject({ code: 'unhealthy', message: 'The test of data failed: What was written is not listed.' });
    expect(calls.slice(0, 5)).toEqual(['conflicts', 's3', 'buckets data logs', 'mounts', 'test bucket']);
    expect(calls).not.toContain('sync');
  });

  it('says what is missing before anything is queued', async () => {
    const { deps } = world({ definition: { file: null, containers: [], mounts: [], jobs: [] } });
    await expect(startOperation(deps).prepare?.({ project: 'p', component: 'all' })).rejects.toMatchObject({ code: 'not-found' });
    expect(await startOperation(deps).prepare?.({ project: 'p', component: 's3' })).toMatchObject({ component: 's3' });
  });
});

describe('stopping storage', () => {
  it('goes the other way round, and leaves S3 where only a part is stopped', async () => {
    const all = world();
    await stopOperation(all.deps).run(all.context, INPUT);
    expect(all.calls).toEqual(['stop sync', 'stop mounts', 'stop s3', 'commit']);
    const part = world();
    await stopOperation(part.deps).run(part.context, { ...INPUT, component: 'mounts' });
    expect(part.calls).toEqual(['stop mounts', 'commit']);
  });
});
