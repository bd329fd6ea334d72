import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';

const run = promisify(execFile);

type Service = { readonly [key: string]: unknown };

const SERVER = "trap 'exit 0' TERM; httpd -f -p 8080 -h /srv & wait";
export const HEALTHCHECK = { test: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8080/'], interval: '1s', timeout: '2s', retries: 5 };

type Changes = { readonly [service: string]: Service };

/** A project of three services, as `smallShop` makes it. */
export interface SmallShop extends TestProject {
  readonly port: number;
  /** Writes the file of prod anew: as it was made, with these changes. */
  changeProd(change: Changes | undefined): Promise<void>;
}

/** Three services: db on a named volume, api on a port, web behind it. The modes differ in api and web; a test may change prod. */
export async function smallShop(change: { readonly prod?: Changes; readonly dev?: Changes; readonly socketPath?: string } = {}): Promise<SmallShop> {
  const socket = change.socketPath === undefined ? {} : { socketPath: change.socketPath };
  await ensureBusybox(socket);
  const port = await freePort();
  const project = await emptyProject('md', socket);
  const server = (mode: string): Service => ({ image: BUSYBOX_IMAGE, command: ['sh', '-c', `mkdir -p /srv; echo ${mode} > /srv/index.html; ${SERVER}`], environment: { APP_MODE: mode }, stop_grace_period: '3s' });
  const services = (mode: string): { [name: string]: Service } => ({
    db: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], volumes: ['data:/var/lib/data'] },
    api: { ...server(mode), ports: [`127.0.0.1:${String(port)}:8080`], healthcheck: HEALTHCHECK, depends_on: ['db'] },
    web: { ...server(mode), depends_on: { api: { condition: 'service_healthy' } } },
  });
  const write = (file: string, mode: string, more: Changes | undefined): Promise<void> => {
    const all = services(mode);
    for (const [name, parts] of Object.entries(more ?? {})) all[name] = { ...all[name], ...parts };
    return project.write(file, stringify({ services: all, volumes: { data: {} } }));
  };
  const changeProd = (more: Changes | undefined): Promise<void> => write('docker-compose.clean.yml', 'prod', more);
  await write('docker-compose.dev.yml', 'dev', change.dev);
  await changeProd(change.prod);
  return { ...project, port, changeProd };
}

/** A container of the project as `docker inspect` has it. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly StartedAt: string };
  readonly Config: { readonly Labels: { readonly [key: string]: string } };
  readonly HostConfig: { readonly RestartPolicy: { readonly Name: string } };
}

export async function inspectAll(project: { readonly name: string }): Promise<readonly Inspected[]> {
  const { stdout } = await run('docker', ['ps', '-aq', '--no-trunc', '--filter', `label=com.docker.compose.project=${project.name}`]);
  const ids = stdout.split('\n').filter((one) => one !== '');
  if (ids.length === 0) return [];
  const inspected = await run('docker', ['inspect', ...ids], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(inspected.stdout) as Inspected[];
}

/** Ids by service. */
export async function idsOf(project: { readonly name: string }): Promise<{ readonly [service: string]: string }> {
  return Object.fromEntries((await inspectAll(project)).map((one) => [one.Config.Labels['com.docker.compose.service'] ?? '', one.Id]));
}

/** What the engine has of the project: containers with their state, networks, volumes. Equal before and after what was rolled back. */
export async function stateOf(project: { readonly name: string }): Promise<unknown> {
  const containers = (await inspectAll(project)).map((one) => ({ id: one.Id, name: one.Name, status: one.State.Status, restart: one.HostConfig.RestartPolicy.Name })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const filter = ['--filter', `label=com.docker.compose.project=${project.name}`];
  const [networks, volumes] = await Promise.all([run('docker', ['network', 'ls', '-q', ...filter]), run('docker', ['volume', 'ls', '-q', ...filter])]);
  return { containers, networks: networks.stdout.trim().split('\n').sort(), volumes: volumes.stdout.trim().split('\n').sort() };
}

/** docker compose finds nothing to change. */
export async function expectComposeAgrees(project: TestProject, file: string): Promise<void> {
  const before = await idsOf(project);
  const { stderr } = await run('docker', ['compose', '-f', file, 'up', '-d'], { cwd: project.dir });
  expect(stderr).not.toMatch(/Recreate|Creat/);
  expect(await idsOf(project)).toEqual(before);
}

/** Runs a command in a service's container and returns what it printed. */
export async function execIn(project: TestProject, service: string, command: string): Promise<string> {
  const id = (await idsOf(project))[service] ?? '';
  return (await run('docker', ['exec', id, 'sh', '-c', command])).stdout;
}
