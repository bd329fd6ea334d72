import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { access, chmod, constants, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { ensureBusybox } from '../../support/images';
import { opsProject, type TestProject } from '../../support/projects';
import { idsOf } from '../modes/small-shop';
import { DEEP } from '../../support/random';

const run = promisify(execFile);
const BERTH = resolve('bin/berth');
const NAMES = ['backup-state.sh', 'clean-all.sh', 'deploy-changes.sh', 'dev-mode.sh', 'fix-mounts.sh', 'prod-mode.sh', 'rebuild-dev.sh', 'restore-state.sh', 's3-workspace-sync.sh', 'stop-dev.sh', 'test-changes.sh', 'validate-mounts.sh'];
const SERVICES = ['ai-brain', 'api', 'automation-service', 'database'];

let berth: BerthCommand;
let project: TestProject;

beforeAll(async () => {
  await ensureBusybox();
  berth = await berthCommand();
  project = await opsProject();
  expect((await berth.json('projects open --trust'.split(' ').concat(project.dir))).answer.ok).toBe(true);
});
afterAll(async () => {
  await berth.close();
  await project.close();
});

async function script(name: string, args: readonly string[] = [], folder = 'scripts'): Promise<{ readonly code: number; readonly text: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: berth.home, BERTH_HOME: berth.home, BERTH_SETTINGS: process.env['BERTH_SETTINGS'] ?? '', BERTH, NO_COLOR: '1' };
  // Started from elsewhere: the project is found by where the script lies.
  return run(join(project.dir, folder, name), [...args], { env, cwd: berth.home, maxBuffer: 16 * 1024 * 1024 }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );
}

async function install(...args: readonly string[]): Promise<OutputOf<'scripts.install'>> {
  const { answer } = await berth.json<OutputOf<'scripts.install'>>(['scripts', 'install', '--project', project.dir, '--yes', ...args]);
  if (answer.value === undefined) throw new Error(answer.error?.message);
  return answer.value;
}

const undo = async (id: string): Promise<void> => void expect((await berth.run(['operations', 'undo', id, '--yes'])).code).toBe(0);
const running = async (): Promise<string> => (await run('docker', ['ps', '-q', '--filter', `label=com.docker.compose.project=${project.name}`])).stdout;

