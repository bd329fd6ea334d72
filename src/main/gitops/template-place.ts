import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { TemplateDependencies, TemplatePlace } from './template-types';

/** Where templates lie unless somebody says otherwise. */
export const TEMPLATES = 'templates/gitops';
const RENDERED = 'rendered';

/** The folder that an input names: itself, or the one of its project. Rejects with `not-found` and `input-invalid`. */
export async function templatePlace(deps: Pick<TemplateDependencies, 'realPath' | 'project' | 'projectOf'>, input: JsonObject): Promise<TemplatePlace> {
  const given = typeof input['project'] === 'string' ? await deps.project(input['project']) : null;
  const named = typeof input['dir'] === 'string' ? input['dir'] : given?.dir;
  if (named === undefined) throw new AppError('input-invalid', 'Neither a folder nor a project is named.', { hint: 'Name the folder: berth gitops render <dir>.' });
  const dir = await deps.realPath(named);
  if (dir === null) throw new AppError('not-found', `There is no folder ${named}.`, { hint: 'Check the path.', where: { file: named } });
  return { dir, project: given ?? (await deps.projectOf(dir)), templates: inside(input['templates'], TEMPLATES), out: inside(input['out'], RENDERED) };
}

/** A path below the folder, in one form. */
function inside(given: unknown, otherwise: string): string {
  const path = typeof given === 'string' && given !== '' ? given : otherwise;
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  if (/^(?:[\\/]|[A-Za-z]:)/.test(path) || parts.includes('..') || path.includes('\0')) throw new AppError('input-invalid', `${path} does not lie in the folder.`, { hint: 'Name a path below it, for example templates/gitops.' });
  return parts.join('/');
}
