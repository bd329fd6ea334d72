import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finding } from '../../../src/shared/domain/findings/finding';
import { conflictGroups, isStrategy, mendedBy, overlapWords, shareBars, waysOut } from '../../../src/renderer/src/features/storage/conflict-view';
import { crumbs, keyName, objectRows, type ObjectPage } from '../../../src/renderer/src/features/storage/object-rows';
import { addedWords, cacheShare, countdown, detailBeside, mebi, millis, remoteWords, spanWords, storageAnswer, usedWords, type StorageMount, type StorageStatus, type SyncJob } from '../../../src/renderer/src/features/storage/storage-answer';
import { tuneInput, type TuneForm } from '../../../src/renderer/src/features/storage/tune-input';
import { announcedStatus, bucketsRevision, failedStorage, runningStorage, undoableStorage } from '../../../src/renderer/src/features/storage/use-storage';
import type { Operation } from '../../../src/renderer/src/lib/model';
import { BLANK, PROJECT_ID } from '../../support/window-world-history';

const MIB = 1_048_576;
const mount = (state: StorageMount['state']): StorageMount => ({ id: 'm', service: 'rclone-mount', container: 'rclone-mount', remote: 's3-data', bucket: 'shop-data', prefix: '', mountPoint: '/mnt/s3/data', hostPath: null, backend: 'rclone', readOnly: true, state, detail: '', latencyMs: null, cache: { usedBytes: null, maxBytes: 100, maxAgeSeconds: 3_600, dirCacheSeconds: 300 }, usedBytes: null, lastRefreshedAt: null });
const run = (state: 'succeeded' | 'failed'): NonNullable<SyncJob['lastRun']> => ({ operationId: 'o', job: 'j', startedAt: '', finishedAt: '', state, files: 1, bytes: 1, errors: 0, drifted: [], detail: '' });
const job = (state: SyncJob['state'], lastRun: SyncJob['lastRun'] = run('succeeded')): SyncJob => ({ id: 'j', service: 's3-sync', container: 's3-sync', source: '/mnt/efs/logs', remote: 's3', bucket: 'logs', prefix: '', semantics: 'archive', everySeconds: 300, state, detail: '', nextRunAt: null, lastRun });
const status = (change: Partial<StorageStatus> = {}): StorageStatus => ({
  s3: { endpoint: null, consoleUrl: null, origin: 'local', flavour: null, image: null, region: 'us-east-1', health: 'healthy', detail: '', credentials: 'none', volume: null, notices: [] },
  mounts: [mount('healthy'), mount('healthy')],
  jobs: [job('idle')],
  folders: [],
  added: { memoryBytes: 192 * MIB, cpuMillis: 150, containers: 2 },
  measured: { memoryBytes: 71.4 * MIB, cpuMillis: 12.2 },
  fuse: { possible: true, reason: '', instead: '' },
  file: 'docker-compose.storage.yml',
  ...change,
});
const found = (code: string, severity: 'error' | 'warning' | 'info', ...fixes: string[]) => ({ ...finding({ object: `${code}${severity}`, code, severity, message: '', why: '' }), fixes: fixes.map((id) => ({ id, title: id })) });
const none = { findings: [] };

