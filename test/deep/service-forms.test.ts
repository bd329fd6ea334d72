import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../support/berth-command';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';
import { BESIDE_FORMS, serviceForms } from '../support/service-forms';

const run = promisify(execFile);
const FILE = 'docker-compose.dev.yml';
const HUGE = 256 * 1024 * 1024;
let project: TestProject;
let berth: BerthCommand;

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('forms', { files: BESIDE_FORMS });
  await project.write(FILE, stringify(serviceForms(project.name, BUSYBOX_IMAGE)));
  await run('docker', ['volume', 'create', `${project.name}-ext`]);
  berth = await berthCommand();
  await berth.json(['projects', 'open', project.dir, '--trust']);
});
afterAll(async () => {
  await removeContainers();
  await compose('down', '-v').catch(() => undefined);
  await berth.close();
  await project.close();
  await run('docker', ['volume', 'rm', `${project.name}-ext`]);
});

const compose = async (...words: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await run('docker', ['compose', '-f', FILE, ...words], { cwd: project.dir, maxBuffer: HUGE });
  return `${stdout}${stderr}`;
};

/** Containers alone: with so many that end at once an engine of version 20 may hold on to an end of their network for good, and that stays then. */
const removeContainers = (): Promise<string> => compose('rm', '-s', '-f', '-v');

type Tree = { [key: string]: unknown };
type Found = { readonly [container: string]: Tree };

/** What each container was made with, by its name: without ids, times and what the engine finds out itself. */
async function made(): Promise<Found> {
  const ids = (await run('docker', ['ps', '-aq', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`])).stdout.trim().split('\n');
  const list = JSON.parse((await run('docker', ['inspect', ...ids], { maxBuffer: HUGE })).stdout) as readonly { Id: string; Name: string; Config: Tree; HostConfig: Tree; Mounts: readonly Tree[]; NetworkSettings: { Networks: { [name: string]: Tree } } }[];
  const names = new Map(list.map((one) => [one.Id, one.Name]));
  return Object.fromEntries(list.map((one) => [one.Name, withoutIds({ ...comparable(one), networks: endpoints(one.NetworkSettings.Networks) }, names)]));
}

/** Where Berth differs on purpose: volumes by the mounts API, and a grace of less than a second. */
const ON_PURPOSE: ReadonlySet<string> = new Set(['Binds', 'Mounts', 'VolumesFrom']);

function comparable({ Config, HostConfig, Mounts }: { Config: Tree; HostConfig: Tree; Mounts: readonly Tree[] }): Tree {
  const labels = Object.entries(Config['Labels'] as Tree).filter(([name]) => !name.startsWith('dev.berth.') && name !== 'com.docker.compose.config-hash' && name !== 'com.docker.compose.replace');
  const { Hostname, StopTimeout, ...config } = Config;
  return {
    config: { ...sorted(config), Labels: Object.fromEntries(labels.map(([name, value]) => [name, name.endsWith('.depends_on') ? String(value).split(',').sort() : value])), Hostname: /^[0-9a-f]{12}$/.test(String(Hostname)) ? '' : Hostname, StopTimeout: StopTimeout === 0 ? 1 : StopTimeout },
    host: sorted(Object.fromEntries(Object.entries(HostConfig).filter(([name]) => !ON_PURPOSE.has(name)))),
    mounts: Mounts.map((one) => `${String(one['Type'])} ${one['Type'] === 'bind' ? String(one['Source']) : ''} ${String(one['Destination'])} ${String(one['RW'])} ${String(one['Propagation'])}`.replace(/ (true|false) *$/, ' $1')).sort(),
  };
}

function endpoints(networks: { readonly [name: string]: Tree }): Tree {
  return Object.fromEntries(
    Object.entries(networks).map(([name, { IPAMConfig, Links, DriverOpts, Aliases }]) => [name, sorted({ IPAMConfig: IPAMConfig ?? {}, Links, DriverOpts: DriverOpts ?? {}, Aliases: ((Aliases as readonly string[] | null) ?? []).filter((one) => !/^[0-9a-f]{12}$/.test(one)) })]),
  );
}

/** Lists in one order; nothing and an empty one are the same. */
function sorted(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, Array.isArray(value) ? (value.length === 0 ? null : value.map((one) => JSON.stringify(one)).sort()) : value]));
}

function withoutIds(tree: Tree, names: ReadonlyMap<string, string>): Tree {
  return JSON.parse(JSON.stringify(tree).replace(/[0-9a-f]{64}/g, (id) => names.get(id) ?? id)) as Tree;
}

let ours: Found;

it('what Berth makes, docker compose leaves as it is', async () => {
  expect((await berth.json(['modes', 'switch', 'dev', '--yes'], { cwd: project.dir })).answer.error).toBeUndefined();
  ours = await made();
  const before = await run('docker', ['ps', '-aq', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`]);
  expect(await compose('up', '-d')).not.toMatch(/Recreate|Creat/);
  expect(await run('docker', ['ps', '-aq', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`])).toEqual(before);
}, 600_000);

it('and what docker compose makes is the same, and leaves nothing to do', async () => {
  await removeContainers();
  await compose('up', '-d');
  const theirs = await made();
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const name of Object.keys(theirs)) expect(ours[name], name).toEqual(theirs[name]);
  const { answer } = await berth.json<OutputOf<'modes.plan'>>(['modes', 'plan'], { cwd: project.dir });
  expect(answer.value?.changes.filter((one) => one.action !== 'keep')).toEqual([]);
}, 600_000);
