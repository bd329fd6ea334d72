import { spawn } from 'node:child_process';
import { AppError } from '@shared/kernel/app-error';
import { shownAddress } from '@shared/domain/gitops/git-address';

/** What one run may take. */
export interface GitLimits {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** A git command with everything that is decided about it. */
export interface GitRun extends GitLimits {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
  readonly input: Uint8Array | string | null;
  readonly signal: AbortSignal | null;
}

/** How it ended. */
export interface GitAnswer {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs git once: no shell, in a process group of its own that is killed as a whole. Rejects with `cancelled`, `git-failed` when it takes too long or says too much, `git-missing` when it cannot be started. */
export function runGit({ path, argv, env, cwd, input, signal, timeoutMs, maxOutputBytes }: GitRun): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(cancelled());
    const grouped = process.platform !== 'win32';
    const child = spawn(path, [...argv], { shell: false, windowsHide: true, detached: grouped, cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let [bytes, errorBytes] = [0, 0];
    let failure: AppError | null = null;
    const stop = (error: AppError): void => {
      failure ??= error;
      killAll(child.pid, grouped, () => child.kill('SIGKILL'));
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => stop(new AppError('git-failed', `Git did not finish within ${String(Math.round(timeoutMs / 1000))} seconds and was ended.`, { hint: 'Check the network and the remote, then try again.' })), timeoutMs);
    const cancel = (): void => stop(cancelled());
    signal?.addEventListener('abort', cancel, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) stop(new AppError('git-failed', `Git answered with more than ${String(Math.round(maxOutputBytes / 1024 / 1024))} MB and was ended.`, { hint: 'Ask for less: a folder, a file, or fewer commits.' }));
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errorBytes += chunk.length;
      if (errorBytes <= 64 * 1024) err.push(chunk);
    });
    // One that ends without reading is none the worse for it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.once('error', (error) => {
      failure ??= new AppError('git-missing', `Git could not be started: ${error.message}.`, { hint: 'Check that git runs in a terminal.', cause: error });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      if (failure !== null) reject(failure);
      else resolve({ exitCode: code ?? 128, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8') });
    });
  });
}

/** What git says of a failure, in one sentence: its last `fatal:` or `error:` line. */
export function failureOf(what: string, { stderr, exitCode }: Pick<GitAnswer, 'stderr' | 'exitCode'>): AppError {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.replace(/^remote:\s*/, '').trim());
  const told = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.findLast((line) => line !== '') ?? `it ended with ${String(exitCode)}`;
  const said = told.replace(/^(fatal|error): /, '').replace(/[a-z+]+:\/\/\S+/gi, shownAddress).slice(0, 300);
  return new AppError('git-failed', `${what}: git says "${said.replace(/\.$/, '')}".`, { hint: hintFor(stderr) });
}

function hintFor(stderr: string): string {
  if (/index\.lock|Unable to create '.*\.lock'/.test(stderr)) return 'Another git command works in this folder, or one was ended in the middle. Wait for it, or remove the lock file that it names.';
  if (/could not read (Username|Password)|Authentication failed|Permission denied \(publickey|terminal prompts disabled/i.test(stderr)) return 'Sign in once in a terminal, for example with `git fetch`, so that your own credential helper or ssh agent has it.';
  if (/Could not resolve host|Connection (refused|timed out)|unable to access/i.test(stderr)) return 'Check the network and the address of the remote.';
  if (/tell me who you are|empty ident/i.test(stderr)) return 'Set `git config --global user.name` and `user.email`.';
  return 'Look at it with `git status` in a terminal.';
}

function cancelled(): AppError {
  return new AppError('cancelled', 'It was cancelled.');
}

/** What git has started ends with it. */
function killAll(pid: number | undefined, grouped: boolean, otherwise: () => void): void {
  try {
    if (pid === undefined || !grouped) otherwise();
    else process.kill(-pid, 'SIGKILL');
  } catch {
    otherwise();
  }
}
