import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import type { Operation } from '@shared/domain/operations/operation';
import { ComposeService } from '@main/compose';
import { pullOperation, verbOperations } from '@main/modes';
import { DesiredStates } from '@main/reconcile';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { smallRegistry, type SmallRegistry } from '../../support/small-registry';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';

const run = promisify(execFile);
const STAYS = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];
let project: TestProject;
let registry: SmallRegistry;
let world: World;

const docker = async (...words: readonly string[]): Promise<string> => (await run('docker', [...words])).stdout.trim();
const compose = async (...words: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await run('docker', ['compose', '-f', 'docker-compose.dev.yml', ...words], { cwd: project.dir });
  return `${stdout}${stderr}`;
};

/** Id by name. */
async function containers(): Promise<{ readonly [name: string]: string }> {
  const text = await docker('ps', '-a', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`, '--format', '{{.Names}} {{.ID}}');
  return Object.fromEntries(text.split('\n').filter((line) => line !== '').map((line) => (line.slice(project.name.length + 1).split(' ') as [string, string])).sort());
}

async function verb(name: string, input: object): Promise<Operation> {
  const { id } = await world.operations.enqueue(`services.${name}`, { project: project.dir, ...input });
  return world.operations.wait(id, 120_000);
}

async function done(name: 'up' | 'remove' | 'scale', input: object): Promise<OutputOf<'services.up'>> {
  const ended = await verb(name, input);
  expect(ended.error).toBeNull();
  return ended.result as unknown as OutputOf<'services.up'>;
}

const steps = (of: OutputOf<'services.up'>): readonly string[] => (of.plan?.changes ?? []).filter((one) => one.action !== 'keep').map((one) => `${one.action} ${one.service}-${String(one.number)}: ${one.reasons.join('; ')}`);

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('vb');
  registry = await smallRegistry(BUSYBOX_IMAGE, `bt-vb-${project.name}`);
  const stays = (more: object = {}): object => ({ image: BUSYBOX_IMAGE, command: STAYS, stop_grace_period: '2s', ...more });
  const dev = { db: stays({ volumes: ['data:/data', '/scratch'] }), api: stays({ depends_on: ['db'] }), web: stays(), named: stays({ container_name: `${project.name}-one` }), ported: stays({ ports: ['127.0.0.1:45871:80'] }), fetched: stays({ image: registry.reference, profiles: ['fetched'] }) };
  await project.write('docker-compose.dev.yml', stringify({ services: dev, volumes: { data: {} } }));
  await project.write('docker-compose.clean.yml', stringify({ services: { db: dev.db }, volumes: { data: {} } }));
  await project.write('berth.yaml', stringify({ modes: { dev: { files: ['docker-compose.dev.yml'], profiles: ['fetched'] }, prod: 'docker-compose.clean.yml' } }));
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  for (const kind of [...verbOperations(world.deps, world.modes), pullOperation(world.deps, world.modes)]) world.operations.register(kind);
  await world.projects.open(project.dir, true);
});
afterAll(async () => {
  await world.close();
  await project.close();
  // The one before the newer has lost its tag.
  const pulled = (await docker('image', 'ls', '-aq', '--no-trunc', registry.reference.replace(/:latest$/, ''))).split('\n').filter((id) => id !== '');
  if (pulled.length > 0) await docker('image', 'rm', '-f', ...new Set(pulled));
  await registry.close();
});

it('brings up a service with what it depends on, where nothing was, and only those', async () => {
  const preview = await done('up', { services: ['api'], dryRun: true });
  expect(steps(preview)).toEqual(['create db-1: does not exist yet', 'create api-1: does not exist yet']);
  expect(await containers()).toEqual({});
  expect(await done('up', { services: ['api'] })).toMatchObject({ mode: 'dev', services: ['api', 'db'], plan: null });
  const made = await containers();
  expect(Object.keys(made)).toEqual(['api-1', 'db-1']);
  expect(await compose('up', '-d', 'api')).not.toMatch(/recreate|creat|started/i);
  expect(await containers()).toEqual(made);
  expect(await done('up', { services: ['api'] })).toMatchObject({ services: [] });
});

it('scales up and down with the numbers that docker compose gives, and says what brings the count back', async () => {
  await done('up', { services: ['web'] });
  const preview = await done('scale', { service: 'web', count: 3, dryRun: true });
  expect(steps(preview)).toEqual(['create web-2: 3 of it are asked for', 'create web-3: 3 of it are asked for']);
  expect(preview.notes.join(' ')).toMatch(/The compose files say 1: the next switch, `services up` and `docker compose up` go back to that/);
  const before = await containers();
  await done('scale', { service: 'web', count: 3 });
  const three = await containers();
  expect(three).toMatchObject({ ...before });
  expect(Object.keys(three).filter((name) => name.startsWith('web'))).toEqual(['web-1', 'web-2', 'web-3']);
  expect(await compose('up', '-d', '--scale', 'web=3', 'web')).not.toMatch(/recreate|creat|started/i);
  expect(await containers()).toEqual(three);
  const { id } = await world.projects.resolve(project.dir);
  const desired = await new DesiredStates(world.store, world.operations).of(id, () => Promise.resolve({ active: 'dev', idle: [] }));
  expect(desired).toMatchObject({ counts: { web: 3 } });
  await done('scale', { service: 'web', count: 1 });
  expect(await containers()).toEqual(before);
});

it('says beforehand why a service cannot be scaled', async () => {
  expect(await verb('scale', { service: 'named', count: 2 }).catch((error: unknown) => error)).toMatchObject({ code: 'input-invalid', message: `named has the fixed name ${project.name}-one, which only one container can have.` });
  expect(await verb('scale', { service: 'ported', count: 2 }).catch((error: unknown) => error)).toMatchObject({ code: 'input-invalid', message: 'ported publishes port 45871 of this computer: not enough for 2 containers.' });
  expect(await verb('up', { services: ['nobody'] }).catch((error: unknown) => error)).toMatchObject({ code: 'service-not-found' });
});

it('removes containers, shows which volumes go, and keeps those with a name', async () => {
  await docker('exec', `${project.name}-db-1`, 'sh', '-c', 'echo kept > /data/x');
  const volumes = (await docker('inspect', `${project.name}-db-1`, '--format', '{{range .Mounts}}{{.Name}} {{end}}')).split(' ');
  const preview = await done('remove', { services: ['db'], dryRun: true });
  expect(steps(preview)).toEqual(['remove db-1: its removal is asked for']);
  expect(preview.volumes).toEqual([{ service: 'db', target: '/scratch' }]);
  expect(preview.notes.join(' ')).toContain('api needs what is removed.');
  const before = await containers();
  expect(await done('remove', { services: ['db'] })).toMatchObject({ services: ['db'] });
  expect(await containers()).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'db-1')));
  const left = (await docker('volume', 'ls', '-q')).split('\n');
  expect(volumes.filter((name) => left.includes(name))).toEqual([`${project.name}_data`]);
  expect(await done('remove', { services: ['db'] })).toMatchObject({ services: [] });
  await done('up', { services: ['db'] });
  expect(await docker('exec', `${project.name}-db-1`, 'cat', '/data/x')).toBe('kept');
});

it('leaves containers that no mode knows alone, unless they are named', async () => {
  await docker('run', '-d', '--name', `${project.name}-stray-1`, '--label', `com.docker.compose.project=${project.name}`, '--label', 'com.docker.compose.service=stray', '--label', 'com.docker.compose.container-number=1', '--label', 'com.docker.compose.oneoff=False', '--label', 'com.docker.compose.config-hash=none', '--label', `com.docker.compose.project.working_dir=${project.dir}`, '--label', `com.docker.compose.project.config_files=${project.dir}/other.yml`, BUSYBOX_IMAGE, ...STAYS);
  await done('up', { services: ['web'] });
  expect(await containers()).toHaveProperty('stray-1');
  expect(await done('remove', { services: ['stray'] })).toMatchObject({ services: ['stray'] });
  expect(await containers()).not.toHaveProperty('stray-1');
});

it('pulls images with what becomes of their layers, touches no container, and up takes the newer one over', async () => {
  const pulled = await verb('pull', { services: ['fetched'] });
  expect(pulled).toMatchObject({ error: null, result: { services: ['fetched'], newer: [] } });
  expect((await world.operations.logOf(pulled.id)).join('\n')).toMatch(/[0-9a-f]{12}/);
  await done('up', { services: ['fetched'] });
  const before = await containers();
  registry.publish('two');
  expect(await verb('pull', { services: ['fetched'] })).toMatchObject({ result: { newer: ['fetched'] } });
  expect(await containers()).toEqual(before);
  expect(steps(await done('up', { services: ['fetched'], dryRun: true }))).toEqual(['recreate fetched-1: image changes']);
  await done('up', { services: ['fetched'] });
  expect((await containers())['fetched-1']).not.toBe(before['fetched-1']);
  const after = await containers();
  expect(await compose('--profile', 'fetched', 'up', '-d', 'fetched')).not.toMatch(/recreate|creat|started/i);
  expect(await containers()).toEqual(after);
  expect(await verb('pull', { services: ['nobody'] }).catch((error: unknown) => error)).toMatchObject({ code: 'service-not-found' });
});

it('removes everything when nothing is named', async () => {
  await done('remove', { services: [] });
  expect(await containers()).toEqual({});
  expect((await docker('volume', 'ls', '-q')).split('\n')).toContain(`${project.name}_data`);
});
