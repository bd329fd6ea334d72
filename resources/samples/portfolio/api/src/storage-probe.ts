/**
 * Looks at one mount and prints what it saw. A process of its own: a hung mount blocks every file call of the process that
 * touches it, so the api never touches one itself.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, statfs, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const path = process.argv[2] ?? '';

async function succeeds(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

async function isMountPoint(): Promise<boolean> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table.split('\n').some((line) => line.split(' ')[4]?.replace(/\\040/g, ' ') === path);
}

const startedMs = performance.now();
const notReadable = await succeeds(() => readdir(path));
const latencyMs = Math.round((performance.now() - startedMs) * 10) / 10;
const probe = join(path, `.probe-${randomUUID()}`);
const notWritable = await succeeds(async () => {
  await writeFile(probe, '', { flag: 'wx' });
  await unlink(probe);
});
const space = await statfs(path).catch(() => null);
const totalBytes = space === null ? null : space.blocks * space.bsize;
const freeBytes = space === null ? null : space.bavail * space.bsize;
// As `df` counts it: what root keeps for itself is neither free nor used.
const usedBytes = space === null ? null : (space.blocks - space.bfree) * space.bsize;
process.stdout.write(JSON.stringify({ mounted: await isMountPoint(), notReadable, notWritable, totalBytes, freeBytes, usedBytes, latencyMs }));
