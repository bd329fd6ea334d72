import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureTool } from '../../scripts/lib/storage-tools.mjs';
import { freePort } from './private-engine';
import { waitUntil } from './storage';

const run = promisify(execFile);

/** A registry on this machine, and how to reach it. */
export interface LocalRegistry {
  readonly host: string;
  /** Empty where nobody has to say who they are. */
  readonly user: { readonly name: string; readonly password: string };
  stop(): Promise<void>;
}

/** A registry as the world runs it. `closed`: only its user may read and write; it made its password itself and it is known to this process alone. */
export async function startLocalRegistry(options: { readonly closed: boolean }): Promise<LocalRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'bt-registry-'));
  const host = `127.0.0.1:${String(await freePort())}`;
  const passwords = join(folder, 'htpasswd');
  const settings = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: folder } },
    http: { addr: host, secret: randomBytes(16).toString('hex') },
    ...(options.closed ? { auth: { htpasswd: { realm: 'berth-test', path: passwords } } } : {}),
  };
  const config = join(folder, 'config.yml');
  await writeFile(config, JSON.stringify(settings));
  const server = spawn(await ensureTool('registry'), ['serve', config], { env: { OTEL_TRACES_EXPORTER: 'none' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntil(() => fetch(`http://${host}/v2/`).then((answer) => answer.status === (options.closed ? 401 : 200), () => false), 20_000, 'the registry answers');
    if (!options.closed) return { host, user: { name: '', password: '' }, stop };
    // Without a file of passwords it makes one, with one user, and tells the password in its log.
    await waitUntil(() => Promise.resolve(/password=\S+/.test(said)), 10_000, 'the registry tells its password');
    const name = (await readFile(passwords, 'utf8')).split(':')[0] ?? '';
    return { host, user: { name, password: /password=("?)([^\s"]+)\1/.exec(said)?.[2] ?? '' }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Puts an image of this machine into a registry under a name and takes the name off again. */
export async function pushImage(image: string, reference: string, configDir: string): Promise<void> {
  const env = { ...process.env, DOCKER_CONFIG: configDir };
  await run('docker', ['tag', image, reference], { env });
  await run('docker', ['push', '--quiet', reference], { env });
  await run('docker', ['rmi', reference], { env });
}

/** Writes a docker configuration into a folder of its own and resolves with it. */
export async function dockerConfig(content: object): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'bt-docker-config-'));
  await writeFile(join(dir, 'config.json'), JSON.stringify(content), { mode: 0o600 });
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** A proxy before a registry: `answer` takes a request itself by returning true. */
export async function startRegistryProxy(target: string, answer: (request: IncomingMessage, response: ServerResponse) => boolean): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const [hostname = '', port = ''] = target.split(':');
  const server = createServer((request, response) => {
    if (answer(request, response)) return;
    const upstream = httpRequest({ hostname, port, method: request.method, path: request.url, headers: request.headers }, (incoming) => {
      response.writeHead(incoming.statusCode ?? 500, incoming.headers);
      incoming.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    host: `127.0.0.1:${String((server.address() as { readonly port: number }).port)}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Says to everybody that they asked too often: for a registry, or for a proxy before one. */
export function tooManyRequests(response: ServerResponse): void {
  response.writeHead(429, { 'Content-Type': 'application/json', 'Docker-Distribution-Api-Version': 'registry/2.0', 'Retry-After': '60' });
  response.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }] }));
}

/** A registry that was asked too often by everybody. */
export function startBusyRegistry(): Promise<{ readonly host: string; stop(): Promise<void> }> {
  return startRegistryProxy('', (_, response) => {
    tooManyRequests(response);
    return true;
  });
}
