import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import { startDockerProxy, type DockerProxy } from '../../support/docker-proxy';
import { testProject, type TestProject } from './harness';

let project: TestProject;
let neighbour: TestProject;
let proxy: DockerProxy;

beforeAll(async () => {
  proxy = await startDockerProxy();
  project = await testProject({ env: { DOCKER_HOST: proxy.uri } });
  neighbour = await testProject();
});
beforeEach(() => void proxy.requests.splice(0));
afterAll(async () => {
  await project.close();
  await neighbour.close();
  await proxy.close();
});

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(() => new Error('it did not fail'), (reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** Every change the door offers, against one container, network, volume and image. */
function changes(engine: Engine, id: string, network: string, volume: string): readonly (() => Promise<unknown>)[] {
  return [
    () => engine.createContainer(`${project.name}-x`, project.payload('x', ['true'])),
    () => engine.startContainer(id),
    () => engine.stopContainer(id, 0),
    () => engine.killContainer(id, 'SIGKILL'),
    () => engine.restartContainer(id, 0),
    () => engine.pauseContainer(id),
    () => engine.unpauseContainer(id),
    () => engine.removeContainer(id, { force: true, anonymousVolumes: true }),
    () => engine.renameContainer(id, `${project.name}-y`),
    () => engine.setRestartPolicy(id, { name: 'always', maximumRetryCount: 0 }),
    () => engine.putArchive(id, '/', new Uint8Array(1024)),
    () => engine.exec(id, ['true'], () => undefined),
    () => engine.connectNetwork(network, id, {}),
    () => engine.disconnectNetwork(network, id, true),
    () => engine.removeNetwork(network),
    () => engine.removeVolume(volume),
    () => engine.createNetwork(`${project.name}_x`, { Labels: project.labels }),
    () => engine.createVolume(`${project.name}_x`, { Labels: project.labels }),
    () => engine.tagImage(project.image, `${project.name}-x:1`),
    () => engine.removeImage(`${project.name}-x:1`),
    () => engine.pull(`${project.name}-x:1`, undefined, () => undefined),
    () => engine.build({ contextDir: project.dir, dockerfile: 'Dockerfile', dockerfileInline: 'FROM scratch', args: {}, labels: {}, tags: [], noCache: false, pull: false, cacheFrom: [], extraHosts: [] }, () => undefined),
  ];
}

describe('without a project, or without trust', () => {
  it('sends not one change', async () => {
    const id = await project.run('still', ['sleep', '1000']);
    const network = await project.engine.createNetwork(`${project.name}_n`, { Labels: project.labels });
    await project.engine.createVolume(`${project.name}_v`, { Labels: project.labels });
    proxy.requests.splice(0);
    for (const change of changes(project.root, id, network, `${project.name}_v`)) expect((await errorOf(change())).code).toBe('policy-refused');
    for (const change of changes(project.root.as(project.authorization(null)), id, network, `${project.name}_v`)) expect((await errorOf(change())).code).toBe('trust-required');
    expect(proxy.changes()).toEqual([]);
    expect((await project.root.inspectContainer(id)).state).toBe('running');
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
  });
});

describe('what belongs to others', () => {
  it('is never changed, whatever it is called and whoever it claims to be', async () => {
    const theirs = await neighbour.run('db', ['sleep', '1000']);
    const network = await neighbour.engine.createNetwork(`${neighbour.name}_n`, { Labels: neighbour.labels });
    await neighbour.engine.createVolume(`${neighbour.name}_v`, { Labels: neighbour.labels });
    // Same project name, another folder.
    const impostor = neighbour.root.as({ projectDir: neighbour.dir, projectName: project.name, trustedFactKeys: [] });
    const { id: forged } = await impostor.createContainer(`${neighbour.name}-forged`, { ...neighbour.payload('db', ['sleep', '1000']), Labels: { ...neighbour.labels, 'com.docker.compose.project': project.name } });
    await impostor.startContainer(forged);
    const before = await Promise.all([theirs, forged].map((id) => neighbour.root.inspectContainer(id)));
    proxy.requests.splice(0);
    for (const id of [theirs, forged, `${neighbour.name}-db`, theirs.slice(0, 12)]) {
      for (const change of changes(project.engine, id, network, `${neighbour.name}_v`).slice(1, 16)) expect((await errorOf(change())).code).toBe('policy-refused');
    }
    expect(proxy.changes()).toEqual([]);
    expect(await Promise.all([theirs, forged].map((id) => neighbour.root.inspectContainer(id)))).toEqual(before);
    expect((await errorOf(project.engine.createContainer(`${project.name}-z`, neighbour.payload('z', ['true'])))).code).toBe('policy-refused');
    await impostor.removeContainer(forged, { force: true, anonymousVolumes: true });
  });
});

describe('holding what writes to a volume', () => {
  it('holds containers of others only while they write to a volume of the project', async () => {
    const own = `${project.name}_held`;
    const byHand = `${project.name}_by_hand`;
    await project.engine.createVolume(own, { Labels: project.labels });
    await neighbour.engine.createVolume(byHand, { Labels: neighbour.labels });
    const mounts = (volume: string, readOnly: boolean): JsonObject => ({ HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: '/data', ReadOnly: readOnly }] } });
    const asked = { projectDir: neighbour.dir, projectName: neighbour.name, trustedFactKeys: [`foreign-volume:writer:${own}`, `foreign-volume:reader:${own}`] };
    const theirs = neighbour.root.as(asked);
    const started = async (service: string, more: JsonObject): Promise<string> => {
      const { id } = await theirs.createContainer(`${neighbour.name}-${service}`, neighbour.payload(service, ['sleep', '1000'], more));
      await theirs.startContainer(id);
      return id;
    };
    const writer = await started('writer', mounts(own, false));
    const reader = await started('reader', mounts(own, true));
    const other = await started('other', mounts(byHand, false));
    expect(await project.engine.pauseContainer(writer)).toBe(true);
    expect((await project.root.inspectContainer(writer)).state).toBe('paused');
    expect(await project.engine.pauseContainer(writer)).toBe(false);
    await project.engine.unpauseContainer(writer);
    await project.engine.unpauseContainer(writer);
    expect((await project.root.inspectContainer(writer)).state).toBe('running');
    for (const id of [reader, other]) expect((await errorOf(project.engine.pauseContainer(id))).code).toBe('policy-refused');
    // By a volume of theirs that one of this project has mounted too.
    const shared = project.root.as(project.authorization([`foreign-volume:mine:${byHand}`]));
    const { id: mine } = await shared.createContainer(`${project.name}-mine`, project.payload('mine', ['sleep', '1000'], mounts(byHand, false)));
    expect(await project.engine.pauseContainer(other)).toBe(true);
    await project.engine.unpauseContainer(other);
    await project.engine.removeContainer(mine, { force: true, anonymousVolumes: true });
    for (const id of [writer, reader, other]) await theirs.removeContainer(id, { force: true, anonymousVolumes: true });
  });
});

