/** One block of a plan document. */
export type MarkdownBlock =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly text: string; readonly diff: boolean };

/** The little of Markdown that plan documents use: headings, lists, fenced code. Everything else is text, shown as it is. */
export function markdownBlocks(document: string): readonly MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let items: string[] = [];
  let fence: { lines: string[]; diff: boolean } | null = null;
  const endList = (): void => {
    if (items.length > 0) blocks.push({ kind: 'list', items });
    items = [];
  };
  for (const line of document.split(/\r?\n/)) {
    if (fence !== null) {
      if (line.startsWith('```')) {
        blocks.push({ kind: 'code', text: fence.lines.join('\n'), diff: fence.diff });
        fence = null;
      } else fence.lines.push(line);
      continue;
    }
    const item = /^\s*(?:[-*]|\d+\.)\s+(.*)$/.exec(line);
    if (item !== null) {
      items.push(item[1] ?? '');
      continue;
    }
    endList();
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (line.startsWith('```')) fence = { lines: [], diff: /^```diff\b/.test(line) };
    else if (heading !== null) blocks.push({ kind: 'heading', text: heading[1] ?? '' });
    else if (line.trim() !== '') blocks.push({ kind: 'text', text: line });
  }
  endList();
  if (fence !== null) blocks.push({ kind: 'code', text: fence.lines.join('\n'), diff: fence.diff });
  return blocks;
}

/** Splits text at `code`, so that names of files stand out. */
export function codeSpans(text: string): readonly { readonly text: string; readonly code: boolean }[] {
  return text
    .replace(/\*\*/g, '')
    .split('`')
    .map((part, index) => ({ text: part, code: index % 2 === 1 }))
    .filter((part) => part.text !== '');
}
