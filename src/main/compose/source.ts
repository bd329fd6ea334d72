import { relative, resolve } from 'node:path';
import { isWithin } from '@shared/domain/checks/host-path';
import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';
import { readBeneath, readProjectFile } from '../platform/files';

/** Binds `compose.source`: the files that the modes of a project are made from, and no other. */
export function sourceHandlers(projects: Projects): Pick<Handlers, 'compose.source'> {
  return {
    'compose.source': async (input) => {
      const project = await projects.resolve(input.project);
      const file = resolve(project.dir, input.file);
      const loaded = await Promise.all(project.modes.map((mode) => projects.loadMode(project.id, mode.name).catch(() => null)));
      // The files of a mode that cannot be read are named by its definition.
      const named = new Set([
        ...project.modes.flatMap((mode) => [...mode.files, ...mode.envFiles].map((one) => resolve(project.dir, one))),
        ...loaded.flatMap((one) => one?.compose.inputFiles ?? []),
      ]);
      if (!named.has(file)) throw new AppError('not-found', `${input.file} is none of the files of ${project.name}.`, { hint: 'Only files that its modes are made from are shown.' });
      const isTrusted = loaded.every((one) => one === null || one.untrustedFacts.length === 0) && project.trusted;
      return { file, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(await bytesOf(project.dir, file, isTrusted)) };
    },
  };
}

/** What leads out of the folder, by its path or by a link, is read for a trusted project only. */
async function bytesOf(dir: string, file: string, isTrusted: boolean): Promise<Uint8Array> {
  if (isTrusted) return readProjectFile(file);
  if (!isWithin(dir, file)) throw new AppError('trust-required', `${file} lies outside the project folder.`, { hint: 'Trust the project to have files shown that lie elsewhere.', where: { file } });
  return readBeneath(dir, relative(dir, file));
}