describe('risky payloads', () => {
  const RISKY: readonly (readonly [payload: JsonObject, keys: readonly string[]])[] = [
    [{ HostConfig: { Privileged: true } }, ['privileged:r']],
    [{ HostConfig: { Binds: ['/var/run/docker.sock:/var/run/docker.sock:z'] } }, ['docker-socket:r', 'bind-outside:r:/var/run/docker.sock:rw']],
    [{ HostConfig: { Mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/s', ReadOnly: true }] } }, ['docker-socket:r', 'bind-outside:r:/var/run/docker.sock:ro']],
    [{ HostConfig: { Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }] } }, ['docker-socket:r', 'bind-outside:r:/:rw']],
    [{ HostConfig: { Binds: ['/etc:/e:ro,z'] } }, ['bind-outside:r:/etc:ro']],
    [{ HostConfig: { PidMode: 'host' } }, ['host-namespace:r:pid']],
    [{ HostConfig: { IpcMode: 'host' } }, ['host-namespace:r:ipc']],
    [{ HostConfig: { NetworkMode: 'host' } }, ['host-namespace:r:network']],
    [{ HostConfig: { UTSMode: 'host' } }, ['host-namespace:r:uts']],
    [{ HostConfig: { UsernsMode: 'host' } }, ['host-namespace:r:userns']],
    [{ HostConfig: { CapAdd: ['cap_sys_admin'] } }, ['capability:r:SYS_ADMIN']],
    [{ HostConfig: { Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }] } }, ['device:r:/dev/fuse']],
    [{ HostConfig: { SecurityOpt: ['apparmor:unconfined', 'no-new-privileges'] } }, ['security-option:r:apparmor=unconfined']],
    [{ HostConfig: { MaskedPaths: [], ReadonlyPaths: [] } }, ['security-option:r:systempaths=unconfined']],
    [{ HostConfig: { Mounts: [{ Type: 'volume', Source: 'v', Target: '/v', VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/root' } } } }] } }, ['volume-device:v:/root']],
  ];

  it('are asked for by key, not sent before, and pass once agreed to', async () => {
    for (const [more, keys] of RISKY) {
      const error = await errorOf(project.engine.createContainer(`${project.name}-r`, project.payload('r', ['true'], more)));
      expect(error.code).toBe('trust-required');
      expect((error.details?.['facts'] as { key: string }[]).map((fact) => fact.key).sort(), JSON.stringify(more)).toEqual([...keys].sort());
    }
    expect(proxy.changes()).toEqual([]);
    const trusting = project.root.as(project.authorization(['bind-outside:r:/etc:ro', 'capability:r:SYS_ADMIN']));
    const { id } = await trusting.createContainer(`${project.name}-r`, project.payload('r', ['true'], { HostConfig: { Mounts: [{ Type: 'bind', Source: '/etc', Target: '/e', ReadOnly: true }], CapAdd: ['SYS_ADMIN'] } }));
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
  });

  it('see through a link that leads out of the project, and pass the resolved path on', async () => {
    await mkdir(join(project.dir, 'real'));
    await writeFile(join(project.dir, 'real', 'f'), 'x');
    await symlink('/etc', join(project.dir, 'out'));
    await symlink(join(project.dir, 'real'), join(project.dir, 'in'));
    const bind = (name: string) => ({ HostConfig: { Mounts: [{ Type: 'bind', Source: join(project.dir, name), Target: '/x' }] } });
    const error = await errorOf(project.engine.createContainer(`${project.name}-l`, project.payload('l', ['true'], bind('out'))));
    expect((error.details?.['facts'] as { key: string }[]).map((fact) => fact.key)).toEqual(['bind-outside:l:/etc:rw']);
    const { id } = await project.engine.createContainer(`${project.name}-l`, project.payload('l', ['true'], bind('in')));
    expect((await project.engine.inspectContainer(id)).mounts[0]?.source).toBe(join(project.dir, 'real'));
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
  });

  it('see a volume of another project, whatever name the file gives it', async () => {
    await neighbour.engine.createVolume(`${neighbour.name}_data`, { Labels: neighbour.labels });
    await project.engine.createVolume(`${project.name}_data`, { Labels: project.labels });
    const mounting = (volume: string) => project.payload('m', ['true'], { HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: '/v' }] } });
    const error = await errorOf(project.engine.createContainer(`${project.name}-m`, mounting(`${neighbour.name}_data`)));
    expect(error.code).toBe('trust-required');
    expect(error.hint).toMatch(/external: true/);
    const key = `foreign-volume:m:${neighbour.name}_data`;
    expect((error.details?.['facts'] as { key: string }[]).map((fact) => fact.key)).toEqual([key]);
    for (const [engine, volume] of [[project.engine, `${project.name}_data`], [project.root.as(project.authorization([key])), `${neighbour.name}_data`]] as const) {
      const { id } = await engine.createContainer(`${project.name}-m`, mounting(volume));
      await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
    }
  });

  it('refuse fields nobody has a rule for, foreign namespaces, and volumes that are host folders', async () => {
    expect((await errorOf(project.engine.createContainer(`${project.name}-u`, { ...project.payload('u', []), Surprise: true }))).code).toBe('policy-refused');
    expect((await errorOf(project.engine.createContainer(`${project.name}-u`, project.payload('u', [], { HostConfig: { Mounts: [{ Type: 'bind', Source: project.dir, Target: '/x', NewOption: 1 }] } })))).code).toBe('policy-refused');
    // A source that is missing would be made by the engine, as root: only the mounts API refuses that.
    expect((await errorOf(project.engine.createContainer(`${project.name}-u`, project.payload('u', [], { HostConfig: { Binds: [`${project.dir}/none:/x`] } })))).code).toBe('policy-refused');
    expect((await errorOf(project.engine.createVolume(`${project.name}_t`, { DriverOpts: { type: 'tmpfs', o: 'bind', device: '/etc' }, Labels: { ...project.labels, 'com.docker.compose.volume': 't' } }))).code).toBe('trust-required');
    const theirs = `${neighbour.name}-db`;
    const joined = await errorOf(project.engine.createContainer(`${project.name}-j`, project.payload('j', [], { HostConfig: { NetworkMode: `container:${theirs}` } })));
    expect((joined.details?.['facts'] as { key: string }[])[0]?.key).toBe(`joins-container:j:${theirs}`);
    expect((await errorOf(project.engine.createVolume(`${project.name}_h`, { DriverOpts: { type: 'none', o: 'bind', device: '/' }, Labels: { ...project.labels, 'com.docker.compose.volume': 'h' } }))).code).toBe('trust-required');
    expect((await errorOf(project.engine.createNetwork(`${project.name}_m`, { Driver: 'macvlan', Labels: { ...project.labels, 'com.docker.compose.network': 'm' } }))).code).toBe('trust-required');
    expect(proxy.changes()).toEqual([]);
  });
});
