import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Operation } from '@shared/domain/operations/operation';
import { ComposeService } from '@main/compose';
import { verbOperations } from '@main/modes';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { docker, openDriftWorld, type DriftWorld } from '../reconcile/kit';

const run = promisify(execFile);
const STAYS = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];
let project: TestProject;
let world: DriftWorld;

beforeAll(async () => {
  await ensureBusybox();
  const stays = (more: object = {}): object => ({ image: BUSYBOX_IMAGE, command: STAYS, stop_grace_period: '2s', ...more });
  const services = { web: stays(), side: stays({ network_mode: 'service:web' }), deep: stays({ network_mode: 'service:side' }), shm: stays({ ipc: 'service:memory' }), memory: stays({ ipc: 'shareable' }), follower: stays({ depends_on: { web: { condition: 'service_started', restart: true } } }), other: stays({ depends_on: ['web'] }) };
  project = await emptyProject('sns', { files: { 'docker-compose.dev.yml': stringify({ services }) } });
  world = await openDriftWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  await world.engine.connect();
  for (const kind of verbOperations(world.deps, world.modes)) world.operations.register(kind);
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
});
afterAll(async () => {
  await world.close();
  await project.close();
});

async function verb(name: string, ...services: readonly string[]): Promise<Operation> {
  const { id } = await world.operations.enqueue(`services.${name}`, { project: project.dir, services: [...services] });
  const ended = await world.operations.wait(id, 120_000);
  expect(ended.error).toBeNull();
  return ended;
}

interface Inside { readonly network: string; readonly ipc: string; readonly startedAt: string }

/** The namespaces each service's process is in, by the kernel. */
async function inside(): Promise<{ readonly [service: string]: Inside }> {
  const ids = (await docker('ps', '-q', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`)).split('\n');
  const found = JSON.parse(await docker('inspect', ...ids)) as { Config: { Labels: { [name: string]: string } }; State: { Pid: number; StartedAt: string } }[];
  const link = async (pid: number, kind: string): Promise<string> => (await run('readlink', [`/proc/${String(pid)}/ns/${kind}`])).stdout.trim();
  const entries = await Promise.all(found.map(async ({ Config, State }) => [Config.Labels['com.docker.compose.service'] ?? '', { network: await link(State.Pid, 'net'), ipc: await link(State.Pid, 'ipc'), startedAt: State.StartedAt }] as const));
  return Object.fromEntries(entries);
}

async function areTogether(): Promise<{ readonly [service: string]: Inside }> {
  const now = await inside();
  expect(Object.keys(now).sort()).toEqual(['deep', 'follower', 'memory', 'other', 'shm', 'side', 'web']);
  expect([now['side']?.network, now['deep']?.network]).toEqual([now['web']?.network, now['web']?.network]);
  expect(now['shm']?.ipc).toBe(now['memory']?.ipc);
  return now;
}

const id = (service: string): string => `${project.name}-${service}-1`;

async function planned(): Promise<readonly string[]> {
  const { plan } = await world.modes.prepare((await world.projects.resolve(project.dir)).id, 'dev', undefined);
  return plan.changes.filter((one) => one.action !== 'keep').map((one) => `${one.action} ${one.service}: ${one.reasons.join('; ')}`).sort();
}

it('a restart begins those anew that share its network, and those the file asks for, as docker compose does', async () => {
  const before = await areTogether();
  const ended = await verb('restart', 'web');
  expect(ended.result).toMatchObject({ services: ['deep', 'follower', 'side', 'web'] });
  const after = await areTogether();
  const begunAnew = Object.keys(after).filter((one) => after[one]?.startedAt !== before[one]?.startedAt).sort();
  expect(begunAnew).toEqual(['deep', 'follower', 'side', 'web']);
  expect(await planned()).toEqual([]);
});

it('so does a start after somebody stopped the one alone', async () => {
  await docker('stop', '-t', '0', id('web'), id('memory'));
  expect((await verb('start')).result).toMatchObject({ services: ['deep', 'memory', 'shm', 'side', 'web'] });
  await areTogether();
  expect(await planned()).toEqual([]);
});

it('services up makes anew what still holds what is gone, and says why', async () => {
  await docker('stop', '-t', '0', id('web'));
  const shared = 'whose namespace it shares';
  expect(await planned()).toEqual([`recreate deep: side, ${shared}, is replaced`, `recreate side: web, ${shared}, is started anew`, expect.stringContaining('start web: is stopped')]);
  await verb('up');
  await areTogether();
  await docker('restart', '-t', '0', id('memory'));
  expect(await planned()).toEqual([`recreate shm: memory, ${shared}, was started after it`]);
  await verb('up');
  await areTogether();
  expect(await planned()).toEqual([]);
});

it('a restart behind its back is drift, and healed by a restart of what was left behind', async () => {
  const projectId = (await world.projects.resolve(project.dir)).id;
  const heal = async (drifts: readonly string[]): Promise<void> => {
    const { id: operation } = await world.operations.enqueue('drift.heal', { project: project.dir, drifts: [...drifts] });
    expect((await world.operations.wait(operation, 60_000)).error).toBeNull();
    await areTogether();
  };
  expect(await world.reconciler.pass(projectId)).toEqual([]);
  const before = await docker('ps', '-q', '--no-trunc', '--filter', `name=${id('side')}`);
  await docker('restart', '-t', '0', id('web'));
  const drifts = await world.reconciler.pass(projectId);
  expect(drifts.map((one) => `${one.service} ${one.field}: ${one.desired} | ${one.actual}`)).toEqual(['side namespace: shared with web | of an earlier run of web']);
  await heal(drifts.map((one) => one.id));
  expect(await docker('ps', '-q', '--no-trunc', '--filter', `name=${id('side')}`)).toBe(before);
  expect(await world.reconciler.pass(projectId)).toEqual([]);
  // What is brought back takes along what shared its network.
  await docker('kill', id('web'));
  const ended = await world.reconciler.pass(projectId);
  expect(ended.map((one) => `${one.service} ${one.field}`)).toEqual(['web state']);
  await heal(ended.map((one) => one.id));
  expect(await world.reconciler.pass(projectId)).toEqual([]);
});
