import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundle, type Bundle } from '../../support/bundle';

/** One `berth` that runs, and what it said. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** Resolves when it has said this. */
  says(text: string): Promise<void>;
}

/** The real command line, bundled for the tests, with a state folder of its own. */
export interface Berth {
  readonly home: string;
  start(args: readonly string[], env?: { readonly [name: string]: string }): Running;
  json<T>(...args: string[]): Promise<{ readonly code: number | null; readonly value: T; readonly error: { readonly code: string; readonly message: string } }>;
  logLines(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Builds it; `close` ends what still runs and removes the folders. */
export async function realBerth(env: { readonly [name: string]: string } = {}): Promise<Berth> {
  const workers = Object.fromEntries(['store-worker', 'parser-process', 'sync-worker', 'manifest-scanner', 'manifest-thread', 'manifest-reader', 'template-worker'].map((name) => [name, resolve(`src/main/workers/${name}.ts`)]));
  const built: Bundle = await bundle({ cli: resolve('src/cli/index.ts'), ...workers });
  const home = await mkdtemp(join(tmpdir(), 'bt-rt-'));
  const running = new Set<ChildProcess>();

  function start(args: readonly string[], more: { readonly [name: string]: string } = {}): Running {
    const child = spawn(process.execPath, [join(built.dir, 'cli.cjs'), ...args], { cwd: home, env: { PATH: process.env['PATH'] ?? '', HOME: home, BERTH_HOME: home, BERTH_SETTINGS: process.env['BERTH_SETTINGS'] ?? '', BERTH_OUT: built.dir, BERTH_RESOURCES: resolve('resources'), NO_COLOR: '1', ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const text = { out: '', err: '' };
    const listeners = new Set<() => void>();
    for (const [stream, name] of [[child.stdout, 'out'], [child.stderr, 'err']] as const) {
      stream.on('data', (chunk: Buffer) => {
        text[name] += chunk.toString();
        for (const listener of listeners) listener();
      });
    }
    const ended = new Promise<{ code: number | null; out: string; err: string }>((done) => child.on('close', (code) => (running.delete(child), done({ code, ...text }))));
    const says = (wanted: string): Promise<void> =>
      new Promise((done, fail) => {
        const look = (): void => void ((text.out + text.err).includes(wanted) && done());
        listeners.add(look);
        look();
        void ended.then((result) => fail(new Error(`ended without saying "${wanted}": ${JSON.stringify(result).slice(0, 4_000)}`)));
      });
    return { child, ended, says };
  }

  return {
    home,
    start,
    async json(...args) {
      const { code, out, err } = await start([...args, '--json']).ended;
      if (!out.startsWith('{')) throw new Error(`berth ${args.join(' ')} said no JSON: ${out}${err}`);
      return { code, ...(JSON.parse(out) as { value: never; error: never }) };
    },
    logLines: async () => (await readFile(join(home, 'logs', 'berth.log'), 'utf8')).trim().split('\n').map((line) => (JSON.parse(line) as { message: string }).message),
    async close() {
      for (const child of running) child.kill('SIGKILL');
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
