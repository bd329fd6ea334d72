import { describe, expect, it } from 'vitest';
import { beginRun } from '@shared/domain/gitops/pipeline/pipeline';
import { integrationOf, referencesToGone } from '@shared/domain/gitops/pipeline/integration';
import { integrateStage } from '@main/gitops/integrate-stage';
import { createFolderTurns } from '@main/operations/folder-turns';
import { detectStage, planStage } from '@main/gitops/pipeline-stages';
import type { ScanResult } from '@main/gitops/types';

const run = (file: string) => beginRun({ correlationId: 'c', dir: '/p', projectId: null, files: [file], depth: 0, startedAt: '' });
const scanned = { last: () => ({ groups: [{ id: 'g', certainty: 'certain', members: [{ path: 'a.yaml' }, { path: 'b.yaml' }] }, { id: 'i', certainty: 'info', members: [{ path: 'a.yaml' }] }] }) as unknown as ScanResult };

describe('the stages of duplicates', () => {
  it('tell the groups that the changed file is in, and what the rules would do with them', async () => {
    const found: number[] = [];
    expect(await detectStage(scanned, (_run, groups) => Promise.resolve(void found.push(groups)))(run('a.yaml'))).toEqual({ message: '1 group of duplicates' });
    expect(found).toEqual([1]);
    expect(await planStage(scanned, (dir, groups) => Promise.resolve({ planned: groups.length, manual: dir.length }))(run('b.yaml'))).toEqual({ message: '1 can be resolved by the rules, 2 left to you' });
  });

  it('have nothing to do for other files and in folders that were not scanned', async () => {
    const none = { last: () => null };
    expect(await detectStage(none, () => Promise.reject(new Error('no')))(run('a.yaml'))).toMatchObject({ skipped: true });
    expect(await detectStage(scanned, () => Promise.reject(new Error('no')))(run('c.yaml'))).toEqual({ message: 'No duplicates' });
    expect(await planStage(scanned, () => Promise.reject(new Error('no')))(run('c.yaml'))).toMatchObject({ skipped: true });
  });
});

const news = { branch: 'main', uncommitted: 1, conflicts: [], unfinished: null, upstream: null, ahead: null, behind: null };
const tree = { files: [{ path: 'k.yaml' }, { path: 'a.yaml' }], applyRoots: [{ path: '', made: 'kustomization', files: ['a.yaml'], references: [{ from: 'k.yaml', line: 3, to: 'a.yaml', as: 'resources' }, { from: 'k.yaml', line: 4, to: 'gone.yaml', as: 'resources' }] }] } as unknown as ScanResult;

describe('integration', () => {
  it('says what is left to commit and how far the branch is from what it follows', () => {
    expect(integrationOf(2, [], news)).toEqual({ problem: null, message: 'References fit; 1 of 2 to commit on main' });
    expect(integrationOf(1, null, { ...news, uncommitted: 0, upstream: 'origin/main', ahead: 2, behind: 1, unfinished: 'a merge' })).toEqual({ problem: null, message: 'nothing to commit on main; 2 ahead of origin/main, 1 behind; a merge is unfinished' });
    expect(integrationOf(1, null, { ...news, branch: null })).toMatchObject({ message: '1 of 1 to commit without a branch' });
    expect(integrationOf(1, null, null)).toBeNull();
  });

  it('fails where something applied refers to a file that is gone, and where a merge left both versions', async () => {
    expect(referencesToGone(tree, ['a.yaml'])).toEqual([]);
    expect(integrationOf(1, referencesToGone(tree, ['gone.yaml']), news)).toMatchObject({ problem: 'k.yaml:4 refers to gone.yaml, which is gone.' });
    expect(integrationOf(1, [], { ...news, conflicts: ['a.yaml'], unfinished: 'a merge' })).toMatchObject({ problem: 'a.yaml has both versions of a merge.' });
    const stage = integrateStage({ turns: createFolderTurns(), scans: { last: () => tree }, news: () => Promise.resolve(news) });
    await expect(stage(run('gone.yaml'))).rejects.toMatchObject({ code: 'blocked' });
    expect(await stage(run('a.yaml'))).toEqual({ message: 'References fit; 1 of 1 to commit on main' });
  });

  it('waits until nobody else is at the files, and names who keeps them from it', async () => {
    const turns = createFolderTurns();
    const turn = await turns.take('/p');
    const asked: string[] = [];
    const deps = { turns, scans: { last: () => null }, news: (dir: string) => Promise.resolve(void asked.push(dir)).then(() => null) };
    await expect(integrateStage(deps, 1)(run('a.yaml'))).rejects.toMatchObject({ code: 'busy' });
    const waiting = integrateStage(deps)(run('a.yaml'));
    expect(asked).toEqual([]);
    turn.dispose();
    expect(await waiting).toMatchObject({ skipped: true });
    expect(asked).toEqual(['/p']);
  });
});
