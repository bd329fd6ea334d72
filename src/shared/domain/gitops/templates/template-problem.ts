/** Why a template cannot be rendered: what, where, and what to do about it. */
export interface TemplateProblem {
  readonly message: string;
  readonly hint: string;
  /** Relative to the template folder. */
  readonly file: string;
  readonly line: number | null;
}

/** What the engine said, taken apart. */
export interface EngineMessage {
  readonly text: string;
  readonly file: string;
  readonly line: number;
  /** The file whose include failed; what it is about is told of that file alone. */
  readonly included: string | null;
}

/** Reads the first line of the engine's message, for example `undefined value (in deploy.yaml:3)`. Null for one of another form. */
export function readEngineMessage(message: string): EngineMessage | null {
  const found = /^(?<text>.*) \(in (?<file>.*):(?<line>\d+)\)$/.exec(message.split('\n', 1)[0] ?? '');
  if (found?.groups === undefined) return null;
  const { text = '', file = '', line = '1' } = found.groups;
  const included = /^could not render include: error in "(.*)"$/.exec(text)?.[1] ?? null;
  return { text, file, line: Number(line), included };
}

/** The engine's words as ours. `sourceLine` is the line they are about. */
export function problemOf(said: EngineMessage, sourceLine: string): TemplateProblem {
  const at = { file: said.file, line: said.line };
  const missing = /tried to (?:include|import) non-existing template "(.*)"|template "(.*)" does not exist/.exec(said.text);
  const named = missing?.[1] ?? missing?.[2];
  if (named !== undefined && leadsOut(named)) return { ...at, message: `"${named}" leads out of the template folder.`, hint: 'Templates may take in files of their own folder only: move it there and name it by its path in the folder.' };
  if (named !== undefined) return { ...at, message: `There is no template "${named}" in the template folder.`, hint: 'Names are paths from the template folder, for example parts/labels.yaml.' };
  if (/undefined value/.test(said.text)) return { ...at, message: `A value that is not defined is used${quoted(sourceLine)}.`, hint: 'Give it in the context, or write {{ name | default("…") }}.' };
  if (/ran out of fuel/.test(said.text)) return { ...at, message: 'The template does more steps than are allowed: it looks like an endless loop.', hint: 'Loop over fewer things, or split the template.' };
  if (/recursion limit/.test(said.text)) return { ...at, message: 'The template calls itself without an end.', hint: 'Look for a macro or an include that leads back to itself.' };
  const unknown = /unknown (filter|test|function|method)/.exec(said.text)?.[1];
  if (unknown !== undefined) return { ...at, message: `${sentence(detailOf(said.text))}`, hint: `See docs/templates.md for what there is; this ${unknown} is not among it.` };
  if (/^syntax error/.test(said.text)) return { ...at, message: `It cannot be read as a template: ${detailOf(said.text)}.`, hint: 'Correct that line.' };
  return { ...at, message: sentence(said.text), hint: 'Correct that line.' };
}

/** Whether the name of a template points out of the folder. */
export function leadsOut(name: string): boolean {
  return name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.includes('\\') || name.split('/').includes('..');
}

function quoted(line: string): string {
  const text = line.trim();
  return text === '' ? '' : `: ${text.length > 120 ? `${text.slice(0, 117)}…` : text}`;
}

function detailOf(text: string): string {
  const at = text.indexOf(': ');
  return at === -1 ? text : text.slice(at + 2);
}

function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
