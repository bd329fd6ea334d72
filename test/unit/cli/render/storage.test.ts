import { describe, expect, it } from 'vitest';
import { contract, type ContractName, type OutputOf } from '@shared/contract/contract';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };
const MIB = 1_048_576;
type Status = OutputOf<'storage.status'>;
type Conflicts = OutputOf<'storage.conflicts'>;

const s3: Status['s3'] = {
  endpoint: 'http://127.0.0.1:9000', consoleUrl: 'http://127.0.0.1:9001', origin: 'local', flavour: 'minio', image: 'berth/minio:local', region: 'us-east-1', health: 'healthy', detail: 'It answers.',
  credentials: 'generated', volume: 'berth-s3-data', notices: ['The console gets no fixes any more.'],
};
const mount = (name: string, state: Status['mounts'][number]['state'] = 'healthy'): Status['mounts'][number] => ({
  id: `rclone-mount:/mnt/s3/${name}`, service: 'rclone-mount', container: 'rclone-mount', remote: `s3-${name}`, bucket: `shop-${name}`, prefix: '', mountPoint: `/mnt/s3/${name}`, hostPath: `/state/mnt/s3/${name}`,
  backend: 'rclone', readOnly: false, state, detail: state === 'healthy' ? 'Mounted and answering.' : 'It does not answer. It is being mounted again.', latencyMs: 2.4,
  cache: { usedBytes: 10 * MIB, maxBytes: 1024 * MIB, maxAgeSeconds: 3_600, dirCacheSeconds: 300 }, usedBytes: 5, lastRefreshedAt: null,
});
const run: OutputOf<'storage.runs'>[number] = { operationId: 'op_1', job: 's3-sync:/mnt/efs/logs', startedAt: '2026-05-01T10:00:00.123Z', finishedAt: '2026-05-01T10:00:01.623Z', state: 'succeeded', files: 3, bytes: 1_536, errors: 0, drifted: [], detail: '' };
const job: Status['jobs'][number] = {
  id: 's3-sync:/mnt/efs/logs', service: 's3-sync', container: 's3-sync', source: '/mnt/efs/logs', remote: 's3-logs', bucket: 'shop-logs', prefix: 'today', semantics: 'archive', everySeconds: 300, state: 'idle', detail: 'Waits for its time.', nextRunAt: '2026-05-01T10:05:00Z', lastRun: run,
};
const status: Status = {
  s3, mounts: [mount('data'), mount('index')], jobs: [job],
  folders: [{ path: '/mnt/efs', state: 'ok', mounted: true, readable: true, writable: true, freeBytes: 1_024, usedBytes: 2_048, latencyMs: 0.4, lastSyncAt: '2026-05-01T10:00:01.623Z', detail: 'ok' }],
  added: { memoryBytes: 192 * MIB, cpuMillis: 150, containers: 2 }, measured: { memoryBytes: 7.5 * MIB, cpuMillis: 12.3 }, fuse: { possible: true, reason: '', instead: '' }, file: 'docker-compose.storage.yml',
};
const conflicts: Conflicts = {
  findings: [], mountBuckets: ['shop-data', 'shop-index'], syncBuckets: ['shop-logs'], overlap: [], added: status.added,
  shares: [{ container: 'rclone-mount', mode: 'mount', memoryBytes: 128 * MIB, cpuMillis: 100 }, { container: 's3-sync', mode: 'sync', memoryBytes: 64 * MIB, cpuMillis: 50 }],
  accesses: [{ container: 'rclone-mount', mode: 'mount', verbs: ['read', 'write'], endpoint: 'http://berth-s3:9000', bucket: 'shop-data', prefix: 'a', place: '/mnt/s3/data', certain: true }],
};
const finding = (code: string, rule: string, severity: 'error' | 'warning' | 'info', fix: string | null): Conflicts['findings'][number] => ({
  id: 'f1', code, rule, severity, area: 'storage', message: `What ${rule} says.`, why: 'Why it matters.', fixes: fix === null ? [] : [{ id: fix, title: 'Mend it' }],
});
const transfer = { operationId: 'op_1', bucket: 'shop-data', key: 'a/b.txt', sizeBytes: 1_536, etag: 'abc', versionId: 'v1' };

