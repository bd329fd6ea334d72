import { describe, expect, it } from 'vitest';
import { beginRun } from '@shared/domain/gitops/pipeline/pipeline';
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
