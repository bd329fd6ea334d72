import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

/** BERTH_BIN: another build of the command, for example an installed one. */
const BERTH = resolve(process.env.BERTH_BIN ?? 'bin/berth');
/** The user commands run as when the tests run as root: nobody. */
export const OTHER_UID = 65534;

/** What one command did. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** The document of `--json`: the value, or the error. */
export interface JsonAnswer<T> {
  readonly ok: boolean;
  readonly value?: T;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly where?: { readonly file: string; readonly line?: number };
    readonly findings?: readonly { readonly code: string; readonly severity: string; readonly message: string }[];
  };
}

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs it as this user; only root can. */
  readonly uid?: number;
}

/** The built command line with a state folder of its own. */
export interface BerthCommand {
  readonly home: string;
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs with `--json`; stdout must hold exactly one document. */
  json<T>(args: readonly string[], options?: CommandOptions): Promise<{ readonly code: number | null; readonly answer: JsonAnswer<T>; readonly durationMs: number }>;
  /** Hosts until `close`, so that commands after it only ask. */
  serve(options?: CommandOptions): Promise<void>;
  close(): Promise<void>;
}

/** A fresh state folder, owned by `uid` when given, and the command that uses it. */
export async function berthCommand(owner: { readonly uid?: number } = {}): Promise<BerthCommand> {
  const home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  if (owner.uid !== undefined) await chown(home, owner.uid, owner.uid);
  let host: ChildProcess | null = null;
  const start = (args: readonly string[], options: CommandOptions): ChildProcessByStdio<null, Readable, Readable> => {
    const command = options.uid === undefined ? [process.execPath, BERTH, ...args] : ['setpriv', `--reuid=${options.uid}`, `--regid=${options.uid}`, '--clear-groups', process.execPath, BERTH, ...args];
    // What the tests are run with (npm's INIT_CWD among it) must not reach the command.
    const env = { PATH: process.env.PATH ?? '', HOME: home, DOCKER_HOST: process.env.DOCKER_HOST ?? '', BERTH_HOME: home, BERTH_SETTINGS: process.env.BERTH_SETTINGS ?? '', NO_COLOR: '1', ...options.env };
    return spawn(command[0] ?? '', command.slice(1), { cwd: options.cwd ?? home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const run = async (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> => {
    const startedMs = performance.now();
    const child = start(args, options);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    const code = await new Promise<number | null>((done, failed) => {
      child.once('error', failed);
      child.once('close', done);
    });
    return { code, stdout, stderr, durationMs: performance.now() - startedMs };
  };
  return {
    home,
    run,
    json: async <T>(args: readonly string[], options: CommandOptions = {}) => {
      const { code, stdout, stderr, durationMs } = await run([...args, '--json'], options);
      try {
        return { code, answer: JSON.parse(stdout) as JsonAnswer<T>, durationMs };
      } catch {
        throw new Error(`berth ${args.join(' ')} (exit ${String(code)}) did not print one JSON document:\n${stdout}\n${stderr}`);
      }
    },
    async serve(options = {}) {
      const child = start(['serve'], options);
      host = child;
      await new Promise<void>((ready, failed) => {
        child.stdout.once('data', () => ready());
        child.once('close', () => failed(new Error('berth serve ended before it was ready.')));
      });
    },
    async close() {
      const ended = host;
      if (ended !== null && ended.exitCode === null) {
        const closed = new Promise((done) => ended.once('close', done));
        ended.kill('SIGTERM');
        await closed;
      }
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
