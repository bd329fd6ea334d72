import { Composer, CST, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, type Document, type Node as YamlNode, type Scalar, type YAMLMap } from 'yaml';
import { resolvePlainScalar } from './yaml-scalars';
import type { WireDocument, WireNode, WireResult } from './wire-tree';

const DEPTH_MAX = 64;
const ANCHORS_MAX = 100;
const ALIASES_MAX = 1000;
/** Values after aliases are expanded: what a "billion laughs" file runs into. */
const VALUES_MAX = 200_000;

/** Outside of what YAML takes for printable, by the reader of docker compose. A NUL says more: the file is none of text. */
const CONTROL = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/u;
/** YAML 1.2 has this escape, docker compose's reader does not. */
const SLASH_ESCAPE = /(?:^|[^\\])(?:\\\\)*\\\//;

/** A YAML text that is refused, with its place. */
class YamlRefused extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(message);
  }
}

/**
 * Counts nesting, anchors and aliases from the token stream alone, which neither recurses nor builds anything:
 * the parser behind it aborts the whole process on a few kilobytes of brackets. Returns the tokens.
 */
export function scanYaml(text: string, lines: LineCounter): readonly string[] {
  const tokens: string[] = [];
  const indents: number[] = [];
  let flowDepth = 0;
  let anchors = 0;
  let aliases = 0;
  let offset = 0;
  let lineStart = 0;
  let lineHasContent = false;
  let isEnded = false;
  const refuse = (message: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new YamlRefused(message, line, col);
  };
  const enter = (column: number): void => {
    while (indents.length > 0 && (indents[indents.length - 1] ?? 0) >= column) indents.pop();
    indents.push(column);
  };
  let before: string | null = null;
  /** The token is the text of an unquoted or a block scalar, whatever it begins with. */
  let isText = false;
  lines.addNewLine(0);
  for (const token of new Lexer().lex(text)) {
    tokens.push(token);
    const wasMark = isText;
    const type = CST.tokenType(token);
    isText = type === 'scalar';
    if (!wasMark && flowDepth === 0 && type === 'space' && token.includes('\t') && abusesTab(offset - lineStart + token.indexOf('\t'), before, lineHasContent, indents[indents.length - 1] ?? -1)) refuse(TAB_AS_INDENT);
    if (!wasMark && type === 'double-quoted-scalar' && SLASH_ESCAPE.test(token)) refuse('A text in double quotes has the escape \\/, which docker compose does not read: write / alone.');
    if (type === 'directive-line' && /^%YAML\s+(?!1\.1\b)/.test(token)) refuse('The file says of which version of YAML it is, and docker compose reads 1.1 only: take the line out.');
    if (type === 'scalar') before = before === 'block-scalar-header' ? before : 'scalar';
    else if (!wasMark && type !== 'space' && type !== 'newline' && type !== 'comment' && type !== 'doc-mode') before = type;
    switch (type) {
      case 'doc-mode':
      case 'flow-error-end':
      case 'scalar':
        continue; // marks without width: the scalar's own text is the next token
      case 'flow-map-start':
      case 'flow-seq-start':
        flowDepth += 1;
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        flowDepth = Math.max(0, flowDepth - 1);
        break;
      case 'doc-end':
        isEnded = true;
        break;
      case 'doc-start':
        isEnded = false;
        break;
      case 'anchor':
        anchors += 1;
        if (anchors > ANCHORS_MAX) refuse(`The file has more than ${ANCHORS_MAX} anchors.`);
        break;
      case 'alias':
        aliases += 1;
        if (aliases > ALIASES_MAX) refuse(`The file has more than ${ALIASES_MAX} aliases.`);
        break;
      default:
        break;
    }
    if (flowDepth === 0 && type !== 'newline' && type !== 'space' && type !== 'comment') {
      if (isEnded && type !== 'doc-end' && type !== 'directive-line') refuse('A document after "..." must begin with "---".');
      const column = offset - lineStart;
      if (!lineHasContent || type === 'seq-item-ind' || type === 'explicit-key-ind') enter(column);
      lineHasContent = true;
    }
    if (indents.length + flowDepth > DEPTH_MAX) refuse(`The file is nested deeper than ${DEPTH_MAX} levels.`);
    for (let at = token.indexOf('\n'); at !== -1; at = token.indexOf('\n', at + 1)) {
      lineStart = offset + at + 1;
      lines.addNewLine(lineStart);
      lineHasContent = false;
    }
    offset += token.length;
  }
  return tokens;
}

const TAB_AS_INDENT = 'A tab is used for indentation; YAML takes spaces only.';

/**
 * Whether a tab among blanks stands where docker compose's reader takes none: at the beginning of a line, also of an empty one or a comment,
 * and after the dash of an entry. Behind an unquoted text the reader skips them where they are indented deeper than its key.
 */
function abusesTab(column: number, before: string | null, lineHasContent: boolean, indent: number): boolean {
  if (lineHasContent) return before === 'seq-item-ind' || before === 'explicit-key-ind';
  return before !== 'scalar' || column <= indent;
}

