import { describe, expect, it } from 'vitest';
import { contract, type ContractName, type OutputOf } from '@shared/contract/contract';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';
import { comparison, createPlanOf, partsOf, restorePlanOf } from '../../../support/window-world-snapshot-plans';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };
const MIB = 1_048_576;
const ID = 's_01KABCDEFG0000000000000001';
type Status = OutputOf<'snapshots.list'>;
type Snapshot = Status['snapshots'][number];

const snapshot: Snapshot = { id: ID, repository: 'local', createdAt: '2026-05-01T10:00:00.123Z', tag: 'before the migration', reason: 'manual', operationId: null, project: { id: 'p_0123456789abc', name: 'shop', dir: '/shop' }, mode: 'dev', health: 'healthy', services: [{ name: 'api', state: 'running', health: 'none' }], sizeBytes: 450 * MIB, storedBytes: 11 * MIB, pinned: true, verified: null, parts: partsOf(true, ''), notes: ['api/logs/app.log changed while it was read.'] };
const status = (change: Partial<Status> = {}): Status => ({
  snapshots: [snapshot],
  repositories: [{ name: 'local', kind: 'folder', place: '/state/snapshots', encrypted: 'secrets', passphrase: false, snapshots: 1, storedBytes: 12 * MIB, reclaimableBytes: 3 * MIB, state: 'ready', detail: '' }],
  settings: { repository: 'local', retention: { keepLast: 10, keepHourly: 24, keepDaily: 7, keepWeekly: 4, keepReplacedHours: 24 }, everyMinutes: 60, volumes: true, consistency: { shop_data: 'stop' } },
  deleted: [],
  replaced: [],
  damaged: [],
  ...change,
});

/** As it is printed; every answer is checked against the contract first. */
function printed<N extends ContractName>(name: N, value: OutputOf<N>, input: { readonly [field: string]: unknown } = {}): string {
  expect(contract[name].output.safeParse(value).success, name).toBe(true);
  return render(name, value, terminal, input);
}

