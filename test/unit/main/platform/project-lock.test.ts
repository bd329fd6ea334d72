import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockProject } from '@main/platform/project-lock';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bt-lock-'));
  await mkdir(join(dir, '.berth'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A process that holds the lock until it is gone. */
async function holder(command: string): Promise<{ readonly pid: number; end(): void }> {
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  await writeFile(join(dir, '.berth', 'lock'), JSON.stringify({ pid, started: '', boot: '' }));
  return { pid, end: () => child.kill('SIGKILL') };
}

it('takes over from a process that is still going away', async () => {
  await holder('sleep 0.6');
  const lock = await lockProject(dir);
  expect(JSON.parse(await readFile(join(dir, '.berth', 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  lock.dispose();
});

it('is refused while another one stays, and names it', async () => {
  const other = await holder('exec sleep 60');
  await expect(lockProject(dir)).rejects.toMatchObject({ code: 'busy', message: `Another Berth (process ${String(other.pid)}) is changing this project.` });
  other.end();
});
