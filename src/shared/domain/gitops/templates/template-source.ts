/** One `{{ }}`, `{% %}` or `{# #}` of a template. Offsets are into the source; lines count from 1. */
export interface TemplateTag {
  readonly kind: 'expression' | 'statement' | 'comment';
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** What stands inside, without the signs of whitespace control. */
  readonly inner: string;
}

const KINDS = { '{': 'expression', '%': 'statement', '#': 'comment' } as const;
const CLOSING = { expression: '}}', statement: '%}', comment: '#}' } as const;

/** The tags of a template, in order. What stands in `{% raw %}` has none; one that does not end is left out: the engine reports it. */
export function templateTags(source: string): readonly TemplateTag[] {
  const tags: TemplateTag[] = [];
  let line = 1;
  let counted = 0;
  for (let at = source.indexOf('{'); at !== -1; at = source.indexOf('{', at)) {
    const kind = KINDS[source[at + 1] as keyof typeof KINDS] as TemplateTag['kind'] | undefined;
    if (kind === undefined) {
      at += 1;
      continue;
    }
    const end = endOfTag(source, at + 2, kind);
    if (end === -1) break;
    line += newlines(source, counted, at);
    counted = at;
    const inner = source.slice(at + 2, end - 2).replace(/^[-+]/, '').replace(/[-+]$/, '');
    tags.push({ kind, start: at, end, line, inner });
    at = kind === 'statement' && inner.trim() === 'raw' ? endOfRaw(source, end) : end;
  }
  return tags;
}

function newlines(source: string, from: number, to: number): number {
  let count = 0;
  for (let at = source.indexOf('\n', from); at !== -1 && at < to; at = source.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Behind the closing sign; a text in quotes may hold one. -1: there is none. */
function endOfTag(source: string, from: number, kind: TemplateTag['kind']): number {
  const closing = CLOSING[kind];
  if (kind === 'comment') {
    const found = source.indexOf(closing, from);
    return found === -1 ? -1 : found + 2;
  }
  let quote = '';
  // Braces of a mapping come before the closing ones: `{{ {"a": {}} }}`.
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    const sign = source[at] ?? '';
    if (quote !== '') {
      if (sign === '\\') at += 1;
      else if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (depth === 0 && source.startsWith(closing, at)) return at + 2;
    else if (sign === '{') depth += 1;
    else if (sign === '}' && depth > 0) depth -= 1;
  }
  return -1;
}

function endOfRaw(source: string, from: number): number {
  const found = /\{%[-+]?\s*endraw\s*[-+]?%\}/.exec(source.slice(from));
  return found === null ? source.length : from + found.index + found[0].length;
}

/** The files that an include, import, from or extends names in quotes. */
export function referencedTemplates(source: string): readonly { readonly name: string; readonly line: number }[] {
  return templateTags(source).flatMap((tag) => namesIn(tag).map((name) => ({ name, line: tag.line })));
}

function namesIn(tag: TemplateTag): readonly string[] {
  if (tag.kind !== 'statement') return [];
  const found = /^\s*(include|extends|import|from)\b([\s\S]*)$/.exec(tag.inner);
  if (found === null) return [];
  const [, word = '', rest = ''] = found;
  // `from "x" import y` and `import "x" as y` have one; an include may have a list.
  const names = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g)].map((match) => match[1] ?? match[2] ?? '');
  return word === 'include' ? names : names.slice(0, 1);
}

/** Where a line of a text that was put together comes from. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

/** A template with what is included in it written out in its place, and where each line comes from. */
export interface ExpandedTemplate {
  readonly source: string;
  readonly places: readonly SourcePlace[];
}

/** A template as it is, each line from itself. */
export function notExpanded(file: string, source: string): ExpandedTemplate {
  return { source, places: source.split('\n').map((_, index) => ({ file, line: index + 1 })) };
}

/**
 * Writes an included file out at a line of the text, so that the engine names the line in it that fails: of what goes wrong in an include, it tells the
 * include alone. Null where that line has none that could be meant, or where the file extends another and so cannot stand there.
 */
export function expandInclude(text: ExpandedTemplate, line: number, name: string, included: string): ExpandedTemplate | null {
  const tags = templateTags(text.source).filter((tag) => tag.line === line && tag.kind === 'statement' && /^\s*(include|import|from)\b/.test(tag.inner));
  const tag = tags.find((one) => namesIn(one).includes(name)) ?? (tags.length === 1 ? tags[0] : undefined);
  if (tag === undefined || /\{%[-+]?\s*extends\b/.test(included)) return null;
  const last = line + text.source.slice(tag.start, tag.end).split('\n').length - 1;
  const inner = notExpanded(name, included).places;
  const places = [...text.places.slice(0, line - 1), ...inner, ...text.places.slice(last)];
  // The first and the last line are shared by both: what is behind the tag on its line did not fail.
  return { source: `${text.source.slice(0, tag.start)}${included}${text.source.slice(tag.end)}`, places };
}

/** Where two comparisons are chained, as in `1 < a < 3`: Python's Jinja2 means both of them by it, the engine compares the answer of the first. Null for none. */
export function chainedComparison(source: string): number | null {
  return templateTags(source).find((tag) => tag.kind !== 'comment' && isChained(tag.inner))?.line ?? null;
}

function isChained(inner: string): boolean {
  const signs = inner.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""').match(/[<>=!]=|[<>=()[\]{},:]|\b(?:and|or|not|if|else)\b/g) ?? [];
  const compared = [false];
  for (const sign of signs) {
    if (/^(?:[<>=!]=|[<>])$/.test(sign)) {
      if (compared.at(-1) === true) return true;
      compared[compared.length - 1] = true;
    } else if (/[([{]/.test(sign)) compared.push(false);
    else if (/[)\]}]/.test(sign)) compared.pop();
    else compared[compared.length - 1] = false;
  }
  return false;
}
