import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const RUNNER = resolve('scripts/lib/bench-run.mjs');
const LEFT_OPEN = "import { createServer } from 'node:net';\nawait new Promise((done) => createServer().listen(0, '127.0.0.1', done));\n";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-unit-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function bench(source: string, ...options: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const file = join(folder, 'bench.mjs');
  await writeFile(file, source);
  const child = spawn(process.execPath, [RUNNER, file, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((done) => child.on('close', (code) => done({ code, output })));
}

describe('a bench', () => {
  it('gets its options, and ends when it is done although something is still open', async () => {
    expect(await bench(`${LEFT_OPEN}console.log(process.argv.slice(2).join('|'));`, '--rounds', '3')).toEqual({ code: 0, output: '--rounds|3\n' });
  });

  it('ends with 1 when it missed a limit', async () => {
    expect((await bench(`${LEFT_OPEN}process.exitCode = 1;`)).code).toBe(1);
  });

  it('ends with 1 and says why when it cannot run, whatever it had opened', async () => {
    const { code, output } = await bench(`${LEFT_OPEN}throw new Error('nothing to compare with');`);
    expect(code).toBe(1);
    expect(output).toContain('nothing to compare with');
  });
});
