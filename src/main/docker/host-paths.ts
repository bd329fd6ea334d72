import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { isHostPath, parseBindText } from '@shared/domain/engine/payload-surface';
import { fieldOf, listOf, textOf, textsOf } from '@shared/domain/engine/read-json';

/** The absolute path without links; of what does not exist yet, its deepest existing part resolved. */
export async function resolvedPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await resolvedPath(parent), basename(path));
  }
}

/** Host paths of the binds of a create payload. */
export function hostPathsOf(payload: unknown): readonly string[] {
  const host = fieldOf(payload, 'HostConfig');
  const paths = [
    ...textsOf(fieldOf(host, 'Binds')).map((text) => parseBindText(text).source).filter(isHostPath),
    ...listOf(fieldOf(host, 'Mounts')).filter((mount) => textOf(fieldOf(mount, 'Type')) === 'bind').map((mount) => textOf(fieldOf(mount, 'Source'))),
    ...listOf(fieldOf(host, 'Mounts')).map((mount) => textOf(fieldOf(mount, 'VolumeOptions', 'DriverConfig', 'Options', 'device'))),
  ];
  return [...new Set(paths.filter((path) => isAbsolute(path)))];
}
