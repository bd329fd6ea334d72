import { flagsOf, instructionTexts, wordsOf, type InstructionText } from './dockerfile-text';

/** Values that a builder sets itself, so that a Dockerfile may use them without a default. */
const BUILT_IN = new Set('BUILDPLATFORM BUILDOS BUILDARCH BUILDVARIANT TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT'.split(' '));
const VARIABLE = /\$(?:\{([A-Za-z_]\w*)(?:(:?[-+?])([^{}]*))?\}|([A-Za-z_]\w*))/g;

type Values = ReadonlyMap<string, string | undefined>;

/** A text with its variables replaced, and the ones that had no value; `known` is false when a value cannot be told here. */
export function expandText(text: string, values: Values): { readonly text: string; readonly unset: readonly string[]; readonly known: boolean } {
  const unset: string[] = [];
  let known = !/\$\{[^}]*[#%/^,]/.test(text);
  const expanded = text.replace(VARIABLE, (_, braced: string | undefined, operator: string | undefined, word: string | undefined, plain: string | undefined) => {
    const name = braced ?? plain ?? '';
    const value = values.get(name);
    if (value === undefined && BUILT_IN.has(name)) {
      known = false;
      return name;
    }
    const given = value !== undefined && (value !== '' || operator?.startsWith(':') !== true);
    if (operator?.endsWith('-') === true && !given) return word ?? '';
    if (operator?.endsWith('+') === true) return given ? (word ?? '') : '';
    if (value === undefined) unset.push(name);
    return value ?? '';
  });
  return { text: expanded, unset, known };
}

/** An `ARG` line: its names with what they stand for. A value from the compose file goes before the default. */
function argumentsOf(rest: string, given: { readonly [name: string]: string | null }, before: Values): readonly (readonly [string, string | undefined])[] {
  return wordsOf(rest).map((word) => {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    if (own !== undefined && own !== null) return [name, own];
    return [name, equals === -1 ? before.get(name) : expandText(word.slice(equals + 1), before).text];
  });
}

/** A base image that no value can be given to. */
export interface UnsetBase {
  readonly line: number;
  readonly base: string;
  readonly name: string;
}

/** `FROM` lines whose image is no name because an argument without a default and without a value is in it. */
export function unsetBases(text: string, given: { readonly [name: string]: string | null }): readonly UnsetBase[] {
  const values = new Map<string, string | undefined>();
  const found: UnsetBase[] = [];
  let before = true;
  for (const { word, rest, line } of instructionTexts(text)) {
    if (word === 'ARG' && before) for (const [name, value] of argumentsOf(rest, given, values)) values.set(name, value);
    if (word !== 'FROM') continue;
    before = false;
    const base = wordsOf(flagsOf(rest).rest)[0] ?? '';
    const expanded = expandText(base, values);
    const [name] = expanded.unset;
    if (name !== undefined && expanded.known && (expanded.text === '' || /(^|[:/@])$|^[:/@]|[:/@][:/@]/.test(expanded.text))) found.push({ line, base, name });
  }
  return found;
}

/** One path that a COPY or ADD takes from the build context. */
export interface CopySource {
  readonly line: number;
  readonly instruction: string;
  /** As written. */
  readonly written: string;
  /** In the context, with forward slashes and variables replaced; '' for the context itself. */
  readonly path: string;
}

/**
 * What the Dockerfile copies from its context up to `target`. Left out: other stages' files, addresses, here-documents,
 * and what has a variable whose value cannot be told.
 */
export function copySources(text: string, target: string | undefined, given: { readonly [name: string]: string | null }): readonly CopySource[] {
  const stages = stagesOf(text);
  const needed = neededStages(stages, target);
  const globals = new Map<string, string | undefined>();
  for (const { word, rest } of stages.preamble) if (word === 'ARG') for (const [name, value] of argumentsOf(rest, given, globals)) globals.set(name, value);
  return stages.list.flatMap((stage, index) => (needed.has(index) ? copiesOfStage(stage.instructions, globals, given) : []));
}

function copiesOfStage(instructions: readonly InstructionText[], globals: Values, given: { readonly [name: string]: string | null }): readonly CopySource[] {
  const values = new Map<string, string | undefined>();
  const found: CopySource[] = [];
  for (const { word, rest, line } of instructions) {
    if (word === 'ARG') {
      // An argument named again without a default takes the one from before the first FROM.
      for (const [name, value] of argumentsOf(rest, given, new Map([...globals, ...values]))) values.set(name, value);
    } else if (word === 'ENV') {
      for (const pair of wordsOf(rest)) if (pair.includes('=')) values.set(pair.slice(0, pair.indexOf('=')), expandText(pair.slice(pair.indexOf('=') + 1), values).text);
    } else if (word === 'COPY' || word === 'ADD') {
      const { flags, rest: left } = flagsOf(rest);
      if (flags.some((flag) => flag.name === 'from')) continue;
      for (const written of wordsOf(left).slice(0, -1)) {
        const source = expandText(written, values);
        if (written.startsWith('<<') || isAddress(source.text) || source.unset.length > 0 || !source.known) continue;
        found.push({ line, instruction: word, written, path: cleanSource(source.text) });
      }
    }
  }
  return found;
}

function isAddress(source: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source);
}

/** A source is a path from the root of the context, wherever its dots lead. */
function cleanSource(source: string): string {
  const kept: string[] = [];
  for (const segment of source.replaceAll('\\', '/').split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return kept.join('/');
}

interface Stages {
  readonly preamble: readonly InstructionText[];
  readonly list: readonly { readonly name: string; readonly from: string; readonly instructions: readonly InstructionText[] }[];
}

function stagesOf(text: string): Stages {
  const preamble: InstructionText[] = [];
  const list: { name: string; from: string; instructions: InstructionText[] }[] = [];
  for (const one of instructionTexts(text)) {
    if (one.word === 'FROM') {
      const words = wordsOf(flagsOf(one.rest).rest);
      list.push({ name: words[1]?.toUpperCase() === 'AS' ? (words[2] ?? '').toLowerCase() : '', from: (words[0] ?? '').toLowerCase(), instructions: [] });
    } else (list.at(-1)?.instructions ?? preamble).push(one);
  }
  return { preamble, list };
}

/** The stages that are built for a target: a builder leaves the others out. */
function neededStages({ list }: Stages, target: string | undefined): ReadonlySet<number> {
  const needed = new Set<number>();
  const indexOf = (reference: string): number => {
    const named = list.findIndex((stage) => stage.name !== '' && stage.name === reference.toLowerCase());
    return named !== -1 || !/^\d+$/.test(reference) ? named : Number(reference);
  };
  const visit = (index: number): void => {
    const stage = list[index];
    if (stage === undefined || needed.has(index)) return;
    needed.add(index);
    visit(indexOf(stage.from));
    for (const { word, rest } of stage.instructions) {
      for (const { name, value } of flagsOf(rest).flags) {
        const from = name === 'from' && (word === 'COPY' || word === 'ADD') ? value : name === 'mount' ? /(?:^|,)from=([^,]*)/.exec(value ?? '')?.[1] : undefined;
        if (from !== undefined) visit(indexOf(from));
      }
    }
  };
  visit(target === undefined || target === '' ? list.length - 1 : indexOf(target));
  return needed;
}
