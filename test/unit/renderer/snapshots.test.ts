import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInput, firstTicks, partGroups, tickedBytes, type PlannedPart } from '../../../src/renderer/src/features/snapshots/create-input';
import { differenceRows, filteredDifferences, type Difference } from '../../../src/renderer/src/features/snapshots/difference-tree';
import { outcomeOf } from '../../../src/renderer/src/features/snapshots/outcome-words';
import { asksForForce, canRestore, firstChoice, onlyOf, orderedSteps, scopesOf, ticksOf, type RestorePlan, type RestoreStep } from '../../../src/renderer/src/features/snapshots/restore-scope';
import { formOf, settingsInput } from '../../../src/renderer/src/features/snapshots/settings-form';
import { filteredSnapshots, lastGood, scheduleWords, snapshotName, snapshotsAnswer, spaceOf, type Repository, type Snapshot, type SnapshotPart, type SnapshotsStatus } from '../../../src/renderer/src/features/snapshots/snapshots-answer';
import { timelineMarks, timelineTicks } from '../../../src/renderer/src/features/snapshots/timeline-marks';
import { announcedSnapshots } from '../../../src/renderer/src/features/snapshots/use-snapshots';
import type { Operation } from '../../../src/renderer/src/lib/model';
import { BLANK, PROJECT_ID } from '../../support/window-world-history';
import { comparison, createPlanOf, MIB, partsOf, restorePlanOf } from '../../support/window-world-snapshot-plans';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const MINUTE = 60_000;
const DAY = 86_400_000;
const idOf = (index: number): string => `s_${String(index).padStart(26, '0')}`;
const snapshot = (agoMs: number, change: Partial<Snapshot> = {}): Snapshot => ({ id: idOf(Math.round(agoMs / 1_000)), repository: 'local', createdAt: new Date(NOW - agoMs).toISOString(), tag: null, reason: 'manual', operationId: null, project: { id: PROJECT_ID, name: 'shop', dir: '/shop' }, mode: 'dev', health: 'healthy', services: [], sizeBytes: 10, storedBytes: 5, pinned: false, verified: null, parts: [], notes: [], ...change });
const repository = (change: Partial<Repository> = {}): Repository => ({ name: 'local', kind: 'folder', place: '', encrypted: 'secrets', passphrase: false, snapshots: 0, storedBytes: 100, reclaimableBytes: null, state: 'ready', detail: '', ...change });
const SETTINGS: SnapshotsStatus['settings'] = { repository: 'local', retention: { keepLast: 10, keepHourly: 24, keepDaily: 7, keepWeekly: 4, keepReplacedHours: 24 }, everyMinutes: null, volumes: false, consistency: {} };
const status = (snapshots: readonly Snapshot[], change: Partial<SnapshotsStatus> = {}): SnapshotsStatus => ({ snapshots: [...snapshots], repositories: [repository()], settings: SETTINGS, deleted: [], replaced: [], damaged: [], ...change });

