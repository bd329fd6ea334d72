import { createServer, type ServerResponse } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** As little of an engine as a connection needs: it says who it is, has nothing, and streams no events. */
export interface StubEngine {
  readonly uri: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Streams of events that are open. */
  streams(): number;
  close(): Promise<void>;
}

/** Listens on a socket of its own. */
export async function stubEngine(socketPath: string, version: string): Promise<StubEngine> {
  const asked: string[] = [];
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    asked.push(path);
    response.setHeader('api-version', '1.47');
    const json = (body: unknown): void => void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (path === '/_ping') return void response.end('OK');
    if (path === '/version') return json({ Version: version, ApiVersion: '1.47', Os: 'linux', Arch: 'amd64' });
    if (path === '/info') return json({ Name: version, OSType: 'linux', SecurityOptions: [] });
    if (path === '/events') {
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return void response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    }
    if (path === '/volumes') return json({ Volumes: [] });
    if (path.startsWith('/images/') && path.endsWith('/json')) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such image"}');
    return json([]);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    uri: `unix://${socketPath}`,
    asked,
    streams: () => streams.size,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Writes a context as the docker command keeps it, below this home folder. */
export async function dockerContext(homeDir: string, name: string, host: string): Promise<void> {
  const dir = join(homeDir, '.docker', 'contexts', 'meta', createHash('sha256').update(name).digest('hex'));
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } }));
}
