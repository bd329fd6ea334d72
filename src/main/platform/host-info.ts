import { constants } from 'node:fs';
import { access, mkdir, readFile, statfs } from 'node:fs/promises';
import { release } from 'node:os';

/** Facts of the machine that the doctor asks for. Every answer is a value; nothing here rejects. */
export interface HostInfo {
  readonly platform: NodeJS.Platform;
  readonly release: string;
  readonly isRoot: boolean;
  /** Free bytes for this user where the path lies; null when it cannot be told. */
  freeBytes(path: string): Promise<number | null>;
  /** Undefined when the folder can be written to (it is created when missing), else one sentence. */
  writableFolder(path: string): Promise<string | undefined>;
  exists(path: string): Promise<boolean>;
  /** A kernel setting, for example 'fs/inotify/max_user_watches'; null where there is none. */
  kernelNumber(name: string): Promise<number | null>;
  /** True when systemd runs this machine. */
  hasSystemd(): Promise<boolean>;
  environment(name: string): string | undefined;
}

/** This machine. */
export function hostInfo(): HostInfo {
  const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
  return {
    platform: process.platform,
    release: release(),
    isRoot: process.getuid?.() === 0,
    async freeBytes(path) {
      try {
        const { bavail, bsize } = await statfs(path);
        return bavail * bsize;
      } catch {
        return null;
      }
    },
    async writableFolder(path) {
      try {
        await mkdir(path, { recursive: true, mode: 0o700 });
        await access(path, constants.W_OK | constants.X_OK | constants.R_OK);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    exists,
    async kernelNumber(name) {
      try {
        const value = Number.parseInt(await readFile(`/proc/sys/${name}`, 'utf8'), 10);
        return Number.isNaN(value) ? null : value;
      } catch {
        return null;
      }
    },
    hasSystemd: () => exists('/run/systemd/system'),
    environment: (name) => process.env[name],
  };
}
