import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backupsToDrop, decideRestore, restoreOrder, withFolders, type EntryState } from '@shared/domain/operations/backup';
import { renderPlanDocument } from '@shared/domain/operations/plan-document';

const state: fc.Arbitrary<EntryState> = fc.oneof(
  fc.constant({ kind: 'missing' as const }),
  fc.record({ kind: fc.constant('file' as const), sha256: fc.constantFrom('a', 'b', 'c'), mode: fc.constantFrom(0o644, 0o600) }),
  fc.record({ kind: fc.constant('folder' as const), mode: fc.constant(0o755) }),
);

describe('taking a change back', () => {
  it('restores what the operation left, does nothing where all is as before, and keeps the rest', () => {
    fc.assert(
      fc.property(state, state, state, (before, after, now) => {
        const decision = decideRestore({ before, after }, now);
        const text = JSON.stringify;
        if (text(now) === text(before)) expect(decision).toBe('nothing');
        else if (text(now) === text(after)) expect(decision).toBe('restore');
        if (decision === 'keep') expect([text(before), text(after)]).not.toContain(text(now));
      }),
    );
    expect(decideRestore({ before: { kind: 'file', sha256: 'a', mode: 0o600 }, after: null }, { kind: 'file', sha256: 'b', mode: 0o600 })).toBe('keep');
    expect(decideRestore({ before: { kind: 'file', sha256: 'a', mode: 0o600 }, after: null }, { kind: 'file', sha256: 'a', mode: 0o644 })).toBe('restore');
  });

  it('removes what is inside first and makes what is around first', () => {
    const missing = { kind: 'missing' } as const;
    const folder = { kind: 'folder', mode: 0o755 } as const;
    const entries = [{ path: 'a', before: missing }, { path: 'd/e', before: folder }, { path: 'a/b/c', before: missing }, { path: 'd', before: folder }, { path: 'a/b', before: missing }];
    expect(restoreOrder(entries).map((one) => one.path)).toEqual(['a/b/c', 'a/b', 'a', 'd', 'd/e']);
    expect(withFolders(['a/b/c', 'a/x', 'y'])).toEqual(['a', 'y', 'a/b', 'a/x', 'a/b/c']);
  });

  it('keeps the newest backups', () => {
    const backups = ['3', '1', '2'].map((madeAt) => ({ madeAt, operationId: `op_${madeAt}` }));
    expect(backupsToDrop(backups, 2).map((one) => one.madeAt)).toEqual(['1']);
    expect(backupsToDrop(backups, 20)).toEqual([]);
  });
});

describe('the plan document', () => {
  const plan = { title: 'Fix shop', change: 'fix', rootDir: '/p', steps: ['One', 'Two'], files: [{ path: 'a.yaml', change: 'change' as const, diff: '-a\n+```b\n' }], optionalFiles: ['o'], unchangedFiles: [], risks: ['R'], rollback: ['B'] };

  it('says steps, files, risks and the way back', () => {
    expect(renderPlanDocument(plan, 'op_1')).toBe(
      '# Fix shop\n\nIn `/p`. Nothing is changed before the backup in `.berth/backup_before_fix_op_1/` is on disk.\n\n## Steps\n\n1. One\n2. Two\n\n## Files that change\n\n- change `a.yaml`\n\n````diff\n-a\n+```b\n````\n\n## Files that may change\n\n- `o`\n\n## Files that stay as they are\n\nNone.\n\n## Risks\n\n- R\n\n## How to take it back\n\n- B\n',
    );
  });

  it('has its seven headings whatever a file is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (path, word) => {
        const text = renderPlanDocument({ ...plan, title: word, steps: [word], files: [{ path, change: 'create' }], risks: [word] });
        expect(text.split('\n').filter((line) => line.startsWith('## '))).toHaveLength(6);
      }),
    );
  });
});
