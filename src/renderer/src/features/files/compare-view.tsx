import { useEffect, useRef, type ReactElement } from 'react';
import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view';
import { say } from '../../locales/say';
import { filesWords as words } from '../../locales/en/files';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { languageOf } from './editor-languages';
import { editorLook } from './editor-look';
import type { FileKind } from './files-store';

/** Two texts of one file beside each other. */
export function CompareDialog({ name, kind, disk, mine, onClose }: { readonly name: string; readonly kind: FileKind; readonly disk: string; readonly mine: string; readonly onClose: () => void }): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const extensions = (label: string): Extension => [lineNumbers(), highlightSpecialChars(), languageOf(kind), editorLook, EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }), EditorView.lineWrapping];
    const view = new MergeView({ a: { doc: disk, extensions: extensions(words.compare.disk) }, b: { doc: mine, extensions: extensions(words.compare.mine) }, parent: root, root, gutter: true, collapseUnchanged: { margin: 3, minSize: 6 } });
    return () => view.destroy();
  }, [kind, disk, mine]);
  return (
    <Dialog kind="sheet" testId="compare-dialog" title={words.compare.title(name)} onClose={onClose} footer={<><span className="grow" /><Button onClick={onClose}>{say.actions.close}</Button></>}>
      <div className="compare-heads dim" aria-hidden="true">
        <span>{words.compare.disk}</span>
        <span>{words.compare.mine}</span>
      </div>
      <div ref={host} className="compare-view" data-testid="compare-view" />
    </Dialog>
  );
}
