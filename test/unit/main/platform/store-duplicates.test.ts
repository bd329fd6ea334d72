import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { YamlDuplicateGroup } from '@shared/domain/gitops/duplicate-records';
import { openStore } from '@main/platform/store';
import type { Store } from '@main/platform/types';

let home: string;
let store: Store;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-duplicates-'));
  store = await openStore({ home, inProcess: true });
  await store.putProject({ id: 'p_1', dir: '/p', trustedFacts: null, openedAt: '2026-01-01T00:00:00.000Z' });
});

afterEach(async () => {
  await store.close();
  await rm(home, { recursive: true });
});

function group(id: string, path = 'a.yaml', change: Partial<YamlDuplicateGroup> = {}): YamlDuplicateGroup {
  return {
    id,
    fabric: 'p_1',
    detection_timestamp: '2026-01-02T00:00:00.000Z',
    resolution_status: 'pending',
    resolution_strategy: 'identical_keep_highest',
    dir: '/p',
    details: { kind: 'identical' },
    files: [{ duplicate_group: id, file_path: path, file_hash: 'a'.repeat(64), priority_score: 447, resolution_action: 'keep', document: 0, item: null, line: 1 }],
    ...change,
  };
}

it('keeps groups with their files, and lets them go with their project', async () => {
  await store.replaceDuplicates('p_1', '/p', [group('g_1'), group('g_2', 'b.yaml')]);
  expect(await store.listDuplicates('p_1')).toEqual([group('g_1'), group('g_2', 'b.yaml')]);
  await store.removeProject('p_1');
  expect(await store.listDuplicates('p_1')).toEqual([]);
});

it('keeps the first time and the state of what is found again, forgets what is gone, and keeps what was resolved', async () => {
  await store.replaceDuplicates('p_1', '/p', [group('g_1'), group('g_2'), group('g_3')]);
  await store.patchDuplicate('p_1', 'g_2', { resolution_status: 'resolved', files: { 'a.yaml': 'archive' } });
  await store.replaceDuplicates('p_1', '/p', [group('g_1', 'a.yaml', { detection_timestamp: '2027-01-01T00:00:00.000Z' })]);
  const left = await store.listDuplicates('p_1');
  expect(left.map((one) => [one.id, one.detection_timestamp.slice(0, 4), one.resolution_status])).toEqual([['g_1', '2026', 'pending'], ['g_2', '2026', 'resolved']]);
  expect(left[1]?.files[0]?.resolution_action).toBe('archive');
});

it('lets a failed attempt be tried again: found once more it is as it was found', async () => {
  await store.replaceDuplicates('p_1', '/p', [group('g_1'), group('g_2'), group('g_3')]);
  for (const id of ['g_1', 'g_2']) await store.patchDuplicate('p_1', id, { resolution_status: 'failed' });
  await store.patchDuplicate('p_1', 'g_3', { resolution_status: 'in_progress' });
  const again = group('g_1', 'a.yaml', { detection_timestamp: '2027-01-01T00:00:00.000Z' });
  await store.replaceDuplicates('p_1', '/p', [again, group('g_3')]);
  expect((await store.listDuplicates('p_1')).map((one) => [one.id, one.resolution_status, one.detection_timestamp.slice(0, 4)])).toEqual([['g_1', 'pending', '2026'], ['g_3', 'in_progress', '2026']]);
});

it('has one set for a folder: what was kept of folders in it goes, resolved or not, and folders beside it stay', async () => {
  await store.replaceDuplicates('p_1', '/p/deploy', [group('g_1'), group('g_2', 'b.yaml')]);
  await store.patchDuplicate('p_1', 'g_2', { resolution_status: 'resolved' });
  await store.replaceDuplicates('p_1', '/p-other', [group('g_3')]);
  await store.replaceDuplicates('p_1', '/p', [group('g_4', 'deploy/a.yaml')]);
  expect((await store.listDuplicates('p_1')).map((one) => [one.id, one.dir])).toEqual([['g_3', '/p-other'], ['g_4', '/p']]);
});

it('takes a path of 1,000 characters and refuses one more with a sentence', async () => {
  await store.replaceDuplicates('p_1', '/p', [group('g_1', 'x'.repeat(1_000))]);
  expect((await store.listDuplicates('p_1'))[0]?.files[0]?.file_path).toHaveLength(1_000);
  await expect(store.replaceDuplicates('p_1', '/p', [group('g_2', 'x'.repeat(1_001))])).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringContaining('has 1,001 characters') as string });
  expect((await store.listDuplicates('p_1')).map((one) => one.id)).toEqual(['g_1']);
});

it('refuses a status, a strategy and an action that are none', async () => {
  await store.replaceDuplicates('p_1', '/p', [group('g_1')]);
  await expect(store.patchDuplicate('p_1', 'g_1', { resolution_status: 'done' as 'resolved' })).rejects.toMatchObject({ code: 'input-invalid', hint: expect.stringContaining('manual_review') as string });
  await expect(store.patchDuplicate('p_1', 'g_1', { resolution_strategy: 'newest' as 'manual' })).rejects.toMatchObject({ code: 'input-invalid' });
  await expect(store.patchDuplicate('p_1', 'g_1', { files: { 'a.yaml': 'burn' as 'keep' } })).rejects.toMatchObject({ code: 'input-invalid' });
  await expect(store.patchDuplicate('p_1', 'g_9', {})).rejects.toMatchObject({ code: 'not-found' });
});

it('has the settings of a new project at exactly these defaults', async () => {
  expect(await store.duplicateSettings('p_1')).toEqual({ duplicate_detection_enabled: true, resolution_hierarchy_config: {}, last_duplicate_scan: null, duplicate_scan_interval: 3_600 });
  expect(await store.patchDuplicateSettings('p_1', { duplicate_scan_interval: 5 })).toMatchObject({ duplicate_scan_interval: 5, duplicate_detection_enabled: true });
});