describe('the answer of the snapshots page', () => {
  it.each([
    ['there is none', status([]), 'none', 'Nothing to go back to yet'],
    ['there is one', status([snapshot(4 * MINUTE)]), 'good', 'One snapshot, from 4 min ago, all was well then'],
    ['there are several', status([snapshot(4 * MINUTE, { health: 'stopped' }), snapshot(MINUTE * 90), snapshot(12 * DAY)]), 'good', 'Back as far as 12 days ago, last good 1 h ago'],
    ['nothing was well in any', status([snapshot(4 * MINUTE, { health: 'unhealthy' }), snapshot(DAY, { health: 'stopped' })]), 'warn', 'Back as far as yesterday, all was well in none of them'],
    ['one is damaged and a manifest is, too', status([snapshot(MINUTE, { verified: { at: '', ok: false } })], { damaged: [{ object: 'snapshots/a.json', part: '' }] }), 'bad', 'One snapshot, from 1 min ago, all was well then, 2 snapshots are damaged'],
    ['a bucket is away', status([snapshot(MINUTE)], { repositories: [repository(), repository({ name: 'backups', state: 'offline' })] }), 'warn', 'One snapshot, from 1 min ago, all was well then, backups does not answer'],
  ] as const)('when %s', (_when, state, mark, sentence) => {
    expect(snapshotsAnswer(state, NOW)).toEqual({ mark, sentence });
  });

  it('takes the newest that was well, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.record({ age: fc.integer({ min: 0, max: 1_000_000 }), good: fc.boolean() }), { selector: (one) => one.age }), (made) => {
        const good = made.filter((one) => one.good).map((one) => one.age);
        const found = lastGood(made.map((one) => snapshot(one.age * 1_000, { health: one.good ? 'healthy' : 'stopped' })));
        expect(found?.id ?? null).toBe(good.length === 0 ? null : idOf(Math.min(...good)));
      }),
    );
  });

  it('calls a snapshot by its tag, else by why it was made, and finds it by what is shown of it', () => {
    expect([snapshotName({ tag: 'v2', reason: 'manual' }), snapshotName({ tag: null, reason: 'modes.switch' }), snapshotName({ tag: '', reason: 'schedule' })]).toEqual(['v2', 'Before a switch', 'On schedule']);
    const all = [snapshot(1, { tag: 'Release' }), snapshot(2_000, { mode: 'prod' }), snapshot(4_000, { reason: 'projects.clean', pinned: true })];
    const found = (text: string): number => filteredSnapshots(all, text).length;
    expect([found(''), found('rele'), found('prod'), found('clean-up'), found('pinned'), found('nothing')]).toEqual([3, 1, 1, 1, 1, 0]);
  });

  it('adds up what they hold and take, and says what prune frees only once it was counted', () => {
    expect(spaceOf(status([snapshot(1), snapshot(2_000)]))).toEqual({ holdsBytes: 20, storedBytes: 100, freesBytes: null });
    expect(spaceOf(status([], { repositories: [repository({ reclaimableBytes: 7 }), repository()] })).freesBytes).toBe(7);
    expect(scheduleWords(SETTINGS)).toContain('No schedule');
    expect(scheduleWords({ ...SETTINGS, everyMinutes: 360 })).toContain('every 6 h');
  });

  it('takes the newest news of its own project', () => {
    const own = status([snapshot(1)]);
    const event = { type: 'snapshots.changed' as const, projectId: PROJECT_ID, snapshots: own };
    expect(announcedSnapshots([event, { ...event, projectId: 'p_other', snapshots: status([]) }], PROJECT_ID)).toBe(own);
    expect(announcedSnapshots([{ type: 'volumes.measured' }], PROJECT_ID)).toBeNull();
  });
});

describe('the timeline', () => {
  it('keeps every snapshot in one place between the oldest and now, the newer further on', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 40_000_000 }), { maxLength: 60 }), fc.integer({ min: 2, max: 40 }), (ages, places) => {
        const marks = timelineMarks(ages.map((age) => snapshot(age * 1_000)), NOW, places);
        expect(marks.flatMap((mark) => mark.snapshots)).toHaveLength(ages.length);
        expect(marks.every((mark, index) => mark.at >= 0 && mark.at <= 1 && mark.at > (marks[index - 1]?.at ?? -1))).toBe(true);
        const inOrder = marks.flatMap((mark) => [...mark.snapshots].reverse()).map((one) => Date.parse(one.createdAt));
        expect([...inOrder].sort((a, b) => a - b)).toEqual(inOrder);
      }),
    );
  });

  it('names ages only where there is room between them', () => {
    const ticks = timelineTicks([snapshot(13 * DAY)], NOW);
    expect(ticks.map((tick) => tick.name)).toEqual(['hour', 'day', 'week']);
    expect(timelineTicks([snapshot(MINUTE)], NOW).map((tick) => tick.name)).toEqual(['hour']);
  });
});

describe('a new snapshot', () => {
  const { parts } = createPlanOf('', {});
  const form = { tag: ' ', repository: 'local', consistency: 'auto' as const, ticked: firstTicks(parts) };

  it('asks for nothing but what is chosen otherwise', () => {
    expect(createInput(parts, form, 'local')).toEqual({});
    expect(createInput(parts, { ...form, tag: ' v2 ', consistency: 'stop', repository: 'backups' }, 'local')).toEqual({ tag: 'v2', consistency: 'stop', repository: 'backups' });
    expect(createInput(parts, { ...form, ticked: new Set([...form.ticked, 'bind:api/src', 'bucket:uploads']) }, 'local')).toEqual({ binds: ['api/src'], buckets: ['uploads'] });
  });

  it('leaves a volume out by naming the rest', () => {
    const ticked = new Set([...form.ticked].filter((key) => key !== 'volume:shop_search_index'));
    expect(createInput(parts, { ...form, ticked }, 'local')).toEqual({ only: ['files', 'settings', 'containers', 'bind:/mnt/efs', 'volume:shop_postgres_data'] });
  });

  it('has no tick for what is always in it, and adds up what is ticked', () => {
    const groups = partGroups(parts);
    expect(groups.always.map((part) => part.name)).toEqual(['compose', 'env', 'project', 'containers', 'images', '/mnt/efs']);
    expect([groups.volumes, groups.binds, groups.buckets].map((group) => group.length)).toEqual([2, 2, 1]);
    const part = (name: string, sizeBytes: number | null): PlannedPart => ({ kind: 'volume', name, chosen: true, consistency: 'none', detail: '', services: [], sizeBytes });
    expect(tickedBytes([part('a', 3), part('b', 4), part('c', null)], new Set(['volume:a', 'volume:c']))).toBe(3);
    expect(tickedBytes([part('c', null)], new Set(['volume:c']))).toBeNull();
  });
});

