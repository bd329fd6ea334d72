import { contract, type ContractName } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';

const PROJECT_ID = /^p_[0-9a-z]{13}$/;
/** Inputs that name a project, by their key in the contract. */
const PROJECT_KEYS = new Set(['project']);
const ID_IS_PROJECT = new Set<string>(['projects.trust', 'projects.close', 'projects.reopen', 'projects.forget']);

/**
 * The rules of the window's door on top of the schema: a project is named by its id and never by a path, a path is
 * a handle of a folder the user picked, and a switch carries the plan that was shown.
 */
export function windowInput(name: string, input: { readonly [key: string]: unknown }, pathOf: (handle: string) => string | undefined): { readonly [key: string]: unknown } {
  const entry = Object.hasOwn(contract, name) ? contract[name as ContractName] : undefined;
  if (entry === undefined) throw new AppError('input-invalid', `Berth has no “${name.slice(0, 64)}”.`);
  const checked: { [key: string]: unknown } = { ...input };
  for (const [key, value] of Object.entries(input)) {
    const namesProject = PROJECT_KEYS.has(key) || (key === 'id' && ID_IS_PROJECT.has(name));
    if (namesProject && value !== undefined && !(typeof value === 'string' && PROJECT_ID.test(value))) {
      throw new AppError('input-invalid', 'The window names projects by their id.');
    }
    if (entry.paths.includes(key) && value !== undefined) checked[key] = Array.isArray(value) ? value.map((one) => picked(one, pathOf)) : picked(value, pathOf);
  }
  if (name === 'modes.switch' && typeof input['planId'] !== 'string') throw new AppError('consent-required', 'A switch from the window carries the plan that was shown.');
  return checked;
}

function picked(value: unknown, pathOf: (handle: string) => string | undefined): string {
  const path = typeof value === 'string' ? pathOf(value) : undefined;
  if (path === undefined) throw new AppError('input-invalid', 'The window opens only folders and files that were picked in the system’s dialog.');
  return path;
}
