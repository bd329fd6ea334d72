import { describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { render } from '../../../../src/cli/render/render';
import type { Terminal } from '../../../../src/cli/terminal';

const terminal: Terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 120 };

const scan: OutputOf<'gitops.scan'> = {
  operationId: 'op_1',
  dir: '/here',
  within: '',
  files: 4,
  documents: 3,
  filesRead: 4,
  durationMs: 806,
  scannedAt: '2026-01-01T00:00:00.000Z',
  groups: [
    {
      id: 'g_1',
      kind: 'semantic',
      class: 'semantic-dup',
      certainty: 'certain',
      layer: 'L2',
      applyRoot: '',
      identity: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
      reason: 'They say the same.',
      members: [
        { file: 'examples/web.yaml', document: 0, item: null, line: 1, priorityScore: 10 },
        { file: 'production/web.yaml', document: 0, item: null, line: 3, priorityScore: 410 },
      ],
      keep: 'production/web.yaml',
      keepDocument: 0,
      resolution: 'auto',
      differences: [],
    },
  ],
  related: [],
  notCompared: [
    { file: 'bad.yaml', kind: 'unparseable', reason: 'Deficient indentation.', line: 2, column: 1 },
    { file: 'chart.yaml', kind: 'template', reason: 'A template.', line: null, column: null },
  ],
};

const synced: OutputOf<'gitops.sync'> = { operationId: 'op_1', dir: '/here', branch: 'main', commit: 'c'.repeat(40), changedFiles: 2, conflicts: [], state: 'merged', remote: 'origin', remoteBranch: 'main', pulledCommits: 1, pushedCommits: 2 };
const side = { id: 'a'.repeat(40), mode: '100644', text: 'a' };

describe('what a scan found', () => {
  it('is told by group, with the copy that stays, what cannot be read, and what to do next', () => {
    expect(render('gitops.scan', scan, terminal)).toBe(
      'the same meaning Deployment shop/web: They say the same. (g_1)\n        examples/web.yaml:1  score 10\n  keep  production/web.yaml:3  score 410\n4 files with 3 documents in 806 ms. 1 group: 1 by rules, 0 for you. 2 files not compared.\nbad.yaml:2: Deficient indentation.\nWhat would become of them: berth gitops plan /here\n',
    );
    expect(render('gitops.scan', { ...scan, groups: [], notCompared: [] }, terminal)).toBe('4 files with 3 documents in 806 ms. Nothing is there twice.\n');
  });

  it('marks one of two documents of a file, and names the part that was asked about', () => {
    const [group] = scan.groups;
    const twice = { ...scan, within: 'examples', groups: group === undefined ? [] : [{ ...group, class: 'intra-file-dup' as const, keep: 'a.yaml', keepDocument: 1, members: group.members.map((one, index) => ({ ...one, file: 'a.yaml', document: index, line: 1 + index * 4 })) }] };
    const told = render('gitops.scan', twice, terminal);
    expect(told).toContain('\n        a.yaml:1  score 10\n  keep  a.yaml:5  score 410\n');
    expect(told).toContain('berth gitops plan /here/examples\n');
  });

  it('prints no control characters of names in the tree', () => {
    const hostile = { ...scan, groups: scan.groups.map((one) => ({ ...one, reason: 'a\u001b[2Jb', members: one.members.map((member) => ({ ...member, file: `x\u0007${member.file}` })) })) };
    expect(render('gitops.scan', hostile, terminal)).not.toMatch(/[\u0007\u001b]/);
  });
});

describe('a group that is kept', () => {
  const member = (file_path: string, text: string | null, resolution_action: 'keep' | 'none'): OutputOf<'gitops.group'>['members'][number] => ({ duplicate_group: 'g_1', file_path, file_hash: '', priority_score: 10, resolution_action, document: 0, item: null, line: 1, text, problem: null });
  const group = (...members: OutputOf<'gitops.group'>['members']): OutputOf<'gitops.group'> => ({ id: 'g_1', fabric: 'p_1', detection_timestamp: '', resolution_status: 'pending', resolution_strategy: 'manual', dir: '/here', details: { reason: 'They differ.', differences: ['/data/a'] }, files: [], members });

  it('shows what its files say otherwise, of many lines the first, and nothing of a Secret', () => {
    const told = render('gitops.group', group(member('b.yaml', 'a: 1\n', 'none'), member('a.yaml', 'a: 2\n', 'keep'), member('c.yaml', 'a: 2\n', 'none')), terminal);
    expect(told).toContain('They differ at /data/a\n--- a.yaml\n+++ b.yaml\n@@ -1,1 +1,1 @@\n-a: 2\n+a: 1\nThe same text: a.yaml c.yaml\n');
    const long = Array.from({ length: 60 }, (_, index) => `x${String(index)}: 1\n`).join('');
    expect(render('gitops.group', group(member('a.yaml', long, 'keep'), member('b.yaml', long.replaceAll('1\n', '2\n'), 'none')), terminal)).toMatch(/… \d+ more lines: berth gitops compare a\.yaml b\.yaml\n$/);
    expect(render('gitops.group', group(member('a.yaml', 'kind: "Secret"\na: hush\n', 'keep'), member('b.yaml', 'a: 1\n', 'none')), terminal)).not.toContain('hush');
  });

  it('is compared by where two files do not mean the same', () => {
    const side = { file: 'a.yaml', contentHash: '1', text: '', meaning: 'a', reason: null };
    expect(render('gitops.compare', { left: side, right: { ...side, contentHash: '2', meaning: 'b' }, meansSame: false, differences: ['/data/a', '/data/b'] }, terminal)).toBe('They do not mean the same. They differ at\n  /data/a\n  /data/b\n');
  });
});