describe('a restore', () => {
  const parts: SnapshotPart[] = partsOf(true, '');

  it('names what was chosen, and nothing for everything', () => {
    const form = { scope: 'all' as const, service: 'api', ticked: new Set(['volume:a']) };
    expect([onlyOf(form), onlyOf({ ...form, scope: 'files' }), onlyOf({ ...form, scope: 'volumes' }), onlyOf({ ...form, scope: 'service' }), onlyOf({ ...form, scope: 'parts' })]).toEqual([undefined, ['files'], ['volumes'], ['service:api'], ['volume:a']]);
    expect([onlyOf({ ...form, scope: 'parts', ticked: new Set() }), onlyOf({ ...form, scope: 'service', service: '' })]).toEqual([null, null]);
  });

  it('has one tick for what comes back together, and folders only when they are ticked', () => {
    expect(ticksOf(parts).map((tick) => tick.text)).toEqual(['Compose and env files', 'Settings', 'Containers and images', 'shop_postgres_data', 'shop_search_index', '/mnt/efs']);
    expect([...firstChoice(parts)]).toEqual(['files', 'settings', 'containers', 'volume:shop_postgres_data', 'volume:shop_search_index']);
    expect(scopesOf(snapshot(0, { parts: partsOf(false, '') }))).toEqual(['all', 'files', 'parts']);
    expect(scopesOf(snapshot(0, { parts, services: [{ name: 'api', state: 'running', health: 'healthy' }] }))).toEqual(['all', 'files', 'volumes', 'service', 'parts']);
  });

  it('shows what changes before what stays', () => {
    const step = (name: string, action: RestoreStep['action']): RestoreStep => ({ kind: 'volume', name, action, detail: '', sizeBytes: 0 });
    expect(orderedSteps([step('a', 'same'), step('b', 'skip'), step('c', 'create'), step('d', 'replace'), step('e', 'remove')]).map((one) => one.name)).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  it('runs over a database of another version only when somebody agreed, and over nothing else', () => {
    const plan = restorePlanOf({ id: idOf(1), projectId: PROJECT_ID, dir: '/shop', blocked: true, only: null, mark: '' });
    expect([asksForForce(plan), canRestore(plan, false), canRestore(plan, true)]).toEqual([true, false, true]);
    const full: RestorePlan = { ...plan, findings: [{ code: 'SNAPSHOT_NO_SPACE', severity: 'error', message: '', hint: '' }] };
    expect([asksForForce(full), canRestore(full, true)]).toEqual([false, false]);
  });
});

describe('differences', () => {
  const { differences } = comparison('some', 100, '');

  it('stand in a tree by part and folder, with folders that lead to one thing as one line', () => {
    const rows = differenceRows(differences, new Set());
    expect(rows.map((row) => `${'  '.repeat(row.depth)}${row.name}${row.beneath > 0 ? ` ${String(row.beneath)}` : ''}${row.difference === null ? '' : ` ${row.difference.change}`}`)).toEqual([
      'Compose files 1',
      '  docker-compose.dev.yml changed',
      'Env files 1',
      '  .env changed',
      'Settings changed',
      'Images 1',
      '  api changed',
      'shop_postgres_data 6',
      '  base/16384 3',
      '    24601 added',
      '    2619 changed',
      '    2840 changed',
      '  pg_wal 2',
      '    000000010000000000000003 removed',
      '    000000010000000000000004 changed',
      '  postmaster.opts changed',
      'shop_search_index removed',
    ]);
    expect(differenceRows(differences, new Set(['volume:shop_postgres_data'])).map((row) => row.name)).not.toContain('base/16384');
  });

  it('show every difference exactly once while nothing is closed, with keys of their own', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }).map((segments) => segments.join('/'));
    const any = fc.record({ kind: fc.constantFrom<Difference['part']['kind']>('volume', 'files'), name: fc.constantFrom('x', 'y'), path, change: fc.constantFrom<Difference['change']>('added', 'removed', 'changed') });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (made) => {
        const all = made.map(({ kind, name, ...rest }): Difference => ({ part: { kind, name }, what: [], before: null, after: null, ...rest }));
        const rows = differenceRows(all, new Set());
        expect(rows.filter((row) => row.difference !== null)).toHaveLength(all.length);
        expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
      }),
    );
  });

  it('are found by part and path, and by what changed', () => {
    expect(filteredDifferences(differences, 'PG_WAL', 'all')).toHaveLength(2);
    expect(filteredDifferences(differences, 'pg_wal', 'removed')).toHaveLength(1);
    expect(filteredDifferences(differences, 'compose files', 'all')).toHaveLength(1);
  });
});

