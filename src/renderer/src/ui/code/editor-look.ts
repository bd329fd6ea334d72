import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Colours are the page's own names, so that light, dark and high contrast are those of the window. */
const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName, tags.keyword], color: 'var(--accent-text)' },
  { tag: [tags.string, tags.content], color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--ansi-3)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: [tags.variableName, tags.labelName, tags.typeName], color: 'var(--ansi-6)' },
  { tag: [tags.meta, tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--text-2)' },
]);

const field = { height: '24px', margin: '0 4px 0 0', padding: '0 8px', border: '1px solid var(--line-strong)', borderRadius: 'var(--radius-s)', background: 'var(--bg)', color: 'var(--text)', font: '12px/18px var(--font)', backgroundImage: 'none' };

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--bg)', fontSize: '12px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px', overflow: 'auto' },
  '.cm-scroller::-webkit-scrollbar': { width: '10px', height: '10px' },
  '.cm-scroller::-webkit-scrollbar-thumb': { background: 'var(--line-strong)', border: '3px solid transparent', borderRadius: '6px', backgroundClip: 'padding-box' },
  '.cm-scroller::-webkit-scrollbar-corner': { background: 'transparent' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--bg-sunken)', color: 'var(--text-3)', border: '0', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--bg-hover) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--bg-hover)', color: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection': { background: 'color-mix(in srgb, var(--accent) 28%, transparent)' },
  '.cm-foldPlaceholder': { background: 'var(--bg-active)', border: '0', color: 'var(--text-2)', padding: '0 4px' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--bg-active)', outline: '1px solid var(--line-strong)' },
  '.cm-searchMatch': { backgroundColor: 'var(--amber-soft)', outline: '1px solid var(--amber)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--amber-soft)', outline: '2px solid var(--amber)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--bg-active)' },
  '.cm-specialChar': { color: 'var(--red)' },
  '.cm-panels': { backgroundColor: 'var(--bg-sunken)', color: 'var(--text)', fontFamily: 'var(--font)' },
  '.cm-panels.cm-panels-top, .cm-panels.cm-panels-bottom': { borderColor: 'var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 8px', fontSize: '12px' },
  '.cm-panel.cm-search label': { fontSize: '12px', color: 'var(--text-2)' },
  '.cm-panel.cm-search [name=close]': { color: 'var(--text-2)', fontSize: '16px', width: '24px', height: '24px' },
  '.cm-textfield, .cm-button': field,
  '.cm-button:hover': { background: 'var(--bg-hover)', backgroundImage: 'none' },
  '.cm-tooltip': { backgroundColor: 'var(--bg-float)', color: 'var(--text)', border: '0', borderRadius: 'var(--radius)', boxShadow: 'var(--shadow)', fontFamily: 'var(--font)', fontSize: '12px', overflow: 'hidden' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '240px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px', lineHeight: '20px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--bg-selected)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { fontFamily: 'var(--font)', fontStyle: 'normal', color: 'var(--text-2)', marginLeft: '12px' },
  '.cm-diagnostic': { padding: '6px 10px', maxWidth: '420px', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--red)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--amber)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--blue)' },
  '.cm-diagnosticAction': { ...field, margin: '4px 6px 0 0', cursor: 'default' },
  '.cm-lintPoint:after': { borderBottomColor: 'var(--red)' },
  '.cm-changedLine': { backgroundColor: 'var(--green-soft) !important' },
  '.cm-deletedChunk, &.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--red-soft) !important' },
  '&.cm-merge-a .cm-changedText': { background: 'linear-gradient(var(--red), var(--red)) bottom / 100% 1px no-repeat' },
  '&.cm-merge-b .cm-changedText': { background: 'linear-gradient(var(--green), var(--green)) bottom / 100% 1px no-repeat' },
  // The marks that come around it are in few fonts.
  '.cm-collapsedLines': { background: 'var(--bg-sunken)', color: 'var(--text-2)', '&:before': { content: 'none' }, '&:after': { content: 'none' } },
});

/** How every editor looks. */
export const editorLook: Extension = [look, syntaxHighlighting(colours)];
