import { Text } from '@codemirror/state';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedText, mergeParts } from '../../../src/renderer/src/lib/three-way';
import { beginMerge, takenChange } from '../../../src/renderer/src/ui/code/merge-field';

const text = (lines: readonly string[]): string => lines.join('\n');
/** Few different lines, so that they repeat and meet. */
const lines = fc.array(fc.constantFrom('a: 1', 'b: 2', 'c:', '  d: 3', '', '- e'), { maxLength: 14 });

describe('a merge of three texts', () => {
  it('tells all three texts again, whatever they are', () => {
    fc.assert(
      fc.property(lines, lines, lines, (base, left, right) => {
        const parts = mergeParts(text(base), text(left), text(right));
        for (const [side, whole] of [['base', base], ['left', left], ['right', right]] as const) expect(parts.flatMap((part) => part[side]).join('\n')).toBe(text(whole));
      }),
    );
  });

  it('takes the change of the only side that made one', () => {
    fc.assert(
      fc.property(lines, lines, (base, changed) => {
        expect(mergedText(mergeParts(text(base), text(changed), text(base)))).toBe(text(changed));
        expect(mergedText(mergeParts(text(base), text(base), text(changed)))).toBe(text(changed));
        expect(mergedText(mergeParts(text(base), text(changed), text(changed)))).toBe(text(changed));
      }),
    );
  });

  it('comes to the text of a side when each conflict is decided for it', () => {
    fc.assert(
      fc.property(lines, lines, lines, fc.constantFrom('left' as const, 'right' as const), (base, left, right, side) => {
        const parts = mergeParts(text(base), text(left), text(right));
        const begun = beginMerge(parts);
        let doc = begun.text;
        // From the end, so that what is decided moves nothing that is not.
        for (const conflict of [...begun.conflicts].reverse()) {
          const change = takenChange(Text.of(doc.split('\n')), conflict, side) as { readonly from: number; readonly to?: number; readonly insert?: string };
          if ('from' in change) doc = doc.slice(0, change.from) + (change.insert ?? '') + doc.slice(change.to ?? change.from);
        }
        expect(doc).toBe(mergedText(parts, side));
      }),
    );
  });

  it('is the same whichever side is which, where nothing collides', () => {
    fc.assert(
      fc.property(lines, lines, lines, (base, left, right) => {
        const parts = mergeParts(text(base), text(left), text(right));
        fc.pre(parts.every((part) => part.kind !== 'conflict'));
        expect(mergedText(mergeParts(text(base), text(right), text(left)))).toBe(mergedText(parts));
      }),
    );
  });

  it('keeps changes of different places, and calls two of one place a conflict', () => {
    const base = text(['kind: A', 'one: 1', 'x: 0', 'y: 0', 'z: 0', 'two: 2']);
    const left = text(['kind: A', 'one: 10', 'x: 0', 'y: 0', 'z: 0', 'two: 2']);
    const right = text(['kind: A', 'one: 1', 'x: 0', 'y: 0', 'z: 0', 'two: 20', 'three: 3']);
    const parts = mergeParts(base, left, right);
    expect(parts.map((part) => part.kind)).toEqual(['same', 'left', 'same', 'right']);
    expect(mergedText(parts)).toBe(text(['kind: A', 'one: 10', 'x: 0', 'y: 0', 'z: 0', 'two: 20', 'three: 3']));
    const other = mergeParts(base, left, base.replace('one: 1', 'one: 7'));
    expect(other.map((part) => part.kind)).toEqual(['same', 'conflict', 'same']);
    expect(mergedText(other, 'right')).toContain('one: 7');
    expect(mergedText(other, 'base')).toContain('one: 1\n');
  });
});
