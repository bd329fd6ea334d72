import { chmod, mkdir, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { startNeighbour } from '../../support/neighbours';
import { emptyProject, type TestProject } from '../../support/projects';
import { readMarks, type MarkedFile } from './marked-files';
import { seededFiles, type SeedNames } from './seeded-files';

/** A project with one fault of every kind that files, this machine and a running engine can show at once. */
export interface SeededProject extends TestProject {
  /** By path. */
  readonly marked: ReadonlyMap<string, MarkedFile>;
  /** Takes away what is wrong outside the files. */
  calm(): Promise<void>;
}

export async function seededProject(): Promise<SeededProject> {
  await ensureBusybox();
  const project = await emptyProject('every');
  // All of them are held at once: one that is let go may be the next that is given.
  const [listener, ...others] = await Promise.all([listening(), listening(), listening(), listening(), listening(), listening()]);
  const [claimed = 0, ...free] = others.map(portOf);
  await Promise.all(others.map((one) => new Promise<void>((done) => one.close(() => done()))));
  const names: SeedNames = { project: project.name, free, taken: portOf(listener), claimed, subnet: `10.${String(200 + (process.pid % 50))}.${String(process.pid % 250)}` };
  const marked = new Map(Object.entries(seededFiles(names)).map(([path, text]) => [path, readMarks(path, text)]));
  for (const [path, { text }] of marked) await project.write(path, text);
  await seedDisk(project.dir);
  const strangers = [await seedEngine(names), () => new Promise<void>((done) => listener.close(() => done()))];
  const calm = async (): Promise<void> => {
    for (const takeAway of strangers.splice(0)) await takeAway();
  };
  return {
    ...project,
    marked,
    calm,
    async close() {
      await calm();
      for (const kind of ['networks', 'volumes']) await engineRequest('DELETE', `/${kind}/${project.name}-shared`);
      await project.close();
    },
  };
}

async function seedDisk(dir: string): Promise<void> {
  await mkdir(join(dir, 'left.conf'));
  await mkdir(join(dir, '../outside'));
  await symlink('../outside', join(dir, 'link'));
  await chmod(join(dir, 'private.txt'), 0o600);
}

async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * Things of somebody else: a project of this name, and a container, a network, a volume and a claim to a port that the files want; and a volume of its own that was made from an earlier file.
 * Returns what takes them away.
 */
async function seedEngine({ project, claimed }: SeedNames): Promise<() => Promise<void>> {
  const name = `${project}-stranger`;
  const Labels = { 'com.docker.compose.project': name };
  const neighbour = await startNeighbour({ project });
  await engineJson('POST', '/networks/create', { body: { Name: name, Labels } });
  await engineJson('POST', '/volumes/create', { body: { Name: name, Labels } });
  const aged = { Name: `${project}_aged`, Labels: { 'com.docker.compose.project': project, 'com.docker.compose.volume': 'aged', 'com.docker.compose.config-hash': 'of an earlier file' } };
  await engineJson('POST', '/volumes/create', { body: aged });
  const HostConfig = { RestartPolicy: { Name: 'always' }, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(claimed) }] } };
  await engineJson('POST', `/containers/create?name=${name}`, { body: { Image: BUSYBOX_IMAGE, Labels, ExposedPorts: { '80/tcp': {} }, HostConfig } });
  return async () => {
    await engineRequest('DELETE', `/containers/${name}?force=1&v=1`);
    await engineRequest('DELETE', `/networks/${name}`);
    for (const volume of [name, aged.Name]) await engineRequest('DELETE', `/volumes/${volume}`);
    await neighbour.close();
  };
}
