import type { OutputOf } from '@shared/contract/contract';
import { finding, type Finding } from '@shared/domain/findings/finding';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';

type Status = OutputOf<'storage.status'>;
type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;

/** What stands behind the storage page of a world. */
export interface StorageWorld {
  readonly handlers: { readonly [name: string]: Handler };
  /** What an operation of storage ends with; undefined for every other one. */
  readonly resultOf: (kind: string, operationId: string, input: JsonObject) => JsonObject | undefined;
  /** Why an operation fails; null where it does not. */
  readonly errorOf: (kind: string, input: JsonObject) => Operation['error'];
  /** What an operation did, told once it has ended. */
  readonly ended: (kind: string, input: JsonObject) => void;
}

/** set-up: everything runs. new: there is no storage file. troubled: a mount hangs, a sync failed, things collide. impossible: no FUSE here. broken: it cannot be looked at the first time. no-image: stopped, and a start must fetch first. */
export type StorageState = 'set-up' | 'new' | 'troubled' | 'impossible' | 'broken' | 'no-image';

const MIB = 1_048_576;
const MINUTE = 60_000;
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** Answers of storage that change as its operations do. */
export function storageWorld(options: { readonly dir: string; readonly state: StorageState; readonly mark: string; readonly preview: Handler | undefined }): StorageWorld {
  const { state, mark } = options;
  let file = state === 'new' ? null : 'docker-compose.storage.yml';
  let up = state !== 'new' && state !== 'no-image';
  let console = true;
  let external = false;
  let hung = state === 'troubled';
  let colliding = state === 'troubled';
  let biggerCache = false;
  let ran = 0;
  let failures = state === 'broken' ? 2 : 0;
  const chosen: { [decision: string]: string } = {};
  const objects = new BucketWorld(mark);

  const status = (): Status => ({
    s3: serverOf({ up, console, external, troubled: state === 'troubled' }),
    mounts: file === null ? [] : mountsOf({ up, hung, biggerCache, possible: state !== 'impossible', mark }),
    jobs: file === null ? [] : jobsOf(up, state === 'troubled' && ran === 0, ran),
    folders: file === null ? [] : foldersOf(hung),
    added: file === null ? { memoryBytes: 0, cpuMillis: 0, containers: 0 } : { memoryBytes: (colliding ? 256 : 192) * MIB, cpuMillis: colliding ? 200 : 150, containers: 2 },
    measured: up && file !== null ? { memoryBytes: 71.4 * MIB, cpuMillis: 12 } : null,
    fuse: state === 'impossible' ? { possible: false, reason: 'Docker Desktop runs containers in a machine of its own, and what is mounted there is not seen here.', instead: 'A named volume that Berth keeps in step takes the place of each mount: services read it as they would read the mount.' } : { possible: true, reason: '', instead: '' },
    file,
  });

  const handlers: { readonly [name: string]: (input: never, call: never, push: (item: unknown) => void) => Promise<unknown> } = {
    'storage.status': async (_input: never, call: { readonly door: string }) => {
      // The tray asks too, and says nothing of it.
      if (failures > 0 && call.door === 'window') {
        failures -= 1;
        throw new AppError('service-unreachable', 'The S3 server of this machine could not be looked at: the engine does not answer.', { hint: 'Start the engine, then try again.' });
      }
      return status();
    },
    'storage.credentials': async () => ({ endpoint: 'http://127.0.0.1:9000', accessKey: 'shop-7f21', secretKey: 'not-a-real-secret', buckets: ['shop-data'], kind: 'generated' }),
    'storage.conflicts': async () => conflictsOf(options.dir, file !== null, colliding, mark),
    'storage.plan': async () => planOf(chosen, colliding),
    'storage.choose': async (input: { decision: string; option: string }) => {
      chosen[input.decision] = input.option;
      return planOf(chosen, colliding);
    },
    'storage.troubleshoot': async () => checksOf(hung),
    'storage.runs': async () => runsOf(ran),
    'buckets.list': async () => objects.list(),
    'objects.list': async (input: { bucket: string; prefix: string; after?: string; limit: number }) => objects.page(input),
    'objects.versions': async (input: { bucket: string; key: string }) => objects.versions(input.key),
    'operations.preview': async (input: { name: string }, call: never, push) => (input.name.startsWith('storage.') ? PLAN : options.preview?.(input as never, call, push)),
  };

  return {
    handlers: handlers as { readonly [name: string]: Handler },
    resultOf(kind, operationId, input) {
      if (kind === 'storage.validate') return { operationId, ok: true, tests: testsOf() } as unknown as JsonObject;
      if (kind === 'objects.remove') return { operationId, removed: input['keys'] ?? [], failed: [] };
      if (kind === 'storage.sync') return { operationId, runs: [] };
      if (kind.startsWith('storage.') && CHANGES.has(kind)) return { operationId, files: ['docker-compose.storage.yml', '.env'], diff: '' };
      return /^(?:storage|buckets|objects)\./.test(kind) ? { operationId } : undefined;
    },
    errorOf: (kind, input) => (state === 'no-image' && kind === 'storage.start' && input['pull'] !== true ? { code: 'setup-failed', message: 'There is no image for the S3 server: berth/minio:local is not here.', hint: 'Allow Berth to download it (--pull) or to make it here (--build).' } : null),
    ended(kind, input) {
      if (kind === 'storage.start') up = true;
      if (kind === 'storage.stop') up = false;
      if (kind === 'storage.setup') file = 'docker-compose.storage.yml';
      if (kind === 'storage.remount') hung = false;
      if (kind === 'storage.sync') ran += 1;
      if (kind === 'storage.tune') biggerCache = true;
      if (kind === 'storage.apply-strategy') colliding = false;
      if (kind === 'storage.server') console = input['console'] !== false;
      if (kind === 'storage.use') external = input['target'] === 'external';
      objects.ended(kind, input);
    },
  };
}

