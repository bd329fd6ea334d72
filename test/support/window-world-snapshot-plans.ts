import type { OutputOf } from '@shared/contract/contract';

type Part = OutputOf<'snapshots.list'>['snapshots'][number]['parts'][number];
type RestorePlan = OutputOf<'snapshots.plan-restore'>;
type CreatePlan = OutputOf<'snapshots.plan-create'>;
type Comparison = OutputOf<'snapshots.compare'>;
type Difference = Comparison['differences'][number];

export const MIB = 1_048_576;
export const GIB = 1_024 * MIB;

/** The parts of a snapshot: with volumes, or files, settings, containers and images only. */
export function partsOf(whole: boolean, mark: string): Part[] {
  const part = (kind: Part['kind'], name: string, files: number, sizeBytes: number, change: Partial<Part> = {}): Part => ({ kind, name, files, sizeBytes, sha256: 'ab'.repeat(32), secret: false, consistency: 'none', skipped: [], ...change });
  const state = [part('files', 'compose', 4, 12_400), part('files', 'env', 2, 860, { secret: true }), part('settings', 'project', 1, 640), part('containers', 'containers', 6, 41_200, { secret: true }), part('images', 'images', 0, 0)];
  if (!whole) return state;
  return [
    ...state,
    part('volume', 'shop_postgres_data', 1_284, 412 * MIB, { consistency: 'hook' }),
    part('volume', `shop_search_index${mark}`, 96, 38.4 * MIB, { consistency: 'paused', skipped: [{ path: 'nodes/0/node.sock', why: 'A device is not kept.' }] }),
    part('bind', '/mnt/efs', 212, 64 * MIB, { consistency: 'live' }),
  ];
}

export function createPlanOf(mark: string, wishes: { readonly [volume: string]: string }): CreatePlan {
  const part = (kind: CreatePlan['parts'][number]['kind'], name: string, change: Partial<CreatePlan['parts'][number]> = {}): CreatePlan['parts'][number] => ({ kind, name, chosen: true, consistency: 'none', detail: '', services: [], sizeBytes: null, ...change });
  const stopped = wishes['shop_search_index'] === 'stop';
  return {
    parts: [
      part('files', 'compose', { sizeBytes: 12_400 }),
      part('files', 'env', { sizeBytes: 860 }),
      part('settings', 'project', { sizeBytes: 640 }),
      part('containers', 'containers'),
      part('images', 'images'),
      part('volume', 'shop_postgres_data', { consistency: 'hook', detail: 'The database in postgres is told to write everything down, then paused while it is read, for 60 s at most: postgres.', services: ['postgres'], sizeBytes: 412 * MIB }),
      part('volume', `shop_search_index${mark}`, { consistency: stopped ? 'stopped' : 'paused', detail: stopped ? 'Stopped while it is read, then started again: search.' : 'Paused while it is read, for 60 s at most: search.', services: ['search'], sizeBytes: 38.4 * MIB }),
      part('bind', '/mnt/efs', { consistency: 'live', detail: 'It is read while it may be written to: files can be from different moments.', services: ['api'], sizeBytes: 64 * MIB }),
      part('bind', 'api/src', { chosen: false, detail: 'Nothing that runs writes to it.', services: ['api'], sizeBytes: 2.2 * MIB }),
      part('bind', 'web/public', { chosen: false, detail: 'Nothing that runs writes to it.', services: ['web'], sizeBytes: 18.1 * MIB }),
      part('bucket', 'uploads', { chosen: false, consistency: 'live', detail: 'It is read while it may be written to: files can be from different moments.', sizeBytes: 208 * MIB }),
    ],
    notes: ['cache keeps /data in a volume without a name: it is not in the snapshot.'],
  };
}

const DIFF = ['--- docker-compose.dev.yml', '+++ docker-compose.dev.yml', '@@ -12,7 +12,7 @@', '   api:', '     image: shop-api', '     ports:', '-      - "8010:8000"', '+      - "8000:8000"', '     environment:', '--- .env', '+++ .env', '@@ -1,2 +1,2 @@', '-DB_PASSWORD=•••', '+DB_PASSWORD=•••', ' LOG_LEVEL=debug', ''].join('\n');