/** The documents of tokens that were scanned: the package's own `parseAllDocuments` would cut the text into them a second time. */
function documentsOf(tokens: readonly string[]): readonly Document.Parsed[] {
  const parser = new Parser();
  function* parsed(): Generator<CST.Token> {
    for (const token of tokens) yield* parser.next(token);
    yield* parser.end();
  }
  // Keys are checked for duplicates below: the package's own check is quadratic.
  return [...new Composer({ schema: 'failsafe', uniqueKeys: false, merge: false, logLevel: 'silent', keepSourceTokens: false, strict: true }).compose(parsed())];
}

/** Parses YAML as compose reads it (YAML 1.2 with `<<`, `!reset`, `!override`) into located plain data. Never throws for bad input. */
export function parseYaml(text: string): WireResult {
  const lines = new LineCounter();
  try {
    const documents: WireDocument[] = [];
    refuseControls(text);
    const tokens = scanYaml(text, lines);
    for (const document of documentsOf(tokens)) {
      const error = document.errors[0];
      if (error !== undefined) {
        const { line, col } = lines.linePos(error.code === 'MISSING_CHAR' ? beginOf(tokens, error.pos[0]) : error.pos[0]);
        throw new YamlRefused(plainYamlError(error.code, error.message), line, col);
      }
      const converted = new Converter(document as Document, lines).convert();
      if (converted !== undefined) documents.push(converted);
    }
    return { ok: true, documents };
  } catch (error) {
    if (error instanceof YamlRefused) return { ok: false, message: error.message, line: error.line, column: error.column };
    if (error instanceof RangeError) return { ok: false, message: 'The file is nested too deeply.' };
    throw error;
  }
}

function refuseControls(text: string): void {
  const at = text.search(CONTROL);
  if (at === -1) return;
  const head = text.slice(0, at).split('\n');
  throw new YamlRefused(`The file has a control character (U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')}), which YAML does not take.`, head.length, (head.at(-1) ?? '').length + 1);
}

/** What is not closed is looked for where it begins: it goes on to the end of the file. */
function beginOf(tokens: readonly string[], end: number): number {
  let offset = 0;
  for (const token of tokens) {
    const type = CST.tokenType(token);
    // Marks have no width.
    if (type === 'doc-mode' || type === 'flow-error-end' || type === 'scalar') continue;
    if ((type === 'single-quoted-scalar' || type === 'double-quoted-scalar') && offset + token.length === end) return offset;
    offset += token.length;
  }
  return end;
}