/** Operations of storage that change files of the project, and can be taken back. */
export const CHANGES: ReadonlySet<string> = new Set(['storage.setup', 'storage.tune', 'storage.apply-strategy', 'storage.connect']);

function serverOf({ up, console, external, troubled }: { readonly up: boolean; readonly console: boolean; readonly external: boolean; readonly troubled: boolean }): Status['s3'] {
  if (external) return { endpoint: 'https://s3.example.com', consoleUrl: null, origin: 'external', flavour: 'external', image: null, region: 'eu-central-1', health: 'healthy', detail: 'Answers in 41 ms.', credentials: 'given', volume: null, notices: [] };
  return {
    endpoint: up ? `http://127.0.0.1:${troubled ? '9002' : '9000'}` : null,
    consoleUrl: up && console ? 'http://127.0.0.1:9001' : null,
    origin: 'local',
    flavour: 'minio',
    image: 'berth/minio:local',
    region: 'us-east-1',
    health: up ? 'healthy' : 'stopped',
    detail: up ? 'Answers in 2 ms.' : '',
    credentials: 'generated',
    volume: 'berth-s3-data',
    notices: troubled ? ['Port 9000 is taken by node (pid 4121), so S3 is on 9002.', 'Upstream MinIO is no longer maintained; its console has a known hole, so it is on this machine only.'] : [],
  };
}

function mountsOf({ up, hung, biggerCache, possible, mark }: { readonly up: boolean; readonly hung: boolean; readonly biggerCache: boolean; readonly possible: boolean; readonly mark: string }): Status['mounts'] {
  return (['data', 'index', 'realtime'] as const).map((name, index) => {
    const bad = hung && name === 'index';
    const state = !possible ? 'impossible' : !up ? 'stopped' : bad ? 'recovering' : 'healthy';
    const detail = { impossible: 'This machine has no /dev/fuse for containers.', stopped: 'Nothing is mounted; services see an empty folder.', recovering: 'It did not answer within 2 s three times; it is being mounted again (try 2).', healthy: '' }[state];
    return {
      id: `rclone-mount:/mnt/s3/${name}`,
      service: 'rclone-mount',
      container: 'rclone-mount',
      remote: `s3-${name}`,
      bucket: `shop-${name}${index === 0 ? mark : ''}`,
      prefix: '',
      mountPoint: `/mnt/s3/${name}`,
      hostPath: up ? `/home/ada/.local/state/berth/storage/p_0123456789abc/root/mnt/s3/${name}` : null,
      backend: 'rclone',
      readOnly: name !== 'realtime',
      state,
      detail,
      latencyMs: state === 'healthy' ? 3 + index : null,
      cache: { usedBytes: up && possible ? [412, 44, 948][index]! * MIB : null, maxBytes: (biggerCache && index === 0 ? 5 * 1024 : 1024) * MIB, maxAgeSeconds: 3_600, dirCacheSeconds: index === 2 ? 30 : 300 },
      usedBytes: up ? 412 * MIB : null,
      lastRefreshedAt: up ? at(-42_000 * (index + 1)) : null,
    };
  });
}