export function restorePlanOf({ id, projectId, dir, blocked, only, mark }: { readonly id: string; readonly projectId: string; readonly dir: string; readonly blocked: boolean; readonly only: readonly string[] | null; readonly mark: string }): RestorePlan {
  const steps: RestorePlan['steps'] = [
    { kind: 'files', name: 'compose', action: 'replace', detail: '1 of 4 files differs', sizeBytes: 12_400 },
    { kind: 'files', name: 'env', action: 'replace', detail: '1 of 2 files differs', sizeBytes: 860 },
    { kind: 'settings', name: 'project', action: 'same', detail: '', sizeBytes: 640 },
    { kind: 'containers', name: 'containers', action: 'replace', detail: 'api is made again', sizeBytes: 0 },
    { kind: 'images', name: 'images', action: 'same', detail: 'all 6 are here', sizeBytes: 0 },
    { kind: 'volume', name: 'shop_postgres_data', action: 'replace', detail: 'its contents are put aside for 24 h', sizeBytes: 412 * MIB },
    { kind: 'volume', name: `shop_search_index${mark}`, action: 'create', detail: 'it is gone', sizeBytes: 38.4 * MIB },
    { kind: 'bind', name: '/mnt/efs', action: 'skip', detail: 'only when it is ticked', sizeBytes: 64 * MIB },
  ];
  const wanted = (step: RestorePlan['steps'][number]): boolean => only === null || only.includes(step.kind) || only.includes(`${step.kind}s`) || only.includes(`${step.kind}:${step.name}`);
  const own = steps.filter(wanted).map((step) => (only !== null && step.kind === 'bind' ? { ...step, action: 'replace' as const, detail: '3 files are written back; others stay' } : step));
  const files = own.some((step) => step.kind === 'files');
  const volumes = own.some((step) => step.kind === 'volume');
  return {
    snapshotId: id,
    target: { projectId, name: 'shop', dir, mode: 'dev' },
    steps: own,
    diff: files ? DIFF : '',
    findings: [
      ...(blocked && volumes ? [{ code: 'SNAPSHOT_DATABASE_VERSION', severity: 'error' as const, message: `shop_postgres_data holds the files of postgres 15; the service runs postgres 16, which may not be able to read them.${mark}`, hint: 'Bring back the files of the project too, which name the older version, or agree to it.' }] : []),
      { code: 'SNAPSHOT_ENGINE_OLDER', severity: 'info', message: 'The snapshot was made with Docker 27.3.1, as it runs now.', hint: 'Nothing is to be done.' },
    ],
    services: volumes ? ['postgres', 'search'] : files ? ['api'] : [],
    bytesToWrite: volumes ? 450.4 * MIB : 13_260,
    freeBytes: 47.1 * GIB,
  };
}

/** What differs: nothing, some of everything, or more than anybody reads. */
export function comparison(of: 'nothing' | 'some' | 'many', limit: number, mark: string): Comparison {
  if (of === 'nothing') return { differences: [], more: 0 };
  const one = (kind: Difference['part']['kind'], name: string, change: Difference['change'], path: string, what: string[], before: string | null, after: string | null): Difference => ({ part: { kind, name }, change, path, what, before, after });
  const some: Difference[] = [
    one('files', 'compose', 'changed', `docker-compose.dev.yml${mark}`, ['content', 'time'], '1.9 KB', '1.9 KB'),
    one('files', 'env', 'changed', '.env', ['DB_PASSWORD'], '•••', '•••'),
    one('settings', 'project', 'changed', '', ['drift.policy'], 'notify', 'heal'),
    one('images', 'images', 'changed', 'api', ['id'], 'sha256:4e07408562be', 'sha256:9f86d081884c'),
    one('volume', 'shop_postgres_data', 'changed', 'base/16384/2619', ['content', 'time'], '8 KB', '8 KB'),
    one('volume', 'shop_postgres_data', 'changed', 'base/16384/2840', ['content', 'time'], '24 KB', '32 KB'),
    one('volume', 'shop_postgres_data', 'added', 'base/16384/24601', ['file'], null, '16 KB'),
    one('volume', 'shop_postgres_data', 'removed', 'pg_wal/000000010000000000000003', ['file'], '16 MB', null),
    one('volume', 'shop_postgres_data', 'changed', 'pg_wal/000000010000000000000004', ['content', 'time'], '16 MB', '16 MB'),
    one('volume', 'shop_postgres_data', 'changed', 'postmaster.opts', ['mode', 'owner'], '600, 999', '644, 0'),
    one('volume', 'shop_search_index', 'removed', '', ['volume'], '38.4 MB', null),
  ];
  if (of === 'some') return { differences: some, more: 0 };
  const many = [...some, ...Array.from({ length: 9_000 }, (_, index) => one('bind', '/mnt/efs', index % 3 === 0 ? 'added' : 'changed', `processed/${String(index % 40).padStart(2, '0')}/doc-${String(index).padStart(5, '0')}.json`, ['content'], index % 3 === 0 ? null : '4 KB', '4 KB'))];
  return { differences: many.slice(0, limit), more: 2_410 };
}
