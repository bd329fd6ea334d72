import type { OutputOf } from '@shared/contract/contract';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { comparison, createPlanOf, GIB, MIB, partsOf, restorePlanOf } from './window-world-snapshot-plans';

type Status = OutputOf<'snapshots.list'>;
type Snapshot = Status['snapshots'][number];
type Handler = (input: never, call: never, push: (item: unknown) => void) => Promise<unknown>;
interface Named {
  readonly id: string;
}

/** What stands behind the snapshots page of a world. */
export interface SnapshotsWorld {
  readonly handlers: { readonly [name: string]: Handler };
  /** What an operation of snapshots ends with; undefined for every other one. */
  readonly resultOf: (kind: string, operationId: string, input: JsonObject) => JsonObject | undefined;
  /** Why an operation fails; null where it does not. */
  readonly errorOf: (kind: string, input: JsonObject) => Operation['error'];
  /** What an operation did, told once it has ended. */
  readonly ended: (kind: string, input: JsonObject) => void;
}

/** set-up: some of two weeks. new: none yet. damaged: hundreds, one of them damaged, manifests that cannot be read, a bucket that is away, restores that are blocked. broken: they cannot be read the first time. */
export type SnapshotsState = 'set-up' | 'new' | 'damaged' | 'broken';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
/** An id that sorts by age. */
export const snapshotIdAt = (index: number): string => `s_01KABCDEFG${String(99_999 - index).padStart(16, '0')}`;

/** Ages of those of the set-up world, with what is said of each. */
const MADE: readonly (readonly [ageMs: number, tag: string | null, reason: string, health: Snapshot['health'], pinned: boolean])[] = [
  [4 * MINUTE, null, 'modes.switch', 'healthy', false],
  [38 * MINUTE, 'before the migration', 'manual', 'healthy', false],
  [HOUR, null, 'schedule', 'healthy', false],
  [2 * HOUR, null, 'checks.fix', 'unhealthy', false],
  [3 * HOUR, null, 'schedule', 'healthy', false],
  [5 * HOUR, null, 'modes.switch', 'healthy', false],
  [9 * HOUR, null, 'schedule', 'stopped', false],
  [DAY + 2 * HOUR, null, 'schedule', 'healthy', false],
  [DAY + 7 * HOUR, 'demo data loaded', 'manual', 'healthy', true],
  [2 * DAY + HOUR, null, 'projects.clean', 'unhealthy', false],
  [3 * DAY, null, 'schedule', 'healthy', false],
  [4 * DAY, null, 'changes.deploy', 'healthy', false],
  [6 * DAY, null, 'schedule', 'stopped', false],
  [9 * DAY, 'release 2.4', 'manual', 'healthy', true],
  [13 * DAY, null, 'schedule', 'healthy', false],
];

