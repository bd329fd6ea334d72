import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { createEngine } from '@main/docker/engine';
import type { BindAlarm } from '@main/docker/types';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox, testSocketPath } from './images';

const SWAPPER = resolve(import.meta.dirname, 'swapper.mjs');

/** How many starts ended how, while somebody swapped their bind source. */
export interface SwappedStarts {
  readonly starts: number;
  /** Left running with what was judged. */
  readonly right: number;
  /** Left running with something else: must be 0. */
  readonly foreign: number;
  /** Refused or stopped because of a swap. */
  readonly caught: number;
  /** The engine itself could not start them: the source was away for a moment. */
  readonly failed: number;
}

/** Starts one container again and again while another process swaps its bind source for a link to a folder outside. */
export async function startWhileSwapped(starts: number): Promise<SwappedStarts> {
  await ensureBusybox();
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'bt-swap-')));
  const [dir, outside] = [join(parent, 'shop'), join(parent, 'outside')];
  await mkdir(join(dir, 'data'), { recursive: true });
  await mkdir(outside);
  await writeFile(join(outside, 'secret'), 'x');
  const foreignInode = (await stat(outside)).ino;
  const name = `bt-swap-${String(process.pid)}`;
  const root = createEngine({ env: { DOCKER_HOST: `unix://${testSocketPath()}` } });
  const alarms: BindAlarm[] = [];
  root.onBindAlarm((alarm) => alarms.push(alarm));
  const engine = root.as({ projectDir: dir, projectName: name, trustedFactKeys: [] });
  const labels = { 'com.docker.compose.project': name, 'com.docker.compose.project.working_dir': dir, 'com.docker.compose.service': 'web' };
  const { id } = await engine.createContainer(`${name}-web`, { Image: BUSYBOX_IMAGE, Cmd: ['sleep', '1000'], Labels: labels, HostConfig: { Mounts: [{ Type: 'bind', Source: join(dir, 'data'), Target: '/data' }] } });
  const swapper = spawn(process.execPath, [SWAPPER, join(dir, 'data'), outside], { stdio: ['ignore', 'pipe', 'inherit'] });
  const counts = { starts, right: 0, foreign: 0, caught: 0, failed: 0 };
  try {
    await new Promise((go) => swapper.stdout.once('data', go));
    for (let count = 0; count < starts; count += 1) {
      const error = await engine.startContainer(id).then(() => null, (reason: unknown) => reason);
      const inside = await inodeInside(id);
      if (inside === foreignInode) counts.foreign += 1;
      else if (error === null) counts.right += 1;
      else if (error instanceof AppError && (error.code === 'policy-refused' || error.code === 'trust-required')) counts.caught += 1;
      else if (error instanceof AppError) counts.failed += 1;
      else throw error;
      await engineRequest('POST', `/containers/${id}/kill`);
    }
  } finally {
    swapper.kill('SIGKILL');
    await engineRequest('DELETE', `/containers/${id}?force=1`);
    root.close();
    await rm(parent, { recursive: true, force: true });
  }
  if (alarms.some((alarm) => alarm.kind !== 'swapped')) throw new Error('a start was not checked');
  return counts;
}

/** The inode of /data in a running container, by this process's own look; null when it does not run. */
async function inodeInside(id: string): Promise<number | null> {
  const { State } = await engineJson<{ readonly State: { readonly Running: boolean; readonly Pid: number } }>('GET', `/containers/${id}/json`);
  if (!State.Running) return null;
  return (await stat(`/proc/${String(State.Pid)}/root/data`).catch(() => null))?.ino ?? null;
}
