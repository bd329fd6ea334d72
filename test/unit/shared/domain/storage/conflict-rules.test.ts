import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { S3Access } from '@shared/domain/storage/access';
import { analyseStorage } from '@shared/domain/storage/analyse-storage';
import type { ConflictOptions } from '@shared/domain/storage/conflict-model';
import { access, sync } from './accesses-kit';

const MEBIBYTE = 1024 * 1024;
const rules = (accesses: readonly S3Access[], options: ConflictOptions = {}): readonly string[] => analyseStorage(accesses, options).findings.map((one) => `${one.rule ?? ''} ${one.severity}${one.confidence === 'possible' ? ' possible' : ''}`);
const resources = (requestMemoryBytes: number, requestCpuMillis: number): S3Access['resources'] => ({ requestMemoryBytes, requestCpuMillis, limitMemoryBytes: null, limitCpuMillis: null });
const readOnly = { verbs: ['read'] } as const;
const mirror = { verbs: ['write', 'delete'] } as const;
const pod = (name: string): { readonly group: string } => ({ group: `pod:default/Deployment/${name}` });
const conf = { configPath: '/root/.config/rclone/rclone.conf' } as const;

const CASES: readonly (readonly [string, readonly S3Access[], readonly string[], ConflictOptions?])[] = [
  ['B1: two writers of one bucket', [access(), sync({ bucket: 'data' })], ['B1 error']],
  ['B1: a folder within the other', [access({ prefix: 'a' }), sync({ bucket: 'data', prefix: 'a/b' })], ['B1 error']],
  ['B1: two mounts in different containers', [access(), access({ container: 'other' })], ['B1 error']],
  ['B1: a client that deletes', [access(), access({ container: 'cleaner', mode: 'client', verbs: ['delete'] })], ['B2 error']],
  ['B1: addresses of one server', [access(), sync({ bucket: 'data', endpoint: 'http://127.0.0.1:9000' })], ['B1 error'], { endpointAliases: [['http://minio:9000', 'http://127.0.0.1:9000']] }],
  ['B1: any two of Amazon’s regions', [access({ endpoint: 'aws:us-east-1' }), sync({ bucket: 'data', endpoint: 'aws:eu-west-1' })], ['B1 error']],
  ['B1: the same unknown variable', [access({ bucket: '${B}' }), sync({ bucket: '${B}' })], ['B1 warning possible']],
  ['B1: an unknown endpoint', [access({ endpoint: '' }), sync({ bucket: 'data' })], ['B1 warning possible']],
  ['B1: an unknown folder', [access({ prefix: 'in' }), sync({ bucket: 'data', prefix: '${WHERE}' })], ['B1 warning possible']],
  ['B1: mount and copy of one container', [access({ container: 'all' }), sync({ container: 'all', bucket: 'data' })], ['B1 error']],
  ['B2: a mount and a sync that deletes', [access(), sync({ bucket: 'data', ...mirror })], ['B2 error']],
  ['B2: two jobs of one container, one of which deletes', [sync({ bucket: 'data' }), sync({ bucket: 'data', place: '/mnt/efs/logs', ...mirror })], ['B2 error']],
  ['B3: a view that is older than the time between two runs', [access(readOnly), sync({ bucket: 'data', everySeconds: 60 })], ['B3 warning']],
  ['B4: a copy of what is mounted from there', [access({ container: 'all' }), sync({ container: 'all', bucket: 'data', place: '/mnt/s3/data/in', prefix: 'in/copy' })], ['B4 error']],
  ['B4: also by a shared folder, and read-only', [access({ ...readOnly, placeStore: 'host:/state/mnt/s3/data' }), sync({ bucket: 'data', place: '/in', placeStore: 'host:/state/mnt/s3/data' })], ['B4 error']],
  ['B5: an unknown bucket', [access({ bucket: '${B}' }), sync({ bucket: 'data' })], ['B5 warning possible']],
  ['B5: an unknown part of a name', [access({ bucket: 'demo-${B}-x' }), sync({ bucket: 'demo-backup-x' })], ['B5 warning possible']],
  ['C1: one configuration on a shared volume', [access({ ...conf, configStore: 'volume:c/rclone.conf' }), sync({ bucket: 'b', ...conf, configStore: 'volume:c/rclone.conf' })], ['C1 error', 'C3 warning']],
  ['C1: one path in one pod', [access({ ...conf, ...pod('a'), credentials: 'x' }), sync({ bucket: 'b', ...conf, ...pod('a'), credentials: 'y' })], ['C1 error']],
  ['C2: one cache folder on a shared volume', [access({ cacheDir: '/c', cacheStore: 'volume:c', ...readOnly }), access({ container: 'other', cacheDir: '/d', cacheStore: 'volume:c', ...readOnly })], ['C2 error']],
  ['C2: one cache folder in one container', [access({ cacheDir: '/c', ...readOnly }), access({ cacheDir: '/c', ...readOnly, prefix: 'a', place: '/mnt/s3/a' })], ['C2 error']],
  ['C3: one key in one configuration', [access({ ...conf, ...pod('a'), credentials: 'x', remote: 'a' }), sync({ bucket: 'b', ...conf, ...pod('a'), credentials: 'x', remote: 'b' })], ['C1 error', 'C3 warning']],
  ['I1: two of no version', [access({ image: 'rclone/rclone' }), sync({ bucket: 'b', image: 'docker.io/rclone/rclone:latest' })], ['I1 info']],
  ['I1: two versions', [access({ image: 'rclone/rclone:1.70' }), sync({ bucket: 'b', image: 'host:5000/rclone/rclone:1.71' })], ['I1 info']],
  ['M1: one mount point', [access(), access({ bucket: 'b', place: '/mnt/s3/data' })], ['M1 error']],
  ['M1: one within the other', [access({ place: '/mnt/s3' }), access({ bucket: 'b', place: '/mnt/s3/b' })], ['M1 error']],
  ['M1: one folder of the host', [access({ placeStore: 'host:/m' }), access({ container: 'other', bucket: 'b', placeStore: 'host:/m/b' })], ['M1 error']],
  ['M1: over files', [access({ placeStore: 'volume:full' })], ['M1 error'], { filledStores: new Set(['volume:full']) }],
  ['R1: more memory than there is', [access({ resources: resources(128 * MEBIBYTE, 50) }), sync({ bucket: 'b', resources: resources(65 * MEBIBYTE, 50) })], ['R1 warning']],
  ['R1: more CPU than there is', [access({ resources: resources(1, 100) }), sync({ bucket: 'b', resources: resources(1, 51) })], ['R1 warning']],
  ['R1: limits above the node', [access({ resources: { ...resources(1, 1), limitMemoryBytes: 300 } }), sync({ bucket: 'b', resources: { ...resources(1, 1), limitMemoryBytes: 300 } })], ['R1 warning'], { allocatable: { memoryBytes: 512, cpuMillis: 1000 } }],
  ['R1: a limit counts where there is no request', [access({ resources: { ...resources(1, 1), requestMemoryBytes: null, limitMemoryBytes: 256 * MEBIBYTE } }), sync({ bucket: 'b' })], ['R1 warning']],
  ['S1: runs that pile up', [sync({ exclusive: false })], ['S1 warning']],
  ['S1: one reads while the other writes', [sync(), sync({ container: 'puller', verbs: ['read'], direction: 'from-s3' })], ['S1 warning']],
  ['strategy B: other folders of one bucket', [access({ prefix: 'backup/mount' }), sync({ bucket: 'data', prefix: 'backup/sync' })], ['B1 warning'], { bucketStrategy: 'B' }],
  ['strategy B: the same folder', [access({ prefix: 'backup' }), sync({ bucket: 'data', prefix: 'backup' })], ['B1 error'], { bucketStrategy: 'B' }],
];

