import { flagsOf, instructionTexts, wordsOf, type InstructionText } from './dockerfile-text';

/** Something in a Dockerfile that a builder refuses, or (warning) that does not do what it looks like. */
export interface DockerfileFault {
  readonly line: number;
  readonly severity: 'error' | 'warning';
  /** What follows "<file> of <service> ", without a full stop. */
  readonly text: string;
}

/** Every instruction there is. */
export const INSTRUCTIONS: ReadonlySet<string> = new Set('FROM RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL'.split(' '));
/** Where an instruction may stand alone. */
const ALONE = new Set(['CMD', 'ENTRYPOINT', 'LABEL', 'ENV', 'VOLUME']);

/** The flags that instructions know. */
export const FLAGS: { readonly [word: string]: readonly string[] } = {
  FROM: ['platform'],
  RUN: ['mount', 'network', 'security', 'device'],
  COPY: ['from', 'chown', 'chmod', 'link', 'parents', 'exclude'],
  ADD: ['chown', 'chmod', 'link', 'keep-git-dir', 'checksum', 'exclude', 'unpack'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'],
};
const SWITCHES = new Set(['link', 'parents', 'keep-git-dir', 'unpack']);

/** Everything that surely breaks the build or is most likely a slip, in file order. A file for another frontend (`# syntax=`) has a grammar of its own. */
export function dockerfileFaults(text: string): readonly DockerfileFault[] {
  const syntax = /^\uFEFF?\s*#\s*syntax\s*=\s*(\S+)/i.exec(text)?.[1];
  if (syntax !== undefined && !/^(docker\.io\/)?docker\/dockerfile(-upstream)?([:@]|$)/.test(syntax)) return [];
  const faults: DockerfileFault[] = [];
  let stages = 0;
  for (const one of instructionTexts(text)) {
    const error = (said: string): void => void faults.push({ line: one.line, severity: 'error', text: said });
    if (one.word === 'FROM') stages += 1;
    if (!INSTRUCTIONS.has(one.word)) error(`has the unknown instruction ${one.word.slice(0, 40)}`);
    else {
      if (stages === 0 && one.word !== 'ARG') error(`has ${one.word} before its first FROM`);
      const said = argumentFault(one) ?? flagFault(one);
      if (said !== undefined) error(said);
    }
    if (one.openHeredoc !== undefined) error(`has a here-document that is never closed: no line says ${one.openHeredoc.slice(0, 40)}`);
    if (one.blankLine !== undefined) faults.push({ line: one.blankLine, severity: 'warning', text: 'has an empty line inside an instruction that goes on' });
  }
  return faults;
}

function argumentFault({ word, rest }: InstructionText): string | undefined {
  const left = flagsOf(rest).rest;
  const words = wordsOf(left);
  if (word === 'FROM' && words.length !== 1 && !(words.length === 3 && words[1]?.toUpperCase() === 'AS')) return words.length === 0 ? 'has FROM without an image' : 'has a FROM line that is neither "FROM image" nor "FROM image AS name"';
  if (left === '' && !ALONE.has(word)) return `has ${word} without an argument`;
  if ((word === 'COPY' || word === 'ADD') && words.length < 2) return `has ${word} with a source and no destination`;
  if (word === 'SHELL' && !isJsonList(left)) return 'has SHELL without a list in the form ["program", "argument"]';
  return undefined;
}

function flagFault({ word, rest }: InstructionText): string | undefined {
  const allowed = FLAGS[word];
  if (allowed === undefined) return undefined;
  for (const { name, value } of flagsOf(rest).flags) {
    if (!allowed.includes(name)) return `has ${word} with the unknown flag --${name.slice(0, 40)}`;
    if ((value === undefined || value === '') && !SWITCHES.has(name)) return `has ${word} with --${name} and no value (write --${name}=…)`;
  }
  return undefined;
}

function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