/** The examples are what the contract says. */
function shown<N extends ContractName>(name: N, value: OutputOf<N>, input: { readonly [field: string]: unknown } = {}): string {
  expect(contract[name].output.safeParse(value).error?.issues ?? [], name).toEqual([]);
  return render(name, value, terminal, input);
}
const firstLine = (value: Status, beside: object = {}): string => render('storage.status', { ...value, ...beside }, terminal).split('\n')[0] ?? '';

describe('the state of storage', () => {
  it('answers three questions in its first line', () => {
    expect(firstLine(status, { conflicts })).toBe('Mounted (2 of 2), syncing, nothing collides.');
    expect(firstLine(status)).toBe('Mounted (2 of 2), syncing.');
    expect(firstLine({ ...status, mounts: [mount('data'), mount('index', 'recovering')] }, { conflicts: { ...conflicts, findings: [finding('BUCKET_OVERLAP', 'B1', 'error', null), finding('CONFIG_OVERLAP', 'I1', 'info', null)] } })).toBe(
      '1 of 2 mounted, syncing, 1 thing collides (berth storage conflicts).',
    );
    expect(firstLine({ ...status, s3: { ...s3, health: 'unreachable' }, mounts: [mount('data', 'degraded')] })).toBe('S3 does not answer, not mounted, syncing.');
    expect(firstLine({ ...status, jobs: [{ ...job, state: 'failed' }] })).toBe('Mounted (2 of 2), the last sync failed.');
    expect(firstLine({ ...status, jobs: [{ ...job, state: 'stopped' }] })).toBe('Mounted (2 of 2), not syncing.');
    expect(firstLine({ ...status, jobs: [{ ...job, state: 'running' }] })).toBe('Mounted (2 of 2), syncing now.');
    expect(firstLine({ ...status, jobs: [{ ...job, state: 'waiting', lastRun: null }] })).toBe('Mounted (2 of 2), syncing, the first run is still to come.');
    expect(firstLine({ ...status, fuse: { possible: false, reason: 'r', instead: 'i' } })).toContain('Nothing can be mounted on this machine');
    expect(firstLine({ ...status, file: null, mounts: [], jobs: [] })).toBe('Storage is not set up.');
  });

  it('shows server, mounts, jobs, folders and what is added, with sizes and times', () => {
    const text = shown('storage.status', status);
    expect(text).toContain('S3 (minio, image berth/minio:local): healthy at http://127.0.0.1:9000. It answers.\nConsole: http://127.0.0.1:9001\nKeys: made by Berth, limited to this project’s buckets. Data: volume berth-s3-data\nnotice The console gets no fixes any more.\n');
    expect(text).toMatch(/\/mnt\/s3\/data +s3-data:shop-data +healthy +read, write +rclone +10\.0 MiB of 1\.0 GiB +1 h +5 min +2 ms +\/state\/mnt\/s3\/data\n/);
    expect(text).toMatch(/\/mnt\/efs\/logs +s3-logs:shop-logs\/today +idle +stay in the bucket +5 min +2026-05-01T10:05:00Z +2026-05-01T10:00:00Z +3 files, 1\.5 KiB\n/);
    expect(text).toMatch(/\/mnt\/efs +ok +yes +read, write +2\.0 KiB +1\.0 KiB +0 ms +2026-05-01T10:00:01Z\n/);
    expect(text).toMatch(/\nAsks for \+192Mi \/ \+150m \/ \+2 containers; uses 7\.5Mi \/ 12m now\.\nDefined in docker-compose\.storage\.yml\.\n$/);
  });

  it('says why something is not well, and what takes the place of mounts', () => {
    const unwell = { ...status, mounts: [mount('data', 'recovering')], folders: [{ ...status.folders[0]!, state: 'down' as const, latencyMs: null, freeBytes: null, detail: 'Nothing is mounted there.' }] };
    expect(shown('storage.status', unwell)).toContain('  /mnt/s3/data: It does not answer. It is being mounted again.\n');
    expect(shown('storage.status', unwell)).toContain('  /mnt/efs: Nothing is mounted there.\n');
    expect(shown('storage.status', { ...status, measured: null, fuse: { possible: false, reason: 'Docker runs in a virtual machine.', instead: 'Copies by sync jobs.' } })).toContain('; nothing runs.\nDocker runs in a virtual machine. Copies by sync jobs.\n');
    expect(shown('storage.start', { operationId: 'op_1', status })).toMatch(/^Mounted \(2 of 2\), syncing\.\n/);
    expect(shown('storage.stop', { operationId: 'op_1', status: { ...status, mounts: [], jobs: [], folders: [] } })).toMatch(/^Stopped\. Buckets and files stay\.\n/);
  });
});