const ALLOWED: readonly (readonly [string, readonly S3Access[], ConflictOptions?])[] = [
  ['one writer and a view that is only read', [access(readOnly), sync({ bucket: 'data' })]],
  ['a writable mount and a view of it', [access(readOnly), access({ container: 'writer' })]],
  ['a view that is fresh enough', [access({ ...readOnly, staleSeconds: 60 }), sync({ bucket: 'data', everySeconds: 60 })]],
];

const NONE: readonly (readonly [string, readonly S3Access[], ConflictOptions?])[] = [
  ['nothing at all', []],
  ['one mount', [access()]],
  ['one job', [sync()]],
  ['other buckets', [access(), sync({ bucket: 'archive' })]],
  ['three mounts and two jobs, each with its bucket', [access(), access({ bucket: 'index' }), access({ bucket: 'realtime' }), sync({ bucket: 'archive' }), sync({ bucket: 'logs', place: '/mnt/efs/logs' })]],
  ['the same name on another server', [access(), sync({ bucket: 'data', endpoint: 'http://other:9000' })]],
  ['the same name on another port', [access(), sync({ bucket: 'data', endpoint: 'http://minio:9001' })]],
  ['the same name at Amazon', [access(), sync({ bucket: 'data', endpoint: 'aws:us-east-1' })]],
  ['a prefix that only begins alike', [access({ prefix: 'data' }), sync({ bucket: 'data', prefix: 'data2' })]],
  ['the same the other way', [access({ prefix: 'data2' }), sync({ bucket: 'data', prefix: 'data' })]],
  ['folders that begin alike', [access({ prefix: 'a/data' }), sync({ bucket: 'data', prefix: 'a/data2/x' })]],
  ['sibling folders', [access({ prefix: 'in' }), sync({ bucket: 'data', prefix: 'out' })]],
  ['sibling folders, deleting', [access({ prefix: 'in' }), sync({ bucket: 'data', prefix: 'out', ...mirror })]],
  ['sibling folders under strategy C', [access({ prefix: 'in' }), sync({ bucket: 'data', prefix: 'out' })], { bucketStrategy: 'C' }],
  ['buckets that begin alike', [access({ bucket: 'data' }), sync({ bucket: 'data2' })]],
  ['buckets that differ by a dash', [access({ bucket: 'data-1' }), sync({ bucket: 'data1' })]],
  ['two views of one bucket', [access(readOnly), access({ container: 'other', ...readOnly })]],
  ['a view and a download', [access(readOnly), sync({ bucket: 'data', verbs: ['read'], direction: 'from-s3' })]],
  ['a writable mount and a download', [access(), sync({ bucket: 'data', verbs: ['read'], direction: 'from-s3', everySeconds: null })]],
  ['a variable set to another bucket', [access({ bucket: 'backup' }), sync({ bucket: 'realistic-demo' })]],
  ['two different unknown variables', [access({ bucket: '${A}' }), sync({ bucket: '${B}' })]],
  ['an unknown name that cannot be it', [access({ bucket: 'prod-${B}' }), sync({ bucket: 'demo-backup' })]],
  ['an unknown end that cannot be it', [access({ bucket: '${B}-data' }), sync({ bucket: 'demo-backup' })]],
  ['an unknown bucket that is only read', [access({ bucket: '${B}', ...readOnly }), sync({ bucket: 'data' })]],
  ['an unknown bucket on another server', [access({ bucket: '${B}' }), sync({ bucket: 'data', endpoint: 'http://other:9000' })]],
  ['no bucket at all', [access({ bucket: '', place: '/mnt/s3/all' }), sync({ bucket: '' })]],
  ['jobs of one container that copy to one place', [sync(), sync({ place: '/mnt/efs/logs' })]],
  ['an init container that has ended', [sync({ ...pod('a'), container: 'init', startup: true, bucket: 'data', ...conf }), access({ ...pod('a'), ...conf })]],
  ['two init containers in a row', [sync({ ...pod('a'), container: 'i1', startup: true, ...conf }), sync({ ...pod('a'), container: 'i2', startup: true, ...conf })]],
  ['a copy out of a mount of another bucket', [access({ container: 'all' }), sync({ container: 'all', bucket: 'archive', place: '/mnt/s3/data' })]],
  ['a copy of one folder of the bucket to another', [access({ container: 'all', ...readOnly, prefix: 'in' }), sync({ container: 'all', bucket: 'data', place: '/mnt/s3/data', prefix: 'out' })]],
  ['one path of configurations in two containers of one machine', [access(conf), sync(conf)]],
  ['one path of configurations in two pods', [access({ ...conf, ...pod('a') }), sync({ ...conf, ...pod('b') })]],
  ['two paths in one pod', [access({ configPath: '/root/.config/rclone-mount/rclone.conf', ...pod('a'), credentials: 'x' }), sync({ configPath: '/root/.config/rclone-sync/rclone.conf', ...pod('a'), credentials: 'x' })]],
  ['a shared configuration that nobody may write', [access({ ...conf, configStore: 'configmap:c', configWritable: false }), sync({ ...conf, configStore: 'configmap:c', configWritable: false })]],
  ['a shared configuration that one may write', [access({ ...conf, configStore: 'volume:c' }), sync({ ...conf, configStore: 'volume:c', configWritable: false })]],
  ['two folders of one volume for configurations', [access({ ...conf, configStore: 'volume:c/a/rclone.conf' }), sync({ ...conf, configStore: 'volume:c/b/rclone.conf' })]],
  ['no configuration file at all', [access({ ...pod('a') }), sync({ ...pod('a') })]],
  ['the same key in configurations of their own', [access({ credentials: 'x' }), sync({ credentials: 'x' })]],
  ['one cache folder for different buckets', [access({ cacheDir: '/c', cacheStore: 'volume:c' }), access({ container: 'other', bucket: 'index', cacheDir: '/c', cacheStore: 'volume:c' })]],
  ['the same cache path in different containers', [access({ ...readOnly, cacheDir: '/c' }), access({ ...readOnly, container: 'other', cacheDir: '/c' })]],
  ['mount points that begin alike', [access({ place: '/mnt/s3/data' }), access({ bucket: 'b', place: '/mnt/s3/data2' })]],
  ['one mount point in two containers', [access(), access({ container: 'other', bucket: 'b', place: '/mnt/s3/data' })]],
  ['folders of the host that begin alike', [access({ placeStore: 'host:/m/a' }), access({ container: 'other', bucket: 'b', placeStore: 'host:/m/ab' })]],
  ['exactly the budget', [access({ resources: resources(128 * MEBIBYTE, 100) }), sync({ resources: resources(64 * MEBIBYTE, 50) })]],
  ['much, but in different pods', [access({ ...pod('a'), resources: resources(128 * MEBIBYTE, 100) }), sync({ ...pod('b'), resources: resources(128 * MEBIBYTE, 100) })]],
  ['much, and no budget', [access({ resources: resources(512 * MEBIBYTE, 900) }), sync({ resources: resources(512 * MEBIBYTE, 900) })], { budget: null }],
  ['much for one container alone', [access({ resources: resources(512 * MEBIBYTE, 900) })]],
  ['much for a client', [access({ resources: resources(128 * MEBIBYTE, 100) }), access({ container: 'app', bucket: 'b', mode: 'client', resources: resources(512 * MEBIBYTE, 100) })]],
  ['one image of no version', [access({ image: 'rclone/rclone:latest' })]],
  ['no version in different pods', [access({ ...pod('a'), image: 'rclone/rclone' }), sync({ ...pod('b'), image: 'rclone/rclone' })]],
  ['one version, given by digest', [access({ image: 'rclone/rclone@sha256:1' }), sync({ image: 'rclone/rclone:1.71@sha256:1' })]],
  ['images of different programs', [access({ image: 'efrecon/s3fs:latest' }), sync({ image: 'amazon/aws-cli:latest' })]],
  ['a schedule that waits for itself', [sync({ exclusive: true })]],
  ['one run only', [sync({ exclusive: false, everySeconds: null })]],
  ['schedules of different buckets', [sync(), sync({ container: 'puller', bucket: 'other', verbs: ['read'], direction: 'from-s3' })]],
];

