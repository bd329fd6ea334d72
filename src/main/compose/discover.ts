import { join, resolve } from 'node:path';
import { AppError, type Where } from '@shared/kernel/app-error';
import { filesToInspect, isFragment, modesByName, modesFromSettings, placeInSettings, SETTINGS_NAMES, sortModeFiles } from '@shared/domain/compose/find-modes';
import { nodeFromWire, type WireDocument } from '@shared/domain/compose/wire-tree';
import type { ModeDefinition } from '@shared/domain/projects/project';
import { listFolder } from '../platform/files';

type Parse = (file: string) => Promise<readonly WireDocument[]>;

/** The modes of a folder: what its berth.yaml names, else what its file names say. */
export async function discoverModes(dir: string, parse: Parse): Promise<readonly ModeDefinition[]> {
  const names = await listFolder(dir);
  const settings = SETTINGS_NAMES.find((name) => names.includes(name));
  if (settings !== undefined) {
    const file = join(dir, settings);
    const document = (await parse(file))[0];
    const modes = document === undefined ? undefined : modesFromSettings(nodeFromWire(document.root, file));
    if (modes !== undefined) return modes;
  }
  const files = sortModeFiles(names);
  const fragments = new Set<string>();
  for (const name of filesToInspect(files)) if (await needsBase(join(dir, name), parse)) fragments.add(name);
  const modes = modesByName(files, fragments);
  if (modes.length === 0) {
    throw new AppError('compose-not-found', `There is no compose file in ${dir}.`, {
      hint: 'Berth looks for compose.yaml, docker-compose.yml, docker-compose.dev.yml, docker-compose.clean.yml and their relatives, or for modes in a berth.yaml.',
      where: { file: dir },
    });
  }
  return modes;
}

/** Where the folder's berth.yaml names a file of a mode; undefined where it has none, or names it nowhere. */
export async function placeOfModeFile(dir: string, mode: string, file: string, parse: Parse): Promise<Where | undefined> {
  const names = await listFolder(dir);
  const settings = SETTINGS_NAMES.find((name) => names.includes(name));
  if (settings === undefined) return undefined;
  const document = (await parse(join(dir, settings)))[0];
  return document === undefined ? undefined : placeInSettings(nodeFromWire(document.root, join(dir, settings)), mode, (path) => resolve(dir, path) === file);
}

/** A file that cannot be parsed stands alone: loading it says what is wrong with it. */
async function needsBase(file: string, parse: Parse): Promise<boolean> {
  try {
    const roots = (await parse(file)).map((document) => nodeFromWire(document.root, file));
    return roots.some((root) => root.kind === 'map' && isFragment(root));
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