describe('what a resolution does', () => {
  it('is planned, done and taken back', () => {
    const member = { file: 'a.yaml', document: 0, line: 1, action: 'comment' as const, target: null, priorityScore: 10, explanation: '10: examples.' };
    const plan: OutputOf<'gitops.plan'> = {
      dir: '/here',
      within: '',
      groups: [{ id: 'g_1', class: 'exact-dup', identity: { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' }, status: 'planned', strategy: 'identical_keep_highest', keep: 'b.yaml', decidedBy: 'directory', reason: 'b.yaml has the higher rank.', review: null, members: [member] }],
      files: [{ file: 'a.yaml', action: 'comment', target: null }],
      counts: { groups: 1, planned: 1, manual: 0, info: 0 },
    };
    expect(render('gitops.plan', plan, terminal)).toBe('by rules ConfigMap shop/a: b.yaml has the higher rank. (g_1)\n  comment  a.yaml:1  10: examples.\n1 file would change:\n  comment     a.yaml\n1 of 1 group by rules, 0 for you. Nothing was changed.\nDo it: berth gitops resolve /here\n');
    const result: OutputOf<'gitops.resolve'> = { operationId: 'op_1', dir: '/here', backups: '.berth/backups/op_1', resolved: 1, manual: [{ group: 'g_2', reason: 'A tie.' }], files: plan.files, changed: 1, durationMs: 40, branch: 'gitops/x', commit: 'd'.repeat(40) };
    expect(render('gitops.resolve', result, terminal)).toBe('  comment     a.yaml\n1 group resolved, 1 file changed, in 40 ms. Backups: .berth/backups/op_1\nOn the branch gitops/x, commit dddddddddd.\n1 group left to you:\n  g_2: A tie.\nTake it back: berth gitops rollback op_1\n');
    expect(render('gitops.resolve', { ...result, changed: 0 }, terminal)).toBe('Nothing was changed.\ng_2: A tie.\n');
    expect(render('gitops.rollback', { operationId: 'op_2', takenBack: 'op_1', dir: '/here', restored: ['a.yaml'], durationMs: 52, left: null }, terminal)).toBe('1 file as before, in 52 ms.\n');
    const left = { branch: 'gitops/x', commit: 'abcdef0123456789', pushed: true };
    expect(render('gitops.rollback', { operationId: 'op_2', takenBack: 'op_1', dir: '/here', restored: ['a.yaml'], durationMs: 52, left }, terminal)).toBe('1 file as before, in 52 ms.\nIn git there is still the branch gitops/x with the commit abcdef0123, on the remote too. What was put back is not committed: `berth gitops git` lists it.\n');
  });
});

describe('what a repository says', () => {
  it('is told for each end of a sync, a conflict with the command that decides it', () => {
    expect(render('gitops.sync', synced, terminal)).toBe('Merged: main and origin/main; 1 commit taken over, 2 commits sent, 2 files changed.\n');
    expect(render('gitops.sync', { ...synced, state: 'up-to-date', changedFiles: 0, pulledCommits: 0, pushedCommits: 0 }, terminal)).toBe('Both sides are the same: main and origin/main.\n');
    const ahead = { ...synced, state: 'up-to-date' as const, changedFiles: 0, pulledCommits: 0, pushedCommits: 0, ahead: 2, behind: 0 };
    expect(render('gitops.pull', ahead, terminal)).toBe('Nothing to take over: main is 2 commits ahead of origin/main. `berth gitops push` sends them.\n');
    expect(render('gitops.pull', { ...ahead, ahead: 1 }, terminal)).toBe('Nothing to take over: main is 1 commit ahead of origin/main. `berth gitops push` sends it.\n');
    const conflict = render('gitops.sync', { ...synced, state: 'conflict', conflicts: [{ path: 'a.yaml', base: side, ours: side, theirs: null }], oursCommit: '1'.repeat(40), theirsCommit: '2'.repeat(40) }, terminal);
    expect(conflict).toBe(`Both sides changed the same, so nothing was touched:\n  a.yaml (removed there)\nDecide for each file, then: berth gitops resolve-merge /here --remote origin --ours-commit ${'1'.repeat(40)} --theirs-commit ${'2'.repeat(40)} --ours <file> --theirs <file>\n`);
  });

  it('is told of a folder with and without a branch', () => {
    const status: OutputOf<'gitops.git'> = { dir: '/here', branch: 'main', commit: 'c'.repeat(40), upstream: 'origin/main', ahead: 2, behind: 1, unfinished: null, changes: [{ path: 'b.yaml', state: 'renamed', staged: true, from: 'a.yaml' }], conflicts: [], remotes: [] };
    expect(render('gitops.git', status, terminal)).toBe('On main; 2 ahead of and 1 behind origin/main, as of the last fetch.\n  renamed    a.yaml -> b.yaml\n');
    expect(render('gitops.git', { ...status, branch: null, commit: null, upstream: null, changes: [] }, terminal)).toBe('Nothing was committed yet; follows no other branch.\nEverything is committed.\n');
  });
});