describe('the rules', () => {
  it.each(CASES.map(([name, accesses, expected, options = {}]) => ({ name, accesses, expected, options })))('$name', ({ accesses, expected, options }) => {
    expect(rules(accesses, options)).toEqual(expected);
  });
  it.each(ALLOWED.map(([name, accesses, options = {}]) => ({ name, accesses, options })))('only say that it is allowed: $name', ({ accesses, options }) => {
    const { findings } = analyseStorage(accesses, options);
    expect(findings.map((one) => `${one.rule ?? ''} ${one.severity}`)).toEqual(['B3 info']);
    expect(findings[0]?.fixes).toEqual([]);
  });
  it.each(NONE.map(([name, accesses, options = {}]) => ({ name, accesses, options })))('say nothing of $name', ({ accesses, options }) => {
    expect(analyseStorage(accesses, options).findings).toEqual([]);
  });
  it('each has the code under which users look it up', () => {
    const shown = CASES.flatMap(([, accesses, , options = {}]) => analyseStorage(accesses, options).findings.map((one) => `${one.rule ?? ''} ${one.code}`));
    expect([...new Set(shown)].sort()).toEqual([
      'B1 BUCKET_OVERLAP', 'B2 BUCKET_OVERLAP', 'B3 BUCKET_OVERLAP', 'B4 SYNC_LOOP', 'B5 BUCKET_OVERLAP',
      'C1 CONFIG_OVERLAP', 'C2 CONFIG_OVERLAP', 'C3 CONFIG_OVERLAP', 'I1 CONFIG_OVERLAP', 'M1 MOUNT_OVERLAP', 'R1 RESOURCE_COMPETITION', 'S1 SCHEDULE_OVERLAP',
    ]);
  });
  it('has more than forty of these', () => {
    expect(NONE.length).toBeGreaterThan(40);
  });
  it('says the same of a container that a file describes and that runs', () => {
    const running = access({ where: undefined });
    const report = analyseStorage([running, access(), sync({ bucket: 'data' })]);
    expect(report.findings.map((one) => one.rule)).toEqual(['B1']);
    expect(report.accesses).toHaveLength(2);
    expect(report.accesses.every((one) => one.where !== undefined)).toBe(true);
  });
  it('never prints credentials', () => {
    expect(JSON.stringify(analyseStorage([access({ ...conf, configStore: 'v', credentials: 'key:abc' }), sync({ ...conf, configStore: 'v', bucket: 'data', credentials: 'key:abc' })]))).not.toContain('key:abc');
  });
});

