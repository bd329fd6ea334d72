/** One stage of a Dockerfile. */
export interface DockerfileStage {
  /** Lower-case; empty when unnamed. */
  readonly name: string;
  readonly from: string;
  readonly line: number;
  readonly hasHealthcheck: boolean;
}

export interface Dockerfile {
  readonly stages: readonly DockerfileStage[];
  /** The first instruction the format does not know, with its line. */
  readonly unknown: { readonly word: string; readonly line: number } | undefined;
}

const INSTRUCTIONS = new Set('FROM RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL'.split(' '));

interface Instruction {
  readonly word: string;
  readonly rest: string;
  readonly line: number;
}

/** Instructions with continuation lines joined, comments and here-documents skipped (Dockerfile reference: "Format", "Here-Documents", "escape"). */
function instructionsOf(text: string): readonly Instruction[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = /^#\s*escape\s*=\s*`\s*$/im.test(lines.slice(0, 3).join('\n')) ? '`' : '\\';
  const found: Instruction[] = [];
  let index = 0;
  while (index < lines.length) {
    const start = index;
    let joined = '';
    for (;;) {
      const raw = lines[index] ?? '';
      index += 1;
      const isComment = /^\s*#/.test(raw);
      if (joined !== '' && (isComment || raw.trim() === '') && index < lines.length) continue;
      if (isComment) break;
      const trimmed = raw.trimEnd();
      if (!trimmed.endsWith(escape)) {
        joined += trimmed;
        break;
      }
      joined += `${trimmed.slice(0, -1)} `;
      if (index >= lines.length) break;
    }
    const match = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(joined);
    if (match === null) {
      if (joined.trim() !== '') found.push({ word: joined.trim().split(/\s+/)[0] ?? '', rest: '', line: start + 1 });
      continue;
    }
    const word = (match[1] ?? '').toUpperCase();
    const rest = match[2] ?? '';
    found.push({ word, rest, line: start + 1 });
    if (word === 'RUN' || word === 'COPY' || word === 'ADD') index = afterHereDocuments(lines, index, rest);
  }
  return found;
}

function afterHereDocuments(lines: readonly string[], from: number, rest: string): number {
  let index = from;
  for (const match of rest.matchAll(/<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_]*)\2/g)) {
    const end = match[3];
    const strip = match[1] === '-';
    while (index < lines.length && (strip ? (lines[index] ?? '').replace(/^\t+/, '') : lines[index]) !== end) index += 1;
    index += 1;
  }
  return index;
}

/** The stages of a Dockerfile and what surely breaks it. Reads the text only; arguments in `FROM` stay as written. */
export function parseDockerfile(text: string): Dockerfile {
  const stages: DockerfileStage[] = [];
  let unknown: Dockerfile['unknown'];
  for (const instruction of instructionsOf(text)) {
    if (instruction.word === 'FROM') {
      const words = instruction.rest.split(/\s+/).filter((word) => word !== '' && !word.startsWith('--'));
      const named = words[1]?.toUpperCase() === 'AS' ? (words[2] ?? '') : '';
      stages.push({ name: named.toLowerCase(), from: words[0] ?? '', line: instruction.line, hasHealthcheck: false });
    } else if (instruction.word === 'HEALTHCHECK') {
      const last = stages.pop();
      if (last !== undefined) stages.push({ ...last, hasHealthcheck: !/^NONE\s*$/i.test(instruction.rest) });
    } else if (!INSTRUCTIONS.has(instruction.word)) {
      unknown ??= { word: instruction.word, line: instruction.line };
    }
  }
  return { stages, unknown };
}

/** The stage a `target` names: by name, or by its number from 0. Undefined when there is none. */
export function stageOf(file: Dockerfile, target: string): DockerfileStage | undefined {
  return file.stages.find((stage) => stage.name !== '' && stage.name === target.toLowerCase()) ?? (/^\d+$/.test(target) ? file.stages[Number(target)] : undefined);
}

/** Whether the stage that is built, or one it starts from, has a health check. 'unknown' where a base image decides. */
export function healthcheckOfBuild(file: Dockerfile, target: string | undefined): 'yes' | 'no' | 'unknown' {
  let stage = target === undefined || target === '' ? file.stages.at(-1) : stageOf(file, target);
  for (let hops = 0; stage !== undefined && hops <= file.stages.length; hops += 1) {
    if (stage.hasHealthcheck) return 'yes';
    const from: string = stage.from;
    if (from.toLowerCase() === 'scratch') return 'no';
    const next = file.stages.find((one) => one.name !== '' && one.name === from.toLowerCase());
    if (next === undefined) return 'unknown';
    stage = next;
  }
  return 'unknown';
}
