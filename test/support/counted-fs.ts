import { execFileSync } from 'node:child_process';
import * as real from 'fs/promises';

/**
 * The file system as a process sees it that is to end at its n-th change (`BERTH_END_AT`): killed, or with its disk cut off the power
 * (`BERTH_CUT_DISK` names where it is mounted). Takes the place of `node:fs/promises` in a bundle. `BERTH_END_TORN`: half of a write is done first.
 * `BERTH_NO_SYNC`: nothing is synced, which a test of power cuts must notice.
 */
const endAt = Number(process.env['BERTH_END_AT'] ?? '0');
const isTorn = process.env['BERTH_END_TORN'] === '1';
const isSynced = process.env['BERTH_NO_SYNC'] !== '1';
const disk = process.env['BERTH_CUT_DISK'] ?? '';
/** FS_IOC_SHUTDOWN with the flag that flushes nothing. */
const CUT = "import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587d,struct.pack('I',2))";
let changes = 0;

/** Changes that were begun so far. */
export function changesSoFar(): number {
  return changes;
}

function end(): Promise<never> {
  if (disk !== '') execFileSync('python3', ['-c', CUT, disk]);
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

async function change<T>(act: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
  changes += 1;
  if (changes !== endAt) return act();
  if (isTorn) await half?.();
  return end();
}

type Handle = Awaited<ReturnType<typeof real.open>>;

function counted(handle: Handle): Handle {
  return new Proxy(handle, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      const call = (...args: readonly unknown[]): Promise<unknown> => Reflect.apply(value, of, args) as Promise<unknown>;
      if (name === 'write') {
        return (bytes: Uint8Array, offset = 0, length = bytes.length) => change(() => call(bytes, offset, length), () => call(bytes, offset, Math.floor(length / 2)));
      }
      if (name === 'chmod') return (mode: number) => change(() => call(mode));
      return name === 'sync' ? () => change(() => (isSynced ? call() : Promise.resolve())) : call;
    },
  });
}

export const open: typeof real.open = async (path, flags, mode) => {
  const creates = typeof flags === 'number' && (flags & real.constants.O_CREAT) !== 0;
  return counted(await (creates ? change(() => real.open(path, flags, mode)) : real.open(path, flags, mode)));
};
export const link: typeof real.link = (...args) => change(() => real.link(...args));
export const rename: typeof real.rename = (...args) => change(() => real.rename(...args));
export const unlink: typeof real.unlink = (...args) => change(() => real.unlink(...args));
export const mkdir = ((...args: Parameters<typeof real.mkdir>) => change(() => real.mkdir(...args))) as typeof real.mkdir;
export const rm = ((...args: Parameters<typeof real.rm>) => change(() => real.rm(...args))) as typeof real.rm;
export const { lstat, mkdtemp, readFile, readdir, stat, statfs, writeFile } = real;
