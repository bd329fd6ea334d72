import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { nodeProgram } from '../../scripts/lib/base-images.mjs';
import { freePort } from './private-engine';

/** Where the bundled sample lies. */
export const SAMPLE_DIR = resolve('resources/samples/portfolio');

/** One service of the sample, run directly on this machine with its own Node. */
export interface SampleProcess {
  readonly url: string;
  readonly output: () => string;
  /** Ends it with the signal and resolves with its exit code (null when the signal ended it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a service of the sample on a free port of 127.0.0.1 and waits until its health check answers. */
export async function startSampleService(service: 'api' | 'store' | 'worker' | 'web', env: Readonly<Record<string, string>>): Promise<SampleProcess> {
  const program = await nodeProgram();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(program, ['src/server.ts'], {
    cwd: resolve(SAMPLE_DIR, service),
    env: { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', PORT: String(port), APP_MODE: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  await untilListening(child, () => output);
  return {
    url,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
      child.kill(signal);
      return ended;
    },
  };
}

/** The service says so itself, in its first line. */
async function untilListening(child: ChildProcess, output: () => string): Promise<void> {
  await new Promise<void>((done, failed) => {
    const check = (): void => {
      if (output().includes(' listens on port ')) done();
    };
    child.stdout?.on('data', check);
    child.once('error', failed);
    child.once('exit', (code) => failed(new Error(`The service ended with ${String(code)}:\n${output()}`)));
  });
}
