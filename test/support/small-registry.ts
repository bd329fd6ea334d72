import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

const run = promisify(execFile);
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** A registry of this computer with one image: engines take registries of localhost without TLS. */
export interface SmallRegistry {
  /** `localhost:<port>/<name>:latest` */
  readonly reference: string;
  /** From now on the tag means an image with this label: another id, the same files. */
  publish(label: string): void;
  close(): Promise<void>;
}

/** Serves an image that the engine has, under a name of its own. */
export async function smallRegistry(image: string, name: string): Promise<SmallRegistry> {
  const files = await saved(image);
  const [{ Config, Layers } = { Config: '', Layers: [] }] = JSON.parse(files.get('manifest.json')?.toString('utf8') ?? '[]') as readonly { readonly Config: string; readonly Layers: readonly string[] }[];
  const blobs = new Map<string, Buffer>();
  const add = (bytes: Buffer): string => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return digest;
  };
  const layers = Layers.map((path) => gzipSync(files.get(path) ?? Buffer.alloc(0))).map((bytes) => ({ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: bytes.length, digest: add(bytes) }));
  const config = JSON.parse(files.get(Config)?.toString('utf8') ?? '{}') as { readonly config: { readonly Labels?: object } };
  let current = '';
  const publish = (label: string): void => {
    const bytes = Buffer.from(JSON.stringify({ ...config, config: { ...config.config, Labels: { ...config.config.Labels, 'of.registry': label } } }));
    current = add(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: bytes.length, digest: add(bytes) }, layers })));
  };
  publish('one');
  const server = createServer((request, response) => {
    const [, kind = '', key = ''] = /^\/v2\/.+\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    const digest = kind === 'manifests' && !key.startsWith('sha256:') ? current : key;
    const bytes = blobs.get(digest);
    if (request.url === '/v2/') response.writeHead(200, { 'Docker-Distribution-Api-Version': 'registry/2.0' }).end('{}');
    else if (bytes === undefined) response.writeHead(404, { 'Content-Type': 'application/json' }).end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
    else response.writeHead(200, { 'Content-Type': kind === 'manifests' ? MANIFEST : 'application/octet-stream', 'Content-Length': bytes.length, 'Docker-Content-Digest': digest }).end(request.method === 'HEAD' ? undefined : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    reference: `localhost:${String((server.address() as AddressInfo).port)}/${name}:latest`,
    publish,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The files of `docker save`. */
async function saved(image: string): Promise<ReadonlyMap<string, Buffer>> {
  const { stdout } = await run('docker', ['save', image], { encoding: 'buffer', maxBuffer: 1 << 28 });
  const files = new Map<string, Buffer>();
  const tar = extract();
  Readable.from([stdout]).pipe(tar);
  for await (const entry of tar) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    files.set(entry.header.name, Buffer.concat(parts));
  }
  return files;
}
