/** One instruction of a Dockerfile with its continuation lines joined. */
export interface InstructionText {
  /** Upper-case; as written where it is no word at all. */
  readonly word: string;
  readonly rest: string;
  readonly line: number;
  /** First blank line inside a continuation: the builder warns of it today and will refuse it. */
  readonly blankLine?: number | undefined;
  /** The here-document that never ends. */
  readonly openHeredoc?: string | undefined;
}

const HEREDOC_WORDS = new Set(['RUN', 'COPY', 'ADD']);
const HEREDOC = /<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_]*)\2/g;

/** Instructions with continuation lines joined, comments and here-documents skipped (Dockerfile reference: "Format", "Here-Documents", "escape"). */
export function instructionTexts(text: string): readonly InstructionText[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = /^#\s*escape\s*=\s*`\s*$/im.test(lines.slice(0, 3).join('\n')) ? '`' : '\\';
  const found: InstructionText[] = [];
  let index = 0;
  while (index < lines.length) {
    const start = index;
    const { joined, next, blankLine } = joinedLine(lines, start, escape);
    index = next;
    if (joined.trim() === '') continue;
    const match = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(joined);
    if (match === null) {
      found.push({ word: joined.trim().split(/\s+/)[0] ?? '', rest: '', line: start + 1 });
      continue;
    }
    const word = (match[1] ?? '').toUpperCase();
    const rest = match[2] ?? '';
    const after = HEREDOC_WORDS.has(word) ? afterHereDocuments(lines, index, rest) : { index };
    index = after.index;
    found.push({ word, rest, line: start + 1, ...(blankLine === undefined ? {} : { blankLine }), ...(after.open === undefined ? {} : { openHeredoc: after.open }) });
  }
  return found;
}

function joinedLine(lines: readonly string[], start: number, escape: string): { readonly joined: string; readonly next: number; readonly blankLine?: number } {
  let joined = '';
  let blankLine: number | undefined;
  let index = start;
  for (;;) {
    const raw = lines[index] ?? '';
    index += 1;
    const isComment = /^\s*#/.test(raw);
    if (joined !== '' && (isComment || raw.trim() === '') && index < lines.length) {
      if (!isComment) blankLine ??= index;
      continue;
    }
    if (isComment) break;
    const trimmed = raw.trimEnd();
    if (!trimmed.endsWith(escape)) {
      joined += trimmed;
      break;
    }
    joined += `${trimmed.slice(0, -1)} `;
    if (index >= lines.length) break;
  }
  return { joined, next: index, ...(blankLine === undefined ? {} : { blankLine }) };
}

function afterHereDocuments(lines: readonly string[], from: number, rest: string): { readonly index: number; readonly open?: string } {
  let index = from;
  for (const match of rest.matchAll(HEREDOC)) {
    const end = match[3] ?? '';
    const strip = match[1] === '-';
    while (index < lines.length && (strip ? (lines[index] ?? '').replace(/^\t+/, '') : lines[index]) !== end) index += 1;
    if (index >= lines.length) return { index, open: end };
    index += 1;
  }
  return { index };
}

/** Leading `--flag` and `--flag=value` words of an instruction, and what comes after them. */
export function flagsOf(rest: string): { readonly flags: readonly { readonly name: string; readonly value: string | undefined }[]; readonly rest: string } {
  const flags: { name: string; value: string | undefined }[] = [];
  let left = rest.trim();
  for (;;) {
    const match = /^--([a-zA-Z-]*)(?:=("[^"]*"|\S*))?(?:\s+|$)/.exec(left);
    if (match === null || match[1] === '') return { flags, rest: left };
    flags.push({ name: match[1] ?? '', value: match[2]?.replace(/^"(.*)"$/, '$1') });
    left = left.slice(match[0].length);
  }
}

/** The words of an instruction: a JSON list where it is one, else separated by white space; quotes are taken off. */
export function wordsOf(rest: string): readonly string[] {
  const text = rest.trim();
  if (text.startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(text);
      if (Array.isArray(parsed) && parsed.every((one) => typeof one === 'string')) return parsed;
    } catch {
      // Not JSON: the builder then takes it as words.
    }
  }
  return (text.match(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2').replace(/\\(\s)/g, '$1'));
}
