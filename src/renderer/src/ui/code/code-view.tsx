import { useCallback, type ReactElement } from 'react';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view';
import { languageOf } from './editor-languages';
import { editorLook } from './editor-look';
import { ShadowHost } from './shadow-host';

/** A text to be read, with its colours. A line that is marked is brought into view. */
export function CodeView({ label, text, kind = 'yaml', line = null, testId = 'code-view' }: { readonly label: string; readonly text: string; readonly kind?: string; readonly line?: number | null; readonly testId?: string }): ReactElement {
  const show = useCallback(
    (root: ShadowRoot) => {
      const view = new EditorView({ doc: text, extensions: [lineNumbers(), highlightSpecialChars(), languageOf(kind), editorLook, EditorState.readOnly.of(true), EditorView.lineWrapping, EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })], parent: root, root });
      if (line !== null) {
        const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
        view.dispatch({ selection: { anchor: at.from, head: at.to }, effects: EditorView.scrollIntoView(at.from, { y: 'center' }) });
      }
      return view;
    },
    [label, text, kind, line],
  );
  return <ShadowHost className="code-view" testId={testId} show={show} />;
}
