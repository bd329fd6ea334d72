import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';

/** A process that holds a lock. */
export interface Holder {
  readonly pid: number;
  /** When the process started, as the system counts it: tells a reused pid from the same process. Empty where it cannot be read. */
  readonly started: string;
  readonly boot: string;
}

/** A process that was killed takes a moment to go; whoever comes after it must not give up on its lock at once. */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 100;

/** Releases under way, by lock file: who takes the lock again must not find the old one and then lose it. */
const releasing = new Map<string, Promise<void>>();

/**
 * Takes the project's lock file (`.berth/lock` beneath its folder), so that two Berths with different state folders
 * never change one project at once. A lock whose process is gone, or goes within three seconds, is taken over. Rejects
 * with `busy`, naming the process. A folder that cannot be written is not locked: the engine's own checks remain.
 */
export function lockProject(projectDir: string): Promise<Disposable> {
  const folder = join(projectDir, '.berth');
  return lockFile(join(folder, 'lock'), () => makeFolder(folder), (who) => `${who} is changing this project.`);
}

/** Takes a lock file as `lockProject` does. `makeFolder` makes its folder when it is missing; `taken` is the sentence when somebody has it. */
export async function lockFile(file: string, makeFolder: () => Promise<unknown>, taken: (who: string) => string): Promise<Disposable> {
  await releasing.get(file);
  const own = await thisHolder();
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let takenOver = 0; takenOver < 3; ) {
    try {
      await makeFolder();
      const handle = await open(file, 'wx', 0o644);
      await handle.writeFile(JSON.stringify(own));
      await handle.close();
      return toDisposable(() => {
        const released = release(file, own).finally(() => releasing.delete(file));
        releasing.set(file, released);
      });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EEXIST') return toDisposable(() => undefined);
    }
    const holder = await readHolder(file);
    if (holder !== null && (await isAlive(holder))) {
      if (holder.pid === own.pid && holder.started === own.started) return toDisposable(() => undefined);
      if (Date.now() < giveUpAt) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        continue;
      }
      throw new AppError('busy', taken(`Another Berth (process ${String(holder.pid)})`), { hint: 'Wait until it has finished.', where: { file } });
    }
    takenOver += 1;
    await rm(file, { force: true });
  }
  throw new AppError('busy', taken('Another Berth'), { hint: 'Wait until it has finished.', where: { file } });
}

/** The folder keeps itself out of the project's version control. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o755 });
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function release(file: string, own: Holder): Promise<void> {
  const holder = await readHolder(file);
  if (holder?.pid === own.pid && holder.started === own.started) await rm(file, { force: true }).catch(() => undefined);
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Partial<Holder>;
    return typeof value.pid === 'number' ? { pid: value.pid, started: value.started ?? '', boot: value.boot ?? '' } : null;
  } catch {
    return null;
  }
}

/** This process. */
export async function thisHolder(): Promise<Holder> {
  return { pid: process.pid, started: await startOf(process.pid), boot: await bootId() };
}

/** Whether a process of this machine is still there. */
export async function isAlive(holder: Holder): Promise<boolean> {
  const boot = await bootId();
  if (holder.boot !== '' && boot !== '' && holder.boot !== boot) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return holder.started === '' || holder.started === (await startOf(holder.pid));
}

/** Field 22 of /proc/<pid>/stat (start time in ticks since boot); empty where there is no /proc. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}
