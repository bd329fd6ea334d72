import { remotePath } from '@shared/domain/storage/mount-payload';
import type { MountDefinition } from '@shared/domain/storage/definition';
import { AppError } from '@shared/kernel/app-error';
import { runInside } from './mount-rc';
import type { MountUnit } from './mount-unit';
import type { MountCheck, MountStatus } from './types';

const DF_SECONDS = 3;
const LIST_SECONDS = 15;
const LOG_LINES = 100;
/** What was said earlier may long be over. */
const RECENT_MS = 120_000;

/** "Mount not working": three checks of each mount, side by side; a mount that hangs holds up nothing but its own. */
export async function troubleshootMounts(units: readonly MountUnit[], statuses: readonly MountStatus[]): Promise<readonly MountCheck[]> {
  const all = units.flatMap((unit) => unit.container.mounts.map((mount) => ({ unit, mount, status: statuses.find(({ id }) => id === mount.id) })));
  return (await Promise.all(all.map(({ unit, mount, status }) => Promise.all([checkMount(unit, mount, status), checkLog(unit, mount), checkS3(unit, mount)])))).flat();
}

async function checkMount(unit: MountUnit, mount: MountDefinition, status: MountStatus | undefined): Promise<MountCheck> {
  const command = ['df', '-h', mount.mountPoint];
  return answered(unit, mount, 'Mounted', `docker exec ${unit.container.name} ${command.join(' ')}`, remountFix(mount), async (id) => {
    const { exitCode, stdout, stderr } = await runInside(unit.container.door, id, command, DF_SECONDS);
    // busybox puts the figures of a long name on a line of their own.
    const line = stdout.trim().split('\n').slice(1).join(' ').replace(/\s+/g, ' ');
    const isFuse = unit.container.container.backend === 's3fs' ? line.startsWith('s3fs') : line.includes(mount.bucket);
    if (exitCode !== 0) return { ok: false, detail: lastLine(stderr) || 'The mount does not answer.' };
    if (!isFuse) return { ok: false, detail: 'No bucket is mounted there.' };
    return status?.state === 'healthy' || status?.state === 'degraded' ? { ok: true, detail: line } : { ok: false, detail: status?.detail ?? line };
  });
}

async function checkLog(unit: MountUnit, mount: MountDefinition): Promise<MountCheck> {
  return answered(unit, mount, 'Log', `docker logs ${unit.container.name}`, null, async (id) => {
    const lines = await unit.container.door.logTail(id, LOG_LINES);
    const since = Date.now() - RECENT_MS;
    const bad = lines.findLast(({ text, time }) => Date.parse(time) >= since && /\b(?:ERROR|CRITICAL|Fatal error)\b|ended with [1-9]/.test(text));
    return bad === undefined ? { ok: true, detail: `${String(lines.length)} lines, no error in the last two minutes.` } : { ok: false, detail: bad.text.slice(0, 500) };
  });
}

async function checkS3(unit: MountUnit, mount: MountDefinition): Promise<MountCheck> {
  if (unit.container.container.backend === 's3fs') return checkFolder(unit, mount);
  const command = ['rclone', 'ls', remotePath(mount)];
  return answered(unit, mount, 'S3', `docker exec ${unit.container.name} ${command.join(' ')}`, S3_FIX, async (id) => {
    const { exitCode, stdout, stderr } = await runInside(unit.container.door, id, [...command, '--retries', '1', '--low-level-retries', '1', '--contimeout', '3s'], LIST_SECONDS);
    const count = stdout.split('\n').filter((line) => line.trim() !== '').length;
    // A large bucket takes longer than anybody waits: that it began to answer is enough.
    if (exitCode === 0 || count > 0) return { ok: true, detail: `S3 answers: ${exitCode === 0 ? '' : 'more than '}${String(count)} ${count === 1 ? 'object' : 'objects'}.` };
    return { ok: false, detail: `S3 is not reachable from the container: ${lastLine(stderr) || 'it does not answer'}` };
  });
}

/** s3fs has no command of its own to list a bucket; the folder is what it shows of it. */
async function checkFolder(unit: MountUnit, mount: MountDefinition): Promise<MountCheck> {
  const command = ['ls', mount.mountPoint];
  return answered(unit, mount, 'S3', `docker exec ${unit.container.name} ${command.join(' ')}`, S3_FIX, async (id) => {
    const { exitCode, stderr } = await runInside(unit.container.door, id, command, LIST_SECONDS);
    return exitCode === 0 ? { ok: true, detail: 'S3 answers.' } : { ok: false, detail: `S3 is not reachable through the mount: ${lastLine(stderr) || 'it does not answer'}` };
  });
}

const S3_FIX = 'berth storage start --component s3';

function remountFix(mount: MountDefinition): string {
  return `berth storage remount --mount ${mount.id}`;
}

async function answered(unit: MountUnit, mount: MountDefinition, title: string, command: string, fix: string | null, ask: (containerId: string) => Promise<{ readonly ok: boolean; readonly detail: string }>): Promise<MountCheck> {
  const said = await asked(unit, ask);
  return { mount: mount.id, title, command, ...said, fix: said.ok ? null : fix };
}

async function asked(unit: MountUnit, ask: (containerId: string) => Promise<{ readonly ok: boolean; readonly detail: string }>): Promise<{ readonly ok: boolean; readonly detail: string }> {
  try {
    const found = await unit.container.find();
    if (found === null) return { ok: false, detail: `The container ${unit.container.name} is not there.` };
    if (found.state !== 'running') return { ok: false, detail: `The container ${unit.container.name} does not run (${found.state}).` };
    return await ask(found.id);
  } catch (error) {
    // Nobody can cancel a check: what ended it is its deadline.
    if (error instanceof AppError) return { ok: false, detail: error.code === 'cancelled' ? 'It did not answer in time.' : error.message };
    throw error;
  }
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 500);
}
