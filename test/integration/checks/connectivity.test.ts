import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectivityCell } from '@shared/domain/checks/connectivity';
import { ensureHelper, helperReference } from '@main/docker/helper-image';
import { connectivityOperation, observeMode } from '@main/checks';
import { ensureHelperImage, helperReference as nameOfScript } from '../../../scripts/lib/helper-image.mjs';
import { BUSYBOX_IMAGE, engineJson, engineRequest } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { useChecksWorld } from './kit';

const HELPER = 'resources/helper';

const { world, cleanup } = useChecksWorld('cn');
beforeAll(async () => {
  await ensureHelperImage();
  world.operations.register(
    connectivityOperation({ projects: world.projects, engine: world.engine, observe: (loaded) => observeMode(world.engine, loaded), defaultMode: () => Promise.resolve('default'), helperImage: (onOutput, signal) => ensureHelper(world.engine, HELPER, onOutput, signal) }),
  );
});

const SERVE = ['sh', '-c', 'mkdir -p /w && exec httpd -f -p 8080 -h /w'];
const WAIT = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];
const compose = `services:
  api:
    image: ${BUSYBOX_IMAGE}
    depends_on: [db, cache, silent]
  db: { image: ${BUSYBOX_IMAGE}, expose: ["8080"] }
  cache: { image: ${BUSYBOX_IMAGE}, expose: ["8080"] }
  silent: { image: ${BUSYBOX_IMAGE} }
`;

interface Shop {
  readonly project: TestProject;
  readonly networkId: string;
  readonly ids: { readonly [service: string]: string };
}

/** A project as a switch would have left it: one network, one container per service. */
async function shop(services: { readonly [service: string]: readonly string[] }): Promise<Shop> {
  const project = await emptyProject('cn', { files: { 'compose.yaml': compose } });
  cleanup(() => project.close());
  await world.projects.trust(project.dir);
  const labels = { 'com.docker.compose.project': project.name };
  const { Id: networkId } = await engineJson<{ Id: string }>('POST', '/networks/create', { body: { Name: `${project.name}_default`, Labels: { ...labels, 'com.docker.compose.network': 'default' } } });
  cleanup(() => engineRequest('DELETE', `/networks/${networkId}`));
  const ids: { [service: string]: string } = {};
  for (const [service, command] of Object.entries(services)) {
    const { Id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${project.name}-${service}-1`, {
      body: {
        Image: BUSYBOX_IMAGE,
        Cmd: command,
        Labels: { ...labels, 'com.docker.compose.service': service, 'com.docker.compose.oneoff': 'False', 'com.docker.compose.container-number': '1', 'com.docker.compose.project.working_dir': project.dir },
        HostConfig: { NetworkMode: `${project.name}_default` },
        NetworkingConfig: { EndpointsConfig: { [`${project.name}_default`]: { Aliases: [service] } } },
      },
    });
    ids[service] = Id;
    cleanup(() => engineRequest('DELETE', `/containers/${Id}?force=true&v=true`));
    await engineJson('POST', `/containers/${Id}/start`);
  }
  return { project, networkId, ids };
}

async function look(dir: string, services: readonly string[] = []): Promise<{ readonly ok: boolean; readonly cells: readonly ConnectivityCell[] }> {
  const { id } = await world.operations.enqueue('checks.connectivity', { project: dir, services: [...services] });
  const operation = await world.operations.wait(id, 60_000);
  expect(operation).toMatchObject({ state: 'succeeded' });
  return operation.result as unknown as { ok: boolean; cells: ConnectivityCell[] };
}

const short = (cells: readonly ConnectivityCell[]): readonly string[] => cells.map((cell) => `${cell.from}->${cell.to}:${cell.port} ${cell.state}`);

async function probesLeft(project: TestProject): Promise<readonly unknown[]> {
  return engineJson<unknown[]>('GET', `/containers/json?all=true&filters=${encodeURIComponent(JSON.stringify({ label: [`dev.berth.project=${project.name}`] }))}`);
}

describe('the helper image', () => {
  it('has the same name as the script gives it, and is made from its folder when the engine lacks it', async () => {
    expect(await helperReference(HELPER)).toBe(await nameOfScript());
    const folder = await mkdtemp(join(tmpdir(), 'bt-cn-helper-'));
    cleanup(() => rm(folder, { recursive: true, force: true }));
    await cp(HELPER, folder, { recursive: true });
    await appendFile(join(folder, 'berth-helper'), `# ${process.pid}\n`);
    const said: string[] = [];
    const reference = await ensureHelper(world.engine, folder, (line) => void said.push(line));
    cleanup(() => engineRequest('DELETE', `/images/${reference}`));
    expect(await world.engine.inspectImage(reference)).not.toBeNull();
    expect(said.length).toBeGreaterThan(0);
    said.length = 0;
    expect(await ensureHelper(world.engine, folder, (line) => void said.push(line))).toBe(reference);
    expect(said).toEqual([]);
  });
});

