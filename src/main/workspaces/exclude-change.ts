import { relative } from 'node:path';
import { textOf } from '@shared/domain/operations/operation-input';
import { withPatterns } from '@shared/domain/workspaces/ignore-edit';
import { AppError } from '@shared/kernel/app-error';
import type { StorageChange } from '@main/storage/types';
import { workspacesPlace, type PlaceDependencies } from './place';
import { knownWorkspace } from './workspace-folders';

/** The change `workspaces.exclude`: patterns are written at the end of an ignore file of a workspace, with a plan, a backup and a way back. */
export function excludeChange(deps: Pick<PlaceDependencies, 'definitions'>): StorageChange {
  return {
    kind: 'workspaces.exclude',
    change: 'excludes',
    async prepare(input, project) {
      const place = await workspacesPlace(deps, project, undefined);
      const name = textOf(input, 'name');
      await knownWorkspace(place.root, name);
      const patterns = input['patterns'];
      if (!Array.isArray(patterns) || patterns.some((one) => typeof one !== 'string' || /[\r\n\0]/.test(one) || one.trim() === '')) throw new AppError('input-invalid', 'A pattern is one line of an ignore file.', { hint: 'For example temp/ or *.tmp.' });
      // The change keeps the project's name as `name`.
      return { workspace: name, file: textOf(input, 'file'), patterns: [...patterns] };
    },
    title: (input) => `Leave ${Array.isArray(input['patterns']) ? input['patterns'].join(', ') : 'files'} out of ${textOf(input, 'workspace')}`,
    async workOut(texts, input) {
      const place = await workspacesPlace(deps, texts.project, undefined);
      const path = `${relative(texts.project.dir, place.root)}/${textOf(input, 'workspace')}/${textOf(input, 'file')}`;
      const patterns = (input['patterns'] as readonly string[]).map((one) => one.trim());
      await texts.write(path, withPatterns((await texts.read(path)) ?? '', patterns));
      return { steps: ['What the patterns match goes from the bucket at the next sync; the files here stay'], risks: [] };
    },
  };
}
