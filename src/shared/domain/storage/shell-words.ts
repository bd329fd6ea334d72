import type { Lookup } from '../compose/environment';
import { resolveText } from './symbolic';

/** A piece of a script: a word, or an operator that ends or joins commands. `>` and `>>` come before the word they write to. */
export type ShellToken = { readonly kind: 'word'; readonly text: string } | { readonly kind: 'operator'; readonly text: string } | { readonly kind: 'here'; readonly text: string };

const OPERATORS = ['&&', '||', ';;', '>>', '<<<', '&>', ';', '|', '&', '(', ')', '>', '<', '\n'];
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;
const REDIRECTION = /[0-9]*(?:>>|>&|<&|>|<)/y;

/**
 * Reads a shell script word by word: quotes, escapes, continued lines, comments, here-documents, variables. What a command would print
 * (`$(…)`) is kept as written, so a text that holds it is never taken for known.
 */
export class ShellWords {
  private position = 0;
  /** Before the first word of a command that is no assignment: there a value is one word, whatever blanks it holds. */
  private isBeforeCommand = true;
  private readonly pendingHere: { readonly mark: string; readonly literal: boolean; readonly strip: boolean }[] = [];

  constructor(
    private readonly source: string,
    private readonly lookup: Lookup,
  ) {}

  /** The next words (an expanded variable may be several) or the next operator; empty for a variable that holds nothing; undefined at the end. */
  next(): readonly ShellToken[] | undefined {
    this.skipBlanks();
    if (this.position >= this.source.length) return undefined;
    const here = /<<-?(?!<)/y;
    here.lastIndex = this.position;
    const found = here.exec(this.source);
    if (found !== null) {
      this.position += found[0].length;
      this.skipBlanks();
      const literal = /['"\\]/.test(this.source.charAt(this.position));
      const mark = this.words().join(' ');
      this.pendingHere.push({ mark, literal, strip: found[0].endsWith('-') });
      return [];
    }
    REDIRECTION.lastIndex = this.position;
    const redirection = REDIRECTION.exec(this.source);
    if (redirection !== null && !this.source.startsWith('<<<', this.position)) return this.redirection(redirection[0]);
    const operator = OPERATORS.find((one) => this.source.startsWith(one, this.position));
    if (operator === undefined) {
      const words = this.words();
      this.isBeforeCommand &&= words.every((word) => ASSIGNMENT.test(word));
      return words.map((text) => ({ kind: 'word', text }));
    }
    this.position += operator.length;
    this.isBeforeCommand = true;
    if (operator !== '\n') return [{ kind: 'operator', text: operator }];
    return [...this.pendingHere.splice(0).map((one): ShellToken => ({ kind: 'here', text: this.hereText(one) })), { kind: 'operator', text: '\n' }];
  }

  /** `2>&1` and what is read from elsewhere say nothing here; only what is written to a file does. */
  private redirection(text: string): readonly ShellToken[] {
    this.position += text.length;
    this.skipBlanks();
    if (/^2|&$|</.test(text)) {
      this.words();
      return [];
    }
    return [{ kind: 'operator', text: text.endsWith('>>') ? '>>' : '>' }];
  }

  private skipBlanks(): void {
    for (;;) {
      const rest = this.source.slice(this.position, this.position + 2);
      if (rest.startsWith(' ') || rest.startsWith('\t') || rest.startsWith('\r')) this.position += 1;
      else if (rest === '\\\n') this.position += 2;
      else if (rest.startsWith('#') && /^$|\s|[;&|(]/.test(this.source.charAt(this.position - 1))) {
        const end = this.source.indexOf('\n', this.position);
        this.position = end === -1 ? this.source.length : end;
      } else return;
    }
  }

  private hereText({ mark, literal, strip }: { readonly mark: string; readonly literal: boolean; readonly strip: boolean }): string {
    const lines: string[] = [];
    while (this.position < this.source.length) {
      const end = this.source.indexOf('\n', this.position);
      const raw = this.source.slice(this.position, end === -1 ? undefined : end);
      this.position = end === -1 ? this.source.length : end + 1;
      const line = strip ? raw.replace(/^\t+/, '') : raw;
      if (line.trim() === mark) break;
      lines.push(line);
    }
    const text = lines.map((line) => `${line}\n`).join('');
    return literal ? text : expanded(text, this.lookup);
  }

  private words(): readonly string[] {
    const words: string[] = [];
    let word = '';
    let has = false;
    while (this.position < this.source.length) {
      const char = this.source.charAt(this.position);
      if (/[\s;&|()<>]/.test(char)) break;
      has = true;
      if (char === '\\') {
        if (this.source.charAt(this.position + 1) !== '\n') word += this.source.charAt(this.position + 1);
        this.position += 2;
      } else if (char === "'") word += this.literal();
      else if (char === '"') word += this.quoted();
      else if (char === '$' || char === '`') {
        const { text, isCommand } = this.expansion();
        const parts = isCommand || (this.isBeforeCommand && ASSIGNMENT.test(word)) ? [text] : text.split(/\s+/);
        word += parts[0] ?? '';
        for (const part of parts.slice(1)) {
          if (word !== '') words.push(word);
          word = part;
        }
        has = word !== '';
      } else {
        word += char;
        this.position += 1;
      }
    }
    if (has) words.push(word);
    return words;
  }

  private literal(): string {
    const end = this.source.indexOf("'", this.position + 1);
    const text = this.source.slice(this.position + 1, end === -1 ? undefined : end);
    this.position = end === -1 ? this.source.length : end + 1;
    return text;
  }

  private quoted(): string {
    let text = '';
    this.position += 1;
    while (this.position < this.source.length) {
      const char = this.source.charAt(this.position);
      if (char === '"') {
        this.position += 1;
        return text;
      }
      if (char === '\\') {
        const next = this.source.charAt(this.position + 1);
        if (next !== '\n') text += '$`"\\'.includes(next) ? next : `\\${next}`;
        this.position += 2;
      } else if (char === '$' || char === '`') text += this.expansion().text;
      else {
        text += char;
        this.position += 1;
      }
    }
    return text;
  }

  private expansion(): { readonly text: string; readonly isCommand: boolean } {
    const { end, isCommand } = endOfExpansion(this.source, this.position);
    const raw = this.source.slice(this.position, end);
    this.position = end;
    if (isCommand) return { text: raw.startsWith('`') ? `$(${raw.slice(1, -1)})` : raw, isCommand };
    return { text: resolveText(raw, this.lookup).text, isCommand };
  }
}

/** A text with its variables put in; what commands would print stays as written. */
export function expanded(text: string, lookup: Lookup): string {
  let result = '';
  for (let position = 0; position < text.length; ) {
    const dollar = text.indexOf('$', position);
    if (dollar === -1) return result + text.slice(position);
    const { end, isCommand } = endOfExpansion(text, dollar);
    const raw = text.slice(dollar, end);
    result += text.slice(position, dollar) + (isCommand ? raw : resolveText(raw, lookup).text);
    position = end;
  }
  return result;
}

function endOfExpansion(source: string, start: number): { readonly end: number; readonly isCommand: boolean } {
  if (source.charAt(start) === '`') {
    const end = source.indexOf('`', start + 1);
    return { end: end === -1 ? source.length : end + 1, isCommand: true };
  }
  const open = source.charAt(start + 1);
  if (open === '(') return { end: closing(source, start + 1, '(', ')'), isCommand: true };
  if (open === '{') return { end: closing(source, start + 1, '{', '}'), isCommand: false };
  const name = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?!-]/y;
  name.lastIndex = start + 1;
  return { end: start + 1 + (name.exec(source)?.[0].length ?? 0), isCommand: false };
}

function closing(source: string, start: number, open: string, close: string): number {
  let depth = 0;
  for (let i = start; i < source.length; i += 1) {
    if (source.charAt(i) === open) depth += 1;
    else if (source.charAt(i) === close) {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return source.length;
}