describe('conflicts', () => {
  it('prints both sets and their empty intersection, and what is added', () => {
    const text = shown('storage.conflicts', conflicts);
    expect(text).toMatch(/^Nothing collides\.\nNo overlap: mount\{shop-data, shop-index\} ∩ sync\{shop-logs\} = ∅\n/);
    expect(text).toMatch(/rclone-mount +mount +128Mi +100m\ns3-sync +sync +64Mi +50m\n/);
    expect(text).toMatch(/rclone-mount +mount +read, write +shop-data\/a +\/mnt\/s3\/data +http:\/\/berth-s3:9000 +certain\n/);
    expect(text).toMatch(/\nAdded beside the project: \+192Mi \/ \+150m \/ \+2 containers\n$/);
  });

  it('groups findings in the order in which they are mended', () => {
    const findings = [finding('RESOURCE_COMPETITION', 'R1', 'warning', 'resource-optimization'), finding('CONFIG_OVERLAP', 'I1', 'info', 'container-separation'), finding('BUCKET_OVERLAP', 'B1', 'error', 'bucket-separation')];
    const text = shown('storage.conflicts', { ...conflicts, overlap: ['shop-data'], findings });
    expect(text).toMatch(/^Something collides: 1 error, 1 warning, 1 note\.\nOverlap: mount\{shop-data, shop-index\} ∩ sync\{shop-logs\} = \{shop-data\}\n/);
    expect(text.indexOf('\nBuckets\nerror BUCKET_OVERLAP B1: What B1 says.')).toBeLessThan(text.indexOf('\nConfigurations\ninfo CONFIG_OVERLAP I1:'));
    expect(text.indexOf('\nConfigurations\n')).toBeLessThan(text.indexOf('\nResources\nwarning RESOURCE_COMPETITION R1:'));
    expect(text).toContain('fix: Mend it (berth storage apply-strategy bucket-separation)');
    expect(text).toContain('Mend all of it, with the changes shown first: berth storage apply-strategy all\n');
    expect(shown('storage.conflicts', { ...conflicts, findings: [finding('SYNC_LOOP', 'B4', 'error', 'bucket-separation')] })).toContain('Mend it, with the changes shown first: berth storage apply-strategy bucket-separation\n');
    expect(shown('storage.conflicts', { ...conflicts, findings: [finding('CONFIG_OVERLAP', 'I1', 'info', null)] })).toMatch(/^Nothing collides; 1 note\.\n/);
  });
});

