import { StateEffect, StateField, type ChangeSpec, type EditorState, type Extension, type Range, type Text } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import { compareWords } from '../../locales/en/compare';
import type { MergePart } from '../../lib/three-way';

const words = compareWords.merge;

/** A conflict that nobody has decided yet, and the lines of the result that stand in its place. */
export interface OpenConflict {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  /** It stands behind the last line. */
  readonly atEnd: boolean;
  readonly part: MergePart;
}

type Taken = 'left' | 'right' | 'both';

interface Names {
  readonly left: string;
  readonly right: string;
}

const decide = StateEffect.define<number>();

/** The text a merge begins with, and where its conflicts are in it. A conflict begins with the lines of the left. */
export function beginMerge(parts: readonly MergePart[]): { readonly text: string; readonly conflicts: readonly OpenConflict[] } {
  const lines: string[] = [];
  const conflicts: OpenConflict[] = [];
  let at = 0;
  for (const part of parts) {
    const own = part.kind === 'right' ? part.right : part.left;
    const length = own.reduce((sum, line) => sum + line.length + 1, 0);
    if (part.kind === 'conflict') conflicts.push({ number: conflicts.length + 1, from: at, to: at + Math.max(0, length - 1), atEnd: false, part });
    lines.push(...own);
    at += length;
  }
  const text = lines.join('\n');
  return { text, conflicts: conflicts.map((one) => ({ ...one, from: Math.min(one.from, text.length), to: Math.min(one.to, text.length), atEnd: one.from > text.length })) };
}

type Conflicts = StateField<readonly OpenConflict[]>;

const field = (begun: readonly OpenConflict[]): Conflicts =>
  StateField.define<readonly OpenConflict[]>({
    create: () => begun,
    update(open, transaction) {
      const decided = transaction.effects.flatMap((effect) => (effect.is(decide) ? [effect.value] : []));
      const left = decided.length === 0 ? open : open.filter((one) => !decided.includes(one.number));
      return transaction.docChanged ? left.map((one) => ({ ...one, from: transaction.changes.mapPos(one.from, -1), to: transaction.changes.mapPos(one.to, 1) })) : left;
    },
  });

/** Marks the conflicts that are open, with a button for each way out. */
export function mergeConflicts(begun: readonly OpenConflict[], names: Names, onOpen: (open: number) => void): { readonly extension: Extension; readonly next: (view: EditorView) => void } {
  const conflicts = field(begun);
  const marks = EditorView.decorations.compute([conflicts], (state) => decorations(state, conflicts, begun.length, names));
  const tell = EditorView.updateListener.of((update) => {
    const before = update.startState.field(conflicts).length;
    const now = update.state.field(conflicts).length;
    if (before !== now) onOpen(now);
  });
  const next = (view: EditorView): void => {
    const open = view.state.field(conflicts);
    const at = view.state.selection.main.head;
    const to = open.find((one) => one.from > at) ?? open[0];
    if (to === undefined) return;
    view.dispatch({ selection: { anchor: to.from }, effects: EditorView.scrollIntoView(to.from, { y: 'center' }) });
    view.focus();
  };
  return { extension: [conflicts, marks, tell, look], next };
}

function decorations(state: EditorState, conflicts: Conflicts, of: number, names: Names): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const one of state.field(conflicts)) {
    ranges.push(Decoration.widget({ widget: new Choices(conflicts, one, of, names), block: true, side: -1 }).range(state.doc.lineAt(one.from).from));
    const last = state.doc.lineAt(one.to).number;
    for (let number = state.doc.lineAt(one.from).number; number <= last && one.part.left.length > 0; number += 1) ranges.push(line.range(state.doc.line(number).from));
  }
  return Decoration.set(ranges, true);
}

const line = Decoration.line({ class: 'merge-conflict' });

/** What can be taken in the place of one conflict. */
class Choices extends WidgetType {
  constructor(
    private readonly conflicts: Conflicts,
    private readonly conflict: OpenConflict,
    private readonly of: number,
    private readonly names: Names,
  ) {
    super();
  }

  override eq(other: Choices): boolean {
    return other.conflict.number === this.conflict.number;
  }

  override toDOM(view: EditorView): HTMLElement {
    const bar = document.createElement('div');
    bar.className = 'merge-choices';
    const title = document.createElement('span');
    title.textContent = words.conflict(this.conflict.number, this.of);
    bar.append(title);
    for (const [taken, text] of [['left', words.take(this.names.left)], ['right', words.take(this.names.right)], ['both', words.both]] as const) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = text;
      button.dataset['testid'] = `merge-${taken}-${String(this.conflict.number)}`;
      button.addEventListener('click', () => {
        const open = view.state.field(this.conflicts).find((one) => one.number === this.conflict.number);
        if (open !== undefined) take(view, open, taken);
      });
      bar.append(button);
    }
    return bar;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function take(view: EditorView, conflict: OpenConflict, taken: Taken): void {
  view.dispatch({ changes: takenChange(view.state.doc, conflict, taken), effects: decide.of(conflict.number), scrollIntoView: true });
  view.focus();
}

/** What the text becomes where a conflict is decided so. Lines that go take their break with them; lines that come where none were bring one. */
export function takenChange(doc: Text, { part, from, to, atEnd }: OpenConflict, taken: Taken): ChangeSpec {
  const lines = taken === 'both' ? [...part.left, ...part.right] : part[taken];
  const insert = lines.join('\n');
  if (part.left.length === 0) {
    if (lines.length === 0) return [];
    return { from, to, insert: atEnd ? `\n${insert}` : `${insert}\n` };
  }
  if (lines.length > 0) return { from, to, insert };
  return to < doc.length ? { from, to: to + 1 } : { from: Math.max(0, from - 1), to };
}

const look = EditorView.theme({
  '.merge-conflict': { backgroundColor: 'var(--amber-soft)' },
  '.merge-choices': { display: 'flex', alignItems: 'center', gap: '6px', padding: '4px 8px', backgroundColor: 'var(--amber-soft)', borderTop: '1px solid var(--line)', font: '12px/18px var(--font)', color: 'var(--text)' },
  '.merge-choices button': { height: '24px', padding: '0 8px', border: '1px solid var(--line-strong)', borderRadius: 'var(--radius-s)', background: 'var(--bg)', color: 'var(--text)', font: '12px/18px var(--font)' },
  '.merge-choices button:hover': { background: 'var(--bg-hover)' },
  '.merge-choices button:focus-visible': { outline: '2px solid var(--focus)', outlineOffset: '1px' },
});