describe('the answer of the storage page', () => {
  it.each([
    ['everything is well', status(), none, 'good', 'Mounted, in step, nothing collides'],
    ['nobody analysed yet', status(), null, 'good', 'Mounted, in step'],
    ['nothing is set up', status({ file: null, mounts: [], jobs: [] }), none, 'none', 'Storage is not set up yet'],
    ['nothing is set up but files collide', status({ file: null, mounts: [], jobs: [] }), { findings: [found('BUCKET_OVERLAP', 'error')] }, 'bad', 'Storage is not set up yet, 1 thing collides'],
    ['a mount hangs', status({ mounts: [mount('healthy'), mount('degraded')] }), none, 'bad', '1 of 2 mounted, in step, nothing collides'],
    ['a mount comes back', status({ mounts: [mount('healthy'), mount('recovering')] }), none, 'busy', 'Mounting, 1 of 2 ready, in step, nothing collides'],
    ['nothing was started', status({ mounts: [mount('absent')], jobs: [job('stopped', null)] }), none, 'off', 'Not mounted, not syncing, nothing collides'],
    ['one of two stopped', status({ mounts: [mount('healthy'), mount('stopped')] }), none, 'warn', '1 of 2 mounted, in step, nothing collides'],
    ['nothing can be mounted', status({ fuse: { possible: false, reason: '', instead: '' } }), none, 'warn', 'Nothing can be mounted on this machine, in step, nothing collides'],
    ['a sync failed', status({ jobs: [job('idle', run('failed'))] }), none, 'bad', 'Mounted, the last sync failed, nothing collides'],
    ['a sync runs', status({ jobs: [job('running')] }), none, 'good', 'Mounted, syncing now, nothing collides'],
    ['no sync ran yet', status({ jobs: [job('idle', null)] }), none, 'off', 'Mounted, not synced yet, nothing collides'],
    ['S3 is away', status({ s3: { ...status().s3, health: 'unreachable' } }), none, 'bad', 'S3 does not answer, mounted, in step, nothing collides'],
    ['only notes stand', status(), { findings: [found('CONFIG_OVERLAP', 'info')] }, 'good', 'Mounted, in step, nothing collides'],
    ['warnings stand', status(), { findings: [found('CONFIG_OVERLAP', 'warning'), found('RESOURCE_COMPETITION', 'warning')] }, 'warn', 'Mounted, in step, 2 things collide'],
  ] as const)('when %s', (_when, state, conflicts, mark, sentence) => {
    expect(storageAnswer(state, conflicts === null ? null : { findings: [...conflicts.findings] })).toEqual({ mark, sentence });
  });

  it('says what is added the way requests are written, beside what is used', () => {
    expect(addedWords(status().added)).toBe('+192Mi / +150m / +2 containers');
    expect(usedWords(status().measured)).toBe('uses 71Mi / 12m now');
    expect(usedWords(null)).toBe('uses nothing now');
    expect([mebi(7.44 * MIB), mebi(0), millis(0.4)]).toEqual(['7.4Mi', '0Mi', '0m']);
  });

  it('says spans, countdowns and remotes shortly', () => {
    expect([45, 60, 300, 3_600, 90_000, 86_400, 0].map(spanWords)).toEqual(['45 s', '1 min', '5 min', '1 h', '25 h', '1 d', '0 s']);
    expect([400, 59_000, 134_000, 3_900_000, -5].map(countdown)).toEqual(['1 s', '59 s', '2 min 14 s', '1 h 5 min', '0 s']);
    expect(remoteWords({ remote: 's3', bucket: 'data', prefix: 'a/b' })).toBe('s3:data/a/b');
    expect(remoteWords(mount('healthy'))).toBe('s3-data:shop-data');
    expect([detailBeside('not started', 'Not started.'), detailBeside('stopped', 'It was stopped by hand.')]).toEqual(['', 'It was stopped by hand.']);
  });

  it('never fills a cache gauge past its ends', () => {
    fc.assert(fc.property(fc.option(fc.double({ noNaN: true })), fc.double({ noNaN: true }), (usedBytes, maxBytes) => {
      const share = cacheShare({ usedBytes, maxBytes, maxAgeSeconds: 1, dirCacheSeconds: 1 });
      return share === null ? usedBytes === null || maxBytes <= 0 : share >= 0 && share <= 1;
    }));
  });
});

describe('conflicts of storage', () => {
  it('groups by what collides, buckets first, and knows what each way out mends', () => {
    const findings = [found('RESOURCE_COMPETITION', 'warning', 'resource-optimization'), found('BUCKET_OVERLAP', 'error', 'bucket-separation'), found('NEW_CODE', 'info'), found('CONFIG_OVERLAP', 'error', 'container-separation')];
    expect(conflictGroups(findings).map((group) => [group.title, group.findings.length])).toEqual([['Buckets', 1], ['Configuration and images', 1], ['Memory and CPU', 1], ['NEW_CODE', 1]]);
    expect([mendedBy('bucket-separation', findings), mendedBy('all', findings)]).toEqual([1, 3]);
    expect([isStrategy('all'), isStrategy('fix-port-1')]).toEqual([true, false]);
  });

  it('offers folders in one bucket only where that was chosen', () => {
    expect(waysOut([found('BUCKET_OVERLAP', 'error', 'bucket-separation')])).toEqual(['bucket-separation', 'container-separation', 'resource-optimization', 'all']);
    expect(waysOut([found('BUCKET_OVERLAP', 'error', 'folder-separation')])).toEqual(['folder-separation', 'container-separation', 'resource-optimization', 'all']);
    expect(waysOut([found('BUCKET_OVERLAP', 'error', 'folder-separation'), found('BUCKET_OVERLAP', 'warning', 'bucket-separation')])).toEqual(['bucket-separation', 'folder-separation', 'container-separation', 'resource-optimization', 'all']);
  });

  it('writes the sets out', () => {
    expect(overlapWords({ mountBuckets: ['data', 'index'], syncBuckets: ['archive'], overlap: [] })).toBe('No overlap: mount{data,index} ∩ sync{archive} = ∅');
    expect(overlapWords({ mountBuckets: ['b'], syncBuckets: ['b'], overlap: ['b'] })).toBe('Overlap: mount{b} ∩ sync{b} = {b}');
  });

  it('stacks what is asked for now and once optimised', () => {
    const shares = [{ container: 'rclone-mount', mode: 'mount' as const, memoryBytes: 128 * MIB, cpuMillis: 100 }, { container: 's3-sync', mode: 'sync' as const, memoryBytes: 128 * MIB, cpuMillis: 100 }, { container: 'api', mode: 'client' as const, memoryBytes: MIB, cpuMillis: 1 }];
    expect(shareBars(shares, 'memoryBytes').map((bar) => [bar.when, mebi(bar.total)])).toEqual([['before', '256Mi'], ['after', '192Mi']]);
    expect(shareBars(shares, 'cpuMillis').map((bar) => millis(bar.total))).toEqual(['200m', '150m']);
    expect(shareBars([], 'cpuMillis')).toEqual([]);
  });
});

