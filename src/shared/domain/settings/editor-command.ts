import { AppError } from '../../kernel/app-error';

/** What stands for the file, as an absolute path, and for the line in an editor's command. */
const FILE = '{file}';
const LINE = '{line}';
/** A file's name inside a script would be read as part of the script. */
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'fish', 'csh', 'tcsh', 'cmd', 'powershell', 'pwsh', 'wscript', 'cscript']);
const EXAMPLE = 'For example: code --goto {file}:{line}';

/** A program with its words; no shell ever sees them. */
export interface EditorCommand {
  /** A name that is looked for in the search path, or an absolute path. */
  readonly program: string;
  /** Words that may hold `{file}` and `{line}`. */
  readonly words: readonly string[];
}

/** Reads a command as it is typed: words apart by spaces, quotes around words that hold some. Throws `input-invalid` with what is wrong. */
export function editorCommand(text: string): EditorCommand {
  const [program = '', ...words] = splitWords(text);
  if (program === '' || program.includes('{')) throw refused('An editor’s command begins with its program.');
  const name = program.split(/[\\/]/).at(-1)?.toLowerCase().replace(/\.(?:exe|bat|cmd)$/, '') ?? '';
  if (name !== program.toLowerCase().replace(/\.(?:exe|bat|cmd)$/, '') && !/^(?:\/|[A-Za-z]:[\\/])/.test(program)) throw refused('An editor is named alone, or with its whole path.');
  if (SHELLS.has(name) || /\.(?:bat|cmd)$/i.test(program)) throw refused(`${program} is a shell, and a file’s name could be read as a command there.`);
  const unknown = words.flatMap((word) => word.match(/\{[^{}]*\}/g) ?? []).find((one) => one !== FILE && one !== LINE);
  if (unknown !== undefined) throw refused(`Berth does not know ${unknown.slice(0, 40)}.`);
  if (!words.some((word) => word.includes(FILE))) throw refused(`${FILE} is missing: it stands for the file that is opened.`);
  return { program, words };
}

/** The words for one file at one line. */
export function editorWords(command: Pick<EditorCommand, 'words'>, file: string, line: number): readonly string[] {
  // One pass: what stands in a file's name is no placeholder.
  return command.words.map((word) => word.replace(/\{file\}|\{line\}/g, (place) => (place === FILE ? file : String(line))));
}

function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (const character of text) {
    if (character < ' ' || character === '\u007f') throw refused('An editor’s command is one line of text.');
    if (quote !== '') {
      if (character === quote) quote = '';
      else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === ' ') {
      if (word !== null) words.push(word);
      word = null;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== '') throw refused('A quote of the editor’s command is not closed.');
  return word === null ? words : [...words, word];
}

function refused(message: string): AppError {
  return new AppError('input-invalid', message, { hint: EXAMPLE });
}
