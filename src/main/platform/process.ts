import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Output beyond this is cut: nothing Berth asks of a program answers with more. */
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** Only these reach a child: a project's variables, tokens and proxies are nobody else's business. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY'];

export interface ProgramResult {
  /** Null when it was ended by a signal or could not be started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when it was killed because the deadline had passed. */
  readonly isLate: boolean;
}

/** How a program is run. `input` is all it can read; `env` is for programs the user set up himself, which need what he set up for them. */
export interface RunOptions {
  readonly timeoutMs: number;
  readonly input?: string | undefined;
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
}

/**
 * Runs a program by absolute path with arguments: no shell, no inherited environment, killed after the deadline.
 * Never rejects; what could not be started has exitCode null and the reason in stderr.
 */
export function runProgram(path: string, argv: readonly string[], options: RunOptions): Promise<ProgramResult> {
  requireAbsolute(path);
  return new Promise((resolve) => {
    const child = spawn(path, [...argv], { shell: false, windowsHide: true, stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], env: options.env ?? passedOn() });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    const keep = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_OUTPUT_BYTES) into.push(chunk);
    };
    child.stdout?.on('data', keep(out));
    child.stderr?.on('data', keep(err));
    // One that ends without reading is none the worse for it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
      // What it started may keep its output open after it.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, options.timeoutMs);
    const end = (exitCode: number | null, reason = ''): void => {
      clearTimeout(timer);
      resolve({ exitCode, stdout: Buffer.concat(out).toString('utf8'), stderr: reason === '' ? Buffer.concat(err).toString('utf8') : reason, isLate });
    };
    child.once('error', (error) => end(null, error.message));
    child.once('close', (code) => end(code));
  });
}

/** Starts a program of the desktop by absolute path and leaves it to itself. Rejects when it cannot be started. */
export function launchProgram(path: string, argv: readonly string[]): Promise<void> {
  requireAbsolute(path);
  return new Promise((resolve, reject) => {
    const child = spawn(path, [...argv], { shell: false, detached: true, stdio: 'ignore', env: passedOn() });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}

/** The absolute path of the first of these programs that the search path has; null when it has none. */
export async function findProgram(names: readonly string[], searchPath: string): Promise<string | null> {
  const folders = searchPath.split(delimiter).filter(isAbsolute);
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await access(path, constants.X_OK).then(() => true, () => false)) return path;
    }
  }
  return null;
}

function requireAbsolute(path: string): void {
  if (!isAbsolute(path)) throw new Error(`A program is started by its absolute path, not by ${path}.`);
}

function passedOn(): { [name: string]: string } {
  const env: { [name: string]: string } = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
