import { editorCommand, editorWords } from '@shared/domain/settings/editor-command';
import { AppError } from '@shared/kernel/app-error';

/** An editor Berth can open a file in, at a line. */
interface Editor {
  readonly name: string;
  readonly programs: readonly string[];
  /** Its words, with {file} and {line}. */
  readonly words: readonly string[];
  /** The address it takes from other programs, where it has one. */
  readonly url?: (file: string, line: number) => string;
}

function codeLike(name: string, program: string, scheme: string): Editor {
  return { name, programs: [program, `${program}.exe`], words: ['--goto', '{file}:{line}'], url: (file, line) => `${scheme}://file${addressPath(file)}:${line}` };
}

/** In the order in which they are looked for; what VISUAL or EDITOR names comes before all of them. */
const EDITORS: readonly Editor[] = [
  codeLike('Visual Studio Code', 'code', 'vscode'),
  codeLike('Cursor', 'cursor', 'cursor'),
  codeLike('Windsurf', 'windsurf', 'windsurf'),
  codeLike('VSCodium', 'codium', 'vscodium'),
  { name: 'Zed', programs: ['zed', 'zeditor'], words: ['{file}:{line}'], url: (file, line) => `zed://file${addressPath(file)}:${line}` },
  { name: 'Sublime Text', programs: ['subl', 'sublime_text', 'sublime_text.exe'], words: ['{file}:{line}'] },
  { name: 'JetBrains', programs: ['webstorm', 'idea', 'phpstorm', 'pycharm', 'goland', 'webstorm64.exe', 'idea64.exe'], words: ['--line', '{line}', '{file}'], url: (file, line) => `idea://open?file=${encodeURIComponent(file)}&line=${line}` },
  { name: 'Kate', programs: ['kate'], words: ['--line', '{line}', '{file}'] },
  { name: 'gedit', programs: ['gedit', 'xed', 'pluma'], words: ['+{line}', '{file}'] },
  { name: 'Vim', programs: ['gvim', 'mvim', 'gvim.exe'], words: ['+{line}', '{file}'] },
  { name: 'Notepad++', programs: ['notepad++.exe'], words: ['-n{line}', '{file}'] },
];

/** An editor of this machine, as a choice for the setting `editor.command`. */
export interface FoundEditor {
  readonly name: string;
  readonly command: string;
}

/** The world around it: a search path, started programs, addresses other programs take. */
export interface EditorWorld {
  readonly env: { readonly [name: string]: string | undefined };
  readonly find: (programs: readonly string[], searchPath: string) => Promise<string | null>;
  readonly launch: (path: string, argv: readonly string[]) => Promise<void>;
  /** True when some program takes addresses of this kind. */
  readonly takes: (url: string) => boolean;
  readonly open: (url: string) => Promise<void>;
}

/** Opens a file at a line in the editor of the settings, or, where none is named, in the first known one of this machine. The path is absolute: nothing in it can be read as an option. */
export async function openInEditor(world: EditorWorld, file: string, line: number, own = ''): Promise<void> {
  const searchPath = world.env['PATH'] ?? '';
  if (own !== '') return openInOwn(world, searchPath, own, file, line);
  for (const editor of preferredFirst(world.env)) {
    const program = await world.find(editor.programs, searchPath);
    if (program !== null) return world.launch(program, editorWords(editor, file, line));
    const url = editor.url?.(file, line);
    if (url !== undefined && world.takes(url)) return world.open(url);
  }
  throw new AppError('not-found', 'No editor that Berth knows was found on this computer.', { hint: 'Name the command of yours in Settings, under Editor.' });
}

async function openInOwn(world: EditorWorld, searchPath: string, own: string, file: string, line: number): Promise<void> {
  const command = editorCommand(own);
  const program = /[\\/]/.test(command.program) ? command.program : await world.find([command.program, `${command.program}.exe`], searchPath);
  if (program === null) throw new AppError('not-found', `The editor ${command.program} was not found.`, { hint: 'Settings, under Editor, says which command opens files.' });
  try {
    await world.launch(program, editorWords(command, file, line));
  } catch (error) {
    throw new AppError('not-found', `The editor ${command.program} could not be started.`, { hint: 'Settings, under Editor, says which command opens files.', cause: error });
  }
}

/** The known editors that are in the search path, in the order in which they would be taken. */
export async function foundEditors(world: Pick<EditorWorld, 'env' | 'find'>): Promise<readonly FoundEditor[]> {
  const searchPath = world.env['PATH'] ?? '';
  const found = await Promise.all(
    preferredFirst(world.env).map(async ({ name, programs, words }): Promise<FoundEditor | null> => {
      const path = await world.find(programs, searchPath);
      const program = path?.split(/[\\/]/).at(-1);
      return program === undefined ? null : { name, command: [program.includes(' ') ? `"${program}"` : program, ...words].join(' ') };
    }),
  );
  return found.filter((one) => one !== null);
}

function preferredFirst(env: EditorWorld['env']): readonly Editor[] {
  const wanted = [env['VISUAL'], env['EDITOR']].map((value) => (value ?? '').trim().split(/\s/, 1)[0]?.split(/[\\/]/).pop() ?? '');
  const preferred = EDITORS.filter((editor) => editor.programs.some((program) => wanted.includes(program)));
  return [...preferred, ...EDITORS.filter((editor) => !preferred.includes(editor))];
}

/** A path as it stands in an address: /home/ada/a%20b.yml, /C:/shop/compose.yml. */
function addressPath(file: string): string {
  const parts = file.split(/[\\/]/).map((part) => (/^[A-Za-z]:$/.test(part) ? part : encodeURIComponent(part)));
  return parts[0] === '' ? parts.join('/') : `/${parts.join('/')}`;
}