function jobsOf(up: boolean, failed: boolean, ran: number): Status['jobs'] {
  return (['processed', 'logs'] as const).map((name, index) => ({
    id: `s3-sync:/mnt/efs/${name}`,
    service: 's3-sync',
    container: 's3-sync',
    source: `/mnt/efs/${name}`,
    remote: index === 0 ? 's3-archive' : 's3-logs',
    bucket: index === 0 ? 'shop-archive' : 'shop-logs',
    prefix: '',
    semantics: 'archive',
    everySeconds: 300,
    state: !up ? 'stopped' : failed && index === 0 ? 'failed' : 'idle',
    detail: failed && index === 0 ? 'S3 answered 503 four times; it is tried again with the next run.' : '',
    nextRunAt: up ? at(ran > 0 ? 300_000 : 134_000 + index * 12_000) : null,
    lastRun: runsOf(ran).find((run) => run.job === `s3-sync:/mnt/efs/${name}`) ?? null,
  }));
}

function runsOf(ran: number): OutputOf<'storage.runs'> {
  return Array.from({ length: 24 }, (_, index) => {
    const ago = ran > 0 && index < 2 ? 3_000 : (Math.floor(index / 2) + 1) * 5 * MINUTE - 134_000;
    const failed = index === 6;
    return { operationId: `op_run_${String(index)}_${String(ran)}`, job: `s3-sync:/mnt/efs/${index % 2 === 0 ? 'processed' : 'logs'}`, startedAt: at(-ago), finishedAt: at(-ago + 1_840), state: failed ? 'failed' : 'succeeded', files: failed ? 0 : 3 + index, bytes: failed ? 0 : (2.4 + index * 7) * MIB, errors: failed ? 1 : 0, drifted: index === 3 ? ['logs/2026/11/app.log'] : [], detail: failed ? 'S3 answered 503 four times.' : '' };
  });
}

function foldersOf(hung: boolean): Status['folders'] {
  const folder = (path: string, writable: boolean, down = false): Status['folders'][number] => ({ path, state: down ? 'down' : 'ok', mounted: !down, readable: !down, writable: writable && !down, freeBytes: path.startsWith('/mnt/efs') ? 48_211 * MIB : null, usedBytes: down ? null : 412 * MIB, latencyMs: down ? null : 3, lastSyncAt: path === '/mnt/efs/processed' ? at(-166_000) : null, detail: down ? 'It does not answer within 2 s.' : '' });
  return [folder('/mnt/efs/processed', true), folder('/mnt/efs/logs', true), folder('/mnt/s3/data', false), folder('/mnt/s3/index', false, hung), folder('/mnt/s3/realtime', true)];
}

function testsOf(): OutputOf<'storage.validate'>['tests'] {
  const test = (name: string, kind: 'efs' | 's3' | 'mount'): OutputOf<'storage.validate'>['tests'][number] => ({ name, kind, ok: true, code: '', detail: 'A file was written, read back the same, and removed.', output: '', latencyMs: 4, tookMs: 38 });
  return [test('/mnt/efs/processed', 'efs'), test('shop-data', 's3'), test('/mnt/s3/data', 'mount')];
}

