import { contract, type ContractName } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { FileQuestion } from '../../preload/api';

/** Largest message a page may send. */
export const MAX_INPUT_BYTES = 256 * 1024;

const PROJECT_ID = /^p_[0-9a-z]{13}$/;
/** Inputs that name a project, by their key in the contract. */
const PROJECT_KEYS = new Set(['project']);
const ID_IS_PROJECT = new Set<string>(['projects.trust', 'projects.forget']);

/** What came over the wire as plain JSON: nothing else survives the round trip. Rejects what is too large or no object. */
export function plainInput(input: unknown): { readonly [key: string]: unknown } {
  let text: string | undefined;
  try {
    text = JSON.stringify(input ?? {});
  } catch {
    text = undefined;
  }
  if (text === undefined || text.length > MAX_INPUT_BYTES) throw new AppError('input-invalid', 'The request is too large or not plain data.');
  const plain: unknown = JSON.parse(text);
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw new AppError('input-invalid', 'The request is not an object.');
  return plain as { readonly [key: string]: unknown };
}

/** A name to offer for a file that is written: its last part without what file systems do not take. */
const UNFIT = /[\u0000-\u001f<>:"/\\|?*]/g;

/** What the page asks the file dialog for, checked. */
export function fileQuestion({ kind, name }: { readonly [key: string]: unknown }): FileQuestion {
  if (kind === 'open') return { kind };
  if (kind !== 'save' || typeof name !== 'string') throw new AppError('input-invalid', 'The window asked for something Berth does not have.');
  const offered = (name.split('/').pop() ?? '').replace(UNFIT, '_').replace(/^\.+/, '_').slice(0, 200);
  return { kind, name: offered === '' ? 'object' : offered };
}

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