describe('snapshots on the command line', () => {
  it('are a table with where they are and what they take', () => {
    const text = printed('snapshots.list', status());
    expect(text).toMatch(/^ID +TAG +MADE +REASON +MODE +SERVICES +HOLDS +ADDED +VERIFIED\n/);
    expect(text).toMatch(/\ns_01KABCDEFG0000000000000001 {2}before the migration {2}2026-05-01T10:00:00Z {2}by hand {2}dev +healthy +450 \S+ +11\.0 \S+ +- +pinned\n/);
    expect(text).toContain('local (new ones): /state/snapshots, 1 snapshot');
    expect(text).toContain('prune would free 3.0');
    expect(printed('snapshots.list', status({ snapshots: [] }))).toContain('No snapshot yet. Make one: berth snapshots create');
  });

  it('say what is damaged, deleted and put aside', () => {
    const text = printed('snapshots.list', status({ damaged: [{ object: 'snapshots/\u001b[31mx.json', part: '' }], deleted: [{ id: ID, tag: 'old', createdAt: '', until: '2026-05-02T10:00:00Z' }], replaced: [{ volume: 'shop_data_before', of: 'shop_data', snapshotId: null, since: '', until: '2026-05-02T10:00:00Z', sizeBytes: null }] }));
    expect(text).toContain('Cannot be read: snapshots/x.json\n');
    expect(text).toContain(`Deleted until 2026-05-02T10:00:00Z: ${ID} old. Bring it back: berth snapshots undelete ${ID}\n`);
    expect(text).toContain('Put aside until 2026-05-02T10:00:00Z: shop_data_before, what shop_data was\n');
    expect(printed('snapshots.delete', status({ deleted: [{ id: ID, tag: null, createdAt: '', until: '2026-05-02T10:00:00Z' }] }), { id: ID })).toBe(`Deleted. Until 2026-05-02T10:00:00Z it can be brought back: berth snapshots undelete ${ID}\n`);
  });

  it('show what is in one, how it was read and what was left out', () => {
    const text = printed('snapshots.show', snapshot);
    expect(text).toMatch(/^s_01KABCDEFG0000000000000001 before the migration \(pinned\)\n/);
    expect(text).toMatch(/Env files +files, encrypted +2 /);
    expect(text).toMatch(/shop_postgres_data +volume +1284 +412 \S+ +flushed, then paused/);
    expect(text).toContain('Left out: shop_search_index/nodes/0/node.sock: A device is not kept.\n');
    expect(text).toContain('note api/logs/app.log changed while it was read.\n');
    expect(printed('snapshots.create', { ...snapshot, operationId: 'op_1' })).toContain(`Bring it back: berth snapshots restore ${ID}\n`);
  });

  it('show what would be held and taken, and what a restore would change', () => {
    const create = printed('snapshots.plan-create', createPlanOf('', {}));
    expect(create).toMatch(/\* +shop_postgres_data +volume +412 \S+ +postgres +The database in postgres/);
    expect(create).toContain('Parts without * are taken when they are named: --binds <folder>, --buckets <name>\n');
    const restore = printed('snapshots.plan-restore', restorePlanOf({ id: ID, projectId: 'p_0123456789abc', dir: '/shop', blocked: true, only: null, mark: '' }));
    expect(restore).toMatch(/^2 volumes and 3 other parts change; postgres and search are down meanwhile\.\n/);
    expect(restore).toMatch(/shop_search_index +volume +made again +38\.4 \S+ +it is gone\n/);
    expect(restore).toContain('+DB_PASSWORD=•••\n');
    expect(restore).toContain('error SNAPSHOT_DATABASE_VERSION: ');
    expect(printed('snapshots.restore', { operationId: 'op_1', snapshotId: ID, project: snapshot.project, mode: 'dev', steps: [], before: ID, warnings: [], downtimeMs: 2_100, durationMs: 12_400 })).toBe(`Restored ${ID} in 12.4 s; the longest a service was down is 2.1 s.\nWhat was there before: berth snapshots restore ${ID}\n`);
    expect(printed('snapshots.restore', { operationId: 'op_1', snapshotId: ID, project: snapshot.project, mode: 'dev', steps: [], before: ID, warnings: ['It is in no snapshot.'], downtimeMs: 2_100, durationMs: 12_400 })).toBe(`Restored ${ID} in 12.4 s; the longest a service was down is 2.1 s.\nwarning It is in no snapshot.\nWhat was there before: berth snapshots restore ${ID}\n`);
  });

  it('list differences a line each', () => {
    const text = printed('snapshots.compare', { ...comparison('some', 100, ''), more: 4 });
    expect(text).toContain('~ Env files/.env DB_PASSWORD (••• -> •••)\n');
    expect(text).toContain('+ shop_postgres_data/base/16384/24601 (16 KB)\n');
    expect(text).toContain('- shop_search_index (38.4 MB)\n');
    expect(text).toMatch(/and 4 more; --limit shows more of them\n$/);
    expect(printed('snapshots.compare', { differences: [], more: 0 })).toBe('No difference.\n');
  });

  it('say what verify, drill, prune, export and settings came to', () => {
    const report = { operationId: 'op_1', id: ID, objects: 1_204, bytes: 64, sampled: true, durationMs: 2_400 };
    expect(printed('snapshots.verify', report)).toBe('ok 1204 objects, a sample, are as they were written: 64 B read in 2.4 s.\n');
    expect(printed('snapshots.drill', { ...report, sampled: false })).toContain('byte for byte: 64 B in 2.4 s');
    expect(printed('snapshots.prune', { operationId: 'op_1', removed: [ID], freedBytes: 64, volumes: ['shop_data_before'] })).toBe(`Removed, and freed 64 B:\n  - snapshot ${ID}\n  - volume shop_data_before\n`);
    expect(printed('snapshots.prune', { operationId: 'op_1', removed: [], freedBytes: 64, volumes: [] }, { dryRun: true })).toBe('Would remove no snapshot, and free up to 64 B.\n');
    expect(printed('snapshots.prune', { operationId: 'op_1', removed: [ID], freedBytes: 0, volumes: [] })).toBe(`Removed, and freed 0 B:\n  - snapshot ${ID}\nTheir contents stay for a day and go with a later prune; what other snapshots have too stays.\n`);
    expect(printed('snapshots.prune', { operationId: 'op_1', removed: [], freedBytes: 0, volumes: [] })).toBe('There is nothing to free.\n');
    expect(printed('snapshots.export', { operationId: 'op_1', file: '/tmp/shop.tar', sizeBytes: 64, sha256: 'ab' })).toBe('Exported into /tmp/shop.tar: 64 B, sha256 ab\n');
    expect(printed('snapshots.configure', status())).toBe('One every 60 min with volumes, into local.\nKept: the last 10, hourly 24, daily 7, weekly 4; volumes put aside for 24 h.\nVolumes are read:\n  shop_data: stop\n');
    expect(printed('snapshots.pin', snapshot)).toBe(`${ID} is kept whatever the retention says.\n`);
    expect(printed('snapshots.branch', { operationId: 'op_1', snapshotId: ID, project: { id: 'p_1', name: 'shop-demo', dir: '/demo' }, mode: 'dev', steps: [], before: null, warnings: [], downtimeMs: 0, durationMs: 1_000 })).toBe('shop-demo runs beside it from /demo, started in 1.0 s.\nWhat runs there, with its ports: berth services list --project /demo\n');
  });
});
