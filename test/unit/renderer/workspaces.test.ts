import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcedWorkspaces, WORKSPACE_KINDS } from '../../../src/renderer/src/features/workspaces/use-workspaces';
import { conflictCount, mountDiffers, placeTotal, savedBy, savedWords, stepStates, triggerWords, typedPatterns, workspacesAnswer, type Runner, type Workspace, type WorkspacesStatus } from '../../../src/renderer/src/features/workspaces/workspaces-answer';
import { thousands } from '../../../src/renderer/src/lib/format';
import { failedOf, runningOf, undoableOf } from '../../../src/renderer/src/lib/operation-results';
import type { Operation } from '../../../src/renderer/src/lib/model';
import { workspacesWords } from '../../../src/renderer/src/locales/en/workspaces';
import { BLANK, PROJECT_ID } from '../../support/window-world-history';

const runner = (state: Runner['state']): Runner => ({ state, detail: '', containerId: null, containerName: null, port: null, url: null, command: '', copiedAt: null, readBytes: 0 });
const workspace = (change: Partial<Workspace> = {}): Workspace => ({ name: 'api', dir: '', local: { files: 2, bytes: 20 }, whole: { files: 9, bytes: 2_000 }, bucket: { files: 2, bytes: 20 }, mount: null, pending: 0, excluded: 0, conflicts: 0, state: 'synced', detail: '', lastSyncedAt: null, trigger: 'watch', everySeconds: 300, source: 'mount', reads: 'mount', sizeOnly: false, run: true, runner: null, savingsPercent: null, ...change });
const status = (change: Partial<WorkspacesStatus> = {}, ...workspaces: Partial<Workspace>[]): WorkspacesStatus => ({
  root: '/shop/workspaces',
  exists: true,
  bucket: 'workspaces',
  endpoint: 'http://127.0.0.1:9000',
  mountPoint: null,
  volume: null,
  halt: null,
  workspaces: workspaces.map(workspace),
  totals: { wholeBytes: 0, bucketBytes: 0, savingsPercent: null },
  traffic: { puts: 0, lists: 0, deletes: 0, bytesSent: 0, since: '' },
  monitor: { state: 'running', detail: '' },
  gateway: null,
  migration: { step: 'none', of: 4, detail: '' },
  ...change,
});
const halt: NonNullable<WorkspacesStatus['halt']> = { reason: 'root-emptied', message: '', hint: '', approval: null };

describe('the answer of the workspaces page', () => {
  it.each([
    ['everything is sent', status({}, {}), true, 'good', 'In step with the bucket'],
    ['containers run', status({}, { runner: runner('running') }, { runner: runner('stopped') }), true, 'good', 'In step with the bucket, 1 running'],
    ['one is installing', status({}, { runner: runner('running') }, { runner: runner('installing') }), true, 'busy', 'In step with the bucket, 1 of 2 running'],
    ['one fails', status({}, { name: 'www', runner: runner('failed') }), true, 'bad', 'In step with the bucket, www does not run'],
    ['two fail', status({}, { runner: runner('failed') }, { runner: runner('failed') }), true, 'bad', 'In step with the bucket, 2 do not run'],
    ['files wait', status({}, { pending: 2, state: 'pending' }, { pending: 1 }), true, 'warn', '3 files wait to be sent'],
    ['one file waits', status({}, { pending: 1 }), true, 'warn', '1 file waits to be sent'],
    ['it runs', status({}, { state: 'syncing' }), true, 'busy', 'Sending now'],
    ['nothing was sent', status({}, { state: 'never' }), true, 'off', 'Nothing was sent yet'],
    ['one was never sent', status({}, {}, { name: 'www', state: 'never' }), true, 'off', 'Not sent yet: www'],
    ['it stopped', status({ halt }, { state: 'halted' }), true, 'bad', 'The sync stopped and asks'],
    ['S3 was never started', status({ endpoint: null }, { state: 'offline' }), true, 'off', 'S3 is not started'],
    ['S3 was never started and so the mount is away', status({ endpoint: null, monitor: { state: 'mount-down', detail: '' } }, { state: 'offline' }), true, 'off', 'S3 is not started'],
    ['S3 is away', status({}, { state: 'offline' }), true, 'bad', 'S3 does not answer'],
    ['nobody trusts it', status({ endpoint: null }, {}), false, 'warn', 'Not trusted yet, so nothing is sent'],
    ['there is no folder', status({ exists: false }), true, 'none', 'No workspaces folder yet'],
    ['the folder is empty', status(), true, 'none', 'No workspace in the folder yet'],
    ['keys collide and the mount is away', status({ monitor: { state: 'mount-down', detail: '' } }, { conflicts: 2 }), true, 'bad', 'In step with the bucket, 2 conflicts, the mount is away'],
  ] as const)('when %s', (_when, state, trusted, mark, sentence) => {
    expect(workspacesAnswer(state, trusted)).toMatchObject({ mark, sentence });
  });

  it('adds up each place, and says nothing of a place nobody could look at', () => {
    const { workspaces } = status({}, {}, { name: 'www', local: { files: 3, bytes: 5 }, bucket: null, conflicts: 2 });
    expect([placeTotal(workspaces, 'local'), placeTotal(workspaces, 'bucket'), placeTotal(workspaces, 'mount')]).toEqual([{ files: 5, bytes: 25 }, { files: 2, bytes: 20 }, null]);
    expect(conflictCount(workspaces)).toBe(2);
  });

  it('sees a mount that shows something else than the bucket holds', () => {
    const held = { files: 2, bytes: 20 };
    expect([mountDiffers({ bucket: held, mount: held }), mountDiffers({ bucket: held, mount: null }), mountDiffers({ bucket: held, mount: { files: 2, bytes: 19 } })]).toEqual([false, false, true]);
  });

  it('says triggers, shares and counts shortly', () => {
    expect([triggerWords(workspace()), triggerWords(workspace({ trigger: 'interval' })), triggerWords(workspace({ trigger: 'manual' }))]).toEqual(['on save', 'every 5 min', 'by hand']);
    expect([savedWords(null), savedWords(99), savedWords(0)]).toEqual(['–', '99.0 %', '0.0 %']);
    expect([savedBy(workspace({ savingsPercent: 100 })), savedBy(workspace({ lastSyncedAt: '2026-01-01T00:00:00Z', savingsPercent: 98.5 }))]).toEqual(['–', '98.5 %']);
    fc.assert(fc.property(fc.nat(), (number) => Number(thousands(number).replaceAll(',', '')) === number));
    expect(thousands(1_234_567)).toBe('1,234,567');
  });
});

