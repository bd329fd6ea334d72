/**
 * Makes the images of resources/images on this machine: on the bases their Dockerfiles name where those are there or can be pulled,
 * otherwise on this machine's own programs (MinIO built with Go, rclone from a Python package, Debian's fuse3 and s3fs, the Node that runs this with its npm).
 */
import { createHash } from 'node:crypto';
import { access, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage, busyboxEntries, engineCall, engineSocketPath, findImage, importImage, IMAGE_PATH, libraryEntries, pullImage } from './engine-image.mjs';
import { run, which } from './run.mjs';
import { ensureTool, MINIO_VERSION, RCLONE_VERSION } from './storage-tools.mjs';

const SOURCES_DIR = fileURLToPath(new URL('../../resources/images', import.meta.url));
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Each image by its folder: its name, its sources, the base that the Dockerfile names, and how this machine makes it. */
const IMAGES = {
  minio: { reference: 'berth/minio:local', role: 's3', sources: ['Dockerfile'], make: makeMinio },
  rclone: { reference: 'berth/rclone:local', role: 'rclone', sources: ['Dockerfile', 'berth-storage'], registryBase: `rclone/rclone:${RCLONE_VERSION}`, make: makeOnBase, base: rcloneBase },
  s3fs: { reference: 'berth/s3fs:local', role: 's3fs', sources: ['Dockerfile', 'berth-s3fs'], registryBase: 'alpine:3.22', make: makeOnBase, base: s3fsBase },
  workspace: {
    reference: 'berth/workspace:local',
    role: 'workspace',
    sources: ['Dockerfile', 'berth-workspace.mjs', 'copy-source.mjs', 'fill-volume.mjs', 's3-source.mjs', 'start-app.mjs', 'static-files.mjs'],
    registryBase: 'node:22-alpine',
    make: makeOnBase,
    base: workspaceBase,
  },
};

/** The images, made where they are missing or of older sources. Resolves with their names by folder; throws with how to get what is missing. */
export async function ensureStorageImages({ socketPath = engineSocketPath(), log = () => {} } = {}) {
  const made = {};
  for (const [name, image] of Object.entries(IMAGES)) {
    const hash = await sourcesHash(name, image.sources);
    if ((await sourcesLabel(socketPath, image.reference)) !== hash) {
      await image.make({ socketPath, log, name, ...image, labels: { 'dev.berth.role': image.role, 'dev.berth.sources': hash } });
      log(`Made ${image.reference}.`);
    }
    made[name] = image.reference;
  }
  return made;
}