function checksOf(hung: boolean): OutputOf<'storage.troubleshoot'> {
  return ['data', 'index'].flatMap((name) => {
    const bad = hung && name === 'index';
    const mount = `rclone-mount:/mnt/s3/${name}`;
    return [
      { mount, title: 'It is mounted in its container', command: `docker exec rclone-mount df -h /mnt/s3/${name}`, ok: !bad, detail: bad ? 'Transport endpoint is not connected.' : 'fuse.rclone, 412 MiB used.', fix: bad ? 'Remount it' : null },
      { mount, title: 'Its container reports no error', command: 'docker logs rclone-mount', ok: true, detail: '', fix: null },
      { mount, title: 'Its bucket can be listed', command: `docker exec rclone-mount rclone ls s3-${name}:shop-${name}`, ok: true, detail: '14 objects.', fix: null },
    ];
  });
}

function conflictsOf(dir: string, setUp: boolean, colliding: boolean, mark: string): OutputOf<'storage.conflicts'> {
  const where = { file: `${dir}/docker-compose.storage.yml`, line: 9, column: 5 };
  const share = (container: string, mode: 'mount' | 'sync', mib: number, cpuMillis: number): OutputOf<'storage.conflicts'>['shares'][number] => ({ container, mode, memoryBytes: mib * MIB, cpuMillis });
  if (!setUp) return { findings: [], mountBuckets: [], syncBuckets: [], overlap: [], added: { memoryBytes: 0, cpuMillis: 0, containers: 0 }, shares: [], accesses: [] };
  const access = (container: string, mode: 'mount' | 'sync', bucket: string, place: string, verbs: ('read' | 'write' | 'delete')[]): OutputOf<'storage.conflicts'>['accesses'][number] => ({ container, mode, verbs, endpoint: 'http://127.0.0.1:9000', bucket, prefix: '', place, certain: true, where });
  if (!colliding) {
    return {
      findings: [],
      mountBuckets: ['data', 'index', 'realtime'],
      syncBuckets: ['archive', 'logs'],
      overlap: [],
      added: { memoryBytes: 192 * MIB, cpuMillis: 150, containers: 2 },
      shares: [share('rclone-mount', 'mount', 128, 100), share('s3-sync', 'sync', 64, 50)],
      accesses: [access('rclone-mount', 'mount', 'data', '/mnt/s3/data', ['read']), access('rclone-mount', 'mount', 'realtime', '/mnt/s3/realtime', ['read', 'write']), access('s3-sync', 'sync', 'archive', '/mnt/efs/processed', ['write'])],
    };
  }
  const fixes = { buckets: [{ id: 'bucket-separation', title: 'Separate buckets' }], containers: [{ id: 'container-separation', title: 'Separate configurations' }], resources: [{ id: 'resource-optimization', title: 'Optimize resources' }] };
  const findings: readonly Finding[] = [
    finding({ object: 'b1', code: 'BUCKET_OVERLAP', rule: 'B1', severity: 'error', where, message: `rclone-mount and s3-sync both write to the bucket shop-backup.${mark}`, why: 'What one of them writes the other one may write over, and neither notices.', fixes: fixes.buckets }),
    finding({ object: 'c1', code: 'CONFIG_OVERLAP', rule: 'C1', severity: 'error', where, message: 'rclone-mount and s3-sync share the configuration /root/.config/rclone/rclone.conf and both can write it.', why: 'A change of one is a change of the other.', fixes: fixes.containers }),
    finding({ object: 'c3', code: 'CONFIG_OVERLAP', rule: 'C3', severity: 'warning', where, message: 'rclone-mount and s3-sync use the same credentials.', why: 'The mount only reads, and could write.', fixes: fixes.containers }),
    finding({ object: 'i1', code: 'CONFIG_OVERLAP', rule: 'I1', severity: 'info', where, message: 'rclone-mount and s3-sync use rclone/rclone:latest.', why: 'What runs tomorrow may be another version.', fixes: fixes.containers }),
    finding({ object: 'r1', code: 'RESOURCE_COMPETITION', rule: 'R1', severity: 'warning', where, message: 'rclone-mount and s3-sync ask for 256Mi and 200m together.', why: 'The budget is 192Mi and 150m.', fixes: fixes.resources }),
  ];
  return {
    findings: [...findings] as OutputOf<'storage.conflicts'>['findings'],
    mountBuckets: ['shop-backup'],
    syncBuckets: ['shop-backup'],
    overlap: ['shop-backup'],
    added: { memoryBytes: 256 * MIB, cpuMillis: 200, containers: 2 },
    shares: [share('rclone-mount', 'mount', 128, 100), share('s3-sync', 'sync', 128, 100)],
    accesses: [access('rclone-mount', 'mount', 'shop-backup', '/mnt/s3', ['read', 'write', 'delete']), access('s3-sync', 'sync', 'shop-backup', '/mnt/efs', ['write', 'delete'])],
  };
}

