import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { createGateway, type Gateway } from '@main/platform/gateway';
import { silentLogger } from '@main/platform/logger';
import { systemClock } from '@main/platform/system-clock';
import { storageImages } from '@main/storage/images';
import type { StepContext } from '@main/storage/types';
import { createRunners } from '@main/workspaces/runners';
import type { Runners, RunnerSource } from '@main/workspaces/types';
import { ensureStorageImages } from '../../../scripts/lib/storage-images.mjs';
import { engineJson, engineRequest, testSocketPath } from '../../support/images';

/** A project with workspaces of its own on the real engine. */
export interface RunnersStage {
  readonly projectId: string;
  readonly projectName: string;
  /** Holds the workspaces. */
  readonly root: string;
  readonly stateDir: string;
  readonly runners: Runners;
  readonly gateway: Gateway;
  readonly url: string;
  readonly log: string[];
  /** Another Berth over the same state. */
  restarted(): Runners;
  write(path: string, text: string, mode?: number): Promise<void>;
  start(workspace: string, source?: RunnerSource): Promise<void>;
  stop(workspace: string): Promise<void>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  container(workspace: string): Promise<string>;
  context(signal?: AbortSignal): StepContext;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export async function runnersStage(kind: string): Promise<RunnersStage> {
  await ensureStorageImages();
  const tail = randomBytes(4).toString('hex');
  const projectName = `bt-${kind}-${tail}`;
  const projectId = `p_${kind}${tail}`;
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-run-')));
  const root = join(home, 'workspaces');
  await mkdir(root);
  await chmod(root, 0o755);
  const log: string[] = [];
  const engines: Engine[] = [];
  let url: string | null = null;
  const runnersOf = (): Runners => {
    const engine = createEngine({ env: { DOCKER_HOST: `unix://${testSocketPath()}` } });
    engines.push(engine);
    void engine.connect();
    const images = storageImages({ engine, imagesDir: resolve('resources/images'), overrides: { get: () => Promise.resolve(null), set: () => Promise.resolve() } });
    return createRunners({ engine, images, stateDir: join(home, 'state'), user: null, gatewayUrl: () => url, clock: systemClock, log: silentLogger });
  };
  const runners = runnersOf();
  await engines[0]?.connect();
  const gateway = createGateway({
    preferredPort: () => 18_080 + Math.floor(Math.random() * 2_000),
    workspaces: async () => [...(await runners.status(projectId))].map(([name, { state, detail, port }]) => ({ name, state, detail, port })),
    monitor: async () => [...(await runners.status(projectId))].map(([name, one]) => ({ name, ...one, lastSyncedAt: null })),
    logs: async (workspace) => {
      const lines: string[] = [];
      await runners.logs(projectId, workspace, { follow: false, tail: 100 }, AbortSignal.timeout(10_000), ({ text }) => void lines.push(text));
      return lines.join('\n');
    },
    log: silentLogger,
  });
  url = await gateway.open();
  const context = (signal = new AbortController().signal): StepContext => ({ operationId: 'op_test', signal, effect: (_name, _intent, act) => act(), note: () => Promise.resolve(), progress: () => undefined, log: (text) => void log.push(text), records: () => [] });
  const address = url;
  return {
    projectId, projectName, root, stateDir: join(home, 'state'), runners, gateway, url, log, context,
    restarted: runnersOf,
    async write(path, text, mode = 0o644) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
      await chmod(join(root, path), mode);
    },
    start: (workspace, source = { kind: 'local', hostFolder: root }) => runners.start(context(), { projectId, projectName, projectDir: home, workspace, source, variables: {} }),
    stop: (workspace) => runners.stop(context(), projectId, workspace),
    get: (path, headers = {}) => ask(address, path, headers),
    container: async (workspace) => (await runners.status(projectId)).get(workspace)?.containerName ?? '',
    async close() {
      await gateway.close();
      for (const engine of engines) engine.close();
      const filters = encodeURIComponent(JSON.stringify({ label: [`dev.berth.workspaces=${projectId}`] }));
      for (const { Id } of await engineJson<{ Id: string }[]>('GET', `/containers/json?all=1&filters=${filters}`)) await engineRequest('DELETE', `/containers/${Id}?force=1&v=1`);
      for (const { Id } of await engineJson<{ Id: string }[]>('GET', `/networks?filters=${filters}`)) await engineRequest('DELETE', `/networks/${Id}`);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** One request as it is written: no address is tidied up on the way. */
export function ask(address: string, path: string, headers: Readonly<Record<string, string>> = {}, options: { readonly method?: string; readonly body?: string } = {}): Promise<Answer> {
  const { hostname, port } = new URL(address);
  return new Promise((done, failed) => {
    const sent = request({ host: hostname, port, path, method: options.method ?? 'GET', headers, agent: false, timeout: 20_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), headers: answer.headers }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${path}`)));
    sent.on('error', failed);
    sent.end(options.body);
  });
}

/** An application with one dependency that needs no registry; it answers HTTP and echoes on a WebSocket. */
export const API_FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'api', version: '1.0.0', private: true, dependencies: { greet: 'file:./vendor/greet' } }),
  'vendor/greet/package.json': JSON.stringify({ name: 'greet', version: '1.0.0', main: 'index.js' }),
  'vendor/greet/index.js': "module.exports = (name) => 'hello ' + name;\n",
  'app.js': `const { createHash } = require('node:crypto');
const greet = require('greet');
const text = require('./text.js');
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/login') return response.writeHead(302, { location: '/home' }).end();
  if (request.url === '/headers') return response.end(JSON.stringify(request.headers));
  if (request.url === '/environment') return response.end(JSON.stringify(process.env));
  if (request.method === 'POST') return request.pipe(response);
  response.end(greet(text) + ' ' + request.url);
});
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  socket.on('error', () => undefined);
  socket.on('data', (frame) => {
    if ((frame[0] & 15) !== 1) return socket.end();
    const length = frame[1] & 127;
    const said = Buffer.from(frame.subarray(6, 6 + length).map((byte, index) => byte ^ frame[2 + (index % 4)])).toString();
    const answer = Buffer.from('echo ' + said);
    socket.write(Buffer.concat([Buffer.from([0x81, answer.length]), answer]));
  });
});
server.listen(process.env.PORT, '127.0.0.1', () => console.log('api listens'));
`,
  'text.js': "module.exports = 'one';\n",
};