const anyAccess: fc.Arbitrary<S3Access> = fc
  .record({
    container: fc.constantFrom('alpha', 'beta', 'gamma'),
    group: fc.constantFrom('host', 'pod:default/Pod/p'),
    mode: fc.constantFrom('mount' as const, 'sync' as const, 'client' as const),
    verbs: fc.constantFrom(['read'] as const, ['write'] as const, ['read', 'write', 'delete'] as const),
    endpoint: fc.constantFrom('http://minio:9000', 'http://other:9000', ''),
    bucket: fc.constantFrom('data', 'index', '${B}'),
    prefix: fc.constantFrom('', 'a', 'a/b', 'ab', '${P}'),
    place: fc.constantFrom('/mnt/s3/data', '/mnt/s3/data/in', '/mnt/efs'),
    placeStore: fc.constantFrom(null, 'host:/m', 'host:/m/in'),
    configPath: fc.constantFrom(null, '/root/.config/rclone/rclone.conf'),
    configStore: fc.constantFrom(null, 'volume:c'),
    cacheDir: fc.constantFrom(null, '/cache'),
    cacheStore: fc.constantFrom(null, 'volume:cache'),
    credentials: fc.constantFrom(null, 'key:1'),
    image: fc.constantFrom('rclone/rclone:latest', 'rclone/rclone:1.71'),
    everySeconds: fc.constantFrom(null, 60, 300),
    startup: fc.boolean(),
    remote: fc.constantFrom('s3', 'other'),
  })
  .map((one) => access({ ...one, direction: one.mode === 'sync' ? 'to-s3' : null, where: undefined, resources: resources(128 * MEBIBYTE, 100) }));

