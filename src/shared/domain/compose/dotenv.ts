import type { Environment, Lookup } from './environment';
import { interpolate, TemplateError } from './interpolate';

/** A line of an env file that is refused. */
export class DotenvError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
    this.name = 'DotenvError';
  }
}

/**
 * Reads an env file by compose's rules into `into`: `export`, `K=v`, `K: v`, 'literal', "with $VARS and \n",
 * ` # comment` after an unquoted value, `K` alone = taken from `lookup`. Values may use earlier ones and `lookup`,
 * which goes first. Throws DotenvError.
 */
export function parseDotenv(source: string, into: Environment, lookup: Lookup): void {
  new Reader(source.startsWith('\uFEFF') ? source.slice(1) : source, into, lookup).read();
}

/** Reads an env file with `format: raw`: `K=V` to the end of the line, `K` alone = taken from `lookup`, `#` comments. */
export function parseRawEnv(source: string, into: Environment, lookup: Lookup): void {
  const lines = (source.startsWith('\uFEFF') ? source.slice(1) : source).split('\n');
  lines.forEach((raw, index) => {
    const line = raw.replace(/\r$/, '').replace(/^[ \t\v\f\r\u0085\u00a0]+/, '');
    if (line === '' || line.startsWith('#')) return;
    const equals = line.indexOf('=');
    const key = equals === -1 ? line : line.slice(0, equals);
    if (key === '') throw new DotenvError('There is no variable name before the "=".', index + 1);
    if (/\s/.test(key)) throw new DotenvError(`The variable name "${key}" contains a space.`, index + 1);
    const value = equals === -1 ? lookup(key) : line.slice(equals + 1);
    if (value !== undefined) into[key] = value;
  });
}

const BLANK = /[\t\v\f\r \u0085\u00a0]/;
const KEY_CHARACTER = /[\p{L}\p{N}_.\-[\]]/u;

class Reader {
  private position = 0;
  private readonly expand: Lookup;

  constructor(
    private readonly source: string,
    private readonly into: Environment,
    private readonly lookup: Lookup,
  ) {
    this.expand = (name) => lookup(name) ?? into[name];
  }

  read(): void {
    while (this.skipToStatement()) {
      const key = this.key();
      if (key.name.includes(' ')) this.fail(`The variable name "${key.name}" contains a space.`);
      if (key.name === '__proto__') this.fail('The name __proto__ is not allowed.');
      const value = key.inherited ? this.lookup(key.name) : this.value();
      if (value !== undefined) this.into[key.name] = value;
    }
  }

  private fail(message: string, at = this.position): never {
    throw new DotenvError(message, this.source.slice(0, at).split('\n').length);
  }

  private skipToStatement(): boolean {
    for (;;) {
      while (this.position < this.source.length && /\s|\u0085/.test(this.source.charAt(this.position))) this.position += 1;
      if (this.position >= this.source.length) return false;
      if (this.source.charAt(this.position) !== '#') return true;
      const newline = this.source.indexOf('\n', this.position);
      if (newline === -1) return false;
      this.position = newline;
    }
  }

  private key(): { readonly name: string; readonly inherited: boolean } {
    const exported = /export[\t\n\v\f\r ]+/y;
    exported.lastIndex = this.position;
    if (exported.test(this.source)) {
      this.position += 'export'.length;
      this.skipBlanks();
    }
    const start = this.position;
    for (let i = start; i < this.source.length; ) {
      const char = String.fromCodePoint(this.source.codePointAt(i) ?? 0);
      if (char === '=' || char === ':' || char === '\n') {
        const name = this.source.slice(start, i).replace(/[\s\u0085]+$/, '');
        this.position = i + 1;
        if (char !== '\n') this.skipBlanks();
        return { name, inherited: char === '\n' };
      }
      if (!BLANK.test(char) && !KEY_CHARACTER.test(char)) this.fail(`The character ${JSON.stringify(char)} is not allowed in a variable name.`, i);
      i += char.length;
    }
    // A last line without "=" and without a line end has no name: compose stores it under the empty one.
    this.position = start;
    return { name: '', inherited: false };
  }

  private skipBlanks(): void {
    while (this.position < this.source.length && BLANK.test(this.source.charAt(this.position))) this.position += 1;
  }

  private value(): string {
    const quote = this.source.charAt(this.position);
    if (quote !== '"' && quote !== "'") {
      const newline = this.source.indexOf('\n', this.position);
      const end = newline === -1 ? this.source.length : newline;
      const text = this.source.slice(this.position, end);
      const comment = text.indexOf(' #');
      const value = this.expanded((comment === -1 ? text : text.slice(0, comment)).replace(/[\s\u0085]+$/, ''));
      this.position = newline === -1 ? end : end + 1;
      return value;
    }
    const start = this.position;
    let text = '';
    let escaped = false;
    for (let i = start + 1; i < this.source.length; i += 1) {
      const char = this.source.charAt(i);
      if (char !== quote) {
        if (!escaped && char === '\\') {
          escaped = true;
          continue;
        }
        text += escaped ? `\\${char}` : char;
        escaped = false;
        continue;
      }
      if (escaped) {
        text += char;
        escaped = false;
        continue;
      }
      const value = quote === '"' ? this.expanded(unescape(text)) : text;
      this.position = i + 1;
      return value;
    }
    return this.fail('A quoted value has no closing quote.', start);
  }

  private expanded(text: string): string {
    try {
      return interpolate(text, this.expand);
    } catch (error) {
      if (error instanceof TemplateError) this.fail(error.kind === 'invalid' ? 'The value has an invalid variable: write $$ for a plain dollar sign.' : error.message);
      throw error;
    }
  }
}

const ESCAPES: { readonly [letter: string]: string } = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"', $: '$$' };

function unescape(text: string): string {
  return text.replace(/\\(?:([abcfnrtv$"\\])|0([0-9]{0,3}))/g, (whole, letter: string | undefined, octal: string | undefined) => {
    if (letter !== undefined) return ESCAPES[letter] ?? whole;
    return octal !== undefined && /^[0-3][0-7]{2}$/.test(octal) ? String.fromCharCode(Number.parseInt(octal, 8)) : whole;
  });
}
