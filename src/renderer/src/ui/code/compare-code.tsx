import { useCallback, useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { getChunks, goToNextChunk, goToPreviousChunk, MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view';
import { ArrowDown, ArrowUp, Columns2, Equal, Rows2 } from 'lucide-react';
import { compareWords as words } from '../../locales/en/compare';
import { remember, remembered } from '../../lib/remember';
import { IconButton } from '../button';
import { EmptyState } from '../empty-state';
import { languageOf } from './editor-languages';
import { editorLook } from './editor-look';
import { ShadowHost } from './shadow-host';
import './compare-code.css';

export interface ComparedSide {
  readonly label: string;
  readonly text: string;
  /** The same told in one fixed way, so that equal meaning is equal text; null where it has none. */
  readonly meaning: string | null;
}

interface CompareCodeProps {
  readonly left: ComparedSide;
  readonly right: ComparedSide;
  /** What kind of file it is, for its colours. */
  readonly kind?: string;
}

const KEY = 'berth.compare';
/** Texts that have little in common are told in coarser pieces rather than slowly. */
const DIFF = { scanLimit: 1_000, timeout: 500 };
const COLLAPSE = { margin: 3, minSize: 8 };

type Way = 'text' | 'meaning';
type Layout = 'side' | 'unified';

/** Two texts compared: letter by letter or by what they mean, side by side or in one. F7 goes from difference to difference. */
export function CompareCode({ left, right, kind = 'yaml' }: CompareCodeProps): ReactElement {
  const hasMeaning = left.meaning !== null && right.meaning !== null;
  const [way, setWay] = useState<Way>('text');
  const [layout, setLayout] = useState<Layout>(() => (remembered(KEY) === 'unified' ? 'unified' : 'side'));
  const [places, setPlaces] = useState<number | null>(null);
  const view = useRef<EditorView>(null);
  const shown: Way = hasMeaning ? way : 'text';
  const [before, after] = shown === 'meaning' ? [left.meaning ?? '', right.meaning ?? ''] : [left.text, right.text];
  const isSame = before === after;
  const meansSame = hasMeaning && left.meaning === right.meaning;

  const show = useCallback(
    (root: ShadowRoot) => {
      const made = layout === 'side' ? sideBySide(root, kind, [left.label, before], [right.label, after]) : unified(root, kind, right.label, before, after);
      view.current = made.view;
      setPlaces(getChunks(made.view.state)?.chunks.length ?? null);
      return {
        destroy: () => {
          view.current = null;
          made.destroy();
        },
      };
    },
    [layout, kind, left.label, right.label, before, after],
  );
  const go = useMemo(() => (back: boolean) => view.current !== null && void (back ? goToPreviousChunk : goToNextChunk)(view.current) , []);
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (event.key !== 'F7') return;
      event.preventDefault();
      go(event.shiftKey);
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [go]);
  function lay(next: Layout): void {
    remember(KEY, next);
    setLayout(next);
  }

  return (
    <div className="compare-code" data-testid="compare-code">
      <div className="compare-bar">
        {hasMeaning && (
          <div className="segments" role="group" aria-label={words.how}>
            {(['text', 'meaning'] as const).map((one) => (
              <button key={one} type="button" aria-pressed={shown === one} data-testid={`compare-${one}`} onClick={() => setWay(one)}>
                {words[one]}
              </button>
            ))}
          </div>
        )}
        <span className="dim grow ellipsis" role="status" data-testid="compare-answer">
          {isSame ? words.same : places === null ? words.loading : `${words.differs(places)}${shown === 'text' && meansSame ? `. ${words.sameMeaning}` : ''}`}
        </span>
        <IconButton label={words.previous} disabled={isSame} data-testid="compare-previous" onClick={() => go(true)}>
          <ArrowUp size={14} />
        </IconButton>
        <IconButton label={words.next} disabled={isSame} data-testid="compare-next" onClick={() => go(false)}>
          <ArrowDown size={14} />
        </IconButton>
        <div className="segments" role="group" aria-label={words.layout}>
          <button type="button" aria-label={words.side} title={words.side} aria-pressed={layout === 'side'} data-testid="compare-side" onClick={() => lay('side')}>
            <Columns2 size={14} />
          </button>
          <button type="button" aria-label={words.unified} title={words.unified} aria-pressed={layout === 'unified'} data-testid="compare-unified" onClick={() => lay('unified')}>
            <Rows2 size={14} />
          </button>
        </div>
      </div>
      {isSame ? (
        <EmptyState icon={<Equal size={20} />} title={words.same} testId="compare-same">
          {shown === 'meaning' && left.text !== right.text ? words.sameMeaning : words.sameText}
        </EmptyState>
      ) : (
        <>
          <div className="compare-names dim" data-layout={layout} aria-hidden="true">
            <span className="ellipsis" title={left.label}>{layout === 'unified' ? `− ${left.label}` : left.label}</span>
            <span className="ellipsis" title={right.label}>{layout === 'unified' ? `+ ${right.label}` : right.label}</span>
          </div>
          <ShadowHost className="compare-body" testId="compare-body" show={show} />
        </>
      )}
    </div>
  );
}

function reading(kind: string, label: string): Extension {
  return [lineNumbers(), highlightSpecialChars(), languageOf(kind), editorLook, EditorState.phrases.of({ '$ unchanged lines': words.unchanged }), EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })];
}

function sideBySide(root: ShadowRoot, kind: string, [leftLabel, before]: readonly [string, string], [rightLabel, after]: readonly [string, string]): { readonly view: EditorView; destroy(): void } {
  const made = new MergeView({ a: { doc: before, extensions: reading(kind, leftLabel) }, b: { doc: after, extensions: reading(kind, rightLabel) }, parent: root, root, gutter: true, collapseUnchanged: COLLAPSE, diffConfig: DIFF });
  return { view: made.b, destroy: () => made.destroy() };
}

function unified(root: ShadowRoot, kind: string, label: string, before: string, after: string): { readonly view: EditorView; destroy(): void } {
  const view = new EditorView({ doc: after, extensions: [reading(kind, label), unifiedMergeView({ original: before, mergeControls: false, gutter: true, collapseUnchanged: COLLAPSE, diffConfig: DIFF })], parent: root, root });
  return { view, destroy: () => view.destroy() };
}
