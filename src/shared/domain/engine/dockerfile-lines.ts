/** One instruction of a Dockerfile: where it begins and its text on one line. */
export interface DockerfileInstruction {
  readonly line: number;
  readonly keyword: string;
  /** Keyword and arguments, continuation lines joined, white space collapsed. */
  readonly text: string;
  /** Name or number of the stage it is in; '' before the first FROM. */
  readonly stage: string;
}

const HEREDOC = /<<-?\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g;
const HEREDOC_KEYWORDS = new Set(['RUN', 'COPY', 'ADD']);

function escapeCharacter(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^\s*#\s*([a-zA-Z]+)\s*=\s*(\S+)\s*$/.exec(line);
    if (directive === null) return '\\';
    if (directive[1]?.toLowerCase() === 'escape') return directive[2] === '`' ? '`' : '\\';
  }
  return '\\';
}

/** The instructions of a Dockerfile, in order. */
export function instructionsOf(text: string): readonly DockerfileInstruction[] {
  const lines = text.split(/\r?\n/);
  const escape = escapeCharacter(lines);
  const instructions: DockerfileInstruction[] = [];
  let stages = 0;
  let stage = '';
  for (let index = 0; index < lines.length; ) {
    const start = index;
    let joined = '';
    for (let more = true; more && index < lines.length; index += 1) {
      const line = lines[index] ?? '';
      if (/^\s*#/.test(line) || (joined !== '' && line.trim() === '')) continue;
      const trimmed = line.trimEnd();
      more = trimmed.endsWith(escape);
      joined += ` ${more ? trimmed.slice(0, -1) : trimmed}`;
      if (!more && joined.trim() === '') break;
    }
    const body = joined.replace(/\s+/g, ' ').trim();
    if (body === '') {
      if (index === start) index += 1;
      continue;
    }
    const keyword = (body.split(' ')[0] ?? '').toUpperCase();
    if (HEREDOC_KEYWORDS.has(keyword)) for (const match of body.matchAll(HEREDOC)) index = afterHeredoc(lines, index, match[2] ?? '');
    if (keyword === 'FROM') {
      stage = /\sas\s+(\S+)$/i.exec(body)?.[1] ?? `stage-${stages}`;
      stages += 1;
    }
    let line = start;
    while (/^\s*(?:#.*)?$/.test(lines[line] ?? '') && line < index) line += 1;
    instructions.push({ line: line + 1, keyword, text: body, stage });
  }
  return instructions;
}

function afterHeredoc(lines: readonly string[], from: number, end: string): number {
  for (let index = from; index < lines.length; index += 1) if ((lines[index] ?? '').replace(/^\t+/, '') === end) return index + 1;
  return from;
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}

/** What a build said about where it failed. */
export interface BuildFailureClues {
  readonly message: string;
  /** Name of the failed BuildKit vertex: "[build 2/4] RUN npm ci". */
  readonly vertex?: string | undefined;
  /** Number of the last step the classic builder began, counting from 1. */
  readonly step?: number | undefined;
}

/** The instruction a build failed at, as far as its messages tell. */
export function failingInstruction(dockerfile: string, clues: BuildFailureClues): DockerfileInstruction | undefined {
  const instructions = instructionsOf(dockerfile);
  const said = /(?:parse error (?:on )?line|Dockerfile:|line) (\d+)\b/i.exec(clues.message)?.[1] ?? /Dockerfile\S*:(\d+)\b/.exec(clues.message)?.[1];
  if (said !== undefined) {
    const line = Number(said);
    return instructions.find((item, index) => item.line <= line && (instructions[index + 1]?.line ?? Infinity) > line);
  }
  if (clues.vertex !== undefined) return byVertex(instructions, clues.vertex);
  return clues.step === undefined ? undefined : instructions[clues.step - 1];
}

function byVertex(instructions: readonly DockerfileInstruction[], vertex: string): DockerfileInstruction | undefined {
  const match = /^\[(?:(\S+) )?(\d+)\/\d+\] (.*)$/s.exec(vertex);
  const text = squeezed(match?.[3] ?? vertex);
  const stageName = match?.[1];
  const candidates = instructions.filter((item) => squeezed(item.text) === text);
  const exact = candidates.find((item) => item.stage === stageName) ?? candidates[0];
  if (exact !== undefined || match === null) return exact;
  // Variables were filled in: count the steps that make layers instead.
  const stages = [...new Set(instructions.map((item) => item.stage).filter((name) => name !== ''))];
  const stage = stageName ?? stages.at(-1);
  const steps = instructions.filter((item) => item.stage === stage && ['FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR'].includes(item.keyword));
  return steps[Number(match[2]) - 1];
}

/** Registries and names of the images a Dockerfile starts from, as written; stages of its own are left out. */
export function baseImagesOf(dockerfile: string): readonly string[] {
  const instructions = instructionsOf(dockerfile).filter((item) => item.keyword === 'FROM');
  const own = new Set(instructions.map((item) => item.stage.toLowerCase()));
  return instructions
    .map((item) => item.text.split(' ').slice(1).find((word) => !word.startsWith('--')) ?? '')
    .filter((image) => image !== '' && image !== 'scratch' && !own.has(image.toLowerCase()));
}
