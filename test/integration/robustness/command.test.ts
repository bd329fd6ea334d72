import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { ensureBusybox } from '../../support/images';
import type { TestProject } from '../../support/projects';
import { leftOf, tinyProject } from './kit';

let project: TestProject;
let home: string;

beforeAll(async () => {
  await Promise.all([ensureBusybox(), ensureHelperImage()]);
  project = await tinyProject();
  home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  expect((await berth(['projects', 'open', project.dir, '--trust'])).code).toBe(0);
});
afterAll(async () => {
  await project.close();
  await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

/** Runs the built command; with `killAt` it is killed with SIGKILL as soon as it says this. */
function berth(args: readonly string[], killAt?: string): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [resolve('bin/berth'), ...args], { cwd: home, env: { PATH: process.env['PATH'] ?? '', HOME: home, BERTH_HOME: home, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
    if (killAt !== undefined && said.err.includes(killAt)) child.kill('SIGKILL');
  });
  return new Promise((done) => child.on('close', (code) => done({ code, ...said })));
}

it('prints a table and ends with 0 when every point held', async () => {
  const { code, out, err } = await berth(['checks', 'robustness', 'delete', '--yes', '--project', project.dir]);
  expect({ code, err: err.includes('rror') ? err : '' }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/passed +Delete a service +delete +[\d.]+ m?s +web went;/);
  expect(out).toMatch(/1 of 1 points in .*The copy is removed\.\n$/);
  expect(await leftOf(project.name)).toEqual([]);
}, 120_000);

it('killed in the middle of a point, the next command leaves nothing of the copy', async () => {
  const killed = await berth(['checks', 'robustness', 'five', '--yes', '--project', project.dir], 'Add five services at once');
  expect(killed.code).toBeNull();
  expect(await leftOf(project.name)).not.toEqual([]);
  expect((await berth(['projects', 'list'])).code).toBe(0);
  expect(await leftOf(project.name)).toEqual([]);
  expect(await readdir(join(home, 'twins'))).toEqual([]);
}, 120_000);
