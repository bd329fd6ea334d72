/** A place of a compose file where something is typed: told from indentation alone, so that a file that is broken right now has one, too. */
export interface ComposePlace {
  /** Keys from the root to what the place is in; `*` for an item of a list. */
  readonly path: readonly string[];
  /** key: a key is typed, or an item of a list. value: what stands behind the key that ends the path. */
  readonly kind: 'key' | 'value';
  /** What is typed so far, and where it begins. */
  readonly typed: string;
  readonly from: number;
  /** Keys that stand beside it. */
  readonly siblings: ReadonlySet<string>;
  /** True behind the dash of a list. */
  readonly isItem: boolean;
}

interface Line {
  readonly indent: number;
  readonly key: string | null;
  readonly isItem: boolean;
}

const KEY = /^((?:-[ \t]+)*)(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#:"'[{&*!|>%@`,-][^\n:#]*?|-[^\s:#]+))[ \t]*:(?=[ \t]|$)/;

/** Where in the tree of a compose file an offset is; null inside comments, quotes and blocks of text. */
export function composePlace(text: string, offset: number): ComposePlace | null {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  const current = lines.at(-1) ?? '';
  if (/(^|\s)#/.test(current) || isInBlock(lines)) return null;
  const indentText = /^[ ]*/.exec(current)?.[0] ?? '';
  const rest = current.slice(indentText.length);
  const dashes = /^(?:-[ \t]+)*/.exec(rest)?.[0] ?? '';
  const body = rest.slice(dashes.length);
  const isItem = dashes !== '';
  const above = lines.slice(0, -1);
  const value = KEY.exec(rest);
  if (value !== null) {
    const typed = /[^\s"'[,]*$/.exec(rest.slice(value[0].length))?.[0] ?? '';
    const key = value[2] ?? value[3] ?? value[4] ?? '';
    const within = pathAt(above, indentText.length, isItem ? indentText.length + dashes.length : indentText.length, isItem);
    const isFlowItem = /\[[^\]]*$/.test(rest.slice(value[0].length));
    return { path: [...within, key, ...(isFlowItem ? ['*'] : [])], kind: isFlowItem ? 'key' : 'value', typed, from: offset - typed.length, siblings: new Set(), isItem: isFlowItem };
  }
  if (/["'{[]/.test(body.charAt(0)) || /\s/.test(body.trimEnd())) return null;
  const column = indentText.length + dashes.length;
  const path = pathAt(above, indentText.length, column, isItem);
  return { path, kind: 'key', typed: body, from: offset - body.length, siblings: siblingsOf(text, lines.length - 1, column), isItem };
}

function readLine(text: string): Line | null {
  const indent = /^[ ]*/.exec(text)?.[0].length ?? 0;
  const rest = text.slice(indent);
  if (rest === '' || rest.startsWith('#') || rest.startsWith('---')) return null;
  const match = KEY.exec(rest);
  return { indent, key: match === null ? null : (match[2] ?? match[3] ?? match[4] ?? ''), isItem: /^-([ \t]|$)/.test(rest) };
}

/** The keys above that enclose a line with this indentation. */
function pathAt(above: readonly string[], indent: number, column: number, isItem: boolean): readonly string[] {
  const path: string[] = isItem ? ['*'] : [];
  // A list may stand at the same indentation as its key.
  let limit = isItem ? indent + 1 : column;
  let mayEqual = isItem;
  for (let index = above.length - 1; index >= 0 && limit > 0; index -= 1) {
    const line = readLine(above[index] ?? '');
    if (line === null) continue;
    const own = line.isItem ? line.indent + (/^-[ \t]+/.exec((above[index] ?? '').slice(line.indent))?.[0].length ?? 2) : line.indent;
    if (line.isItem && own <= limit && line.indent < limit && !(mayEqual && line.indent === indent)) {
      // A key of the item that this line belongs to.
      if (line.key !== null && own < limit) path.unshift(line.key);
      path.unshift('*');
      limit = line.indent + 1;
      mayEqual = true;
      continue;
    }
    if (line.isItem || line.key === null || line.indent >= limit) continue;
    path.unshift(line.key);
    limit = line.indent;
    mayEqual = false;
  }
  return path;
}

/** Keys at the same column, up and down to the next line that stands further left. */
function siblingsOf(text: string, at: number, column: number): ReadonlySet<string> {
  const lines = text.split('\n');
  const found = new Set<string>();
  for (const step of [-1, 1]) {
    for (let index = at + step; index >= 0 && index < lines.length; index += step) {
      const line = readLine(lines[index] ?? '');
      if (line === null) continue;
      const own = line.isItem ? line.indent + 2 : line.indent;
      if (own < column) break;
      if (own === column && line.key !== null) found.add(line.key);
      if (line.isItem && own === column && step === -1) break;
    }
  }
  return found;
}

/** Whether the last line lies in a text behind `|` or `>`. */
function isInBlock(lines: readonly string[]): boolean {
  const current = lines.at(-1) ?? '';
  const indent = /^[ ]*/.exec(current)?.[0].length ?? 0;
  for (let index = lines.length - 2; index >= 0; index -= 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '') continue;
    const own = /^[ ]*/.exec(line)?.[0].length ?? 0;
    if (own >= indent) continue;
    return /:[ \t]*[|>][+-]?\d*[ \t]*(#.*)?$/.test(line) || (own > 0 && isInBlock(lines.slice(0, index + 1)));
  }
  return false;
}