describe('what was changed, tested and run', () => {
  it('says how a change is taken back and what comes next', () => {
    const changed = { operationId: 'op_1', files: ['docker-compose.storage.yml'], diff: '+ one\n' };
    expect(shown('storage.setup', changed)).toBe('+ one\nChanged docker-compose.storage.yml.\nTake it back: berth operations undo op_1\nStart it: berth storage start\n');
    expect(shown('storage.tune', changed)).toBe('+ one\nChanged docker-compose.storage.yml.\nTake it back: berth operations undo op_1\n');
    for (const name of ['storage.setup', 'storage.tune', 'storage.apply-strategy', 'storage.connect'] as const) expect(shown(name, { operationId: 'op_1', files: [], diff: '' })).toBe('Nothing had to change.\n');
  });

  it('says who is handed new keys, before and afterwards', () => {
    const handed = { projectId: 'p_1', project: 'shop', storage: ['rclone-mount', 's3-sync'], services: ['api'], follow: null };
    const before = shown('storage.rotate-credentials', { operationId: 'op_1', dryRun: true, handedOn: [handed], status });
    expect(before).toBe('New keys for the S3 server and every project. Nothing is changed yet.\n  shop: rclone-mount, s3-sync are made anew; mounts are away for a moment.\n  shop: api are connected to S3 and made anew.\n');
    const after = (follow: string | null): string => shown('storage.rotate-credentials', { operationId: 'op_1', dryRun: false, handedOn: [{ ...handed, follow }], status });
    expect(after('op_2')).toContain('shop: api are made anew with them.');
    expect(after(null)).toContain('shop: api run with the old ones, which open nothing any more: the next switch gives them the new.');
  });

  it('gives keys as lines a shell can read', () => {
    const keys = { endpoint: 'http://127.0.0.1:9000', accessKey: 'AK', secretKey: "it's", buckets: ['shop-data'], kind: 'generated' as const };
    expect(shown('storage.credentials', keys)).toBe("# Keys made by Berth for this project. Buckets: shop-data\nexport AWS_ENDPOINT_URL='http://127.0.0.1:9000'\nexport AWS_ACCESS_KEY_ID='AK'\nexport AWS_SECRET_ACCESS_KEY='it'\\''s'\n");
  });

  it('shows the decisions with the score first', () => {
    const option = (id: string, recommended: boolean) => ({ id, title: `Option ${id}`, recommended, reason: '' });
    const text = shown('storage.plan', { decisions: [{ id: 'structure', title: 'File structure', options: [option('A', true), option('B', false)], chosen: 'B', standing: 'differs from what is recommended' }], score: 4, of: 5 });
    expect(text).toMatch(/^4\/5 agree with what is recommended\.\n/);
    expect(text).toMatch(/structure +B +Option B +differs from what is recommended +A \(recommended\)\n/);
  });

  it('shows each test with its code, the output of what failed, and how many passed', () => {
    const test = { name: 'shop-data', kind: 's3' as const, ok: true, code: '', detail: 'Put, got, listed, deleted.', output: '', latencyMs: 3, tookMs: 20 };
    const text = shown('storage.validate', { operationId: 'op_1', ok: false, tests: [test, { ...test, name: 'shop-logs', ok: false, code: 'NoSuchBucket', detail: 'The bucket is not there.', output: 'line 1\nline 2\n', latencyMs: null }] });
    expect(text).toMatch(/passed +s3 +shop-data +3 ms +20 ms +Put, got, listed, deleted\.\n/);
    expect(text).toMatch(/FAILED +s3 +shop-logs +- +20 ms +NoSuchBucket: The bucket is not there\.\nshop-logs:\n {2}\| line 1\n {2}\| line 2\n1 of 2 passed\. No test file is left behind\.\n$/);
    expect(shown('storage.validate', { operationId: 'op_1', ok: true, tests: [] })).toContain('not set up');
  });

  it('shows the checks of a mount with the command that says the same', () => {
    const check = { mount: '/mnt/workspaces', title: 'it is mounted', command: 'docker exec workspace-rclone df -h /mnt/workspaces', ok: false, detail: 'Nothing is mounted there.', fix: 'berth storage remount' };
    expect(shown('storage.troubleshoot', [check])).toBe('no  /mnt/workspaces, it is mounted: Nothing is mounted there.\n      the same in a terminal: docker exec workspace-rclone df -h /mnt/workspaces\n      fix: berth storage remount\n');
    expect(shown('storage.troubleshoot', [])).toMatch(/^There is no mount to check\./);
  });

  it('shows runs with what was copied and what somebody else changed', () => {
    const text = shown('storage.sync', { operationId: 'op_1', runs: [run, { ...run, job: 'two', state: 'failed', files: 1, errors: 2, drifted: ['a.txt'], detail: 'S3 does not answer.' }] });
    expect(text).toMatch(/s3-sync:\/mnt\/efs\/logs +2026-05-01T10:00:00Z +1\.5 s +succeeded +3 files, 1\.5 KiB\n/);
    expect(text).toMatch(/two +.* +failed +failed, 1 file, 1\.5 KiB, 2 errors, 1 changed in the bucket by somebody else: S3 does not answer\.\n {2}changed in the bucket by somebody else: a\.txt\n$/);
    expect(shown('storage.runs', [])).toContain('No sync job has run yet');
    expect(shown('storage.refresh', { operationId: 'op_1', refreshed: ['/mnt/s3/data'], tookMs: 12 })).toBe('Refreshed /mnt/s3/data in 12 ms.\n');
    expect(shown('storage.refresh', { operationId: 'op_1', refreshed: [], tookMs: 1 })).toBe('Nothing is mounted, so nothing was refreshed.\n');
  });
});

