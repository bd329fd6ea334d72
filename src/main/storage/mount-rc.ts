import { mountSlug } from '@shared/domain/storage/mount-payload';
import { fieldOf, numberOf, objectOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';

/** What a command in a container said. */
export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the cache of a mount holds. */
export interface CacheUse {
  readonly usedBytes: number;
  readonly maxBytes: number;
}

const KEPT_BYTES = 256 * 1024;
const RC_SECONDS = 5;
const REFRESH_SECONDS = 60;
/** Above so many folders one pass over all of them is quicker. */
const MANY_FOLDERS = 200;

/** Runs a command in a container; it is ended there after `seconds`, since the engine cannot end it. */
export async function runInside(engine: Engine, containerId: string, command: readonly string[], seconds: number, signal?: AbortSignal): Promise<CommandOutput> {
  const kept = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let bytes = 0;
  const late = AbortSignal.timeout((seconds + 3) * 1_000);
  const exitCode = await engine.exec(
    containerId,
    ['timeout', '-s', 'KILL', String(seconds), ...command],
    (stream, data) => {
      bytes += data.length;
      if (bytes <= KEPT_BYTES) kept[stream].push(data);
    },
    signal === undefined ? late : AbortSignal.any([signal, late]),
  );
  return { exitCode, stdout: Buffer.concat(kept.stdout).toString('utf8'), stderr: Buffer.concat(kept.stderr).toString('utf8') };
}

async function remoteControl(engine: Engine, containerId: string, mountPoint: string, words: readonly string[], seconds: number): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runInside(engine, containerId, ['rclone', 'rc', '--unix-socket', `/run/berth/${mountSlug(mountPoint)}.sock`, ...words], seconds);
  if (exitCode !== 0) throw new AppError('service-unreachable', `The mount ${mountPoint} does not take orders now.`, { hint: 'Look at it with `berth storage troubleshoot`.', details: { output: (stderr || stdout).slice(-2_000) } });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new AppError('service-unreachable', `What the mount ${mountPoint} answered cannot be read.`);
  }
}

/** How full the cache of an rclone mount is. */
export async function cacheUse(engine: Engine, containerId: string, mountPoint: string): Promise<CacheUse> {
  const stats = await remoteControl(engine, containerId, mountPoint, ['vfs/stats'], RC_SECONDS);
  return { usedBytes: numberOf(fieldOf(stats, 'diskCache', 'bytesUsed')), maxBytes: numberOf(fieldOf(stats, 'opt', 'CacheMaxSize')) };
}

/** Has an rclone mount read folders of its bucket again; all of them where none is named, or one of them is not known there yet. */
export async function refreshFolders(engine: Engine, containerId: string, mountPoint: string, folders: readonly string[]): Promise<void> {
  const names = [...new Set(folders.map((folder) => folder.replace(/^\/+|\/+$/g, '')))];
  if (names.length > 0 && names.length <= MANY_FOLDERS) {
    const words = names.map((folder, index) => `dir${index === 0 ? '' : String(index + 1)}=${folder}`);
    const answer = await remoteControl(engine, containerId, mountPoint, ['vfs/refresh', ...words], REFRESH_SECONDS);
    if (Object.values(objectOf(fieldOf(answer, 'result'))).every((said) => said === 'OK')) return;
  }
  const answer = await remoteControl(engine, containerId, mountPoint, ['vfs/refresh', 'recursive=true'], REFRESH_SECONDS);
  const said = Object.values(objectOf(fieldOf(answer, 'result')));
  if (!said.every((one) => one === 'OK')) throw new AppError('service-unreachable', `The mount ${mountPoint} could not read its bucket again.`, { hint: 'S3 may be away: `berth storage status` says so.', details: { output: said.join(' ').slice(0, 2_000) } });
}
