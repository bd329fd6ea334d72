import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Operation } from '@shared/domain/operations/operation';
import { createServices, type Services } from '@main/services';
import { BUSYBOX_IMAGE, engineJson } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';

export const STAYS = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];
export const SERVES = ['sh', '-c', "trap 'exit 0' TERM; mkdir -p /tmp/www; httpd -f -p 8080 -h /tmp/www & wait"];
export const HEALTHY = { test: ['CMD', 'true'], interval: '1s', timeout: '2s', retries: 2, start_period: '0s' };
export const SICK = { ...HEALTHY, test: ['CMD', 'false'] };

export type ServiceText = Record<string, unknown>;

/** A service of busybox that stays until it is stopped. */
export function staying(more: ServiceText = {}): ServiceText {
  return { image: BUSYBOX_IMAGE, command: STAYS, stop_grace_period: '1s', restart: 'unless-stopped', ...more };
}

/** The service that is built; its port lets the old one and the new one not run together. */
export function builtApi(port: number, more: ServiceText = {}): ServiceText {
  return { build: './api', command: SERVES, stop_grace_period: '1s', depends_on: ['db'], ports: [`127.0.0.1:${String(port)}:8080`], healthcheck: HEALTHY, ...more };
}

/** db with data, api built behind it with a health check, web with a port. */
export interface ChangedShop extends TestProject {
  /** Writes the compose file with these services over the usual ones; null takes one away. */
  compose(change?: { readonly [service: string]: ServiceText | null }): Promise<void>;
}

export async function changedShop(kind: string): Promise<ChangedShop> {
  const ports = { web: await freePort(), api: await freePort() };
  const project = await emptyProject(kind, { ports });
  const base: { readonly [service: string]: ServiceText } = {
    db: staying({ volumes: ['data:/var/lib/data'] }),
    api: builtApi(ports.api),
    web: staying({ command: SERVES, ports: [`127.0.0.1:${String(ports.web)}:8080`], depends_on: ['api'] }),
  };
  const compose: ChangedShop['compose'] = async (change = {}) => {
    const services = Object.fromEntries(Object.entries({ ...base, ...change }).filter(([, one]) => one !== null));
    await project.write('compose.yaml', `# the shop\n${stringify({ services, volumes: { data: {} } })}`);
  };
  await compose();
  await project.write('api/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nCOPY . /srv/\n`);
  await project.write('api/main.txt', 'one\n');
  await project.write('api/.dockerignore', 'skipped\n');
  await project.write('api/skipped/large.txt', 'not sent\n');
  return { ...project, compose };
}

/** Berth's services over a state folder of their own, with one project opened, trusted and switched on. */
export interface ChangesBench {
  readonly services: Services;
  readonly projectId: string;
  readonly home: string;
  call<T>(name: string, input?: Record<string, unknown>): Promise<T>;
  begin(name: string, input?: Record<string, unknown>): Promise<string>;
  run(name: string, input?: Record<string, unknown>): Promise<Operation>;
  close(): Promise<void>;
}

export async function openBench(dir: string, mode = 'default'): Promise<ChangesBench> {
  const home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  const services = await createServices({ home, version: '0.0.0-test', checkOutput: true, live: false, host: 'serve' });
  await services.start();
  await services.engine.connect();
  const call = async <T>(name: string, input: Record<string, unknown> = {}): Promise<T> => {
    const result = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
    if (!result.ok) throw Object.assign(new Error(result.error.message), { code: result.error.code });
    return result.value as T;
  };
  const projectId = (await call<{ id: string }>('projects.open', { dir, trust: true })).id;
  const begin = async (name: string, input: Record<string, unknown> = {}): Promise<string> => (await call<{ operationId: string }>(name, { project: projectId, ...input })).operationId;
  const run = async (name: string, input: Record<string, unknown> = {}): Promise<Operation> => services.operations.wait(await begin(name, input), 300_000);
  if (mode !== '') {
    const up = await run('modes.switch', { mode });
    if (up.state !== 'succeeded') throw new Error(`The project could not be started: ${JSON.stringify(up.error)}`);
  }
  return {
    services,
    projectId,
    home,
    call,
    begin,
    run,
    async close() {
      await services.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly ImageID: string;
  readonly Labels: { readonly [key: string]: string };
  readonly Ports: readonly { readonly PublicPort?: number }[];
}

/** What runs of a compose project: service, id, state, image and ports of each container. */
export async function runningOf(name: string): Promise<readonly { readonly service: string; readonly id: string; readonly state: string; readonly imageId: string; readonly ports: readonly number[] }[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${name}`] }));
  const all = await engineJson<readonly Listed[]>('GET', `/containers/json?all=1&filters=${filters}`);
  return all
    .map((one) => ({ service: one.Labels['com.docker.compose.service'] ?? '', id: one.Id, state: one.State, imageId: one.ImageID, ports: one.Ports.flatMap((port) => port.PublicPort ?? []).sort() }))
    .sort((a, b) => a.service.localeCompare(b.service));
}

/** Names of everything on the engine that belongs to a copy of this project. */
export async function leftOf(name: string): Promise<readonly string[]> {
  const copy = `${name}-test`;
  const [containers, networks, volumes, images] = await Promise.all([
    engineJson<readonly Listed[]>('GET', '/containers/json?all=1'),
    engineJson<readonly { readonly Name: string }[]>('GET', '/networks'),
    engineJson<{ readonly Volumes: readonly { readonly Name: string }[] | null }>('GET', '/volumes'),
    engineJson<readonly { readonly RepoTags: readonly string[] | null; readonly Labels: { readonly [key: string]: string } | null }[]>('GET', '/images/json'),
  ]);
  return [
    ...containers.filter((one) => one.Names.some((own) => own.includes(copy)) || Object.values(one.Labels).some((value) => value === copy)).flatMap((one) => one.Names),
    ...networks.map((one) => one.Name).filter((one) => one.startsWith(copy)),
    ...(volumes.Volumes ?? []).map((one) => one.Name).filter((one) => one.startsWith(copy)),
    ...images.filter((one) => one.Labels?.['com.docker.compose.project'] === copy || (one.RepoTags ?? []).some((tag) => tag.startsWith(copy))).map((one) => String(one.RepoTags)),
  ];
}

export { BUSYBOX_IMAGE };
