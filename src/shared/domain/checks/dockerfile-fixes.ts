import { nearestName } from '../compose/nearest-name';
import { isIgnored, mayHoldExceptions, parseDockerignore } from '../engine/dockerignore';
import type { ProposedFix } from './check-result';
import { parseDockerfile } from './dockerfile';
import { FLAGS, INSTRUCTIONS, type DockerfileFault } from './dockerfile-faults';
import { instructionTexts, wordsOf, type InstructionText } from './dockerfile-text';
import type { CopySource, UnsetBase } from './dockerfile-variables';
import type { BuildFact } from './facts';
import type { LineEdit } from './line-edits';

/** So many are offered where any of several may be meant. */
const MOST_CHOICES = 3;

/** A text file of a build, and how it is called in words. */
interface TextFile {
  readonly file: string;
  readonly text: string;
}

const linesOf = (text: string): readonly string[] => text.split('\n').map((line) => line.replace(/\r$/, ''));

function editing(title: string, { file }: TextFile, edits: readonly LineEdit[]): ProposedFix {
  return { title, action: { kind: 'edit-lines', file, edits } };
}

/** The lines that are empty within an instruction which goes on, all of them: each is the same fault. */
export function withoutEmptyLines(of: TextFile): readonly ProposedFix[] {
  const lines = linesOf(of.text);
  const ends = instructionTexts(of.text).map((one, index, all) => ({ one, end: all[index + 1]?.line ?? lines.length + 1 }));
  const edits = ends.flatMap(({ one, end }): readonly LineEdit[] => {
    if (one.blankLine === undefined) return [];
    const within = lines.slice(one.line - 1, end - 1);
    // Those behind its last line are no part of it.
    const last = within.findLastIndex((line) => line.trim() !== '' && !/^\s*#/.test(line));
    return within.flatMap((line, index): readonly LineEdit[] => (line.trim() === '' && index < last ? [{ kind: 'drop', line: one.line + index, text: line }] : []));
  });
  return edits.length === 0 ? [] : [editing('Take the empty lines out', of, edits)];
}

/** What a fault of a Dockerfile was meant to be, where that can be told. */
export function fixesOfFault(of: TextFile, fault: DockerfileFault): readonly ProposedFix[] {
  if (fault.severity === 'warning') return withoutEmptyLines(of);
  const instruction = instructionTexts(of.text).find((one) => one.line === fault.line);
  const line = linesOf(of.text)[fault.line - 1] ?? '';
  if (instruction === undefined) return [];
  if (!INSTRUCTIONS.has(instruction.word)) return unknownWord(of, instruction, line);
  if (instruction.openHeredoc !== undefined) return [editing(`End the here-document with ${instruction.openHeredoc}`, of, [{ kind: 'add', line: lastLine(of.text) + 1, text: instruction.openHeredoc }])];
  const flag = /with the unknown flag (--[a-zA-Z-]+)$/.exec(fault.text)?.[1];
  if (flag !== undefined) {
    const near = nearestName(flag.slice(2), FLAGS[instruction.word] ?? []);
    return near === undefined ? [] : [editing(`Write --${near} in place of ${flag}`, of, [{ kind: 'put', line: fault.line, find: flag, to: `--${near}` }])];
  }
  if (instruction.rest.trim() === '' && instruction.word !== 'FROM' && !line.trimEnd().endsWith('\\')) return [editing(`Take the empty ${instruction.word} out`, of, [{ kind: 'drop', line: fault.line, text: line }])];
  return [];
}

/** A slip of the finger; or a line that belongs to the one before it, whose backslash is missing. */
function unknownWord(of: TextFile, { word, line }: InstructionText, text: string): readonly ProposedFix[] {
  const lines = linesOf(of.text);
  const written = text.trim().split(/\s+/)[0] ?? '';
  const near = nearestName(word, [...INSTRUCTIONS], { shortToo: true });
  const slip = near === undefined ? [] : [editing(`Write ${written === written.toLowerCase() ? near.toLowerCase() : near} in place of ${written}`, of, [{ kind: 'put', line, find: written, to: written === written.toLowerCase() ? near.toLowerCase() : near }])];
  const before = lines[line - 2];
  const goesOn = before === undefined || before.trim() === '' || /^\s*(#|FROM\b)/i.test(before) ? [] : [editing('Let the line before go on with a backslash', of, [{ kind: 'put', line: line - 1, find: '', to: ' \\' }])];
  return [...slip, ...goesOn];
}

function lastLine(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** Where the context has what is copied under another path; else the line, or the word, goes. */
export function fixesOfCopy(of: TextFile, source: CopySource, fact: BuildFact): readonly ProposedFix[] {
  const lines = linesOf(of.text);
  const next = instructionTexts(of.text).find((one) => one.line > source.line)?.line ?? lines.length + 1;
  const own = lines.slice(source.line - 1, next - 1);
  const line = source.line + own.findIndex((one) => one.includes(source.written));
  if (line < source.line) return [];
  const found = fact.copiedFrom?.get(source.path);
  const moved = found === undefined || /\s/.test(found) ? [] : [editing(`Copy ${found} in place of ${source.written}`, of, [{ kind: 'put', line, find: source.written, to: found }])];
  const sources = wordsOf(own.join(' ').replace(/^\s*\w+\s+(--\S+\s+)*/, '')).length - 1;
  const isWhole = sources === 1 && own.filter((one) => one.trim() !== '').length === 1;
  if (!isWhole && (sources < 2 || own.join(' ').includes('['))) return moved;
  const edit: LineEdit = isWhole ? { kind: 'drop', line, text: lines[line - 1] ?? '' } : { kind: 'put', line, find: source.written, to: '' };
  return [...moved, editing(`No longer copy ${source.written}`, of, [edit])];
}

/** Takes a path back that an ignore file leaves out, where a line behind its others can. */
export function fixesOfIgnored(of: TextFile, path: string, matches: readonly string[], shown: string): readonly ProposedFix[] {
  const after = parseDockerignore(`${of.text}\n!${path}\n`);
  if (!after.ok || !matches.some((one) => !isIgnored(after.patterns, one) || mayHoldExceptions(after.patterns, one))) return [];
  return [editing(`Take ${path} back in ${shown}`, of, [{ kind: 'add', line: lastLine(of.text) + 1, text: `!${path}` }])];
}

/** Takes a line out that is no pattern. */
export function fixesOfIgnoreLine(of: TextFile, line: number): readonly ProposedFix[] {
  const text = linesOf(of.text)[line - 1];
  return text === undefined ? [] : [editing(`Take the line ${text.trim().slice(0, 40)} out`, of, [{ kind: 'drop', line, text }])];
}

/** A default for an argument without a value: what images without a tag or a registry mean, or a base that another build starts from. */
export function fixesOfBase(of: TextFile, unset: UnsetBase, others: readonly BuildFact[]): readonly ProposedFix[] {
  const first = instructionTexts(of.text).find((one) => one.word === 'FROM');
  if (first === undefined) return [];
  const own = instructionTexts(of.text).find((one) => one.word === 'ARG' && one.line < first.line && one.rest.trim() === unset.name);
  return defaultsOf(unset, others).map((value) =>
    editing(`Start with ${unset.name}=${value} where none is given`, of, [own === undefined ? { kind: 'add', line: first.line, text: `ARG ${unset.name}=${value}` } : { kind: 'put', line: own.line, find: unset.name, to: `${unset.name}=${value}` }]),
  );
}

function defaultsOf({ base, name }: UnsetBase, others: readonly BuildFact[]): readonly string[] {
  const plain = base.replace(new RegExp(`\\$\\{${name}\\}|\\$${name}(?!\\w)`, 'g'), '\u0000');
  if (plain.endsWith(':\u0000')) return ['latest'];
  if (plain.startsWith('\u0000/')) return ['docker.io'];
  if (plain !== '\u0000') return [];
  const counts = new Map<string, number>();
  for (const { dockerfileText } of others) {
    const { stages } = parseDockerfile(dockerfileText);
    for (const { from } of stages) if (!from.includes('$') && from !== '' && !stages.some((stage) => stage.name === from.toLowerCase())) counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  return [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1)).slice(0, MOST_CHOICES).map(([from]) => from);
}

/** The names most like one that is not there, the nearest first. */
export function choicesLike(name: string, known: readonly string[]): readonly string[] {
  const near = nearestName(name, known);
  return [...(near === undefined ? [] : [near]), ...known.filter((one) => one !== near)].slice(0, MOST_CHOICES);
}
