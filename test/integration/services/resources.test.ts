import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import { ComposeService } from '@main/compose';
import { serviceRemaker } from '@main/modes';
import { readBeneath, replaceBeneath } from '@main/platform/files';
import { resourcesHandlers, resourcesOperation, ServicesService, type ResourcesDependencies } from '@main/services/index';
import { BUSYBOX_IMAGE, engineJson, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';
import { idsOf, inspectAll } from '../modes/small-shop';

const run = promisify(execFile);
const GIB = 1024 ** 3;
const BASE = `# the shop
services:
  api: # the one that works
    image: ${BUSYBOX_IMAGE}   # base
    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]

  # never touched
  db:
    image: ${BUSYBOX_IMAGE}
    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
`;
const DEV = `# dev only\nservices:\n  api:\n    environment: { APP_MODE: dev }\n`;

let project: TestProject;
let world: World;
let service: ServicesService;
let deps: ResourcesDependencies;
let hostCpus = 0;

beforeAll(async () => {
  await ensureBusybox();
  hostCpus = (await engineJson<{ NCPU: number }>('GET', '/info')).NCPU;
});
beforeEach(async () => {
  project = await emptyProject('res', { files: { 'compose.yaml': BASE, 'compose.dev.yaml': DEV, 'berth.yaml': 'modes:\n  dev:\n    files: [compose.yaml, compose.dev.yaml]\n  prod:\n    files: [compose.yaml]\n' } });
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  await world.projects.open(project.dir, true);
  deps = { engine: world.engine, projects: world.projects, log: world.deps.log, lock: world.deps.lock, remaker: serviceRemaker(world.deps, world.modes), readBeneath, replaceBeneath };
  service = new ServicesService(deps);
  world.operations.register(resourcesOperation(deps, service));
});
afterEach(async () => {
  await world.close();
  await project.close();
});

async function give(preset: string, to = 'api'): Promise<Operation> {
  const { id } = await world.operations.enqueue('services.resources', { project: project.dir, service: to, preset });
  return world.operations.wait(id, 120_000);
}

async function limitsOf(id: string): Promise<{ readonly Memory: number; readonly NanoCpus: number; readonly MemoryReservation: number }> {
  const { stdout } = await run('docker', ['inspect', '--format', '{{json .HostConfig}}', id]);
  return JSON.parse(stdout) as { Memory: number; NanoCpus: number; MemoryReservation: number };
}

it('changes only the files of a service that does not run, and is undone to the byte', async () => {
  const ended = await give('combined');
  expect(ended).toMatchObject({ state: 'succeeded', undoable: true, result: { files: ['compose.yaml'], recreated: false, preset: { name: 'combined', memoryBytes: 2 * GIB } } });
  expect(await inspectAll(project)).toEqual([]);
  expect(await project.read('compose.dev.yaml')).toBe(DEV);
  expect((await project.read('compose.yaml')).replace(/ {4}deploy:\n(?: {6,}.*\n)+/, '')).toBe(BASE);
  const presets = await resourcesHandlers(deps, service)['services.presets']({ project: project.dir, service: 'api' }, { door: 'internal', signal: new AbortController().signal });
  expect(presets.current.name).toBe('combined');
  expect(presets.presets.map((one) => one.name)).toEqual(['current', 'combined', 'none']);
  // Asked for again there is nothing to do, and nothing to take back.
  expect(await give('combined')).toMatchObject({ state: 'succeeded', undoable: false, result: { files: [] } });
  const { id } = await world.operations.enqueue('operations.undo', { id: ended.id });
  expect((await world.operations.wait(id, 60_000)).state).toBe('succeeded');
  expect(await project.read('compose.yaml')).toBe(BASE);
});

it('has nothing to do where variables say the same already', async () => {
  const limits = '    deploy:\n      resources:\n        limits: { cpus: "${CPUS:-2}", memory: "${MEMORY:-2G}" }\n        reservations: { cpus: "1", memory: 1G }\n';
  const text = BASE.replace('\n  # never touched', `${limits}\n  # never touched`);
  await project.write('compose.yaml', text);
  expect(await give('combined')).toMatchObject({ state: 'succeeded', result: { files: [] } });
  expect(await project.read('compose.yaml')).toBe(text);
});

it('makes a running service anew with the limits, lowered to the machine, and nothing else', async () => {
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  const before = await idsOf(project);
  const ended = await give('combined');
  expect(ended.error).toBeNull();
  expect(ended).toMatchObject({ state: 'succeeded', undoable: true, result: { recreated: true } });
  const after = await idsOf(project);
  expect(after['db']).toBe(before['db']);
  expect(after['api']).not.toBe(before['api']);
  expect(await limitsOf(after['api'] ?? '')).toMatchObject({ Memory: 2 * GIB, NanoCpus: Math.min(2, hostCpus) * 1e9, MemoryReservation: GIB });
  const { preset } = ended.result as { preset: { cpus: number; notice: string } };
  expect(preset.cpus).toBe(Math.min(2, hostCpus));
  expect(preset.notice === '').toBe(hostCpus >= 2);
  // What runs is what the files say: a plan of the same mode has nothing to do.
  expect((await world.modes.plan(project.dir, 'dev')).changes.map((one) => one.action)).toEqual(['keep', 'keep']);
});

it('puts files and containers back when the service does not come up', async () => {
  expect((await world.switchTo(project.dir, 'prod')).error).toBeNull();
  const before = await idsOf(project);
  const broken = `${BASE.replace("sh\", \"-c\", \"trap 'exit 0' TERM; sleep 100000 & wait\"]\n\n", 'sh", "-c", "exit 3"]\n\n')}`;
  expect(broken).not.toBe(BASE);
  await project.write('compose.yaml', broken);
  const ended = await give('current');
  expect(ended.state).toBe('rolled-back');
  expect(await project.read('compose.yaml')).toBe(broken);
  expect(await idsOf(project)).toEqual(before);
});

it('refuses what must be done by hand, an unknown service and a service without its own map', async () => {
  await expect(give('combined', 'web')).rejects.toMatchObject({ code: 'service-not-found' });
  await project.write('compose.yaml', BASE.replace('api: # the one that works', 'api: &api').concat('  web: *api\n'));
  await expect(give('combined')).rejects.toMatchObject({ code: 'fix-failed' });
});

it('keeps pids_limit of every file as what it was, written where the limits are', async () => {
  await project.write('compose.yaml', BASE.replace('image:', 'pids_limit: 123\n    image:'));
  await project.write('compose.dev.yaml', `${DEV.trimEnd()}\n    pids_limit: 77\n`);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  const ended = await give('combined');
  expect(ended.error).toBeNull();
  expect((ended.result as { files: string[] }).files.sort()).toEqual(['compose.dev.yaml', 'compose.yaml']);
  expect(await project.read('compose.yaml')).toContain('pids: 123');
  expect(await project.read('compose.dev.yaml')).toContain('pids: 77');
  expect(await limitsOf((await idsOf(project))['api'] ?? '')).toMatchObject({ Memory: 2 * GIB, PidsLimit: 77 });
});

it('takes an older spelling of the same limits away', async () => {
  await project.write('compose.yaml', BASE.replace('image:', 'mem_limit: 1g\n    image:'));
  expect((await give('combined')).state).toBe('succeeded');
  const text = await project.read('compose.yaml');
  expect(text).not.toContain('mem_limit');
  expect(text).toContain('memory: 2G');
});
