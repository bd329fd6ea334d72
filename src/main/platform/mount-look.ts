import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isRemoteType, remoteMounts, type MountProbe } from './mount-source';
import { mountTable } from './mount-table';
import { within } from './within';

export type MountKind = 'file' | 'folder' | 'fuse' | 'other' | 'unknown';

/** What stands at a path: `identity` is equal as long as it is the same file or folder; null when nothing could be read. */
export interface PathLook {
  readonly state: 'ok' | 'missing' | 'unreadable' | 'hung';
  readonly kind: MountKind;
  readonly identity: string | null;
  readonly latencyMs: number;
}

/** What a container holds at a target: `unknown` when this process may not look into it. `remote`: a file system whose calls can hang; nothing on it was touched. */
export type HeldLook = { readonly known: false } | { readonly known: true; readonly remote: boolean; readonly identity: string | null; readonly kind: MountKind };

/** Looks at bind sources and at what containers hold of them: stat only, nothing is read. */
export interface MountLooker {
  /** Of all paths in one go; every answer comes within the deadline. */
  look(paths: readonly string[]): Promise<ReadonlyMap<string, PathLook>>;
  held(pid: number, targets: readonly string[]): Promise<ReadonlyMap<string, HeldLook>>;
}

/** This machine's. `probe` asks a network or FUSE mount from a child process, so that a hung one takes no thread of this process. */
export function mountLooker(options: { readonly timeoutMs: number; readonly probe: MountProbe }): MountLooker {
  const { timeoutMs, probe } = options;
  return {
    async look(paths) {
      const remote = process.platform === 'linux' ? await remoteMounts() : () => [];
      const asked = new Map<string, Promise<boolean>>();
      const answers = (mount: string): Promise<boolean> => {
        // A child that hangs in the kernel cannot be ended: its answer is not waited for longer than the deadline.
        const answer = asked.get(mount) ?? within(timeoutMs, probe(mount, timeoutMs), false);
        asked.set(mount, answer);
        return answer;
      };
      const looks = paths.map(async (path): Promise<readonly [string, PathLook]> => {
        const began = performance.now();
        const over = remote(path);
        const look = (await Promise.all(over.map(answers))).every(Boolean) ? await within(timeoutMs, lookAt(path), HUNG) : HUNG;
        return [path, { ...look, kind: over.length > 0 ? 'fuse' : look.kind, latencyMs: Math.round((performance.now() - began) * 10) / 10 }];
      });
      return new Map(await Promise.all(looks));
    },
    held: (pid, targets) => within(timeoutMs, heldBy(pid, targets), new Map()),
  };
}

const HUNG: Omit<PathLook, 'latencyMs'> = { state: 'hung', kind: 'unknown', identity: null };

async function lookAt(path: string): Promise<Omit<PathLook, 'latencyMs'>> {
  try {
    const found = await stat(path);
    const kind = kindOf(found);
    const identity = `${String(found.dev)}:${String(found.ino)}`;
    const readable = kind !== 'file' && kind !== 'folder' ? true : await access(path, kind === 'folder' ? constants.R_OK | constants.X_OK : constants.R_OK).then(() => true, () => false);
    return { state: readable ? 'ok' : 'unreadable', kind, identity };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const state = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' ? 'missing' : code === 'EIO' || code === 'ENOTCONN' || code === 'ESTALE' ? 'hung' : 'unreadable';
    return { state, kind: 'unknown', identity: null };
  }
}

function kindOf(found: { isFile(): boolean; isDirectory(): boolean }): MountKind {
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
}

/**
 * Through the process's own table of mounts, which is text and never hangs. Only an exact mount point is looked at: a
 * target that is a link inside the container would lead out of it.
 */
export async function heldBy(pid: number, targets: readonly string[]): Promise<ReadonlyMap<string, HeldLook>> {
  const held = new Map<string, HeldLook>();
  if (process.platform !== 'linux' || pid <= 0) return held;
  const mounts = new Map((await mountTable(pid)).map(({ point, type }) => [point, type]));
  await Promise.all(
    targets.map(async (target) => {
      const type = mounts.get(target);
      if (type === undefined) return;
      if (isRemoteType(type)) return held.set(target, { known: true, remote: true, identity: null, kind: 'fuse' });
      const found = await stat(`/proc/${String(pid)}/root${target}`).catch(() => null);
      if (found !== null) held.set(target, { known: true, remote: false, identity: `${String(found.dev)}:${String(found.ino)}`, kind: kindOf(found) });
      return undefined;
    }),
  );
  return held;
}
