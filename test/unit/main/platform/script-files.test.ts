import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readScripts } from '@main/platform/script-files';

const run = promisify(execFile);
const SOURCE = resolve('resources/scripts');
let dir: string;

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'berth-scripts-')));
  await mkdir(join(dir, 'shop/scripts'), { recursive: true });
  await writeFile(join(dir, 'shop/compose.yaml'), 'services: {}\n');
  await writeFile(join(dir, 'berth'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it('each script is whole: it runs alone, for its project, and does what it does where it comes from', async () => {
  const scripts = await readScripts(SOURCE);
  expect(scripts.map((one) => one.name)).toContain('dev-mode.sh');
  for (const { name, bytes } of scripts) {
    const alone = join(dir, 'shop/scripts', name);
    await writeFile(alone, bytes);
    await chmod(alone, 0o755);
    const call = async (path: string, ...args: readonly string[]): Promise<string> => (await run('sh', [path, ...args], { cwd: join(dir, 'shop'), env: { PATH: process.env['PATH'] ?? '', BERTH: join(dir, 'berth') } })).stdout;
    expect(await call(alone, '--help'), name).toMatch(new RegExp(`^\\S.*\\nUsage: ${name} \\[--help\\] `));
    const told = await call(alone, '--json');
    expect(told, name).toContain(`\n--project\n${join(dir, 'shop')}\n`);
    expect(told, name).toMatch(/\n--json\n$/);
    expect(await call(join(SOURCE, name), '--json'), name).toBe(told);
  }
  expect(scripts.filter((one) => new TextDecoder().decode(one.bytes).includes('dirname -- "$0")/common'))).toEqual([]);
});
