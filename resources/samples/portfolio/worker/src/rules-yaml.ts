/** A value of a rules file with the line it stands on, so that what is wrong with it can be pointed at. */
export type YamlNode =
  | { readonly kind: 'text'; readonly line: number; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly YamlNode[] }
  | { readonly kind: 'map'; readonly line: number; readonly entries: ReadonlyMap<string, { readonly keyLine: number; readonly value: YamlNode }> };

/** What cannot be read, and where. */
export class RulesError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

const MAX_DEPTH = 20;

/**
 * Reads the part of YAML that rules need: maps, lists, `[a, b]`, plain and quoted texts, comments. Anything else (anchors, tags, block texts, several
 * documents) is refused with its line, never guessed at.
 */
export function readYaml(source: string): YamlNode {
  const lines = linesOf(source);
  const [first] = lines;
  if (first === undefined) throw new RulesError(1, 'The file is empty.');
  const reader = new Reader(lines);
  const node = reader.block(first.indent, 0);
  const left = reader.peek();
  if (left !== undefined) throw new RulesError(left.number, 'This line is indented less or more than what is around it.');
  return node;
}

function linesOf(source: string): Line[] {
  const lines: Line[] = [];
  for (const [index, raw] of source.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    const number = index + 1;
    const text = withoutComment(raw).trimEnd();
    if (text.trim() === '') continue;
    if (/^\s*\t/.test(text)) throw new RulesError(number, 'Indent with spaces, not with tabs.');
    if (/^(---|\.\.\.|%)/.test(text)) throw new RulesError(number, 'One document without markers is expected.');
    lines.push({ number, indent: text.length - text.trimStart().length, text: text.trimStart() });
  }
  return lines;
}

/** A `#` begins a comment at the start of a line or behind a space, outside of quotes. */
function withoutComment(line: string): string {
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote !== '') {
      if (char === '\\' && quote === '"') at += 1;
      else if (char === quote) quote = '';
    } else if ((char === '"' || char === "'") && /^$|[\s:,[-]/.test(line[at - 1] ?? '')) quote = char;
    else if (char === '#' && (at === 0 || /\s/.test(line[at - 1] ?? ''))) return line.slice(0, at);
  }
  return line;
}

class Reader {
  private readonly lines: Line[];
  private at = 0;

  constructor(lines: Line[]) {
    this.lines = lines;
  }

  peek(): Line | undefined {
    return this.lines[this.at];
  }

  /** The list, map or text that begins with the next line. */
  block(indent: number, depth: number): YamlNode {
    const first = this.lines[this.at] as Line;
    if (depth > MAX_DEPTH) throw new RulesError(first.number, 'This is nested too deeply.');
    if (isItem(first.text)) return this.list(indent, depth);
    if (keyEnd(first.text) !== null) return this.map(indent, depth);
    this.at += 1;
    return scalar(first.text, first.number);
  }

  private list(indent: number, depth: number): YamlNode {
    const line = this.lines[this.at]?.number ?? 1;
    const items: YamlNode[] = [];
    for (let next = this.peek(); next !== undefined && next.indent === indent && isItem(next.text); next = this.peek()) {
      const rest = next.text.slice(1).trimStart();
      if (rest === '') {
        this.at += 1;
        items.push(this.below(indent, next, depth));
        continue;
      }
      // What stands behind the dash is a block of its own, as if it began on a line of its own.
      const inner = indent + next.text.length - rest.length;
      this.lines[this.at] = { number: next.number, indent: inner, text: rest };
      items.push(this.block(inner, depth + 1));
    }
    this.expectEnd(indent);
    return { kind: 'list', line, items };
  }

  private map(indent: number, depth: number): YamlNode {
    const line = this.lines[this.at]?.number ?? 1;
    const entries = new Map<string, { keyLine: number; value: YamlNode }>();
    for (let next = this.peek(); next !== undefined && next.indent === indent; next = this.peek()) {
      const end = keyEnd(next.text);
      if (end === null) throw new RulesError(next.number, isItem(next.text) ? 'A list item stands where a key is expected.' : 'A key with a colon is expected here.');
      const key = plain(next.text.slice(0, end), next.number);
      if (entries.has(key)) throw new RulesError(next.number, `${key} is given twice.`);
      const rest = next.text.slice(end + 1).trim();
      this.at += 1;
      entries.set(key, { keyLine: next.number, value: rest === '' ? this.below(indent, next, depth) : scalar(rest, next.number) });
    }
    this.expectEnd(indent);
    return { kind: 'map', line, entries };
  }

  /** What is indented below a key or a dash. A list may stand at the same indent as its key. */
  private below(indent: number, above: Line, depth: number): YamlNode {
    const next = this.peek();
    if (next !== undefined && (next.indent > indent || (next.indent === indent && isItem(next.text) && !isItem(above.text)))) return this.block(next.indent, depth + 1);
    return { kind: 'text', line: above.number, text: '', quoted: false };
  }

  private expectEnd(indent: number): void {
    const next = this.peek();
    if (next !== undefined && next.indent > indent) throw new RulesError(next.number, 'This line is indented more than the one it belongs to.');
  }
}

function isItem(text: string): boolean {
  return text === '-' || text.startsWith('- ');
}

/** Where the key of `key: value` ends; null when the text is none. */
function keyEnd(text: string): number | null {
  const match = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[\]{}#&*!|>%@`,][^:#]*?)\s*:(?=\s|$)/.exec(text);
  return match === null ? null : match[0].length - 1;
}

function scalar(text: string, line: number): YamlNode {
  if (text.startsWith('[')) {
    if (!text.endsWith(']')) throw new RulesError(line, 'A list in brackets ends on its own line.');
    const inner = text.slice(1, -1).trim();
    const parts = inner === '' ? [] : inner.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]+/g) ?? [];
    return { kind: 'list', line, items: parts.map((part) => scalar(part.trim(), line)) };
  }
  return { kind: 'text', line, text: plain(text, line), quoted: /^["']/.test(text) };
}

function plain(text: string, line: number): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('"')) {
    try {
      return JSON.parse(trimmed) as string;
    } catch {
      throw new RulesError(line, 'This text in double quotes is not complete.');
    }
  }
  if (trimmed.startsWith("'")) {
    if (!/^'(?:[^']|'')*'$/.test(trimmed)) throw new RulesError(line, 'This text in single quotes is not complete.');
    return trimmed.slice(1, -1).replaceAll("''", "'");
  }
  if (/^[&*!|>%@`{}\]]/.test(trimmed)) throw new RulesError(line, `A text that begins with ${trimmed[0] ?? ''} has to stand in quotes.`);
  return trimmed;
}