describe('buckets and objects', () => {
  it('lists buckets with who uses them', () => {
    const bucket = { name: 'shop-data', createdAt: '2026-05-01T10:00:00.000Z', versioning: 'enabled' as const, usedBy: ['rclone-mount', 's3-sync'] };
    expect(shown('buckets.list', [bucket, { ...bucket, name: 'other', createdAt: null, versioning: 'off', usedBy: [] }])).toMatch(/shop-data +2026-05-01T10:00:00Z +kept +rclone-mount, s3-sync\nother +- +off +-\n$/);
    expect(shown('buckets.list', [])).toContain('berth buckets create <bucket>');
    expect(shown('buckets.create', { operationId: 'op_1', bucket })).toBe('Made the bucket shop-data; old versions of its objects are kept.\n');
    expect(shown('buckets.versioning', { operationId: 'op_1', bucket: { ...bucket, versioning: 'suspended' } })).toContain('(versioning: suspended)');
    expect(shown('buckets.remove', { operationId: 'op_1' }, { bucket: 'other' })).toBe('Removed the bucket other.\n');
  });

  it('lists a page with folders first and how it goes on, and never lets a key move the cursor', () => {
    const object = { key: 'a\u001b[2J.txt', sizeBytes: 1_536, modifiedAt: '2026-05-01T10:00:00.000Z', etag: 'abc' };
    const text = shown('objects.list', { bucket: 'shop-data', prefix: '', folders: ['logs/'], objects: [object], next: 'tok' });
    expect(text).toMatch(/^KEY +SIZE +CHANGED\nlogs\/ +folder +-\na\.txt +1\.5 KiB +2026-05-01T10:00:00Z\nThere is more: add --after 'tok'\n$/);
    expect(shown('objects.list', { bucket: 'shop-data', prefix: 'x/', folders: [], objects: [], next: null })).toBe('Nothing lies in shop-data/x/.\n');
  });

  it('shows versions, and what was transferred or deleted', () => {
    const version = { key: 'a', versionId: 'v2', latest: true, deleted: true, sizeBytes: 0, modifiedAt: '2026-05-01T10:00:00.000Z' };
    expect(shown('objects.versions', [version])).toMatch(/v2 +2026-05-01T10:00:00Z +- +newest, deleted\n$/);
    expect(shown('objects.put', transfer)).toBe('Uploaded shop-data/a/b.txt: 1.5 KiB, checksum abc, version v1.\n');
    expect(shown('objects.get', { ...transfer, versionId: null }, { file: '/tmp/b' })).toBe('Downloaded shop-data/a/b.txt: 1.5 KiB, checksum abc. To /tmp/b.\n');
    expect(shown('objects.restore', transfer)).toContain('Made an older version the newest one');
    expect(shown('objects.remove', { operationId: 'op_1', removed: ['a', 'b'], failed: [{ key: 'c', detail: 'Not allowed.' }] })).toBe('Deleted a, b.\nNot deleted: c: Not allowed.\n');
    expect(shown('objects.remove', { operationId: 'op_1', removed: [], failed: [] })).toBe('Nothing was deleted.\n');
  });
});

it('every command of storage has a form for people', () => {
  const names = Object.keys(contract).filter((name) => /^(storage|buckets|objects)\./.test(name));
  expect(names.length).toBeGreaterThan(25);
  // What has no form of its own is printed as JSON; a form fails to read this, or says something else.
  const isJson = (name: string): boolean => {
    try {
      return render(name, {}, terminal) === '{}\n';
    } catch {
      return false;
    }
  };
  expect(names.filter(isJson)).toEqual([]);
  expect(isJson('no.form')).toBe(true);
});
