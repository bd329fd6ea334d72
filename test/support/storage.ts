import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureStorageImages } from '../../scripts/lib/storage-images.mjs';
import { ensureTool } from '../../scripts/lib/storage-tools.mjs';
import { BUSYBOX_IMAGE, engineJson, engineRequest } from './images';

const run = promisify(execFile);
/** Everything that is made here carries it, with a value of its own per stage. */
const LABEL = 'dev.berth.test-storage';

/** A real S3 server in a container, a network to reach it in, and what a test of storage makes around it. */
export interface StorageStage {
  /** Beginning of every name; unique. */
  readonly prefix: string;
  /** Put it on every container, network and volume of the test: `close` removes by it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly images: { readonly minio: string; readonly rclone: string; readonly s3fs: string };
  /** The network the server is in. */
  readonly network: string;
  /** The server's container. */
  readonly server: string;
  /** From this machine, until the server is started again. */
  readonly endpoint: string;
  /** From this machine, now: a server that was started again is published elsewhere. */
  address(): Promise<string>;
  readonly consoleUrl: string;
  /** From containers in the network. */
  readonly endpointInside: string;
  /** Root keys of the server. */
  readonly accessKey: string;
  readonly secretKey: string;
  /** `RCLONE_CONFIG_<REMOTE>_*` for one remote at the server. */
  remote(name: string, endpoint?: string): Readonly<Record<string, string>>;
  /** rclone on this machine, the second opinion: buckets are `t:bucket/path`. Resolves with stdout. */
  rclone(...args: readonly string[]): Promise<string>;
  /** Starts a container and resolves with its id. `host` is a HostConfig; the network is that of the server. */
  container(request: ContainerRequest): Promise<string>;
  /** A mount container as Berth makes them: FUSE, SYS_ADMIN, `<parent>/mnt` at /mnt with rshared. */
  mounter(request: Omit<ContainerRequest, 'host'> & { readonly parent: string }): Promise<string>;
  /** A folder for mount points whose propagation is shared. Its mounts are taken away with the stage. */
  mountParent(): Promise<string>;
  /** Removes containers, networks, volumes, mounts and folders of this stage. */
  close(): Promise<void>;
}

/** A container of a test. */
export interface ContainerRequest {
  /** Appended to the prefix. */
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly host?: Readonly<Record<string, unknown>>;
}

