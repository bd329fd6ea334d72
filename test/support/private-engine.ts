import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { engineJson, engineRequest } from './images';

const run = promisify(execFile);
const READY_TIMEOUT_MS = 60_000;
/** 10.64 to 10.191. */
const SUBNETS = 128;

/** How a private engine is laid out. */
export interface PrivateEngineOptions {
  /** Puts the data root on an ext4 loop file system of this size, for full-disk tests. */
  readonly dataRootSizeMiB?: number;
}

/** An engine that belongs to one test: own socket, data root, exec root, bridge and pid file. */
export interface PrivateEngine {
  readonly socketPath: string;
  /** Value for DOCKER_HOST. */
  readonly dockerHost: string;
  readonly dataRoot: string;
  /** The interface its default network uses. */
  readonly bridge: string;
  /** An address range for one network of a test, /24, that no other engine's networks take. */
  readonly networkSubnet: string;
  pid(): number | null;
  /** Starts it again after stop or kill; resolves when the API answers. */
  start(): Promise<void>;
  /** Orderly end: the engine stops its containers. */
  stop(): Promise<void>;
  /** SIGKILL to the daemon alone; its containers live on until it starts again. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Fills the loop data root until about `leaveBytes` are free. */
  fillDisk(leaveBytes: number): Promise<void>;
  /** Takes the filler away again. */
  freeDisk(): Promise<void>;
  /** Ends and removes everything this engine started or mounted, and nothing else. */
  close(): Promise<void>;
}

