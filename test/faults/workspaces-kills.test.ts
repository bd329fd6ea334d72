import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleForNode } from '../integration/modes/bundle';
import { BUSYBOX_IMAGE, engineJson, ensureBusybox } from '../support/images';
import { emptyProject, removeProjectObjects, type TestProject } from '../support/projects';
import { DEEP, sample } from '../support/random';
import { removeServers } from '../support/s3-server';
import { ensureStorageImages } from '../../scripts/lib/storage-images.mjs';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const COMPOSE = `services:\n  app:\n    image: ${BUSYBOX_IMAGE}\n    command: [sleep, "600"]\n    init: true\n`;
const KILLS = 2;
const run = promisify(execFile);

interface Seen {
  readonly project: string;
  readonly operations: readonly { readonly kind: string; readonly state: string }[];
  readonly workspaces: readonly { readonly name: string; readonly runner: { readonly state: string } | null }[];
}

let project: TestProject;
let home: string;
let program: string;
let environment: Readonly<Record<string, string>>;

/** Null: it was killed. */
async function berth(verb: string, source: string, env: Readonly<Record<string, string>> = {}): Promise<Seen | null> {
  try {
    const { stdout } = await run(process.execPath, [program, verb, home, project.dir, source], { env: { ...environment, ...env }, maxBuffer: 1 << 26 });
    return JSON.parse(stdout) as Seen;
  } catch (error) {
    const { signal, stderr = '', message } = error as { readonly signal?: string; readonly stderr?: string; readonly message: string };
    if (signal === 'SIGKILL') return null;
    throw new Error(`${verb}: ${stderr || message}`);
  }
}

async function containers(): Promise<readonly { readonly Id: string; readonly State: string; readonly service: string }[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}-workspaces`] }));
  const found = await engineJson<{ Id: string; State: string; Labels: Record<string, string> }[]>('GET', `/containers/json?all=1&filters=${filters}`);
  return found.map(({ Id, State, Labels }) => ({ Id, State, service: Labels['com.docker.compose.service'] ?? '' }));
}

const ofWorkspace = async (): Promise<readonly string[]> => (await containers()).filter((one) => one.service === 'api').map((one) => one.State);

async function points(source: string): Promise<readonly string[]> {
  const file = join(tmpdir(), `${project.name}-points`);
  await berth('start', source, { BERTH_RECORD: file });
  const all = (await readFile(file, 'utf8')).split('\n').filter((one) => one.startsWith('workspaces.') || one.startsWith('commit'));
  await rm(file);
  await berth('stop', source);
  return [...new Set(all)];
}

beforeAll(async () => {
  await ensureBusybox();
  await ensureStorageImages();
  project = await emptyProject('wk', { files: { 'compose.yaml': COMPOSE } });
  home = await realpath(await mkdtemp(join(tmpdir(), 'bt-wk-')));
  await mkdir(join(project.dir, 'workspaces/api'), { recursive: true });
  await writeFile(join(project.dir, 'workspaces/api/app.js'), "require('http').createServer((_, response) => response.end('one')).listen(process.env.PORT);\n");
  program = await bundleForNode('test/faults/workspaces-process.ts');
  environment = { PATH: process.env['PATH'] ?? '', BERTH_OUT: process.env['BERTH_OUT'] ?? resolve('out/main'), BERTH_RESOURCES: resolve('resources'), BERTH_S3_NAME: `bt-s3-${randomBytes(4).toString('hex')}`, BERTH_VALIDATOR_IMAGE: BUSYBOX_IMAGE, DOCKER_HOST: 'unix:///var/run/docker.sock' };
  await berth('prepare', 'local');
}, 240_000);
afterAll(async () => {
  await removeProjectObjects(`${project.name}-workspaces`);
  await removeServers(join(home, 'storage'));
  await rm(home, { recursive: true, force: true });
  await project.close();
});

/** kill -9 in the middle of the start of a container, at a seeded sample of the places it passes; all of them in the long runs. */
describe(`a container of a workspace that is being started (seed ${String(SEED)})`, () => {
  it.each([
    ['local', ['workspaces.network.create', 'workspaces.container.create', 'workspaces.container.start', 'commit']],
    ['volume', ['workspaces.volume.create', 'workspaces.volume.keeper', 'workspaces.volume.start', 'workspaces.container.create', 'workspaces.container.start']],
  ])('from %s: afterwards there is one or none, and the monitor has it running again', async (source, passes) => {
    const all = await points(source);
    const names = new Set(all.map((one) => one.split(':')[0]));
    for (const passed of passes) expect([...names]).toContain(passed);
    // Made and not started is what is easily left over.
    const always = all.filter((one) => one === 'workspaces.container.create:after:1' || one === 'workspaces.container.start:after-intent:1');
    for (const point of DEEP ? all : new Set([...always, ...sample(all, KILLS, SEED)])) {
      expect(await berth('start', source, { BERTH_FAIL: `${point}:kill` }), `${point} was not reached`).toBeNull();
      expect((await ofWorkspace()).length, point).toBeLessThanOrEqual(1);
      const after = await berth('again', source);
      expect(after?.workspaces.map((one) => one.runner?.state), point).toEqual(['running']);
      expect(await ofWorkspace(), point).toEqual(['running']);
      expect((await containers()).filter((one) => one.service === 'workspaces-volume').length, point).toBe(source === 'volume' ? 1 : 0);
      await berth('stop', source);
      expect(await containers(), point).toEqual([]);
    }
  }, 600_000);
});