/** Starts a MinIO of its own: random keys, free ports, empty, healthy when this resolves (well below two seconds). */
export async function storageStage(kind: string): Promise<StorageStage> {
  const images = await ensureStorageImages();
  const rclonePath = await ensureTool('rclone');
  const prefix = `bt-${kind}-${randomBytes(4).toString('hex')}`;
  const labels = { [LABEL]: prefix };
  const parents: string[] = [];
  const accessKey = randomBytes(8).toString('hex');
  const secretKey = randomBytes(16).toString('hex');
  const network = `${prefix}-net`;
  const server = `${prefix}-s3`;
  const close = async (): Promise<void> => {
    await removeLabelled(prefix);
    for (const parent of parents.splice(0)) await removeMountParent(parent);
  };
  try {
    await engineJson('POST', '/networks/create', { body: { Name: network, Labels: labels } });
    const container = async (request: ContainerRequest): Promise<string> => {
      const { Id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${prefix}-${request.name}`, { body: containerBody(request, labels, network) });
      await engineJson('POST', `/containers/${Id}/start`);
      return Id;
    };
    const tcp = (port: number): Record<string, unknown> => ({ [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] });
    await container({
      name: 's3',
      image: images.minio,
      command: ['server', '/data', '--console-address', ':9001'],
      env: { MINIO_ROOT_USER: accessKey, MINIO_ROOT_PASSWORD: secretKey },
      host: { PortBindings: { ...tcp(9000), ...tcp(9001) } },
    });
    const address = async (): Promise<string> => `http://127.0.0.1:${await publishedPort(server, 9000)}`;
    const endpoint = await address();
    await waitUntil(async () => await answers(`${endpoint}/minio/health/live`), 20_000, `${server} is healthy`);
    const endpointInside = `http://${server}:9000`;
    const remote = (name: string, at = endpointInside): Readonly<Record<string, string>> => remoteEnvironment(name, at, accessKey, secretKey);
    return {
      prefix,
      labels,
      images,
      network,
      server,
      endpoint,
      address,
      consoleUrl: `http://127.0.0.1:${await publishedPort(server, 9001)}`,
      endpointInside,
      accessKey,
      secretKey,
      remote,
      rclone: async (...args) => (await run(rclonePath, [...args], { env: { PATH: process.env['PATH'], RCLONE_CONFIG: '', ...remote('t', await address()) }, maxBuffer: 1 << 26 })).stdout,
      container,
      mounter: ({ parent, ...request }) => container({ ...request, host: mounterHost(parent) }),
      mountParent: async () => {
        const parent = await makeMountParent();
        parents.push(parent);
        return parent;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function containerBody({ image, command, env = {}, host = {} }: ContainerRequest, labels: Readonly<Record<string, string>>, network: string): unknown {
  const ports = Object.keys((host['PortBindings'] ?? {}) as Record<string, unknown>);
  return {
    Image: image,
    Cmd: command,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: labels,
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    HostConfig: { NetworkMode: network, ...host },
  };
}

function mounterHost(parent: string): Readonly<Record<string, unknown>> {
  return {
    Init: true,
    CapAdd: ['SYS_ADMIN'],
    SecurityOpt: ['apparmor=unconfined'],
    Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }],
    Mounts: [{ Type: 'bind', Source: join(parent, 'mnt'), Target: '/mnt', BindOptions: { Propagation: 'rshared' } }],
  };
}

/** rclone keeps the dash of a remote's name; keys are taken from AWS_…, as resources/images/README.md says. */
function remoteEnvironment(name: string, endpoint: string, accessKey: string, secretKey: string): Readonly<Record<string, string>> {
  const key = `RCLONE_CONFIG_${name.toUpperCase()}`;
  return {
    [`${key}_TYPE`]: 's3',
    [`${key}_PROVIDER`]: 'Minio',
    [`${key}_ENDPOINT`]: endpoint,
    [`${key}_REGION`]: 'us-east-1',
    [`${key}_ENV_AUTH`]: 'true',
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
}

async function publishedPort(container: string, port: number): Promise<number> {
  const { NetworkSettings } = await engineJson<{ NetworkSettings: { Ports: Record<string, { HostPort: string }[] | null> } }>('GET', `/containers/${container}/json`);
  return Number(NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort);
}

/** True when it answers well soon: a port that was published before somebody listens takes a connection and says nothing. */
export async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}

/** Looks again and again, with a deadline, until it is so. */
export async function waitUntil(look: () => Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** `docker exec`: code and both outputs; never rejects for a code. */
export async function execIn(container: string, ...command: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  try {
    const { stdout, stderr } = await run('docker', ['exec', container, ...command], { maxBuffer: 1 << 26, timeout: 60_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { readonly code?: number; readonly stdout?: string; readonly stderr?: string };
    return { code: typeof code === 'number' ? code : -1, stdout: stdout ?? '', stderr: stderr ?? '' };
  }
}

/** A command on the data of a project, as its own services would run it; throws with what it said when it fails. */
export async function inData(project: string, script: string, user = '1000:1000'): Promise<string> {
  const { Id } = await engineJson<{ Id: string }>('POST', '/containers/create', { body: { Image: BUSYBOX_IMAGE, Cmd: ['sh', '-c', script], User: user, Tty: true, Labels: { 'com.docker.compose.project': project }, HostConfig: { Mounts: [{ Type: 'volume', Source: `${project}_efs`, Target: '/mnt/efs' }] } } });
  try {
    await engineJson('POST', `/containers/${Id}/start`);
    const { StatusCode } = await engineJson<{ StatusCode: number }>('POST', `/containers/${Id}/wait`);
    const output = (await engineRequest('GET', `/containers/${Id}/logs?stdout=1&stderr=1`)).text.replaceAll('\r', '');
    if (StatusCode !== 0) throw new Error(`${script}: ${output}`);
    return output;
  } finally {
    await engineRequest('DELETE', `/containers/${Id}?force=1`);
  }
}

/** Mount points at or beneath a folder of this machine, with their file systems, from the kernel's own list. */
export async function mountsBeneath(folder: string): Promise<readonly { readonly point: string; readonly type: string }[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).trim().split('\n');
  const mounts = lines.map((line) => ({ point: line.split(' ')[4] ?? '', type: / - (\S+)/.exec(line)?.[1] ?? '' }));
  return mounts.filter(({ point }) => point === folder || point.startsWith(`${folder}/`));
}

async function makeMountParent(): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'bt-mnt-')));
  await mkdir(join(parent, 'mnt'));
  const { stdout } = await run('findmnt', ['--noheadings', '--output', 'PROPAGATION', '--target', parent]);
  if (!stdout.includes('shared')) throw new Error('Mounts in this folder are not shared with containers. As root: mount --make-rshared /');
  return parent;
}

async function removeMountParent(parent: string): Promise<void> {
  for (const { point } of (await mountsBeneath(parent)).toReversed()) await run('umount', ['-l', point]);
  // What is still mounted would have its bucket emptied.
  if ((await mountsBeneath(parent)).length > 0) throw new Error(`Something is still mounted below ${parent}.`);
  await rm(parent, { recursive: true, force: true });
}

/** Removes the S3 server that a Berth with this state folder made, with its data, and every mount beneath the folder. */
export async function removeOwnServer(home: string): Promise<void> {
  for (const { point } of (await mountsBeneath(home)).toReversed()) await run('umount', ['-l', point]);
  await removeLabelled(join(home, 'storage'), 'dev.berth.s3-home');
}

/** Tens of thousands of objects go with it, which takes a busy disk minutes. */
const REMOVAL_MS = 300_000;

async function removeLabelled(value: string, label = LABEL): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${label}=${value}`] }));
  for (const { Id } of await engineJson<{ Id: string }[]>('GET', `/containers/json?all=1&filters=${filters}`)) await engineRequest('DELETE', `/containers/${Id}?force=1&v=1`, { timeoutMs: REMOVAL_MS });
  for (const { Id } of await engineJson<{ Id: string }[]>('GET', `/networks?filters=${filters}`)) await engineRequest('DELETE', `/networks/${Id}`);
  const { Volumes } = await engineJson<{ Volumes: { Name: string }[] | null }>('GET', `/volumes?filters=${filters}`);
  for (const { Name } of Volumes ?? []) await engineRequest('DELETE', `/volumes/${Name}`, { timeoutMs: REMOVAL_MS });
}
