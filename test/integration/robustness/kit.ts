import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import type { Operation } from '@shared/domain/operations/operation';
import { createServices, type Services } from '@main/services';
import { emptyProject, type TestProject } from '../../support/projects';
import { BUSYBOX_IMAGE, engineJson } from '../../support/images';
import { freePort } from '../../support/private-engine';

export type Report = OutputOf<'checks.robustness'>;

const STAYS = '["sh", "-c", "trap \'exit 0\' TERM; sleep 100000 & wait"]';
const SERVES = '["sh", "-c", "trap \'exit 0\' TERM; mkdir -p /tmp/www; httpd -f -p 8080 -h /tmp/www & wait"]';

/** Two services in one mode: one with data, one built behind it, with a port and an address that names it. */
export async function tinyProject(): Promise<TestProject> {
  const port = await freePort();
  return emptyProject('rob', {
    ports: { web: port },
    files: {
      'compose.yaml': `# tiny
services:
  db:
    image: ${BUSYBOX_IMAGE}
    command: ${STAYS}
    volumes: ["data:/var/lib/data"]
    stop_grace_period: 2s
  web: # behind db
    build: ./web
    command: ${SERVES}
    depends_on: [db]
    ports: ["127.0.0.1:${String(port)}:8080"]
    environment:
      PUBLIC_URL: http://127.0.0.1:${String(port)}/
    healthcheck: { test: ["CMD", "true"], interval: 1s, timeout: 2s, retries: 5 }
    stop_grace_period: 2s
volumes:
  data:
`,
      'web/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY . /srv/\n`,
      'web/index.html': 'tiny\n',
    },
  });
}

/** Berth's services over a state folder of their own, with one project opened and trusted. */
export interface RobustnessBench {
  readonly services: Services;
  readonly projectId: string;
  readonly home: string;
  begin(only?: readonly string[]): Promise<string>;
  run(only?: readonly string[]): Promise<{ readonly operation: Operation; readonly report: Report }>;
  call(name: string, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export async function openBench(dir: string): Promise<RobustnessBench> {
  const home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  const services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
  await services.start();
  const call = async (name: string, input: unknown): Promise<unknown> => {
    const result = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
    if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
    return result.value;
  };
  const projectId = ((await call('projects.open', { dir, trust: true })) as { id: string }).id;
  const begin = async (only: readonly string[] = []): Promise<string> => ((await call('checks.robustness', { project: projectId, only })) as { operationId: string }).operationId;
  return {
    services,
    projectId,
    home,
    begin,
    async run(only) {
      const operation = await services.operations.wait(await begin(only), 600_000);
      return { operation, report: operation.result as unknown as Report };
    },
    call,
    async close() {
      await services.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Names of containers, networks and volumes of copies of this project: after a run there are none. */
export async function leftOf(name: string): Promise<readonly string[]> {
  const copy = `${name}-robust`;
  const containers = await engineJson<readonly { readonly Names: readonly string[]; readonly Labels: { readonly [key: string]: string } }[]>('GET', '/containers/json?all=1');
  const networks = await engineJson<readonly { readonly Name: string }[]>('GET', '/networks');
  const volumes = await engineJson<{ readonly Volumes: readonly { readonly Name: string; readonly Labels: { readonly [key: string]: string } | null }[] | null }>('GET', '/volumes');
  const images = await engineJson<readonly { readonly RepoTags: readonly string[] | null }[]>('GET', '/images/json');
  return [
    ...containers.filter((one) => Object.values(one.Labels).some((value) => value.startsWith(copy))).flatMap((one) => one.Names),
    ...networks.map((one) => one.Name),
    ...(volumes.Volumes ?? []).map((one) => one.Name),
    ...images.flatMap((one) => one.RepoTags ?? []),
  ].filter((one) => one.replace(/^\//, '').startsWith(copy));
}

/** Ids of the containers of a project itself. */
export async function ownContainers(name: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${name}`] }));
  return (await engineJson<readonly { readonly Id: string }[]>('GET', `/containers/json?all=1&filters=${filters}`)).map((one) => one.Id);
}

/** Resolves when the run has gone past its start and an operation of this kind runs on the copy. */
export function untilPoint(bench: RobustnessBench, id: string, kind: string): Promise<void> {
  return new Promise((resolve) => {
    let plays = false;
    const subscription = bench.services.events.on(({ event }) => {
      if (event.type !== 'operation.changed') return;
      if (event.operation.id === id) plays ||= event.operation.progress.step > 0;
      else if (plays && event.operation.kind === kind && event.operation.state === 'running' && event.operation.projectId !== bench.projectId) {
        subscription.dispose();
        resolve();
      }
    });
  });
}
