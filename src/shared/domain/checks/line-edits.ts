/** One change of one line of a text, counted from 1. */
export type LineEdit =
  /** Words of the line give way to others. */
  | { readonly kind: 'put'; readonly line: number; readonly find: string; readonly to: string }
  /** The line goes, if it still says this. */
  | { readonly kind: 'drop'; readonly line: number; readonly text: string }
  /** A new line before this one; one behind the last makes it the last. */
  | { readonly kind: 'add'; readonly line: number; readonly text: string };

/** Makes the changes, whose lines are those of the text as it is; undefined where the text does not say any more what they are for. */
export function editLines(text: string, edits: readonly LineEdit[]): string | undefined {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const endsOpen = text !== '' && !text.endsWith('\n');
  const lines = text === '' ? [] : (endsOpen ? text : text.slice(0, -1)).split('\n');
  const last = lines.length;
  const once = [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
  for (const edit of once.sort((a, b) => b.line - a.line || rank(a) - rank(b))) {
    const written = lines[edit.line - 1];
    const plain = written?.replace(/\r$/, '');
    if (edit.kind === 'add') lines.splice(Math.min(edit.line - 1, lines.length), 0, edit.text + (newline === '\r\n' ? '\r' : ''));
    else if (written === undefined || plain === undefined) return undefined;
    else if (edit.kind === 'drop') {
      if (plain !== edit.text) return undefined;
      lines.splice(edit.line - 1, 1);
    } else {
      const at = wordAt(plain, edit.find);
      if (at === -1) return undefined;
      lines[edit.line - 1] = written.slice(0, at) + edit.to + written.slice(at + edit.find.length);
    }
  }
  if (lines.length === 0) return '';
  const isLastNew = endsOpen && once.some((edit) => edit.kind === 'add' && edit.line > last);
  return lines.join('\n') + (endsOpen && !isLastNew ? '' : '\n');
}

/** Words change before their line goes, and what is put before a line comes last. */
function rank(edit: LineEdit): number {
  return { put: 0, drop: 1, add: 2 }[edit.kind];
}

/** Where these words stand by themselves, else where they stand at all; at the end of a line for nothing at all. */
function wordAt(line: string, words: string): number {
  if (words === '') return line.length;
  for (let at = line.indexOf(words); at !== -1; at = line.indexOf(words, at + 1)) {
    const around = `${line[at - 1] ?? ' '}${line[at + words.length] ?? ' '}`;
    if (!/[\w./-]/.test(around)) return at;
  }
  return -1;
}

/** The changes that take a variable out of an env file, with every line of a value in quotes that goes over several. */
export function dropVariable(text: string, name: string): string | undefined {
  const edits: LineEdit[] = [];
  let open: { readonly quote: string; readonly isMeant: boolean } | undefined;
  text.split('\n').forEach((line, index) => {
    const drop = { kind: 'drop', line: index + 1, text: line.replace(/\r$/, '') } as const;
    if (open !== undefined) {
      if (open.isMeant) edits.push(drop);
      if (line.includes(open.quote)) open = undefined;
      return;
    }
    const match = /^\s*(?:export\s+)?([^\s=:#]+)\s*(?:[=:][ \t]*(.*?))?\r?$/.exec(line);
    if (match === null) return;
    const isMeant = match[1] === name;
    const quote = /^["']/.exec(match[2] ?? '')?.[0] ?? '';
    if (quote !== '' && (match[2] ?? '').indexOf(quote, 1) === -1) open = { quote, isMeant };
    if (isMeant) edits.push(drop);
  });
  return edits.length === 0 ? undefined : editLines(text, edits);
}

/** What stands behind each name of an env file, as written; values that go over several lines are left out. */
export function writtenValues(text: string): { readonly [name: string]: string } {
  const values = Object.create(null) as { [name: string]: string };
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    const value = match?.[2] ?? '';
    const quote = /^["']/.exec(value)?.[0];
    if (match?.[1] !== undefined && (quote === undefined || value.indexOf(quote, 1) !== -1)) values[match[1]] = value;
  }
  return values;
}
