import { chmod, lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve, win32 } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { textHash } from '@shared/kernel/text-hash';

/** Where Berth keeps its own files on this machine. */
export interface StatePaths {
  readonly home: string;
  readonly database: string;
  readonly lease: string;
  readonly keyFile: string;
  readonly logs: string;
  /** Electron's own files (userData). */
  readonly window: string;
  /** Unix socket, or named pipe on Windows. */
  readonly socket: string;
}

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: { readonly [name: string]: string | undefined };
  readonly homedir: string;
  readonly tmpdir: string;
  readonly uid: number;
}

/** sun_path takes 104 bytes on macOS and 108 on Linux; a longer one fails late and unclearly. */
const MAX_SOCKET_PATH_BYTES = 100;

/** Pure: all places from the platform and the environment. `home` (or BERTH_HOME) overrides the platform's folder. */
export function statePaths(machine: Machine, home?: string): StatePaths {
  const join2 = machine.platform === 'win32' ? win32.join : join;
  const root = home ?? machine.env['BERTH_HOME'] ?? '';
  const absolute = root === '' ? platformHome(machine) : machine.platform === 'win32' ? win32.resolve(root) : resolve(root);
  return {
    home: absolute,
    database: join2(absolute, 'berth.db'),
    lease: join2(absolute, 'lease.json'),
    keyFile: join2(absolute, 'key'),
    logs: join2(absolute, 'logs'),
    window: join2(absolute, 'window'),
    socket: socketPath(machine, absolute),
  };
}

function platformHome(machine: Machine): string {
  if (machine.platform === 'win32') return win32.join(machine.env['LOCALAPPDATA'] ?? win32.join(machine.homedir, 'AppData', 'Local'), 'Berth');
  if (machine.platform === 'darwin') return join(machine.homedir, 'Library', 'Application Support', 'Berth');
  const state = machine.env['XDG_STATE_HOME'];
  return join(state !== undefined && isAbsolute(state) ? state : join(machine.homedir, '.local', 'state'), 'berth');
}

function socketPath(machine: Machine, home: string): string {
  if (machine.platform === 'win32') return `\\\\.\\pipe\\berth-${textHash(home.toLowerCase())}`;
  const beside = join(home, 'berth.sock');
  if (Buffer.byteLength(beside) <= MAX_SOCKET_PATH_BYTES) return beside;
  const runtime = machine.env['XDG_RUNTIME_DIR'];
  const short = runtime !== undefined && isAbsolute(runtime) ? join(runtime, 'berth', `${textHash(home)}.sock`) : '';
  if (short !== '' && Buffer.byteLength(short) <= MAX_SOCKET_PATH_BYTES) return short;
  return join('/tmp', `berth-${machine.uid}`, `${textHash(home)}.sock`);
}

/** The machine this process runs on. */
export function thisMachine(): Machine {
  return {
    platform: process.platform,
    env: process.env,
    homedir: homedir(),
    tmpdir: tmpdir(),
    uid: typeof process.getuid === 'function' ? process.getuid() : userInfo().uid,
  };
}

const WHY_NOT: { readonly [code: string]: string } = {
  EROFS: 'it lies on a disk that can only be read',
  EACCES: 'your user may not write there',
  EPERM: 'your user may not write there',
  ENOSPC: 'the disk is full',
  EEXIST: 'there is a file in its place',
  ENOTDIR: 'there is a file in its place',
  ENOENT: 'it cannot be made there',
};

/** Makes the state folders, readable by the user alone. Rejects with `setup-failed` when that cannot be. */
export async function ensureStateFolders(paths: StatePaths): Promise<void> {
  try {
    await privateFolder(paths.home);
    await privateFolder(paths.logs);
    if (process.platform !== 'win32') await privateFolder(join(paths.socket, '..'));
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new AppError(code === 'ENOSPC' ? 'disk-full' : 'setup-failed', `Berth cannot write to its folder ${paths.home}: ${WHY_NOT[code] ?? `the system says ${code}`}.`, {
      hint: code === 'ENOSPC' ? 'Free some space, then try again.' : 'Make the folder writable, or set BERTH_HOME to another one.',
      where: { file: paths.home },
      cause: error,
    });
  }
}

async function privateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (process.platform === 'win32') return;
  const status = await lstat(folder);
  const uid = process.getuid?.();
  // Beneath /tmp anyone may have made the name first: a folder of another user, or a link, is never used.
  if (status.isSymbolicLink() && folder.startsWith('/tmp/')) throw new AppError('setup-failed', 'The folder for Berth’s socket is a link.', { where: { file: folder } });
  if (uid !== undefined && uid !== 0 && status.uid !== uid) throw new AppError('setup-failed', 'The folder belongs to another user.', { hint: 'Set BERTH_HOME to a folder of yours.', where: { file: folder } });
  if (status.isDirectory() && (status.mode & 0o077) !== 0) await chmod(folder, 0o700);
}
