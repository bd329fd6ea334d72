import { useEffect, useRef, type ReactElement } from 'react';
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyField, historyKeymap, indentWithTab, temporarilySetTabFocusMode } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { filesWords as words } from '../../locales/en/files';
import { languageOf } from './editor-languages';
import { editorLook } from './editor-look';
import './code-editor.css';

/** One thing to say about a line of the text. */
export interface Mark {
  readonly line: number;
  readonly column: number | undefined;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly actions: readonly { readonly name: string; readonly act: () => void }[];
}

interface CodeEditorProps {
  /** What makes it another editor: its history is its own. */
  readonly id: string;
  /** What kind of file it is, for its colours. */
  readonly kind: string;
  /** What can be typed here, where that is known. Always the same function. */
  readonly complete?: CompletionSource | undefined;
  readonly label: string;
  readonly text: string;
  readonly readOnly: boolean;
  readonly marks: readonly Mark[];
  /** Where to go; a new object goes there again. */
  readonly goTo: { readonly line: number } | null;
  readonly onWent: () => void;
  readonly onText: (text: string) => void;
  readonly onSave: () => void;
}

/** Characters beside CodeMirror's own that change the direction of a text or hide: they could make one name look like another. */
const HIDDEN = /[\u202a-\u202c\u2060-\u2064\u2068]/g;

/** Kept while the page lives, so that going to another file and back forgets no step of undo. */
const states = new Map<string, unknown>();
const MOST_STATES = 20;
const KEPT = { history: historyField };

/** A text with colours, folding, search, completion and marks. It lives in a shadow root: there its styles are sheets that a page may adopt without any inline style. */
export function CodeEditor(props: CodeEditorProps): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const port = useRef(props);
  useEffect(() => {
    port.current = props;
  });
  const { id, kind, complete, label, text, readOnly, marks, goTo } = props;

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const known = states.get(id);
    const extensions = extensionsOf({ kind, complete }, label, readOnly, {
      onText: (changed) => port.current.onText(changed),
      onSave: () => port.current.onSave(),
    });
    const state = known === undefined ? EditorState.create({ doc: port.current.text, extensions }) : EditorState.fromJSON(known, { extensions }, KEPT);
    const made = new EditorView({ state, root, parent: root });
    view.current = made;
    showText(made, port.current.text);
    return () => {
      keep(id, made.state.toJSON(KEPT));
      made.destroy();
      view.current = null;
    };
  }, [id, kind, complete, label, readOnly]);

  useEffect(() => {
    if (view.current !== null) showText(view.current, text);
  }, [text]);

  useEffect(() => {
    const made = view.current;
    if (made !== null) made.dispatch(setDiagnostics(made.state, marks.map((mark) => diagnosticOf(made.state, mark))));
  }, [marks, id, readOnly]);

  useEffect(() => {
    const made = view.current;
    if (made === null || goTo === null) return;
    const line = made.state.doc.line(Math.min(Math.max(1, goTo.line), made.state.doc.lines));
    made.dispatch({ selection: { anchor: line.from + (/^\s*/.exec(line.text)?.[0].length ?? 0) }, effects: EditorView.scrollIntoView(line.from, { y: 'center' }) });
    made.focus();
    port.current.onWent();
  }, [goTo, id]);

  return <div ref={host} className="code-editor" data-testid="code-editor" onKeyDown={(event) => ownKeys(event.nativeEvent) && event.stopPropagation()} />;
}

/** Keys without a modifier are typed, and none of the page's own; function keys are the window's. */
function ownKeys(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !/^F\d+$/.test(event.key);
}

function keep(id: string, state: unknown): void {
  states.delete(id);
  states.set(id, state);
  for (const oldest of [...states.keys()].slice(0, Math.max(0, states.size - MOST_STATES))) states.delete(oldest);
}

/** What came from elsewhere (a reload, a table of variables) takes the place of the text; it can be taken back like what was typed. */
function showText(view: EditorView, text: string): void {
  const shown = view.state.doc.toString();
  if (shown === text) return;
  let from = 0;
  while (from < shown.length && from < text.length && shown[from] === text[from]) from += 1;
  let same = 0;
  while (same < shown.length - from && same < text.length - from && shown[shown.length - 1 - same] === text[text.length - 1 - same]) same += 1;
  view.dispatch({ changes: { from, to: shown.length - same, insert: text.slice(from, text.length - same) } });
}

function diagnosticOf(state: EditorState, { line, column, severity, message, actions }: Mark): Diagnostic {
  const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
  const start = at.from + Math.min(Math.max(0, (column ?? 1) - 1), at.length);
  const from = column === undefined ? at.from + (/^\s*/.exec(at.text)?.[0].length ?? 0) : start;
  return { from: Math.min(from, at.to), to: at.to, severity, message, actions: actions.map(({ name, act }) => ({ name, apply: () => act() })) };
}

const phrases = {
  Find: words.editor.find,
  Replace: words.editor.replace,
  next: words.editor.next,
  previous: words.editor.previous,
  all: words.editor.all,
  'match case': words.editor.matchCase,
  regexp: words.editor.regexp,
  'by word': words.editor.byWord,
  replace: words.editor.replace.toLowerCase(),
  'replace all': words.editor.replaceAll,
  close: words.editor.close,
};

function extensionsOf({ kind, complete }: Pick<CodeEditorProps, 'kind' | 'complete'>, label: string, readOnly: boolean, on: { readonly onText: (text: string) => void; readonly onSave: () => void }): Extension {
  return [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    highlightSpecialChars({ addSpecialChars: HIDDEN }),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of('  '),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    search({ top: true }),
    autocompletion({ override: complete === undefined ? [] : [complete], icons: false }),
    languageOf(kind),
    editorLook,
    EditorState.readOnly.of(readOnly),
    EditorState.phrases.of(phrases),
    EditorView.contentAttributes.of({ 'aria-label': label, 'data-testid': 'editor-text', spellcheck: 'false', tabindex: '0' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) on.onText(update.state.doc.toString());
    }),
    keymap.of([
      { key: 'Mod-s', preventDefault: true, run: () => (on.onSave(), true) },
      { key: 'F8', run: nextDiagnostic },
      { key: 'Shift-F8', run: previousDiagnostic },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...defaultKeymap,
      indentWithTab,
      // Behind everything that Esc closes: then Tab leaves the editor.
      { key: 'Escape', run: temporarilySetTabFocusMode },
    ]),
  ];
}