/** Answers of snapshots that change as its operations do. */
export function snapshotsWorld(options: { readonly projectId: string; readonly dir: string; readonly state: SnapshotsState; readonly mark: string; readonly publish: (status: Status) => void }): SnapshotsWorld {
  const { projectId, dir, state, mark } = options;
  const project = { id: projectId, name: 'shop', dir };
  const sick = state === 'damaged';
  let failures = state === 'broken' ? 1 : 0;
  let made = 0;
  let pruned = false;
  let snapshots: Snapshot[] = state === 'new' ? [] : sick ? many() : MADE.map(([ageMs, tag, reason, health, pinned], index) => snapshotOf(index, { ageMs, tag, reason, health, pinned }));
  const deleted = new Map<string, Snapshot>();
  let settings: Status['settings'] = { repository: 'local', retention: { keepLast: 10, keepHourly: 24, keepDaily: 7, keepWeekly: 4, keepReplacedHours: 24 }, everyMinutes: 60, volumes: false, consistency: {} };
  let replaced: Status['replaced'] = state === 'new' ? [] : [{ volume: 'shop_postgres_data_berth_01KABC', of: 'shop_postgres_data', snapshotId: snapshotIdAt(5), since: at(-6 * HOUR), until: at(18 * HOUR), sizeBytes: 412 * MIB }];
  const buckets: string[] = state === 'new' ? [] : ['backups'];

  function many(): Snapshot[] {
    return Array.from({ length: 600 }, (_, index) => snapshotOf(index, { ageMs: index * 2.3 * HOUR + 3 * MINUTE, tag: index === 1 ? `nightly${mark}` : null, reason: index === 1 ? 'manual' : index % 5 === 0 ? 'modes.switch' : 'schedule', health: index % 4 === 0 ? 'unhealthy' : 'stopped', pinned: index === 1 }));
  }

  function snapshotOf(index: number, of: { readonly ageMs: number; readonly tag: string | null; readonly reason: string; readonly health: Snapshot['health']; readonly pinned: boolean }): Snapshot {
    const whole = of.reason === 'manual' || of.reason === 'projects.clean' || of.reason === 'snapshots.restore';
    const parts = partsOf(whole, mark);
    return {
      id: snapshotIdAt(index),
      repository: sick && index % 7 === 3 ? 'backups' : 'local',
      createdAt: at(-of.ageMs),
      tag: of.tag,
      reason: of.reason,
      operationId: null,
      project,
      mode: of.health === 'stopped' ? null : index % 3 === 0 ? 'prod' : 'dev',
      health: of.health,
      services: ['api', 'cache', 'postgres', 'search', 'web', 'worker'].map((name) => ({ name, state: of.health === 'stopped' ? 'exited' : 'running', health: of.health === 'unhealthy' && name === 'search' ? 'unhealthy' : of.health === 'stopped' ? 'none' : 'healthy' })),
      sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
      storedBytes: whole ? (index === MADE.length - 2 ? 402 : 11.4) * MIB : (0.02 + (index % 5) * 0.11) * MIB,
      pinned: of.pinned,
      verified: sick && index === 2 ? { at: at(-HOUR), ok: false } : whole || index === MADE.length - 1 ? { at: at(-of.ageMs + MINUTE), ok: true } : null,
      parts,
      notes: whole ? ['api/logs/app.log changed while it was read; it was read again.'] : [],
    };
  }

  const status = (): Status => ({
    snapshots,
    repositories: [
      { name: 'local', kind: 'folder', place: '/home/ada/.local/state/berth/snapshots/shop', encrypted: 'secrets', passphrase: false, snapshots: snapshots.length, storedBytes: snapshots.length === 0 ? 0 : 486 * MIB, reclaimableBytes: state === 'new' ? null : pruned ? 0 : 38.2 * MIB, state: 'ready', detail: '' },
      ...buckets.map((name): Status['repositories'][number] => ({ name, kind: 'bucket', place: `http://127.0.0.1:9000 ${name}/berth-snapshots`, encrypted: 'everything', passphrase: true, snapshots: sick ? 85 : 3, storedBytes: 431 * MIB, reclaimableBytes: null, state: sick ? 'offline' : 'ready', detail: sick ? 'S3 does not answer at 127.0.0.1:9000.' : '' })),
    ],
    settings,
    deleted: [...deleted.values()].map((one) => ({ id: one.id, tag: one.tag, createdAt: one.createdAt, until: at(DAY - MINUTE) })),
    replaced,
    damaged: sick ? [{ object: 'snapshots/s_01KABCDEFG0000000000000007.json', part: '' }, { object: `snapshots/s_01KABCDEFG0000000000000009.json`, part: `manifest${mark}` }] : [],
  });
  const find = (id: string): Snapshot => {
    const found = snapshots.find((one) => one.id === id);
    if (found === undefined) throw new AppError('not-found', 'There is no such snapshot.', { hint: 'See: berth snapshots list' });
    return found;
  };
  const tell = (): Status => {
    options.publish(status());
    return status();
  };

  const handlers: { readonly [name: string]: (input: never, call: never) => Promise<unknown> } = {
    'snapshots.list': async (_input: never, call: { readonly door: string }) => {
      // The tray asks too, and says nothing of it.
      if (failures > 0 && call.door === 'window') {
        failures -= 1;
        throw new AppError('file-unreadable', 'The snapshots could not be read: the disk does not answer.', { hint: 'Look at the disk, then try again.' });
      }
      return status();
    },
    'snapshots.show': async (input: Named) => find(input.id),
    'snapshots.plan-create': async () => createPlanOf(mark, settings.consistency),
    'snapshots.plan-restore': async (input: Named & { readonly only?: readonly string[] }) => restorePlanOf({ id: input.id, projectId, dir, blocked: sick, only: input.only ?? null, mark }),
    'snapshots.compare': async (input: Named & { readonly with?: string; readonly limit: number }) => comparison(input.with === undefined ? (!sick && input.id === snapshotIdAt(0) && made === 0 ? 'nothing' : 'some') : sick ? 'many' : 'some', input.limit, mark),
    'snapshots.pin': async (input: Named & { readonly pinned: boolean }) => {
      snapshots = snapshots.map((one) => (one.id === input.id ? { ...one, pinned: input.pinned } : one));
      tell();
      return find(input.id);
    },
    'snapshots.delete': async (input: Named) => {
      deleted.set(input.id, find(input.id));
      snapshots = snapshots.filter((one) => one.id !== input.id);
      return tell();
    },
    'snapshots.undelete': async (input: Named) => {
      const back = deleted.get(input.id);
      if (back !== undefined) snapshots = [...snapshots, back];
      deleted.delete(input.id);
      return tell();
    },
    'snapshots.configure': async (input: { readonly everyMinutes?: number; readonly volumes?: boolean; readonly keepLast?: number }) => {
      settings = { ...settings, ...(input.everyMinutes === undefined ? {} : { everyMinutes: input.everyMinutes === 0 ? null : input.everyMinutes }), volumes: input.volumes ?? settings.volumes, retention: { ...settings.retention, keepLast: input.keepLast ?? settings.retention.keepLast } };
      return tell();
    },
    'snapshots.consistency': async (input: { readonly volume: string; readonly choice: 'auto' | 'stop' }) => {
      settings = { ...settings, consistency: { ...settings.consistency, [input.volume]: input.choice } };
      return tell();
    },
  };

  const report = (operationId: string, id: string | null): JsonObject => ({ operationId, id, objects: 1_204, bytes: 0.4 * GIB, sampled: false, durationMs: 2_400 });
  const newest = (operationId: string, input: JsonObject, reason: string): JsonObject => ({ ...snapshotOf(10_000 + made, { ageMs: 0, tag: typeof input['tag'] === 'string' ? input['tag'] : null, reason, health: 'healthy', pinned: false }), operationId });

  return {
    handlers: handlers as { readonly [name: string]: Handler },
    resultOf(kind, operationId, input) {
      const id = typeof input['id'] === 'string' ? input['id'] : snapshotIdAt(0);
      switch (kind) {
        case 'snapshots.create':
          return newest(operationId, input, 'manual');
        case 'snapshots.import':
          return newest(operationId, input, 'snapshots.import');
        case 'snapshots.verify':
        case 'snapshots.drill':
          return report(operationId, id);
        case 'snapshots.prune':
          return { operationId, removed: pruned ? [] : [snapshotIdAt(12), snapshotIdAt(10)], freedBytes: pruned ? 0 : 38.2 * MIB, volumes: [] };
        case 'snapshots.restore':
          return { operationId, snapshotId: id, project, mode: 'dev', steps: [], before: snapshotIdAt(1), warnings: [], downtimeMs: 2_100, durationMs: 12_400 };
        case 'snapshots.branch':
          return { operationId, snapshotId: id, project: { id: projectId, name: String(input['name']), dir: String(input['dir']) }, mode: 'dev', steps: [], before: null, warnings: [], downtimeMs: 0, durationMs: 18_200 };
        case 'snapshots.export':
          return { operationId, file: String(input['file']), sizeBytes: 431 * MIB, sha256: 'ab'.repeat(32) };
        case 'snapshots.add-repository':
          return status() as unknown as JsonObject;
        default:
          return undefined;
      }
    },
    errorOf: (kind, input) => (sick && kind === 'snapshots.verify' && input['id'] === snapshotIdAt(2) ? { code: 'damaged', message: 'packs/4e/4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce is not as it was written.', hint: 'It holds bytes of volume shop_postgres_data. Restore an older snapshot, or put the file back from a copy.' } : null),
    ended(kind, input) {
      if (kind === 'snapshots.create' || kind === 'snapshots.import') {
        made += 1;
        snapshots = [newest('', input, kind === 'snapshots.create' ? 'manual' : kind) as unknown as Snapshot, ...snapshots].map((one) => ({ ...one }));
      }
      if (kind === 'snapshots.verify') snapshots = snapshots.map((one) => (one.id === input['id'] ? { ...one, verified: { at: at(0), ok: true } } : one));
      if (kind === 'snapshots.prune' && input['dryRun'] !== true) {
        pruned = true;
        snapshots = snapshots.filter((one) => one.id !== snapshotIdAt(12) && one.id !== snapshotIdAt(10));
      }
      if (kind === 'snapshots.restore') replaced = [{ ...(replaced[0] ?? { volume: 'shop_search_index_berth_01KABD', of: 'shop_search_index', until: at(DAY), sizeBytes: 4 * MIB }), snapshotId: snapshotIdAt(1), since: at(0) }, ...replaced.slice(1)];
      if (kind === 'snapshots.add-repository') buckets.push(String(input['bucket']));
      if (kind.startsWith('snapshots.')) tell();
    },
  };
}
