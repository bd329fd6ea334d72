/**
 * Puts a root file system into a Docker engine as an image, with node built-ins only: this runs before any
 * dependency is installed. The set-up scripts, the helper image and the tests all go through it.
 */
import { createReadStream } from 'node:fs';
import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import http from 'node:http';
import { basename, dirname } from 'node:path';
import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';

const BLOCK_BYTES = 512;

/** Where a local engine listens: an explicit unix DOCKER_HOST, otherwise the default socket. */
export function engineSocketPath(env = process.env) {
  const host = env.DOCKER_HOST ?? '';
  return host.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock';
}

/** One request to the engine API. Resolves with status and body text; rejects when the engine does not answer in time. */
export function engineCall({ socketPath, method = 'GET', path, headers = {}, body, timeoutMs = 20_000 }) {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method, path, headers, timeout: timeoutMs }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    request.on('timeout', () => request.destroy(new Error(`The engine did not answer ${method} ${path} within ${timeoutMs} ms.`)));
    request.on('error', reject);
    if (body === undefined) request.end();
    else Readable.from(body).on('error', (error) => request.destroy(error)).pipe(request);
  });
}

/** The image's id, or null when the engine does not have it. */
export async function findImage(socketPath, reference) {
  const { status, text } = await engineCall({ socketPath, path: `/images/${reference}/json` });
  if (status === 404) return null;
  if (status !== 200) throw new Error(`The engine refused to show ${reference}: ${text.trim()}`);
  return JSON.parse(text).Id;
}

/** Reads an NDJSON answer of the engine and throws the error it carries: the status is 200 either way. */
function throwStreamError(text) {
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const message = JSON.parse(line).error;
    if (message !== undefined) throw new Error(message);
  }
}

/** Imports entries as a new image `repository:tag`; `changes` are Dockerfile lines (ENV, CMD, LABEL …). Returns the image id. */
export async function importImage({ socketPath, repository, tag, entries, changes = [] }) {
  const query = new URLSearchParams({ fromSrc: '-', repo: repository, tag });
  for (const change of changes) query.append('changes', change);
  const { status, text } = await engineCall({
    socketPath,
    method: 'POST',
    path: `/images/create?${query}`,
    headers: { 'Content-Type': 'application/x-tar' },
    body: tarStream(entries),
    timeoutMs: 120_000,
  });
  if (status !== 200) throw new Error(`The engine refused to import ${repository}:${tag}: ${text.trim()}`);
  throwStreamError(text);
  const id = await findImage(socketPath, `${repository}:${tag}`);
  if (id === null) throw new Error(`The engine took ${repository}:${tag} but does not have it.`);
  return id;
}

/** Builds an image from a context of entries with a Dockerfile among them. Throws the last line of the build when there is none in the end. */
export async function buildImage({ socketPath, reference, entries, args = {}, labels = {}, timeoutMs = 120_000 }) {
  const query = new URLSearchParams({ t: reference, rm: '1', forcerm: '1', buildargs: JSON.stringify(args), labels: JSON.stringify(labels) });
  const { status, text } = await engineCall({
    socketPath,
    method: 'POST',
    path: `/build?${query}`,
    headers: { 'Content-Type': 'application/x-tar' },
    body: tarStream(entries),
    timeoutMs,
  });
  try {
    if (status !== 200) throw new Error(text.trim());
    throwStreamError(text);
  } catch (error) {
    throw new Error(`The engine did not build ${reference}: ${error.message.trim().split('\n').at(-1)}`);
  }
  if ((await findImage(socketPath, reference)) === null) throw new Error(`The engine built ${reference} but does not have it.`);
}

/** Pulls an image. Returns false when the registry cannot be reached or does not have it. */
export async function pullImage({ socketPath, reference, timeoutMs = 120_000 }) {
  const [name, tag = 'latest'] = reference.split(/:(?=[^/]*$)/);
  try {
    const { status, text } = await engineCall({
      socketPath,
      method: 'POST',
      path: `/images/create?${new URLSearchParams({ fromImage: name, tag })}`,
      timeoutMs,
    });
    if (status !== 200) return false;
    throwStreamError(text);
    return (await findImage(socketPath, reference)) !== null;
  } catch {
    return false;
  }
}