type Decision = OutputOf<'storage.plan'>['decisions'][number];

function planOf(chosen: { readonly [decision: string]: string }, colliding: boolean): OutputOf<'storage.plan'> {
  const decision = (id: Decision['id'], title: string, options: readonly (readonly [id: string, title: string, reason: string])[], recommended: string, open = ''): Decision => {
    const now = chosen[id] ?? recommended;
    return { id, title, options: options.map(([option, name, reason]) => ({ id: option, title: name, recommended: option === recommended, reason })), chosen: now, standing: open !== '' ? open : now === recommended ? 'aligned' : 'another option is recommended' };
  };
  const decisions = [
    decision('application', 'FastAPI app', [['A', 'Extract the 329-line app', 'It is tested apart from its image.'], ['B', 'Leave it inline', 'One file less.']], 'A'),
    decision('structure', 'File structure', [['A', 'Modular', 'One file each.'], ['B', 'One file', 'All in one place.']], 'A'),
    decision('s3-services', 'S3 services', [['both', 'Both', 'Mount for reading at once, sync for keeping.'], ['mount', 'Mount only', 'Nothing is kept apart.'], ['sync', 'Sync only', 'Nothing is read at once.']], 'both', colliding ? 'needs conflict resolution' : ''),
    decision('networking', 'Service and ingress', [['A', 'Separate files', 'Each can be applied alone.'], ['B', 'Combined', 'Applied together.']], 'A'),
    decision('testing', 'Testing', [['A', 'Dedicated testing containers', 'They go when they are done.'], ['B', 'In the app', 'Nothing else to run.']], 'A'),
    decision('bucketStrategy', 'Which buckets?', [['A', 'Separate buckets', 'Nothing can collide.'], ['B', 'Same buckets, different paths', 'Collides when a path is wrong.'], ['C', 'Detect and resolve', 'Conflicts are shown and resolved one by one.']], 'A'),
    decision('sharedObjects', 'An object that both wrote', [['hold', 'Hold both', 'Until somebody decides.'], ['keep-both', 'Keep both', 'The other one beside it.'], ['newest', 'The newest wins', 'What is older is overwritten.']], 'hold'),
    decision('resourceAllocation', 'How much for each?', [['A', 'Optimise as suggested', 'Mount 128Mi, sync 64Mi.'], ['B', 'Keep equal', '128Mi each.'], ['C', 'Custom', 'As the file says.']], 'A'),
    decision('implementationOrder', 'In which order?', [['A', 'Conflict-free first, then both', 'Looks, mounts, then syncs.'], ['B', 'Both at once', 'Quickest.'], ['C', 'Test each first', 'Each is tested alone.']], 'A'),
  ];
  const five = decisions.slice(0, 5);
  return { decisions, score: five.filter((one) => one.standing === 'aligned').length, of: 5 };
}

/** The plan document of separating buckets. */
const PLAN: OutputOf<'operations.preview'> = {
  title: 'Separate buckets',
  document: ['# Separate buckets', '', '## Steps', '', '1. Back up `docker-compose.storage.yml` and `.env`.', '2. Give mount and sync buckets of their own.', '', '## Files', '', '- Must change: `docker-compose.storage.yml`', '', '```diff', '--- docker-compose.storage.yml', '+++ docker-compose.storage.yml', '@@ -7,5 +7,5 @@', '   rclone-mount:', '-    command: mount s3:${S3_BACKUP_BUCKET} /mnt/s3', '+    command: mount s3-data:${S3_DATA_BUCKET} /mnt/s3/data --read-only', '```', '', '## Taking it back', '', '- Undo puts the files back as they were.'].join('\n'),
  files: [{ path: 'docker-compose.storage.yml', change: 'change' }],
};

