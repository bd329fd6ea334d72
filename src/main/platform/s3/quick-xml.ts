/** An element of an answer. Names without their namespace; `text` is what stands directly in it. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface Open {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const NAMED: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * The tree of an answer; null when it is cut, or no XML. Elements come in any order and white space between them, texts with named and numbered
 * references or as CDATA: stores differ in all of it.
 */
export function parseXml(source: string): XmlElement | null {
  const open: Open[] = [];
  let root: XmlElement | null = null;
  let at = 0;
  while (at < source.length) {
    const from = source.indexOf('<', at);
    if (from === -1) break;
    const top = open.at(-1);
    if (top !== undefined && from > at) top.text += unescaped(source.slice(at, from));
    const skipped = skipSpecial(source, from);
    if (skipped !== null) {
      if (skipped.end === -1) return null;
      if (top !== undefined) top.text += skipped.text;
      at = skipped.end;
      continue;
    }
    const to = tagEnd(source, from);
    if (to === -1) return null;
    at = to + 1;
    if (source[from + 1] === '/') {
      const closed = open.pop();
      if (closed === undefined || closed.name !== nameOf(source.slice(from + 2, to))) return null;
      root = keep(closed, open) ?? root;
      continue;
    }
    const isEmpty = source[to - 1] === '/';
    const begun: Open = { name: nameOf(source.slice(from + 1, isEmpty ? to - 1 : to)), text: '', children: [] };
    if (isEmpty) root = keep(begun, open) ?? root;
    else open.push(begun);
  }
  return open.length === 0 ? root : null;
}

/** The text of a child; '' when it has none of this name. */
export function textIn(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? '';
}

/** As text between tags. What XML cannot carry at all is asked for with `isXmlText`. */
export function escapedXml(text: string): string {
  return text.replace(/[<>&"'\r\n\t]/g, (char) => `&#${String(char.charCodeAt(0))};`);
}

/** False for characters that XML 1.0 has no way to write. */
export function isXmlText(text: string): boolean {
  return !/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(text);
}

/** Hands a whole element to the one around it; the outermost comes back. */
function keep(element: Open, open: readonly Open[]): XmlElement | null {
  const around = open.at(-1);
  if (around === undefined) return element;
  around.children.push(element);
  return null;
}

/** Declarations and comments say nothing, CDATA is text as it stands. Null for an ordinary tag; `end` -1 when it does not end. */
function skipSpecial(source: string, from: number): { readonly end: number; readonly text: string } | null {
  const after = (mark: string): number => {
    const found = source.indexOf(mark, from);
    return found === -1 ? -1 : found + mark.length;
  };
  if (source.startsWith('<![CDATA[', from)) {
    const end = after(']]>');
    return { end, text: source.slice(from + 9, end - 3) };
  }
  if (source.startsWith('<!--', from)) return { end: after('-->'), text: '' };
  if (source.startsWith('<?', from)) return { end: after('?>'), text: '' };
  if (source.startsWith('<!', from)) return { end: after('>'), text: '' };
  return null;
}

/** A `>` in the value of an attribute ends nothing. -1 when it does not end. */
function tagEnd(source: string, from: number): number {
  let quote = '';
  for (let at = source.indexOf('>', from), seen = from; at !== -1; at = source.indexOf('>', at + 1)) {
    for (; seen < at; seen += 1) {
      const char = source[seen] ?? '';
      if (quote === '' ? char === '"' || char === "'" : char === quote) quote = quote === '' ? char : '';
    }
    if (quote === '') return at;
  }
  return -1;
}

function nameOf(tag: string): string {
  const space = tag.search(/\s/);
  const name = space === -1 ? tag : tag.slice(0, space);
  return name.slice(name.indexOf(':') + 1);
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w{2,4}));/g, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}