/** As the product counts it (src/main/docker/image-sources.ts), so that either takes what the other made. */
async function sourcesHash(name, sources) {
  const hash = createHash('sha256');
  for (const source of sources) {
    const content = await readFile(join(SOURCES_DIR, name, source));
    hash.update(`${source}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}

async function sourcesLabel(socketPath, reference) {
  const { status, text } = await engineCall({ socketPath, path: `/images/${reference}/json` });
  return status === 200 ? JSON.parse(text).Config?.Labels?.['dev.berth.sources'] : undefined;
}

/** A single static program: no base is needed, and the build of the Dockerfile would fetch a whole Go. */
async function makeMinio({ socketPath, log, reference, labels }) {
  await requireLinuxLikeEngine(socketPath, reference);
  const program = await ensureTool('minio', log);
  await importImage({
    socketPath,
    repository: reference.split(':')[0],
    tag: reference.split(':')[1],
    entries: [
      ...['usr', 'usr/bin', 'data', 'etc'].map((path) => ({ path, type: 'directory' })),
      { path: 'tmp', type: 'directory', mode: 0o1777 },
      { path: 'usr/bin/minio', fromFile: program, mode: 0o755 },
      ...(await certificateEntries()),
    ],
    changes: [
      IMAGE_PATH,
      'ENTRYPOINT ["/usr/bin/minio"]',
      'CMD ["server", "/data", "--console-address", ":9001"]',
      'EXPOSE 9000',
      'EXPOSE 9001',
      ...Object.entries({ ...labels, 'dev.berth.flavour': 'minio', 'dev.berth.version': MINIO_VERSION }).map(([key, value]) => `LABEL ${key}=${value}`),
    ],
  });
}

/** The Dockerfile as it is, on its own base or on one from this machine. */
async function makeOnBase({ socketPath, log, name, reference, registryBase, base, sources, labels }) {
  const { image, version } = await findBase({ socketPath, log, registryBase, base });
  const entries = await Promise.all(sources.map(async (path) => ({ path, content: await readFile(join(SOURCES_DIR, name, path)), mode: path === 'Dockerfile' ? 0o644 : 0o755 })));
  await buildImage({ socketPath, reference, entries, args: { BASE_IMAGE: image }, labels: { ...labels, 'dev.berth.version': version } });
}

/** What the images with Node are made on: one from a registry, or this machine's own Node, which is kept once it was put together. */
export async function workspaceBaseImage({ socketPath = engineSocketPath(), log = () => {} } = {}) {
  const { registryBase } = IMAGES.workspace;
  const kept = (await findImage(socketPath, registryBase)) === null && (await findImage(socketPath, 'berth/workspace-base:local')) !== null;
  if (kept) return { image: 'berth/workspace-base:local', version: process.versions.node };
  return findBase({ socketPath, log, registryBase, base: workspaceBase });
}

async function findBase({ socketPath, log, registryBase, base }) {
  const version = registryBase.split(':')[1];
  if ((await findImage(socketPath, registryBase)) !== null) return { image: registryBase, version };
  log(`Pulling ${registryBase} …`);
  if (await pullImage({ socketPath, reference: registryBase, timeoutMs: 60_000 })) return { image: registryBase, version };
  log('It cannot be pulled here: the programs of this machine are used.');
  await requireLinuxLikeEngine(socketPath, registryBase);
  return base({ socketPath, log });
}

async function rcloneBase({ socketPath, log }) {
  const rclone = await ensureTool('rclone', log);
  const fusermount = await requireProgram('fusermount3', 'fuse3');
  const entries = [
    ...(await busyboxEntries()),
    ...(await libraryEntries([fusermount])),
    ...(await certificateEntries()),
    ...['usr/local', 'usr/local/bin', 'config', 'cache', 'mnt', 'data'].map((path) => ({ path, type: 'directory' })),
    { path: 'usr/local/bin/rclone', fromFile: rclone, mode: 0o755 },
    { path: 'usr/bin/fusermount3', fromFile: fusermount, mode: 0o755 },
    { path: 'etc/fuse.conf', content: 'user_allow_other\n' },
  ];
  await importImage({ socketPath, repository: 'berth/rclone-base', tag: 'local', entries, changes: [IMAGE_PATH, 'ENV XDG_CONFIG_HOME=/config', 'WORKDIR /data', 'ENTRYPOINT ["rclone"]'] });
  return { image: 'berth/rclone-base:local', version: RCLONE_VERSION };
}

async function s3fsBase({ socketPath }) {
  const s3fs = await requireProgram('s3fs', 's3fs');
  const version = (await run(s3fs, ['--version'])).stdout.match(/V(\d[\d.]*)/)?.[1] ?? 'unknown';
  const entries = [
    ...(await busyboxEntries()),
    ...(await libraryEntries([s3fs])),
    ...(await certificateEntries()),
    ...['mnt', 'opt'].map((path) => ({ path, type: 'directory' })),
    { path: 'usr/bin/s3fs', fromFile: s3fs, mode: 0o755 },
    { path: 'etc/fuse.conf', content: 'user_allow_other\n' },
    // s3fs complains at every start without one.
    { path: 'etc/mime.types', content: 'text/plain txt log\napplication/json json\ntext/html html\n' },
  ];
  await importImage({ socketPath, repository: 'berth/s3fs-base', tag: 'local', entries, changes: [IMAGE_PATH, 'CMD ["sh"]'] });
  return { image: 'berth/s3fs-base:local', version };
}

/** The Node that runs this, with npm. */
async function workspaceBase({ socketPath }) {
  const npm = dirname(dirname(await realpath(await requireProgram('npm', 'npm'))));
  const modules = 'usr/local/lib/node_modules';
  const entries = [
    ...(await busyboxEntries()),
    ...(await libraryEntries([process.execPath])),
    ...(await certificateEntries()),
    ...['usr/local', 'usr/local/bin', 'usr/local/lib', modules, 'opt'].map((path) => ({ path, type: 'directory' })),
    { path: 'usr/local/bin/node', fromFile: process.execPath, mode: 0o755 },
    ...(await folderEntries(npm, `${modules}/npm`)),
    ...['npm', 'npx'].map((name) => ({ path: `usr/local/bin/${name}`, type: 'symlink', target: `../lib/node_modules/npm/bin/${name}-cli.js` })),
  ];
  await importImage({ socketPath, repository: 'berth/workspace-base', tag: 'local', entries, changes: [IMAGE_PATH, 'CMD ["node"]'] });
  return { image: 'berth/workspace-base:local', version: process.versions.node };
}

/** A folder of this machine; what only people read is left out. */
async function folderEntries(folder, path) {
  const entries = [{ path, type: 'directory' }];
  for (const one of await readdir(folder, { withFileTypes: true })) {
    const from = join(folder, one.name);
    const to = `${path}/${one.name}`;
    if (one.isDirectory() && !['docs', 'man'].includes(one.name)) entries.push(...(await folderEntries(from, to)));
    else if (one.isSymbolicLink()) entries.push({ path: to, type: 'symlink', target: await readlink(from) });
    else if (one.isFile() && !/\.(?:md|map)$/.test(one.name)) entries.push({ path: to, fromFile: from, mode: one.name.endsWith('-cli.js') ? 0o755 : 0o644 });
  }
  return entries;
}

async function certificateEntries() {
  const has = await access(CERTIFICATES).then(
    () => true,
    () => false,
  );
  if (!has) return [];
  return [...['etc/ssl', 'etc/ssl/certs'].map((path) => ({ path, type: 'directory' })), { path: CERTIFICATES.slice(1), fromFile: CERTIFICATES }];
}

async function requireProgram(name, debianPackage) {
  const path = await which(name);
  if (path === null) throw new Error(`${name} is missing on this machine, and no registry is reached to pull an image with it. On Debian or Ubuntu: sudo apt-get install ${debianPackage}`);
  return path;
}

/** Programs of this machine run in an engine of the same kind only. */
async function requireLinuxLikeEngine(socketPath, what) {
  const engine = JSON.parse((await engineCall({ socketPath, path: '/version' })).text);
  if (process.platform === 'linux' && { amd64: 'x64', arm64: 'arm64' }[engine.Arch] === process.arch) return;
  throw new Error(`${what} cannot be had here: this machine's programs do not run in an engine for ${engine.Os}/${engine.Arch}. Build it where they do: docker build resources/images/…`);
}