describe('patterns and steps', () => {
  it('takes one pattern a line and leaves blanks out', () => {
    expect(typedPatterns(' temp/ \n\n*.tmp\r\n')).toEqual(['temp/', '*.tmp']);
    expect(typedPatterns(' \n')).toEqual([]);
  });

  it('shows where a move goes on', () => {
    expect(stepStates('none', false)).toEqual(['now', 'later', 'later', 'later']);
    expect(stepStates('mount', true)).toEqual(['done', 'done', 'running', 'later']);
    expect(stepStates('done', false)).toEqual(['done', 'done', 'done', 'done']);
  });

  it('says what patterns would do', () => {
    const { effect } = workspacesWords.excluded;
    expect([effect(0, 412, 0), effect(16, 412, 0), effect(0, 412, 1), effect(1, 1, 2)]).toEqual(['No file that is sent now matches.', 'Leaves out 16 of 412 files', 'Sends 1 file that is left out now', 'Leaves out 1 of 1 file, sends 2 files that are left out now']);
  });
});

describe('what is announced and what the last operations say', () => {
  const told = (projectId: string, root: string) => ({ type: 'workspaces.changed' as const, projectId, workspaces: status({ root }) });
  const of = (change: Partial<Operation>): Operation => ({ ...BLANK, after: [...BLANK.after], id: 'a', kind: 'workspaces.sync', ...change });

  it('is the newest status of this project, and nothing where none is about it', () => {
    expect(announcedWorkspaces([told('p_1', 'a'), told('p_2', 'b'), told('p_1', 'c'), { type: 'bug.reported', message: 'x' }], 'p_1')?.root).toBe('c');
    expect(announcedWorkspaces([told('p_2', 'b')], 'p_1')).toBeNull();
  });

  it('finds what runs, what failed while the window was open, and what can be taken back, of its own kinds alone', () => {
    const failed = of({ state: 'rolled-back', error: { code: 'blocked', message: 'x' } });
    expect(runningOf([of({ kind: 'storage.sync', state: 'running' }), of({ id: 'r', state: 'running' })], PROJECT_ID, WORKSPACE_KINDS)?.id).toBe('r');
    expect(failedOf([of({ kind: 'storage.sync' }), failed], PROJECT_ID, WORKSPACE_KINDS, { a: {} }, [])?.id).toBe('a');
    expect(failedOf([failed], PROJECT_ID, WORKSPACE_KINDS, {}, [])).toBeNull();
    expect(failedOf([failed], PROJECT_ID, WORKSPACE_KINDS, { a: {} }, ['a'])).toBeNull();
    expect(undoableOf([of({ id: 'u', kind: 'workspaces.exclude', undoable: true })], PROJECT_ID, WORKSPACE_KINDS, { u: {} })?.id).toBe('u');
  });
});
