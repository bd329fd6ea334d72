import { describe, expect, it } from 'vitest';
import { keepsStateBefore, saysWhenItChanges } from '@shared/domain/snapshots/before';

describe('what is kept before an operation', () => {
  it.each(['modes.switch', 'projects.clean', 'checks.fix', 'changes.deploy', 'changes.rollback', 'workspaces.resolve'])('is the state before %s', (kind) => {
    expect(keepsStateBefore(kind, false)).toBe(true);
  });

  it.each(['compose.relocate', 'storage.apply-strategy', 'operations.undo'])('is the state before %s, when it changes files', (kind) => {
    expect(keepsStateBefore(kind, true)).toBe(true);
    expect(keepsStateBefore(kind, false)).toBe(false);
  });

  it.each(['services.restart', 'services.logs', 'drift.heal', 'changes.apply', 'workspaces.sync'])('is nothing before %s', (kind) => {
    expect(keepsStateBefore(kind, false)).toBe(false);
  });

  it('is up to what works with snapshots itself', () => {
    expect(keepsStateBefore('snapshots.restore', true)).toBe(false);
  });

  it('waits for those that find out while they run', () => {
    expect(saysWhenItChanges('modes.switch')).toBe(true);
    expect(saysWhenItChanges('checks.fix')).toBe(false);
  });
});