describe('whatever accesses there are', () => {
  it('their order does not matter', () => {
    fc.assert(fc.property(fc.array(anyAccess, { maxLength: 7 }), fc.infiniteStream(fc.nat()), (accesses, numbers) => {
      const shuffled = accesses.map((one) => [numbers.next().value as number, one] as const).sort(([a], [b]) => a - b).map(([, one]) => one);
      expect(analyseStorage(shuffled)).toEqual(analyseStorage(accesses));
    }));
  });
  it('a finding names two parties: two containers, or two places of one', () => {
    fc.assert(fc.property(fc.array(anyAccess, { maxLength: 7 }), (accesses) => {
      for (const { message } of analyseStorage(accesses).findings) {
        const names = new Set(message.match(/(?:alpha|beta|gamma)(?: of (?:this machine|Pod p))?/g) ?? []);
        const places = new Set(message.match(/\/mnt\/[a-z0-9/]+/g) ?? []);
        expect(names.size + places.size, message).toBeGreaterThan(1);
      }
    }));
  });
  it('ids are its own, stable, and say nothing twice', () => {
    fc.assert(fc.property(fc.array(anyAccess, { maxLength: 6 }), (accesses) => {
      const ids = analyseStorage(accesses).findings.map((one) => one.id);
      expect(new Set(ids).size).toBe(ids.length);
    }));
  });
  it('what is only read never has an error about its bucket', () => {
    fc.assert(fc.property(fc.array(anyAccess, { maxLength: 6 }), (accesses) => {
      const reading = accesses.map((one) => ({ ...one, verbs: ['read'] as const }));
      expect(analyseStorage(reading).findings.filter((one) => one.code === 'BUCKET_OVERLAP')).toEqual([]);
    }));
  });
  it('what is unknown is never an error of a bucket', () => {
    fc.assert(fc.property(fc.array(anyAccess, { maxLength: 6 }), (accesses) => {
      const unknown = accesses.map((one) => ({ ...one, bucket: { text: '${B}', certain: false } }));
      expect(analyseStorage(unknown).findings.filter((one) => one.code === 'BUCKET_OVERLAP' && one.severity === 'error')).toEqual([]);
    }));
  });
});
