import { AppError } from '@shared/kernel/app-error';

/** An editor Berth can open a file in, at a line. */
interface Editor {
  readonly programs: readonly string[];
  readonly argv: (file: string, line: number) => readonly string[];
  /** The address it takes from other programs, where it has one. */
  readonly url?: (file: string, line: number) => string;
}

const fileAndLine = (file: string, line: number): string => `${file}:${line}`;

function codeLike(program: string, scheme: string): Editor {
  return { programs: [program, `${program}.exe`], argv: (file, line) => ['--goto', fileAndLine(file, line)], url: (file, line) => `${scheme}://file${addressPath(file)}:${line}` };
}

/** In the order in which they are looked for; what VISUAL or EDITOR names comes before all of them. */
const EDITORS: readonly Editor[] = [
  codeLike('code', 'vscode'),
  codeLike('cursor', 'cursor'),
  codeLike('windsurf', 'windsurf'),
  codeLike('codium', 'vscodium'),
  { programs: ['zed', 'zeditor'], argv: (file, line) => [fileAndLine(file, line)], url: (file, line) => `zed://file${addressPath(file)}:${line}` },
  { programs: ['subl', 'sublime_text', 'sublime_text.exe'], argv: (file, line) => [fileAndLine(file, line)] },
  { programs: ['webstorm', 'idea', 'phpstorm', 'pycharm', 'goland', 'webstorm64.exe', 'idea64.exe'], argv: (file, line) => ['--line', String(line), file], url: (file, line) => `idea://open?file=${encodeURIComponent(file)}&line=${line}` },
  { programs: ['kate'], argv: (file, line) => ['--line', String(line), file] },
  { programs: ['gedit', 'xed', 'pluma'], argv: (file, line) => [`+${line}`, file] },
  { programs: ['gvim', 'mvim', 'gvim.exe'], argv: (file, line) => [`+${line}`, file] },
  { programs: ['notepad++.exe'], argv: (file, line) => [`-n${line}`, file] },
];

/** The world around it: a search path, started programs, addresses other programs take. */
export interface EditorWorld {
  readonly env: { readonly [name: string]: string | undefined };
  readonly find: (programs: readonly string[], searchPath: string) => Promise<string | null>;
  readonly launch: (path: string, argv: readonly string[]) => Promise<void>;
  /** True when some program takes addresses of this kind. */
  readonly takes: (url: string) => boolean;
  readonly open: (url: string) => Promise<void>;
}

/** Opens a file at a line in the first known editor of this machine. The path is absolute: nothing in it can be read as an option. */
export async function openInEditor(world: EditorWorld, file: string, line: number): Promise<void> {
  const searchPath = world.env['PATH'] ?? '';
  for (const editor of preferredFirst(world.env)) {
    const program = await world.find(editor.programs, searchPath);
    if (program !== null) return world.launch(program, editor.argv(file, line));
    const url = editor.url?.(file, line);
    if (url !== undefined && world.takes(url)) return world.open(url);
  }
  throw new AppError('not-found', 'No editor that Berth knows was found on this computer.', { hint: 'Put the command of your editor, for example code, zed or subl, into the search path.' });
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
