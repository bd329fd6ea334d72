import { useCallback, useMemo, useRef, useState, type ReactElement } from 'react';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { ArrowDown, RotateCcw } from 'lucide-react';
import { compareWords } from '../../locales/en/compare';
import { mergeParts, type MergePart } from '../../lib/three-way';
import { Button } from '../button';
import { StateMark } from '../state-mark';
import { languageOf } from './editor-languages';
import { editorLook } from './editor-look';
import { beginMerge, mergeConflicts } from './merge-field';
import { ShadowHost } from './shadow-host';
import './merge-code.css';

const words = compareWords.merge;
const DIFF = { scanLimit: 1_000, timeout: 500 };

interface MergeSide {
  readonly label: string;
  /** One word for the buttons. */
  readonly name: string;
  readonly text: string;
}

interface MergeCodeProps {
  /** What both came from; null where they have nothing in common that is known: then every difference is a conflict. */
  readonly base: string | null;
  readonly left: MergeSide;
  readonly right: MergeSide;
  readonly kind?: string;
  /** The result as it is now, and how many conflicts nobody has decided. */
  readonly onResult: (text: string, open: number) => void;
}

/** Two texts above, and below what becomes of them: what only one side changed is in it already, each conflict has its buttons, and everything can be typed over. */
export function MergeCode({ base, left, right, kind = 'yaml', onResult }: MergeCodeProps): ReactElement {
  const parts = useMemo(() => (base === null ? bySide(left.text, right.text) : mergeParts(base, left.text, right.text)), [base, left.text, right.text]);
  const [open, setOpen] = useState(0);
  const [turn, setTurn] = useState(0);
  const next = useRef<() => void>(() => undefined);
  const sides = useCallback(
    (root: ShadowRoot) => {
      const extensions = (label: string) => [lineNumbers(), highlightSpecialChars(), languageOf(kind), editorLook, EditorState.phrases.of({ '$ unchanged lines': compareWords.unchanged }), EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })];
      const made = new MergeView({ a: { doc: left.text, extensions: extensions(left.label) }, b: { doc: right.text, extensions: extensions(right.label) }, parent: root, root, gutter: true, collapseUnchanged: { margin: 2, minSize: 6 }, diffConfig: DIFF });
      const [first] = made.chunks;
      if (first !== undefined) made.b.dispatch({ effects: EditorView.scrollIntoView(Math.min(first.fromB, made.b.state.doc.length), { y: 'center' }) });
      return made;
    },
    [kind, left.text, left.label, right.text, right.label],
  );
  const result = useCallback(
    (root: ShadowRoot) => {
      const begun = beginMerge(parts);
      let undecided = begun.conflicts.length;
      const conflicts = mergeConflicts(begun.conflicts, { left: left.name, right: right.name }, (number) => {
        undecided = number;
        setOpen(number);
      });
      const tell = EditorView.updateListener.of((update) => update.docChanged && onResult(update.state.doc.toString(), undecided));
      const view = new EditorView({
        doc: begun.text,
        extensions: [conflicts.extension, lineNumbers(), highlightSpecialChars(), history(), languageOf(kind), editorLook, keymap.of([...historyKeymap, ...defaultKeymap, indentWithTab]), EditorView.contentAttributes.of({ 'aria-label': words.result, 'data-testid': 'merge-text', spellcheck: 'false', tabindex: '0' }), tell],
        parent: root,
        root,
      });
      next.current = () => conflicts.next(view);
      const [first] = begun.conflicts;
      if (first !== undefined) view.dispatch({ effects: EditorView.scrollIntoView(first.from, { y: 'center' }) });
      setOpen(undecided);
      onResult(begun.text, undecided);
      return view;
    },
    [parts, kind, left.name, right.name, onResult],
  );
  return (
    <div className="merge-code" data-testid="merge-code">
      <div className="compare-names dim" data-layout="side" aria-hidden="true">
        <span className="ellipsis" title={left.label}>{left.label}</span>
        <span className="ellipsis" title={right.label}>{right.label}</span>
      </div>
      <ShadowHost className="merge-sides" testId="merge-sides" show={sides} />
      <div className="merge-bar">
        <span className="marked">
          <StateMark mark={open === 0 ? 'good' : 'warn'} />
          <strong>{words.result}</strong>
        </span>
        <span className="dim grow ellipsis" role="status" data-testid="merge-open">
          {open === 0 ? words.decided : words.open(open)}
        </span>
        <Button size="small" icon={<ArrowDown size={13} />} disabled={open === 0} data-testid="merge-next" onClick={() => next.current()}>
          {words.next}
        </Button>
        <Button size="small" icon={<RotateCcw size={13} />} data-testid="merge-restart" onClick={() => setTurn((number) => number + 1)}>
          {words.restart}
        </Button>
      </div>
      {/* Another turn is another merge from the beginning. */}
      <ShadowHost key={turn} className="merge-result" testId="merge-result" show={result} />
    </div>
  );
}

/** Without a common text every difference is one to decide. */
function bySide(left: string, right: string): readonly MergePart[] {
  return mergeParts(left, left, right).map((part) => (part.kind === 'right' ? { ...part, kind: 'conflict' as const } : part));
}