/** A tar header in ustar form. Paths of images made here fit into it. */
function tarHeader({ path, mode, sizeBytes, type, target = '' }) {
  const block = Buffer.alloc(BLOCK_BYTES);
  let name = path;
  let prefix = '';
  if (Buffer.byteLength(name) > 100) {
    const cut = name.lastIndexOf('/', 154);
    prefix = name.slice(0, cut);
    name = name.slice(cut + 1);
    if (cut < 1 || Buffer.byteLength(name) > 100) throw new Error(`The path is too long for an image: ${path}`);
  }
  const octal = (value, length) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0, 100, 'utf8');
  block.write(octal(mode, 8), 100, 'latin1');
  block.write(octal(0, 8), 108, 'latin1');
  block.write(octal(0, 8), 116, 'latin1');
  block.write(octal(sizeBytes, 12), 124, 'latin1');
  block.write(octal(0, 12), 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(target, 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345, 155, 'utf8');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

const TAR_TYPES = { file: '0', symlink: '2', directory: '5' };

/** Entries as tar bytes: `{path, type: 'file' | 'directory' | 'symlink', mode?, content?, fromFile?, target?}`. */
export async function* tarStream(entries) {
  for (const entry of entries) {
    const type = entry.type ?? 'file';
    const content = type === 'file' && entry.fromFile === undefined ? Buffer.from(entry.content ?? '') : Buffer.alloc(0);
    const sizeBytes = entry.fromFile === undefined ? content.length : (await stat(entry.fromFile)).size;
    yield tarHeader({
      path: type === 'directory' ? `${entry.path}/` : entry.path,
      mode: entry.mode ?? (type === 'file' ? 0o644 : 0o755),
      sizeBytes,
      type: TAR_TYPES[type],
      target: entry.target,
    });
    if (entry.fromFile === undefined) {
      if (content.length > 0) yield content;
    } else {
      yield* createReadStream(entry.fromFile, { highWaterMark: 1 << 20 });
    }
    const rest = sizeBytes % BLOCK_BYTES;
    if (rest > 0) yield Buffer.alloc(BLOCK_BYTES - rest);
  }
  yield Buffer.alloc(BLOCK_BYTES * 2);
}

/** True when an ELF file names a dynamic loader, so that it cannot run alone in an empty image. */
function needsLoader(bytes) {
  const programHeaders = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(programHeaders + index * size) === 3) return true;
  }
  return false;
}

const BUSYBOX_PATHS = ['/bin/busybox', '/usr/bin/busybox', '/bin/busybox.static'];

/** The static busybox of this machine, or null. */
export async function findStaticBusybox() {
  for (const path of BUSYBOX_PATHS) {
    try {
      if ((await lstat(path)).isDirectory()) continue;
      const bytes = await readFile(path);
      if (bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && !needsLoader(bytes)) return path;
    } catch {
      continue;
    }
  }
  return null;
}

/** A small root file system: busybox with all its applets, /tmp, /etc/passwd. */
export async function busyboxEntries() {
  const busybox = await findStaticBusybox();
  if (busybox === null) throw new Error('A static busybox is missing. Run: apt-get install busybox-static');
  const listed = spawnSync(busybox, ['--list'], { encoding: 'utf8' });
  if (listed.status !== 0) throw new Error(`${busybox} --list failed: ${listed.stderr}`);
  const applets = listed.stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  const folders = ['bin', 'etc', 'root', 'run', 'srv', 'usr', 'usr/bin', 'var', 'var/tmp'];
  return [
    ...folders.map((path) => ({ path, type: 'directory' })),
    { path: 'tmp', type: 'directory', mode: 0o1777 },
    { path: 'bin/busybox', fromFile: busybox, mode: 0o755 },
    ...applets.map((name) => ({ path: `bin/${name}`, type: 'symlink', target: 'busybox' })),
    { path: 'usr/bin/env', type: 'symlink', target: '../../bin/busybox' },
    { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n' },
    { path: 'etc/group', content: 'root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n' },
    { path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
  ];
}

/** Every shared library that programs of this machine name, at the paths the loader looks in. Throws for a program that `ldd` cannot read. */
export async function libraryEntries(programs) {
  const folders = new Set(['usr/lib', 'lib']);
  const files = new Map();
  for (const program of programs) {
    const { status, stdout, stderr } = spawnSync('ldd', [program], { encoding: 'utf8' });
    const libraries = [...(stdout ?? '').matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1]);
    if (status !== 0 || libraries.length === 0) throw new Error(`ldd shows no libraries of ${program}. ${(stderr ?? '').trim()}`);
    for (const path of libraries) {
      // The loader is named by its whole path in every program; the rest is found by name.
      const isLoader = basename(path).startsWith('ld-');
      if (isLoader) folders.add(dirname(path).slice(1));
      const target = isLoader ? path.slice(1) : `lib/${basename(path)}`;
      files.set(target, { path: target, fromFile: await realpath(path), mode: 0o755 });
    }
  }
  return [...[...folders].map((path) => ({ path, type: 'directory' })), ...files.values()];
}

/** Environment every image made here carries. */
export const IMAGE_PATH = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
