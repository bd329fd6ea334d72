import { flagsOf, instructionTexts, wordsOf } from './dockerfile-text';

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
}

/** The stages of a Dockerfile. Reads the text only; arguments in `FROM` stay as written. */
export function parseDockerfile(text: string): Dockerfile {
  const stages: DockerfileStage[] = [];
  for (const instruction of instructionTexts(text)) {
    if (instruction.word === 'FROM') {
      const words = wordsOf(flagsOf(instruction.rest).rest);
      const named = words[1]?.toUpperCase() === 'AS' ? (words[2] ?? '') : '';
      stages.push({ name: named.toLowerCase(), from: words[0] ?? '', line: instruction.line, hasHealthcheck: false });
    } else if (instruction.word === 'HEALTHCHECK') {
      const last = stages.pop();
      if (last !== undefined) stages.push({ ...last, hasHealthcheck: !/^NONE\s*$/i.test(instruction.rest) });
    }
  }
  return { stages };
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
