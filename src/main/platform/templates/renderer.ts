import { chainedComparison, expandInclude, notExpanded, referencedTemplates, type ExpandedTemplate, type SourcePlace } from '@shared/domain/gitops/templates/template-source';
import { plainContext } from '@shared/domain/gitops/templates/plain-context';
import { leadsOut, problemOf, readEngineMessage, type TemplateProblem } from '@shared/domain/gitops/templates/template-problem';
import { tracedTemplates } from '@shared/domain/gitops/templates/traced-templates';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { ChildWorker, ChildWorkerError } from '../child-worker';
import { workerEntry } from '../entries';
import type { RenderAnswer, RenderCall } from './protocol';
import { spawnThread } from './spawn-thread';

/** Steps of the engine: enough for some ten thousand turns of a loop, and over in a tenth of a second. */
const FUEL = 1_000_000;
const DEADLINE_MS = 1_000;
const START_DEADLINE_MS = 20_000;
const MAX_BYTES = 1024 * 1024;
const MEMORY_MIB = 128;
/** How deep includes are followed to the line that fails. */
const MAX_INCLUDES = 20;

/** A rendered template, or why there is none. */
export type Rendering = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: TemplateProblem };

/** Renders templates of Jinja2's language in a thread of their own: no file is read, nothing is run, and steps, time, memory and output are limited. */
export interface TemplateRenderer {
  /** `files`: the template folder; `name`: the one of them to render. */
  render(files: { readonly [name: string]: string }, name: string, context: JsonObject): Promise<Rendering>;
  /** Why this text cannot be read as a template, whatever values it gets; null when it can. */
  check(name: string, source: string): Promise<TemplateProblem | null>;
  close(): void;
}

/** The thread starts with the first template and is kept. */
export function createTemplateRenderer(entry = workerEntry('template-worker')): TemplateRenderer {
  const place = new SharedArrayBuffer(4);
  const mark = new Int32Array(place);
  const worker = new ChildWorker({
    entry,
    name: 'Berth templates',
    memoryMiB: MEMORY_MIB,
    deadlineMs: DEADLINE_MS,
    startDeadlineMs: START_DEADLINE_MS,
    spawn: (started, { memoryMiB }) => spawnThread(started, memoryMiB, { place }),
  });

  async function ask(call: RenderCall): Promise<RenderAnswer | 'deadline' | 'died'> {
    try {
      return JSON.parse(await worker.request(new TextEncoder().encode(JSON.stringify(call)))) as RenderAnswer;
    } catch (error) {
      if (!(error instanceof ChildWorkerError)) throw error;
      if (error.reason === 'closed') throw new AppError('cancelled', 'Berth is closing.');
      return error.reason;
    }
  }

  /** Where it got too much: a second run that tells where it is. */
  async function lastPlace(call: RenderCall): Promise<SourcePlace | null> {
    const traced = tracedTemplates(call.files);
    Atomics.store(mark, 0, 0);
    const answer = await ask({ ...call, files: traced.files, trace: traced.marks });
    // Read before anybody else renders: requests are answered one at a time, and this one was the last.
    const found = traced.marks[Atomics.load(mark, 0) - 1];
    return typeof answer === 'string' && found !== undefined ? { file: found.file, line: found.line } : null;
  }

  async function explain(call: RenderCall, answer: Exclude<RenderAnswer, { readonly ok: true }> | 'deadline' | 'died'): Promise<TemplateProblem> {
    if (typeof answer === 'string' || answer.reason === 'too-large') {
      const at = (await lastPlace(call)) ?? { file: call.name, line: 1 };
      return { ...tooMuch(answer), ...at };
    }
    return followIncludes(call, answer.message);
  }

  /** Of a failure in an included file the engine tells the include alone: the file is written out there, and rendered again. */
  async function followIncludes(call: RenderCall, message: string): Promise<TemplateProblem> {
    const texts = new Map<string, ExpandedTemplate>();
    let said = readEngineMessage(message);
    for (let depth = 0; said?.included != null && depth < MAX_INCLUDES; depth += 1) {
      const { file, line, included } = said;
      const source = call.files[included];
      const text = texts.get(file) ?? notExpanded(file, call.files[file] ?? '');
      const expanded = source === undefined ? null : expandInclude(text, line, included, source);
      if (expanded === null) break;
      texts.set(file, expanded);
      const answer = await ask({ ...call, files: { ...call.files, ...Object.fromEntries([...texts].map(([name, one]) => [name, one.source])) } });
      const next = typeof answer === 'string' || answer.ok || answer.reason === 'too-large' ? null : readEngineMessage(answer.message);
      if (next === null) break;
      said = next;
    }
    if (said === null) return { file: call.name, line: null, message: message.split('\n', 1)[0] ?? '', hint: 'Correct the template.' };
    return placed(call, texts, said);
  }

  return {
    async render(files, name, context) {
      const call: RenderCall = { files, name, context: plainContext(context), fuel: FUEL, maxBytes: MAX_BYTES };
      const chained = chainedIn(files, name);
      if (chained !== null) return { ok: false, problem: chained };
      const answer = await ask(call);
      if (typeof answer !== 'string' && answer.ok) return answer;
      return { ok: false, problem: await explain(call, answer) };
    },
    async check(name, source) {
      const line = chainedComparison(source);
      if (line !== null) return chainedAt(name, line);
      const call: RenderCall = { files: { [name]: source }, name, context: {}, fuel: FUEL, maxBytes: MAX_BYTES, readOnly: true };
      const answer = await ask(call);
      return typeof answer !== 'string' && answer.ok ? null : explain(call, answer);
    },
    close: () => worker.close(),
  };
}

/** What the engine would understand otherwise, without a word, in the template or what it takes in. */
function chainedIn(files: RenderCall['files'], name: string, seen = new Set<string>()): TemplateProblem | null {
  const source = files[name];
  if (source === undefined || seen.has(name)) return null;
  seen.add(name);
  const line = chainedComparison(source);
  if (line !== null) return chainedAt(name, line);
  for (const part of referencedTemplates(source)) {
    const found = chainedIn(files, part.name, seen);
    if (found !== null) return found;
  }
  return null;
}

function chainedAt(file: string, line: number): TemplateProblem {
  return { file, line, message: 'Two comparisons are chained.', hint: 'Write both of them: 1 < a and a < 3.' };
}

function placed(call: RenderCall, texts: ReadonlyMap<string, ExpandedTemplate>, said: NonNullable<ReturnType<typeof readEngineMessage>>): TemplateProblem {
  const at = texts.get(said.file)?.places[said.line - 1] ?? { file: said.file, line: said.line };
  const source = call.files[at.file]?.split('\n')[at.line - 1] ?? '';
  if (said.included !== null) {
    const message = leadsOut(said.included) ? said.text : 'The files include each other without an end, or one of them cannot be taken in here.';
    return { ...at, message, hint: `Look at ${said.included}.` };
  }
  return problemOf({ ...said, ...at }, source);
}

function tooMuch(answer: { readonly reason: string } | 'deadline' | 'died'): { readonly message: string; readonly hint: string } {
  if (answer === 'deadline') return { message: 'The template takes longer than a second.', hint: 'Loop over fewer things, or split the template.' };
  if (answer === 'died') return { message: 'The template needs more memory than it may have.', hint: 'Make less text at once.' };
  return { message: `The template makes more than ${String(MAX_BYTES / 1024 / 1024)} MB of text.`, hint: 'Split the template into several.' };
}