describe('connections from inside the networks', () => {
  it('a disconnected dependency closes exactly its cell, and connecting it again opens it', async () => {
    const { project, networkId, ids } = await shop({ db: SERVE, cache: SERVE, silent: WAIT, api: WAIT });
    const before = await look(project.dir);
    expect(short(before.cells)).toEqual(['api->cache:8080 open', 'api->db:8080 open', 'api->silent:0 no-port']);
    expect(before.ok).toBe(true);

    await engineJson('POST', `/networks/${networkId}/disconnect`, { body: { Container: ids['db'] } });
    const apart = await look(project.dir);
    expect(short(apart.cells)).toEqual(['api->cache:8080 open', 'api->db:8080 closed', 'api->silent:0 no-port']);
    expect(apart.ok).toBe(false);
    expect(apart.cells[1]?.detail).toBe('api does not reach db at db:8080: nothing answers there from inside its network.');

    await engineJson('POST', `/networks/${networkId}/connect`, { body: { Container: ids['db'], EndpointConfig: { Aliases: ['db'] } } });
    expect(short((await look(project.dir)).cells)).toEqual(short(before.cells));
    expect(await probesLeft(project)).toEqual([]);
  });

  it('a service without a container is said to have none; a port nobody listens on is closed', async () => {
    const { project } = await shop({ db: WAIT, silent: WAIT, api: WAIT });
    expect(short((await look(project.dir, ['api'])).cells)).toEqual(['api->cache:8080 not-running', 'api->db:8080 closed', 'api->silent:0 no-port']);
    expect(await probesLeft(project)).toEqual([]);
  });

  it('a cancel and a crash leave no probe behind', async () => {
    const { project, ids } = await shop({ db: WAIT, silent: WAIT, api: WAIT });
    const { id } = await world.operations.enqueue('checks.connectivity', { project: project.dir, services: [] });
    await new Promise<void>((resolve) => {
      const subscription = world.events.subscribe((batch) => {
        if (!batch.some(({ event }) => event.type === 'operation.changed' && event.operation.id === id && event.operation.progress.step >= 1)) return;
        subscription.dispose();
        resolve();
      });
    });
    await world.operations.cancel(id);
    expect((await world.operations.wait(id, 60_000)).state).toMatch(/cancelled|succeeded/);
    expect(await probesLeft(project)).toEqual([]);

    // What a killed process leaves: a record of the intent, and a container that another one made.
    const name = `${project.name}-api-probe-left`;
    await engineJson('POST', `/containers/create?name=${name}`, { body: { Image: BUSYBOX_IMAGE, Cmd: WAIT, Labels: { 'dev.berth.project': project.name, 'com.docker.compose.project.working_dir': project.dir }, HostConfig: { NetworkMode: `container:${ids['api'] ?? ''}` } } });
    const records = [name, `${project.name}-db-probe-gone`].map((one, seq) => ({ seq, name: 'probe.create', intent: { service: 'api', name: one }, result: undefined, undone: false }));
    const kind = connectivityOperation({ projects: world.projects, engine: world.engine, observe: () => Promise.resolve(null), defaultMode: () => Promise.resolve('default'), helperImage: () => Promise.reject(new Error('not asked')) });
    const resolved = await world.projects.resolve(project.dir);
    await kind.rollback({ operationId: 'op', reason: 'crashed', records, effect: (_name, _intent, act) => act(), progress: () => undefined, log: () => undefined }, { project: resolved.id });
    expect(await probesLeft(project)).toEqual([]);
  });

  it('is refused for a project that is not trusted and for a service it does not have', async () => {
    const project = await emptyProject('cn', { files: { 'compose.yaml': compose } });
    cleanup(() => project.close());
    await expect(world.operations.enqueue('checks.connectivity', { project: project.dir, services: [] })).rejects.toMatchObject({ code: 'trust-required' });
    await world.projects.trust(project.dir);
    await expect(world.operations.enqueue('checks.connectivity', { project: project.dir, services: ['web'] })).rejects.toMatchObject({ code: 'service-not-found' });
  });
});
