import { CONTROL_TARGET, controlSocket } from '@shared/domain/storage/mount-payload';
import { fieldOf, numberOf, objectOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import { askPrivateSocket } from '@main/platform/private-socket';

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
/** Those above are read one after the other. */
const MANY_ABOVE = 12;

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

/** A mount container that takes orders. */
export interface MountControl {
  readonly engine: Engine;
  readonly containerId: string;
  /** Where this machine sees its sockets; null where it does not. */
  readonly folder: string | null;
}

/** One order to the rclone of a mount: over its socket, or by a program started in its container, which takes a second of the little processor it has. */
async function remoteControl(control: MountControl, mountPoint: string, order: string, values: { readonly [name: string]: string }, seconds: number): Promise<unknown> {
  const said = (await overSocket(control, mountPoint, order, values, seconds)) ?? (await byProgram(control, mountPoint, order, values, seconds));
  if (!said.ok) throw new AppError('service-unreachable', `The mount ${mountPoint} does not take orders now.`, { hint: 'Look at it with `berth storage troubleshoot`.', details: { output: said.text.slice(-2_000) } });
  try {
    return JSON.parse(said.text);
  } catch {
    throw new AppError('service-unreachable', `What the mount ${mountPoint} answered cannot be read.`);
  }
}

interface Said {
  readonly ok: boolean;
  readonly text: string;
}

async function overSocket({ folder }: MountControl, mountPoint: string, order: string, values: { readonly [name: string]: string }, seconds: number): Promise<Said | null> {
  if (folder === null) return null;
  const answer = await askPrivateSocket({ folder, name: controlSocket(mountPoint) }, { path: `/${order}`, body: values, timeoutMs: seconds * 1_000 });
  return answer === null ? null : { ok: answer.status === 200, text: answer.text };
}

async function byProgram({ engine, containerId }: MountControl, mountPoint: string, order: string, values: { readonly [name: string]: string }, seconds: number): Promise<Said> {
  const words = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const { exitCode, stdout, stderr } = await runInside(engine, containerId, ['rclone', 'rc', '--unix-socket', `${CONTROL_TARGET}/${controlSocket(mountPoint)}`, order, ...words], seconds);
  return exitCode === 0 ? { ok: true, text: stdout } : { ok: false, text: stderr || stdout };
}

/** How full the cache of an rclone mount is. */
export async function cacheUse(control: MountControl, mountPoint: string): Promise<CacheUse> {
  const stats = await remoteControl(control, mountPoint, 'vfs/stats', {}, RC_SECONDS);
  return { usedBytes: numberOf(fieldOf(stats, 'diskCache', 'bytesUsed')), maxBytes: numberOf(fieldOf(stats, 'opt', 'CacheMaxSize')) };
}

/** Has an rclone mount read folders of its bucket again; all of them where none is named, or too many, or where the named ones cannot be read by themselves. */
export async function refreshFolders(control: MountControl, mountPoint: string, folders: readonly string[]): Promise<void> {
  const names = [...new Set(folders.map((folder) => folder.replace(/^\/+|\/+$/g, '')))];
  if (names.length > 0 && names.length <= MANY_FOLDERS && (await refreshNamed(control, mountPoint, names))) return;
  const said = await refreshed(control, mountPoint, { recursive: 'true' });
  if (said.size > 0) throw new AppError('service-unreachable', `The mount ${mountPoint} could not read its bucket again.`, { hint: 'S3 may be away: `berth storage status` says so.', details: { output: [...said.values()].join(' ').slice(0, 2_000) } });
}

/** False where these folders cannot be read by themselves. */
async function refreshNamed(control: MountControl, mountPoint: string, names: readonly string[]): Promise<boolean> {
  const named = names.filter((name) => name !== '');
  const missed = await refreshOnly(control, mountPoint, named);
  const above = [...new Set([...[...missed.keys()].flatMap(foldersAbove), ...(named.length < names.length ? [''] : [])])];
  if (above.length > MANY_ABOVE) return false;
  // A folder that is new or gone shows in the ones above it, from the top: each is known once the one above it was read.
  const inOrder = above.toSorted((one, other) => one.length - other.length);
  for (const folder of inOrder) if (![...(await refreshOnly(control, mountPoint, [folder])).values()].every(isGone)) return false;
  return [...(await refreshOnly(control, mountPoint, [...missed.keys()])).values()].every(isGone);
}

/** `a/b/c` lies beneath the top, `a` and `a/b`. */
function foldersAbove(folder: string): readonly string[] {
  const parts = folder.split('/');
  return parts.map((_, count) => parts.slice(0, count).join('/'));
}

function isGone(said: string): boolean {
  return /(?:does not exist|not found)$/.test(said);
}

/** Reads these folders again, and not what lies beneath them. Resolves with what was said of those that could not be. */
async function refreshOnly(control: MountControl, mountPoint: string, folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (folders.length === 0) return new Map();
  // The top has no name: it is read where none is said.
  const values = folders.length === 1 && folders[0] === '' ? {} : Object.fromEntries(folders.map((folder, index) => [`dir${index === 0 ? '' : String(index + 1)}`, folder]));
  return refreshed(control, mountPoint, values);
}

async function refreshed(control: MountControl, mountPoint: string, values: { readonly [name: string]: string }): Promise<ReadonlyMap<string, string>> {
  const answer = await remoteControl(control, mountPoint, 'vfs/refresh', values, REFRESH_SECONDS);
  return new Map(Object.entries(objectOf(fieldOf(answer, 'result'))).flatMap(([folder, said]) => (said === 'OK' ? [] : [[folder, String(said)] as const])));
}