/** A few buckets with more objects than one page holds. */
class BucketWorld {
  private readonly buckets: { name: string; createdAt: string; versioning: 'enabled' | 'off'; usedBy: string[] }[];
  private readonly removed = new Set<string>();
  private readonly added: string[] = [];
  private restored = false;

  constructor(mark: string) {
    this.buckets = ['data', 'index', 'realtime', 'archive', 'logs'].map((name, index) => ({ name: `shop-${name}`, createdAt: at(-9_000_000), versioning: index === 3 ? 'enabled' : 'off', usedBy: [index < 3 ? 'rclone-mount' : `s3-sync${mark}`] }));
  }

  list(): OutputOf<'buckets.list'> {
    return this.buckets;
  }

  page({ bucket, prefix, after, limit }: { readonly bucket: string; readonly prefix: string; readonly after?: string; readonly limit: number }): OutputOf<'objects.list'> {
    const all = this.keysOf(bucket).filter((key) => key.startsWith(prefix) && !this.removed.has(`${bucket}/${key}`));
    const folders = [...new Set(all.filter((key) => key.slice(prefix.length).includes('/')).map((key) => `${prefix}${key.slice(prefix.length).split('/')[0] ?? ''}/`))];
    const own = all.filter((key) => !key.slice(prefix.length).includes('/'));
    const from = after === undefined ? 0 : Number(after);
    const shown = own.slice(from, from + limit);
    const next = from + limit < own.length ? String(from + limit) : null;
    return { bucket, prefix, folders: from === 0 ? folders : [], objects: shown.map((key, index) => ({ key, sizeBytes: (((from + index) * 37) % 90) * 61_000, modifiedAt: at(-(from + index + 1) * 3 * MINUTE), etag: 'e7'.repeat(16) })), next };
  }

  versions(key: string): OutputOf<'objects.versions'> {
    const gone = [...this.removed].some((one) => one.endsWith(`/${key}`));
    const version = (versionId: string, minutes: number, latest: boolean, deleted = false): OutputOf<'objects.versions'>[number] => ({ key, versionId, latest, deleted, sizeBytes: deleted ? 0 : 412_000, modifiedAt: at(-minutes * MINUTE) });
    return [...(gone ? [version('del0', 0, true, true)] : []), ...(this.restored ? [version('v3', 0, !gone)] : []), version('v2', 12, !gone && !this.restored), version('v1', 3_000, false)];
  }

  ended(kind: string, input: JsonObject): void {
    const bucket = typeof input['bucket'] === 'string' ? input['bucket'] : '';
    if (kind === 'buckets.create') this.buckets.push({ name: bucket, createdAt: at(0), versioning: input['versioning'] === true ? 'enabled' : 'off', usedBy: [] });
    if (kind === 'buckets.remove') this.buckets.splice(this.buckets.findIndex((one) => one.name === bucket), 1);
    if (kind === 'buckets.versioning') for (const one of this.buckets) if (one.name === bucket) one.versioning = input['enabled'] === true ? 'enabled' : 'off';
    if (kind === 'objects.remove' && Array.isArray(input['keys'])) for (const key of input['keys']) this.removed.add(`${bucket}/${String(key)}`);
    if (kind === 'objects.put') this.added.push(`${bucket}/${String(input['key'])}`);
    if (kind === 'objects.restore') {
      this.restored = true;
      this.removed.delete(`${bucket}/${String(input['key'])}`);
    }
  }

  private keysOf(bucket: string): readonly string[] {
    const added = this.added.filter((one) => one.startsWith(`${bucket}/`)).map((one) => one.slice(bucket.length + 1));
    if (bucket !== 'shop-archive') return ['shop-data', 'shop-index', 'shop-realtime', 'shop-logs'].includes(bucket) ? ['readme.txt', 'reports/2026/summary.pdf', ...added] : added;
    return [...added, 'processed/report.pdf', 'processed/report.json', ...Array.from({ length: 640 }, (_, index) => `upload-${String(index).padStart(4, '0')}.bin`)];
  }
}
