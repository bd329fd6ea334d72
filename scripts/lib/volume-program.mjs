/** Builds the volume program of resources/helper/volume for the engines it can run on. Only who changes it needs Go: its binaries are in the repository. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/** Where the sources are; their binaries and `SOURCES` are in `bin` beneath it. */
export const VOLUME_PROGRAM_DIR = join(ROOT, 'resources', 'helper', 'volume');
/** Another Go makes other bytes. A Go of any version since 1.21 gets this one by itself. */
const GO_VERSION = 'go1.26.8';
const ARCHITECTURES = ['amd64', 'arm64'];

/** The hash over everything the program is made from. */
export async function volumeSourcesHash() {
  const names = (await readdir(VOLUME_PROGRAM_DIR)).filter((name) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum').filter((name) => !name.endsWith('_test.go')).sort();
  const hash = createHash('sha256').update(`${GO_VERSION}\0`);
  for (const name of names) {
    const content = await readFile(join(VOLUME_PROGRAM_DIR, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** What `SOURCES` says: the hash of the sources, and of each binary, as `sha256sum` writes it. */
export async function readVolumeSources() {
  const text = await readFile(join(VOLUME_PROGRAM_DIR, 'bin', 'SOURCES'), 'utf8');
  return new Map(text.trim().split('\n').map((line) => [line.slice(66), line.slice(0, 64)]));
}

/** Builds every binary into a folder. Resolves with the lines of `SOURCES`; throws with how to get Go where there is none. */
export async function buildVolumeProgram(outDir) {
  await mkdir(outDir, { recursive: true });
  const lines = [`${await volumeSourcesHash()}  sources`];
  for (const arch of ARCHITECTURES) {
    const name = `berth-volume-linux-${arch}`;
    const env = { ...process.env, CGO_ENABLED: '0', GOOS: 'linux', GOARCH: arch, GOAMD64: 'v1', GOARM64: 'v8.0', GOFLAGS: '-mod=readonly -buildvcs=false', GOTOOLCHAIN: GO_VERSION, GOWORK: 'off', GOEXPERIMENT: '' };
    const { status, stderr, error } = spawnSync('go', ['build', '-trimpath', '-ldflags', '-s -w -buildid=', '-o', join(outDir, name), '.'], { cwd: VOLUME_PROGRAM_DIR, env, encoding: 'utf8' });
    if (error !== undefined) throw new Error('Go is missing: it builds the volume program. Get it from https://go.dev/dl or as the package golang-go (1.21 or newer), then run this again.');
    if (status !== 0) throw new Error(`go build failed: ${stderr.trim()}`);
    lines.push(`${createHash('sha256').update(await readFile(join(outDir, name))).digest('hex')}  ${name}`);
  }
  return lines;
}
