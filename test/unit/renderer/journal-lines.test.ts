import { describe, expect, it } from 'vitest';
import { journalLines } from '../../../src/renderer/src/features/operations/journal-lines';

const step = (seq: number, name: string, phase: string, text = ''): { seq: number; name: string; phase: string; at: string; text: string } => ({ seq, name, phase, at: new Date(seq * 100).toISOString(), text });

describe('the steps of an operation', () => {
  it('joins an intent with its result, in order, also where several run side by side', () => {
    const lines = journalLines([step(1, 'container.create', 'intent', 'api'), step(2, 'container.create', 'intent', 'web'), step(3, 'container.create', 'result'), step(5, 'container.create', 'result')]);
    expect(lines.map((line) => [line.text, line.kind, line.tookMs])).toEqual([['api', 'done', 200], ['web', 'done', 300]]);
  });

  it('keeps undoing apart from doing, and shows what has no result yet', () => {
    const lines = journalLines([step(1, 'container.stop', 'intent', 'api'), step(2, 'container.stop', 'undo-intent', 'api'), step(3, 'container.stop', 'undo-result'), step(4, 'switch.failed', 'error', 'no')]);
    expect(lines.map((line) => line.kind)).toEqual(['running', 'undone', 'failed']);
  });

  it('cuts ids and drops a result without its intent', () => {
    expect(journalLines([step(1, 'x', 'note', `id ${'ab'.repeat(32)}`), step(2, 'y', 'result')]).map((line) => line.text)).toEqual([`id ${'ab'.repeat(6)}`]);
  });
});