describe('schedule and retention', () => {
  it('say only what was changed, and nothing while a number is out of its range', () => {
    const form = formOf(SETTINGS);
    expect(settingsInput(SETTINGS, form)).toBeNull();
    expect(settingsInput(SETTINGS, { ...form, interval: '360', volumes: true })).toEqual({ everyMinutes: 360, volumes: true });
    expect(settingsInput(SETTINGS, { ...form, interval: 'own', minutes: '3' })).toBeNull();
    expect(settingsInput(SETTINGS, { ...form, retention: { ...form.retention, keepLast: '0' } })).toBeNull();
    expect(settingsInput(SETTINGS, { ...form, retention: { ...form.retention, keepLast: '5', keepDaily: '0' }, repository: 'backups' })).toEqual({ keepLast: 5, keepDaily: 0, repository: 'backups' });
    expect(formOf({ ...SETTINGS, everyMinutes: 45 })).toMatchObject({ interval: 'own', minutes: '45' });
    expect(settingsInput({ ...SETTINGS, everyMinutes: 60 }, { ...formOf({ ...SETTINGS, everyMinutes: 60 }), interval: '0' })).toEqual({ everyMinutes: 0 });
  });
});

describe('what an act of the page came to', () => {
  const done = (kind: string, result: object, change: Partial<Operation> = {}): Operation => ({ ...BLANK, after: [...BLANK.after], id: 'op_1', kind, title: kind, projectId: PROJECT_ID, state: 'succeeded', input: {}, result: result as never, createdAt: '', ...change });
  const seen = { op_1: true };

  it('is one sentence, with the way back after a restore', () => {
    const text = (operation: Operation): string | undefined => outcomeOf([operation], PROJECT_ID, seen, [])?.text;
    expect(text(done('snapshots.create', snapshot(0, { tag: 'v2', sizeBytes: 4 * MIB, storedBytes: MIB })))).toBe('“v2” is made: it holds 4 MiB and takes 1 MiB.');
    expect(text(done('snapshots.verify', { operationId: 'op_1', id: null, objects: 1_204, bytes: MIB, sampled: true, durationMs: 900 }))).toBe('1,204 objects, a sample, are as they were written: 1 MiB read in 900 ms.');
    expect(text(done('snapshots.prune', { removed: [], freedBytes: 0 }))).toBe('Nothing had to go; 0 MiB freed.');
    expect(outcomeOf([done('snapshots.restore', { before: idOf(3), warnings: [], downtimeMs: 2_100, durationMs: 12_400 })], PROJECT_ID, seen, [])).toMatchObject({ text: 'Restored in 12.4 s; the longest a service was down is 2.1 s.', before: idOf(3) });
    expect(outcomeOf([done('snapshots.restore', { before: null, warnings: ['It is in no snapshot.'], downtimeMs: 2_100, durationMs: 12_400 })], PROJECT_ID, seen, [])).toMatchObject({ before: null, warning: 'It is in no snapshot.' });
    expect(outcomeOf([done('snapshots.branch', { project: { id: 'p_2', name: 'shop-copy', dir: '' }, durationMs: 100 })], PROJECT_ID, seen, [])).toMatchObject({ copyId: 'p_2' });
  });

  it('is not said of what failed, of what was put away, or of what another window did', () => {
    const prune = done('snapshots.prune', { removed: [], freedBytes: 0 });
    expect(outcomeOf([{ ...prune, state: 'failed' }], PROJECT_ID, seen, [])).toBeNull();
    expect(outcomeOf([prune], PROJECT_ID, seen, ['op_1'])).toBeNull();
    expect(outcomeOf([prune], PROJECT_ID, {}, [])).toBeNull();
    expect(outcomeOf([done('storage.start', {})], PROJECT_ID, seen, [])).toBeNull();
  });
});