function plainYamlError(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return TAB_AS_INDENT;
  const sentence = (message.split('\n')[0] ?? message).replace(/^Missing closing (["'])quote$/, 'A text that began with $1 is not closed');
  return /[.!]$/.test(sentence) ? sentence : `${sentence}.`;
}

interface Converted {
  readonly wire: WireNode;
  readonly values: number;
  readonly resets: readonly (readonly string[])[];
  /** `!reset` or `!override`, which an alias of the value has too. */
  readonly mark?: string | undefined;
}

function markOf(node: YamlNode): string | undefined {
  return node.tag === '!reset' || node.tag === '!override' ? node.tag : undefined;
}

class Converter {
  private readonly anchors = new Map<string, Converted | 'open'>();
  private values = 0;
  /** Below `!override` compose looks at no tags: what is marked there is a text. */
  private overridden = 0;

  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  convert(): WireDocument | undefined {
    const root = this.document.contents;
    if (root === null || (isScalar(root) && root.source === '' && root.type === 'PLAIN' && this.document.directives?.docStart !== true)) return undefined;
    const { wire, resets } = this.node(root as YamlNode, undefined);
    return { root: wire, resets };
  }

  private place(offset: number): readonly [number, number] {
    const { line, col } = this.lines.linePos(offset);
    return [Math.max(1, line), Math.max(1, col)];
  }

  private refuse(message: string, node: YamlNode): never {
    throw new YamlRefused(message, ...this.place(node.range?.[0] ?? 0));
  }

  private count(values: number, node: YamlNode): void {
    this.values += values;
    if (this.values > VALUES_MAX) this.refuse(`The file has more than ${VALUES_MAX} values once its aliases are written out.`, node);
  }

  private node(node: YamlNode, at: readonly [number, number] | undefined): Converted {
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (target === undefined) this.refuse(`The alias *${node.source} has no anchor before it.`, node);
      if (target === 'open') this.refuse(`The anchor &${node.source} contains itself.`, node);
      const found = target as Converted;
      this.count(found.values, node);
      return found;
    }
    const anchor = 'anchor' in node && typeof node.anchor === 'string' ? node.anchor : undefined;
    if (anchor !== undefined) this.anchors.set(anchor, 'open');
    const before = this.values;
    const mark = this.overridden === 0 ? markOf(node) : undefined;
    if (mark === '!override') this.overridden += 1;
    const { wire, resets } = this.content(node, at ?? this.place(node.range?.[0] ?? 0));
    if (mark === '!override') this.overridden -= 1;
    const result = { wire, resets, values: this.values - before, mark };
    if (anchor !== undefined) this.anchors.set(anchor, result);
    return result;
  }

  private content(node: YamlNode, [line, column]: readonly [number, number]): Omit<Converted, 'values'> {
    this.count(1, node);
    if (isScalar(node)) return { wire: this.scalar(node, line, column), resets: [] };
    if (isSeq(node)) {
      const items: WireNode[] = [];
      for (const item of node.items as YamlNode[]) {
        const converted = this.node(item, undefined);
        if (converted.mark !== '!reset') items.push(converted.wire);
      }
      return { wire: ['l', items, line, column], resets: [] };
    }
    if (isMap(node)) return this.map(node as YAMLMap, line, column);
    return this.refuse('This is not YAML that compose understands.', node);
  }

  private map(node: YAMLMap, line: number, column: number): Omit<Converted, 'values'> {
    const entries = new Map<string, WireNode>();
    const seen = new Map<string, number>();
    const resets: (readonly string[])[] = [];
    const merges: Converted[] = [];
    for (const pair of node.items) {
      const keyNode = pair.key as YamlNode;
      const place = this.place(keyNode?.range?.[0] ?? 0);
      const { key, merge } = this.key(keyNode);
      const first = seen.get(key);
      if (first !== undefined) throw new YamlRefused(`The key "${key}" is already defined at line ${first}.`, ...place);
      seen.set(key, place[0]);
      const value = (pair.value ?? null) as YamlNode | null;
      if (merge) {
        if (value !== null) merges.push(...this.mergeSources(value));
        continue;
      }
      const converted: Omit<Converted, 'values'> = value === null ? { wire: ['n', '', ...place], resets: [] } : this.node(value, isAlias(value) ? undefined : place);
      if (converted.mark !== undefined) resets.push([key]);
      if (converted.mark === '!reset') continue;
      entries.set(key, converted.wire);
      // What an overridden value says about its own parts does not count any more.
      if (converted.mark === undefined) for (const path of converted.resets) resets.push([key, ...path]);
    }
    for (const source of merges) {
      if (source.wire[0] !== 'm') continue;
      for (const [key, value] of source.wire[1] as readonly (readonly [string, WireNode])[]) if (!entries.has(key)) entries.set(key, value);
      resets.push(...source.resets);
    }
    return { wire: ['m', [...entries], line, column], resets };
  }

  private key(node: YamlNode | null): { readonly key: string; readonly merge: boolean } {
    if (node === null || !(isScalar(node) || isAlias(node))) throw new YamlRefused('A key must be a text.', ...this.place(node?.range?.[0] ?? 0));
    if (isScalar(node) && node.tag === 'tag:yaml.org,2002:merge') return { key: '<<', merge: true };
    const converted = this.node(node, undefined).wire;
    if (converted[0] !== 's') this.refuse(`The key ${String(converted[1])} must be a text: put it in quotes.`, node);
    const key = String(converted[1]);
    if (key === '__proto__') this.refuse('The key __proto__ is not allowed.', node);
    return { key, merge: isScalar(node) && node.type === 'PLAIN' && key === '<<' };
  }

  /** The maps a `<<` takes from, most important first. */
  private mergeSources(value: YamlNode): Converted[] {
    const sources = isSeq(value) ? (value.items as YamlNode[]).map((item) => this.node(item, undefined)) : [this.node(value, undefined)];
    const flat = sources.flatMap((source) =>
      source.wire[0] === 'l' ? (source.wire[1] as readonly WireNode[]).map((wire) => ({ wire, values: 0, resets: [] as const })) : [source],
    );
    if (flat.some((source) => source.wire[0] !== 'm')) this.refuse('`<<` takes a mapping or a list of mappings.', value);
    return flat;
  }

  private scalar(node: Scalar, line: number, column: number): WireNode {
    const text = typeof node.value === 'string' ? node.value : String(node.value ?? '');
    const tag = node.tag;
    if (tag === '!!str' || tag === 'tag:yaml.org,2002:str') {
      // The failsafe schema marks every scalar a string; only a written tag counts.
      if (node.type !== 'PLAIN' || this.hasWrittenTag(node)) return ['s', text, line, column];
    }
    if (node.type !== 'PLAIN' && !this.hasWrittenTag(node)) return ['s', text, line, column];
    if (tag === 'tag:yaml.org,2002:null') return ['n', '', line, column];
    // A tag that YAML does not know makes a text of whatever stands there.
    if (tag !== undefined && tag.startsWith('!') && !tag.startsWith('!!')) return ['s', text, line, column];
    const resolved = resolvePlainScalar(text);
    if (/^(?:NaN|-?Infinity)$/.test(resolved.text) && resolved.letter === 'f') this.refuse(`${text} is no number that a compose file can have: put it in quotes if it is a text.`, node);
    return [resolved.letter, resolved.text, line, column];
  }

  private hasWrittenTag(node: Scalar): boolean {
    return node.tag !== undefined && node.tag !== '';
  }
}
