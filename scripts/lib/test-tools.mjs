import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineCall } from './engine-call.mjs';
import { installCommand, installPackages, isLinux, isRoot, mayInstallPackages } from './machine.mjs';
import { run, tail, which } from './run.mjs';
import { ensureStorageImages } from './storage-images.mjs';
import { ensureTool } from './storage-tools.mjs';

/** Programs only the tests need: real inits and a compiler for the stop tests, a static busybox for images, file systems for full disks, extended attributes for volumes, mounts of buckets, an agent with keys for builds. */
const PROGRAMS = [
  ['gcc', ['gcc', 'libc6-dev']],
  ['tini', ['tini']],
  ['dumb-init', ['dumb-init']],
  ['busybox', ['busybox-static']],
  ['mkfs.ext4', ['e2fsprogs']],
  ['setpriv', ['util-linux']],
  ['git', ['git']],
  ['fusermount3', ['fuse3']],
  ['s3fs', ['s3fs']],
  ['findmnt', ['util-linux']],
  ['ssh-agent', ['openssh-client']],
  ['bsdtar', ['libarchive-tools']],
  ['getfattr', ['attr']],
];

/** Newest first of the version the tests compare with; any 5.x behaves alike. */
const COMPOSE_VERSION = 'v5.0.2';
const COMPOSE_MODULE = 'github.com/docker/compose/v5';
const PLUGIN_FOLDER = '/usr/local/lib/docker/cli-plugins';

async function missingPrograms() {
  const found = await Promise.all(PROGRAMS.map(async ([name]) => Boolean(await which(name)) || Boolean(await which(`/usr/sbin/${name}`))));
  return PROGRAMS.filter((_, index) => !found[index]);
}

/** The compose command the tests compare Berth with. Built from source where Go is there; otherwise the words to get it. */
async function ensureCompose(report) {
  const installed = await run('docker', ['compose', 'version', '--short']);
  if (installed.code === 0) return report.skipped(`docker compose ${installed.stdout.trim()} is in, to compare with`);
  const how = `GOBIN=$PWD CGO_ENABLED=0 go install -ldflags "-s -w -X ${COMPOSE_MODULE}/internal.Version=${COMPOSE_VERSION}" ${COMPOSE_MODULE}/cmd@${COMPOSE_VERSION} && sudo install -D cmd ${PLUGIN_FOLDER}/docker-compose`;
  const go = await which('go');
  if (!go || !isRoot) return report.missing('docker compose is missing; the tests that compare with it will fail. Install Docker’s compose plugin, or build it:', how);
  const started = Date.now();
  report.doing('Building docker compose, to compare with (about a minute)');
  const folder = mkdtempSync(join(tmpdir(), 'berth-compose-'));
  try {
    const built = await run(go, ['install', '-ldflags', `-s -w -X ${COMPOSE_MODULE}/internal.Version=${COMPOSE_VERSION}`, `${COMPOSE_MODULE}/cmd@${COMPOSE_VERSION}`], { env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' } });
    if (built.code !== 0) return report.missing(`docker compose could not be built:\n${tail(built.output, 8)}\nInstall Docker’s compose plugin, or build it:`, how);
    mkdirSync(PLUGIN_FOLDER, { recursive: true });
    copyFileSync(join(folder, 'cmd'), join(PLUGIN_FOLDER, 'docker-compose'));
    chmodSync(join(PLUGIN_FOLDER, 'docker-compose'), 0o755);
    report.done('docker compose is in, to compare with', Date.now() - started);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What storage tests drive and compare with, each had once: rclone, a second S3 server, a proxy for bad networks, a registry of images, how Docker reads a .dockerignore. */
const STORAGE_TOOLS = ['rclone', 'versitygw', 'toxiproxy-server', 'registry', 'dockerignore-oracle'];

/** The images of resources/images and the tools, each said by itself: one that is missing does not keep the others away. */
async function ensureStorage(engine, report) {
  let news = 0;
  const log = (text) => {
    news += 1;
    report.doing(text);
  };
  const started = Date.now();
  const missing = [];
  const parts = [...STORAGE_TOOLS.map((name) => () => ensureTool(name, log)), ...(engine?.socketPath ? [() => ensureStorageImages({ socketPath: engine.socketPath, log })] : [])];
  for (const part of parts) await part().catch((error) => missing.push(error.message));
  if (missing.length > 0) report.missing(`The tests of storage that need it will fail: ${missing.join('\n')}`);
  else if (news === 0) report.skipped('The images and tools of the storage tests are in');
  else report.done('The images and tools of the storage tests are in', Date.now() - started);
}

/** Containers see each other's mounts only where the root of this machine shares them; systemd sees to that, a bare machine does not. */
async function ensureSharedMounts(report) {
  if (!existsSync('/dev/fuse')) report.missing('There is no /dev/fuse; the tests that mount buckets will fail. As root:', 'modprobe fuse');
  const root = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').find((line) => line.split(' ')[4] === '/');
  if (root?.split(' - ')[0].includes(' shared:')) return;
  if (isRoot && (await run('mount', ['--make-rshared', '/'])).code === 0) report.done('Mounts are shared with containers (mount --make-rshared /)');
  else report.missing('Mounts are not shared with containers; the tests that mount buckets will fail. As root:', 'mount --make-rshared /');
}

/** What tests make has such a name. */
const TEST_NETWORK = /^bt-[a-z0-9]+-[0-9a-f]{8}/;
/** No run of the tests takes so long. */
const OLD_NETWORK_MS = 4 * 60 * 60 * 1000;

/** Networks of runs that were killed: each takes a range of addresses, and an engine has some thirty of these. */
async function removeOldNetworks(engine, report) {
  const removed = [];
  for (const { Id, Name, Created } of await engineCall(engine, 'GET', '/networks')) {
    if (!TEST_NETWORK.test(Name) || Date.now() - Date.parse(Created) < OLD_NETWORK_MS) continue;
    const { Containers } = (await engineCall(engine, 'GET', `/networks/${Id}`).catch(() => null)) ?? {};
    if (Containers && Object.keys(Containers).length === 0 && (await engineCall(engine, 'DELETE', `/networks/${Id}`).then(() => true, () => false))) removed.push(Name);
  }
  if (removed.length > 0) report.done(`${removed.length} networks of earlier test runs are removed`);
}

/** What the tests need besides the product's own parts. What stays missing makes the tests that need it fail, with how to get it. */
export async function ensureTestTools(report, engine) {
  if (isLinux) {
    const missing = await missingPrograms();
    const packages = missing.flatMap(([, names]) => names);
    if (packages.length === 0) report.skipped('The programs the tests use are in');
    else if (mayInstallPackages) await installPackages(packages, report);
    else report.missing(`Missing for the tests: ${missing.map(([name]) => name).join(', ')}. On Debian or Ubuntu:`, installCommand(packages));
  }
  await ensureCompose(report);
  if (isLinux) await ensureSharedMounts(report);
  await ensureStorage(engine, report);
  if (engine) await removeOldNetworks(engine, report);
}