/** Why no private engine can run here, or null when it can. Tests skip with this sentence. */
export async function privateEngineObstacle(): Promise<string | null> {
  if (process.platform !== 'linux') return 'A private engine needs Linux.';
  if (process.getuid?.() !== 0) return 'A private engine needs root.';
  for (const program of ['dockerd', 'containerd', 'ip', 'mkfs.ext4']) {
    try {
      await run('/bin/sh', ['-c', `command -v ${program}`], { env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin' } });
    } catch {
      return `A private engine needs ${program}.`;
    }
  }
  return null;
}

/** Starts an engine of its own. Call `close()` in any case. */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  // Unix socket paths are short, so the folder sits right below the temp folder.
  const root = await mkdtemp(join(tmpdir(), 'bt-eng-'));
  const engine = new OwnEngine(root, options);
  try {
    await engine.prepare();
    await engine.start();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

class OwnEngine implements PrivateEngine {
  readonly socketPath: string;
  readonly dockerHost: string;
  readonly dataRoot: string;
  bridge = '';
  private subnet = 0;
  private bridgeMade = false;
  private containerd: ChildProcess | null = null;
  private dockerd: ChildProcess | null = null;

  constructor(
    private readonly root: string,
    private readonly options: PrivateEngineOptions,
  ) {
    this.socketPath = join(root, 'd.sock');
    this.dockerHost = `unix://${this.socketPath}`;
    this.dataRoot = join(root, 'data');
  }

  async prepare(): Promise<void> {
    for (const name of ['data', 'exec', 'cd-root', 'cd-state']) await mkdir(join(this.root, name));
    if (this.options.dataRootSizeMiB !== undefined) {
      const image = join(this.root, 'data.ext4');
      await writeFile(image, '');
      await truncate(image, this.options.dataRootSizeMiB * 1024 * 1024);
      await run('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
      await run('mount', ['-o', 'loop', image, this.dataRoot]);
    }
    await this.makeBridge();
    await run('ip', ['addr', 'add', `10.${this.subnet}.0.1/24`, 'dev', this.bridge]);
    await run('ip', ['link', 'set', this.bridge, 'up']);
    await writeFile(join(this.root, 'daemon.json'), '{}');
    await writeFile(join(this.root, 'containerd.toml'), 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
  }

  /** Two engines at once must not share an address range; the bridge's name carries it, and no name is given out twice. */
  private async makeBridge(): Promise<void> {
    const first = Math.floor(Math.random() * SUBNETS);
    for (let turn = 0; turn < SUBNETS; turn += 1) {
      this.subnet = 64 + ((first + turn) % SUBNETS);
      this.bridge = `btengine${String(this.subnet)}`;
      try {
        await run('ip', ['link', 'add', this.bridge, 'type', 'bridge']);
        this.bridgeMade = true;
        return;
      } catch (error) {
        if (!String(error).includes('File exists')) throw error;
      }
    }
    throw new Error('Every bridge a private engine may use is taken.');
  }

  get networkSubnet(): string {
    return `10.${String(this.subnet)}.1.0/24`;
  }

  pid(): number | null {
    return this.dockerd?.pid ?? null;
  }

  async start(): Promise<void> {
    if (this.dockerd !== null) return;
    const address = join(this.root, 'cd.sock');
    if (this.containerd === null) {
      this.containerd = this.launch('containerd', [
        ...['--config', join(this.root, 'containerd.toml'), '--root', join(this.root, 'cd-root')],
        ...['--state', join(this.root, 'cd-state'), '--address', address],
      ]);
    }
    await rm(join(this.root, 'd.pid'), { force: true });
    this.dockerd = this.launch('dockerd', [
      ...['--containerd', address, '--data-root', this.dataRoot, '--exec-root', join(this.root, 'exec')],
      ...['-H', this.dockerHost, '--pidfile', join(this.root, 'd.pid'), '--bridge', this.bridge, '--config-file', join(this.root, 'daemon.json')],
      // No --default-address-pool: with one, a daemon that starts again deletes `docker0`, which belongs to the machine's own engine.
      ...['--iptables=false', '--ip-masq=false'],
    ]);
    await this.untilReady(this.dockerd);
  }

  async stop(): Promise<void> {
    await end(this.dockerd, 'SIGTERM');
    this.dockerd = null;
  }

  async kill(): Promise<void> {
    await end(this.dockerd, 'SIGKILL');
    this.dockerd = null;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async fillDisk(leaveBytes: number): Promise<void> {
    if (this.options.dataRootSizeMiB === undefined) throw new Error('Only a loop data root can be filled.');
    const { bavail, bsize } = await statfs(this.dataRoot);
    const sizeBytes = bavail * bsize - leaveBytes;
    if (sizeBytes > 0) await run('fallocate', ['-l', String(sizeBytes), join(this.dataRoot, 'filler')]);
  }

  async freeDisk(): Promise<void> {
    await rm(join(this.dataRoot, 'filler'), { force: true });
  }

  async close(): Promise<void> {
    await this.removeNetworks().catch(() => undefined);
    await end(this.dockerd, 'SIGTERM');
    await end(this.containerd, 'SIGTERM');
    this.dockerd = null;
    this.containerd = null;
    await this.killShims();
    for (const point of await mountPointsBelow(this.root)) await run('umount', ['-l', point]).catch(() => undefined);
    if (this.bridgeMade) await run('ip', ['link', 'del', this.bridge]).catch(() => undefined);
    await rm(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** The bridges of its networks are interfaces of this machine: only the daemon knows them. */
  private async removeNetworks(): Promise<void> {
    if (this.dockerd === null && this.containerd !== null) {
      await this.killShims();
      await this.start();
    }
    if (this.dockerd === null) return;
    const { socketPath } = this;
    const containers = await engineJson<{ readonly Id: string }[]>('GET', '/containers/json?all=1', { socketPath });
    await Promise.all(containers.map(({ Id }) => engineRequest('DELETE', `/containers/${Id}?force=1&v=1`, { socketPath })));
    const networks = await engineJson<{ readonly Id: string; readonly Name: string }[]>('GET', '/networks', { socketPath });
    for (const { Id, Name } of networks) if (!['bridge', 'host', 'none'].includes(Name)) await engineRequest('DELETE', `/networks/${Id}`, { socketPath });
  }

  /** Containers that outlived a killed daemon: their shims carry this engine's own folder in their arguments. */
  private async killShims(): Promise<void> {
    for (const pid of await processesNaming(this.root)) await killTree(pid);
  }

  private launch(program: string, args: readonly string[]): ChildProcess {
    const log = createWriteStream(join(this.root, `${program}.log`), { flags: 'a' });
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('exit', () => log.end());
    return child;
  }

  /** The API answers, or the daemon's own last words. */
  private async untilReady(child: ChildProcess): Promise<void> {
    const exited = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        readFile(join(this.root, 'dockerd.log'), 'utf8').then(
          (log) => reject(new Error(`dockerd ended with ${String(code)}: ${log.split('\n').slice(-8).join('\n')}`)),
          reject,
        );
      });
    });
    exited.catch(() => undefined);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const answered = engineRequest('GET', '/_ping', { socketPath: this.socketPath }).then((reply) => reply.status === 200, () => false);
      if (await Promise.race([answered, exited])) return;
      if (Date.now() > deadline) throw new Error('The private engine did not answer in time.');
      // The daemon announces itself on no channel of ours but its socket.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A free TCP port on loopback. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('No free port.');
  return port;
}

/** So many different ones: all are held until the last is found. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(Array.from({ length: count }, holdPort));
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

async function holdPort(): Promise<{ readonly port: number; readonly server: ReturnType<typeof createServer> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return { port: address.port, server };
}

async function end(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await gone;
  clearTimeout(timer);
}

async function processesNaming(root: string): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (/^(\/usr\/bin\/)?(containerd-shim|docker-proxy|\/usr\/sbin\/docker-proxy)/.test(line) && line.includes(`${root}/`)) pids.push(Number(name));
  }
  return pids;
}

async function killTree(pid: number): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of children.split(' ')) if (child !== '') await killTree(Number(child));
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

async function mountPointsBelow(root: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point?.startsWith(`${root}/`) ? [point] : [];
  });
  return points.reverse();
}