describe('writing the scripts into a project', () => {
  it('shows what it would write, writes it executable, and takes it away again', async () => {
    const refused = await berth.json(['scripts', 'install', '--project', project.dir]);
    expect(refused.answer.error).toMatchObject({ code: 'consent-required', plan: { files: NAMES.map((name) => ({ path: `scripts/${name}`, change: 'create' })) } });
    const { files, operationId } = await install();
    expect(files).toEqual(NAMES.map((name) => `scripts/${name}`));
    expect((await readdir(join(project.dir, 'scripts'))).sort()).toEqual(NAMES);
    for (const name of NAMES) await access(join(project.dir, 'scripts', name), constants.X_OK);
    expect((await install()).files).toEqual([]);
    await undo(operationId);
    await expect(stat(join(project.dir, 'scripts'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('replaces a script of the same name, and the undo brings its bytes and its mode back', async () => {
    await project.write('ops/tools/dev-mode.sh', 'mine\n');
    await chmod(join(project.dir, 'ops/tools/dev-mode.sh'), 0o640);
    await project.write('ops/tools/other.sh', 'other\n');
    const { operationId, diff } = await install('--dir', 'ops/tools');
    expect(diff).toContain('-mine');
    expect((await script('dev-mode.sh', ['--help'], 'ops/tools')).code).toBe(0);
    await undo(operationId);
    expect((await readdir(join(project.dir, 'ops/tools'))).sort()).toEqual(['dev-mode.sh', 'other.sh']);
    expect(await readFile(join(project.dir, 'ops/tools/dev-mode.sh'), 'utf8')).toBe('mine\n');
    expect((await stat(join(project.dir, 'ops/tools/dev-mode.sh'))).mode & 0o777).toBe(0o640);
  });

  it.each(['../outside', '/tmp', '.berth', 'a/b/c/d'])('refuses the folder %s', async (dir) => {
    expect((await berth.json(['scripts', 'install', '--project', project.dir, '--yes', '--dir', dir])).answer.error).toMatchObject({ code: 'input-invalid' });
  });
});

describe.each([false, true])('the scripts on a real project, another Berth open: %s', (open) => {
  let host: ChildProcess | null = null;

  beforeAll(async () => {
    await install();
    if (!open) return;
    const child = spawn(process.execPath, [BERTH, 'serve'], { env: { PATH: process.env['PATH'] ?? '', HOME: berth.home, BERTH_HOME: berth.home, BERTH_SETTINGS: process.env['BERTH_SETTINGS'] ?? '' }, stdio: ['ignore', 'pipe', 'inherit'] });
    host = child;
    await new Promise<void>((ready, failed) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => ((text += chunk.toString()), text.includes('"type":"ready"') ? ready() : undefined));
      child.once('exit', () => failed(new Error(`serve ended: ${text}`)));
    });
  });
  afterAll(async () => {
    if (host === null) return;
    const ended = new Promise((done) => host?.once('exit', done));
    host.kill('SIGTERM');
    await ended;
  });

  it.each(NAMES)('%s says what it does', async (name) => {
    const { code, text } = await script(name, ['--help']);
    expect(code).toBe(0);
    expect(text).toContain(`Usage: ${name}`);
  });

  // Each half takes most of a minute: one without another Berth and one with; the long run has both with both.
  if (DEEP || !open) it('runs and checks the project, tests a change beside it and deploys it', async () => {
    expect(await script('dev-mode.sh')).toMatchObject({ code: 0 });
    const before = await idsOf(project);
    expect(Object.keys(before).sort()).toEqual(SERVICES);
    expect(await script('validate-mounts.sh')).toMatchObject({ code: 0 });
    expect(await script('fix-mounts.sh')).toMatchObject({ code: 0 });
    await project.write('api/requirements.txt', `flask==3.0.${open ? '2' : '1'}\n`);
    expect(await script('test-changes.sh')).toMatchObject({ code: 0 });
    expect(await idsOf(project)).toEqual(before);
    expect(await script('deploy-changes.sh')).toMatchObject({ code: 0 });
    const deployed = await idsOf(project);
    expect(deployed['api']).not.toBe(before['api']);
    expect(deployed['database']).toBe(before['database']);
  });

  if (DEEP || open) it('rebuilds, stops, cleans and starts it again', async () => {
    const before = await idsOf(project);
    expect(await script('rebuild-dev.sh')).toMatchObject({ code: 0 });
    const rebuilt = await idsOf(project);
    for (const service of SERVICES) expect(rebuilt[service]).not.toBe(before[service]);
    // How soon is asked in test/timings.
    expect(await script('stop-dev.sh')).toMatchObject({ code: 0 });
    expect(await running()).toBe('');
    expect(await script('stop-dev.sh')).toMatchObject({ code: 0 });
    expect(await script('clean-all.sh', ['--dry-run'])).toMatchObject({ code: 0 });
    expect(await idsOf(project)).toEqual(rebuilt);
    expect(await script('clean-all.sh')).toMatchObject({ code: 0 });
    const cleaned = await idsOf(project);
    for (const service of SERVICES) expect(cleaned[service]).not.toBe(rebuilt[service]);
    expect((await running()).trim().split('\n')).toHaveLength(SERVICES.length);
    expect(await script('prod-mode.sh')).toMatchObject({ code: 0 });
  });

  if (DEEP || !open) it('keeps the state, and brings it back', async () => {
    expect(await script('backup-state.sh', ['--tag', 'by script'])).toMatchObject({ code: 0 });
    const { answer } = await berth.json<OutputOf<'snapshots.list'>>(['snapshots', 'list', '--project', project.dir]);
    const made = answer.value?.snapshots.find((one) => one.tag === 'by script');
    const files = await project.read('docker-compose.dev.yml');
    await project.write('docker-compose.dev.yml', 'services: [broken\n');
    expect(await script('restore-state.sh', [made?.id ?? '', '--only', 'files'])).toMatchObject({ code: 0 });
    expect(await project.read('docker-compose.dev.yml')).toBe(files);
  });
});