describe('the browser of buckets', () => {
  const object = (key: string): ObjectPage['objects'][number] => ({ key, sizeBytes: 1, modifiedAt: '', etag: '' });
  const page = (objects: string[], folders: string[] = []): ObjectPage => ({ bucket: 'b', prefix: 'a/', folders, objects: objects.map(object), next: null });

  it('lists folders first, then objects of every page, by their own names, without the folder itself', () => {
    const pages = [page(['a/', 'a/x.txt'], ['a/sub/']), page(['a/y.txt'], ['a/sub/'])];
    expect(objectRows(pages, '').map((row) => `${row.kind} ${row.name}`)).toEqual(['folder sub', 'object x.txt', 'object y.txt']);
    expect(objectRows(pages, ' Y').map((row) => row.key)).toEqual(['a/y.txt']);
    expect(objectRows([], '')).toEqual([]);
  });

  it('knows the way back up and what a download is called', () => {
    expect(crumbs('a/b/')).toEqual([{ name: 'a', prefix: 'a/' }, { name: 'b', prefix: 'a/b/' }]);
    expect(crumbs('')).toEqual([]);
    expect([keyName('a/b.txt'), keyName('b')]).toEqual(['b.txt', 'b']);
  });
});

describe('the cache of a mount', () => {
  const form = (change: Partial<TuneForm>): TuneForm => ({ preset: 'custom', size: '', age: '', dir: '', access: '', ...change });
  it.each([
    [form({ preset: 'fresher', size: 'nonsense' }), { preset: 'fresher' }],
    [form({}), null],
    [form({ size: 'much' }), null],
    [form({ age: '5' }), null],
    [form({ size: ' 5G ', age: '1m', dir: '30s' }), { cacheMaxSize: '5G', cacheMaxAge: '1m', dirCacheTime: '30s' }],
    [form({ access: 'writable' }), { readOnly: false }],
  ])('asks for %j as %j', (given, wanted) => expect(tuneInput(given)).toEqual(wanted));
});

describe('what the last operations of storage say', () => {
  const of = (change: Partial<Operation>): Operation => ({ ...BLANK, after: [...BLANK.after], id: 'a', kind: 'storage.start', ...change });
  const error = { code: 'unhealthy' as const, message: 'S3 did not answer.' };

  it('shows a failure of this session until it is put away, and one that needs somebody in any case', () => {
    const failed = of({ state: 'rolled-back', error });
    expect(failedStorage([failed], PROJECT_ID, { a: {} }, [])?.id).toBe('a');
    expect(failedStorage([failed], PROJECT_ID, {}, [])).toBeNull();
    expect(failedStorage([failed], PROJECT_ID, { a: {} }, ['a'])).toBeNull();
    expect(failedStorage([{ ...failed, state: 'cancelled' }], PROJECT_ID, { a: {} }, [])).toBeNull();
    expect(failedStorage([{ ...failed, state: 'needs-attention' }], PROJECT_ID, {}, [])?.id).toBe('a');
    expect(failedStorage([of({ id: 'b' }), failed], PROJECT_ID, { a: {} }, [])).toBeNull();
  });

  it('finds what runs, what can be taken back, and when buckets are to be read again', () => {
    const running = of({ id: 'r', state: 'running' });
    expect(runningStorage([of({ kind: 'modes.switch', state: 'running' }), running], PROJECT_ID)?.id).toBe('r');
    expect(undoableStorage([of({ id: 'u', kind: 'storage.tune', undoable: true })], PROJECT_ID, { u: {} })?.id).toBe('u');
    expect(undoableStorage([of({ id: 'u', kind: 'compose.relocate', undoable: true })], PROJECT_ID, { u: {} })).toBeNull();
    expect(bucketsRevision([running, of({ id: 'c', kind: 'storage.choose' }), of({ id: 'p', kind: 'objects.put' })], PROJECT_ID)).toBe('p');
    expect(bucketsRevision(null, PROJECT_ID)).toBe('');
  });
});

describe('what is announced', () => {
  const of = (projectId: string, file: string) => ({ type: 'storage.changed' as const, projectId, status: { file } as unknown as StorageStatus });
  it('is the newest status of this project, and nothing where none is about it', () => {
    expect(announcedStatus([of('p_1', 'a'), of('p_2', 'b'), of('p_1', 'c'), { type: 'bug.reported', message: 'x' }], 'p_1')?.file).toBe('c');
    expect(announcedStatus([of('p_2', 'b')], 'p_1')).toBeNull();
    expect(announcedStatus([], 'p_1')).toBeNull();
  });
});
