import { Chunk } from '@codemirror/merge';
import { Text } from '@codemirror/state';

/** A stretch of a merge. `same`: nobody changed it; `left` and `right`: only that side did; `both`: both made the same change; `conflict`: both changed it, differently. */
export interface MergePart {
  readonly kind: 'same' | 'left' | 'right' | 'both' | 'conflict';
  readonly base: readonly string[];
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** Lines of the base that one side replaced by others: [from, to) of the base, and [from, to) of that side. */
interface LineChange {
  readonly baseFrom: number;
  readonly baseTo: number;
  readonly from: number;
  readonly to: number;
}

/** Beyond this a line by line comparison is coarser and not slower. */
const DIFF = { scanLimit: 2_000, timeout: 300 };

/** Two texts that came from one, stretch by stretch. Joining `left` of all parts gives the left text, and so for the others. */
export function mergeParts(base: string, left: string, right: string): readonly MergePart[] {
  const [baseLines, leftLines, rightLines] = [base, left, right].map((text) => text.split('\n')) as [string[], string[], string[]];
  const leftChanges = changesOf(baseLines, leftLines);
  const rightChanges = changesOf(baseLines, rightLines);
  const parts: MergePart[] = [];
  // How far each text is told.
  let at = { base: 0, left: 0, right: 0 };
  const upTo = (next: typeof at): void => {
    if (next.base === at.base && next.left === at.left && next.right === at.right) return;
    const part = { base: baseLines.slice(at.base, next.base), left: leftLines.slice(at.left, next.left), right: rightLines.slice(at.right, next.right) };
    parts.push({ kind: kindOf(part), ...part });
    at = next;
  };
  const leftQueue = [...leftChanges];
  const rightQueue = [...rightChanges];
  while (leftQueue.length > 0 || rightQueue.length > 0) {
    const from = Math.min(leftQueue[0]?.baseFrom ?? Infinity, rightQueue[0]?.baseFrom ?? Infinity);
    const before = from - at.base;
    upTo({ base: from, left: at.left + before, right: at.right + before });
    // Whatever touches what is taken already belongs to the same stretch.
    let to = from;
    const taken = { left: [] as LineChange[], right: [] as LineChange[] };
    for (let grew = true; grew; ) {
      grew = false;
      for (const [side, changes] of [['left', leftQueue], ['right', rightQueue]] as const) {
        while (changes[0] !== undefined && changes[0].baseFrom <= to) {
          const change = changes.shift() as LineChange;
          taken[side].push(change);
          to = Math.max(to, change.baseTo);
          grew = true;
        }
      }
    }
    upTo({ base: to, left: at.left + (to - at.base) + growth(taken.left), right: at.right + (to - at.base) + growth(taken.right) });
  }
  upTo({ base: baseLines.length, left: leftLines.length, right: rightLines.length });
  return parts;
}

/** What a merge would write by itself: what one side changed; where both did, the lines of `inConflict`. */
export function mergedText(parts: readonly MergePart[], inConflict: 'base' | 'left' | 'right' = 'left'): string {
  return parts.flatMap((part) => (part.kind === 'conflict' ? part[inConflict] : part.kind === 'right' ? part.right : part.left)).join('\n');
}

function growth(changes: readonly LineChange[]): number {
  return changes.reduce((sum, change) => sum + (change.to - change.from) - (change.baseTo - change.baseFrom), 0);
}

function kindOf({ base, left, right }: Omit<MergePart, 'kind'>): MergePart['kind'] {
  const isLeft = !equal(base, left);
  const isRight = !equal(base, right);
  if (isLeft && isRight) return equal(left, right) ? 'both' : 'conflict';
  if (isLeft) return 'left';
  return isRight ? 'right' : 'same';
}

function equal(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}

/** The changed lines of a side, in order, in whole lines. */
function changesOf(base: readonly string[], side: readonly string[]): readonly LineChange[] {
  const baseText = Text.of([...base]);
  const sideText = Text.of([...side]);
  return Chunk.build(baseText, sideText, DIFF).map((chunk) => ({ ...linesOf(baseText, chunk.fromA, chunk.toA, 'base'), ...linesOf(sideText, chunk.fromB, chunk.toB, 'side') })) as readonly LineChange[];
}

/** A chunk ends behind the break of its last line; at the end of the text there is none. */
function linesOf(text: Text, from: number, to: number, of: 'base' | 'side'): Partial<LineChange> {
  const first = from > text.length ? text.lines : text.lineAt(from).number - 1;
  const behind = to > text.length ? text.lines : text.lineAt(to).number - 1;
  const next = from === to ? first : behind;
  return of === 'base' ? { baseFrom: first, baseTo: next } : { from: first, to: next };
}
