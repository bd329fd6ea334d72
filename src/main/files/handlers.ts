import { join, relative, sep } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import { ARCHIVE } from '@shared/domain/files/file-actions';
import { lineEndsOf, withoutBom } from '@shared/domain/files/file-form';
import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import { checkText } from './check-text';
import { findFile, NO_FILE, textOfBytes } from './file-bytes';
import { knownFile, knownProject, type KnownFile, type KnownProject } from './known-files';
import type { ProjectFilesDependencies } from './types';

/** Binds what is asked about the files of a project; `files.save` is an operation. */
export function filesHandlers(deps: ProjectFilesDependencies): Pick<Handlers, 'files.list' | 'files.manifests' | 'files.read' | 'files.check'> {
  return {
    'files.list': async (input) => {
      const known = await knownProject(deps, input.project);
      return Promise.all(known.files.map((file) => listed(deps, known, file)));
    },
    'files.manifests': async (input) => {
      const { dir } = await deps.projects.resolve(input.project);
      const { files, isWhole } = await deps.manifestsBelow(input.archived ? join(dir, ARCHIVE) : dir);
      return { files: files.map((file) => ({ file, path: relative(dir, file).split(sep).join('/') })).sort((one, other) => (one.path < other.path ? -1 : 1)), isWhole };
    },
    'files.read': async (input) => {
      const known = await knownProject(deps, input.project);
      const file = knownFile(known, input.file);
      const { bytes, mark, readOnly } = await findFile(deps, known, file);
      const { text, hasBom } = withoutBom(textOfBytes(bytes, file));
      return { file: file.file, path: file.path, kind: file.kind, text, sha256: mark, sizeBytes: bytes?.length ?? 0, lineEnds: lineEndsOf(text), hasBom, readOnly };
    },
    'files.check': async (input) => {
      const known = await knownProject(deps, input.project);
      return checkText(deps, known, knownFile(known, input.file), input.text);
    },
  };
}

/** One that cannot be read is listed with the reason. */
async function listed(deps: ProjectFilesDependencies, known: KnownProject, file: KnownFile): Promise<OutputOf<'files.list'>[number]> {
  const usedBy = file.usedBy.map((one) => ({ mode: one.mode, services: [...one.services] }));
  const shown = { file: file.file, path: file.path, kind: file.kind, usedBy };
  try {
    const { bytes, mark, readOnly } = await findFile(deps, known, file);
    return { ...shown, exists: bytes !== null, sizeBytes: bytes?.length ?? null, sha256: mark === NO_FILE ? null : mark, readOnly };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...shown, exists: true, sizeBytes: null, sha256: null, readOnly: error.message };
  }
}
