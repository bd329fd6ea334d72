import { access, chmod, mkdir, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { PointSight } from '@shared/domain/storage/mount-supervision';
import { AppError } from '@shared/kernel/app-error';
import { isRemoteType, type MountProbe } from './mount-source';
import { mountAbove, mountedAt, mountTable } from './mount-table';
import { within } from './within';

/** What should be mounted at a folder. */
export interface ExpectedMount {
  readonly point: string;
  readonly type: string;
  /** Whether this is what should be there, by the name the file system gives it. */
  readonly isSource: (source: string) => boolean;
}

/** Mounts and mount points on this machine. */
export interface MountHost {
  readonly platform: string;
  readonly hostName: string;
  hasFuseDevice(): Promise<boolean>;
  /** Whether mounts made beneath a folder reach containers; null where that cannot be told. */
  isShared(folder: string): Promise<boolean | null>;
  /** Makes a folder (its parents private) with these beneath it, readable for everybody; what a mount lies on is left alone. Resolves with its path without links. */
  makeFolders(folder: string, beneath: readonly string[]): Promise<string>;
  /** Looks at one mount; a hung one is answered for soon after the deadline and never asked twice at a time. Rejects with `service-unreachable` where nothing answers in time. */
  look(expected: ExpectedMount): Promise<{ readonly sight: PointSight; readonly latencyMs: number | null }>;
}

/** This machine. `probe` asks in a child process. */
export function mountHost(options: { readonly timeoutMs: number; readonly probe: MountProbe }): MountHost {
  const { timeoutMs, probe } = options;
  const asked = new Set<string>();
  return {
    platform: process.platform,
    hostName: hostname(),
    hasFuseDevice: () => access('/dev/fuse').then(() => true, () => false),
    async isShared(folder) {
      return mountAbove(await mountTable(), folder)?.shared ?? null;
    },
    async makeFolders(folder, beneath) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const real = await realpath(folder);
      const mounted = new Set((await mountTable()).filter(({ type }) => isRemoteType(type)).map(({ point }) => point));
      for (const path of beneath) await makeOpenFolder(real, join(real, path), mounted);
      return real;
    },
    async look({ point, type, isSource }) {
      const row = mountedAt(await mountTable(), point);
      if (row === undefined || !isRemoteType(row.type)) return { sight: 'absent', latencyMs: null };
      if (row.type !== type || !isSource(row.source)) return { sight: 'foreign', latencyMs: null };
      if (asked.has(point)) return { sight: 'hung', latencyMs: null };
      asked.add(point);
      const began = performance.now();
      // A child that hangs in the kernel cannot be ended: nobody waits for it longer than the deadline.
      const answer = probe(point, timeoutMs).finally(() => asked.delete(point));
      const answered = await within(timeoutMs, answer, false);
      const tookMs = performance.now() - began;
      if (answered) return { sight: 'ok', latencyMs: Math.round(tookMs * 10) / 10 };
      if (tookMs < timeoutMs * 0.95) return { sight: 'broken', latencyMs: null };
      // Where not even this is answered in time, it is not the mount that hangs: nothing must be ended for that.
      if (!(await within(timeoutMs, probe('/', timeoutMs), false))) throw new AppError('service-unreachable', 'This computer is too busy for its mounts to be looked at.');
      return { sight: 'hung', latencyMs: null };
    },
  };
}

async function makeOpenFolder(top: string, path: string, mounted: ReadonlySet<string>): Promise<void> {
  if (path === top || mounted.has(path)) return;
  await makeOpenFolder(top, dirname(path), mounted);
  const isNew = await mkdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
  // Users of other containers have to pass through it, whatever this process's umask is.
  if (isNew) await chmod(path, 0o755);
}
