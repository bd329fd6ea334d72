import { mkdir, unlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { autostartEntry, type AutostartCommand } from '@shared/domain/window/autostart-entry';
import { readOptionalFile, replaceBeneath } from './files';
import type { Machine } from './paths';

const NAME = 'berth.desktop';

/** The folder in which a Linux desktop looks for what it starts at login. */
export function autostartFolder({ env, homedir }: Pick<Machine, 'env' | 'homedir'>): string {
  const config = env['XDG_CONFIG_HOME'];
  return join(config !== undefined && isAbsolute(config) ? config : join(homedir, '.config'), 'autostart');
}

/** Has a Linux desktop start Berth at login. Nothing is written where it says so already. */
export async function addAutostart(folder: string, command: AutostartCommand): Promise<void> {
  const text = autostartEntry(command);
  const before = await readOptionalFile(join(folder, NAME)).catch(() => undefined);
  if (before !== undefined && Buffer.from(before).toString('utf8') === text) return;
  await mkdir(folder, { recursive: true });
  await replaceBeneath(folder, NAME, Buffer.from(text));
}

/** Has it started no more. Not there already is fine. */
export async function removeAutostart(folder: string): Promise<void> {
  await unlink(join(folder, NAME)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}
