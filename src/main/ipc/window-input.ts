import { AppError } from '@shared/kernel/app-error';
import type { FilePurpose, FileQuestion } from '../../preload/api';

/** Largest message a page may send. */
export const MAX_INPUT_BYTES = 256 * 1024;

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

const PURPOSES: readonly FilePurpose[] = ['object', 'archive', 'folder', 'bundle', 'settings', 'log'];

/** What the page asks the file dialog for, checked. */
export function fileQuestion({ kind, name, purpose: given }: { readonly [key: string]: unknown }): FileQuestion {
  const purpose = PURPOSES.find((one) => one === given);
  if (kind === 'open' && purpose !== undefined) return { kind, purpose };
  if (kind !== 'save' || typeof name !== 'string' || purpose === undefined) throw new AppError('input-invalid', 'The window asked for something Berth does not have.');
  const offered = (name.split('/').pop() ?? '').replace(UNFIT, '_').replace(/^\.+/, '_').slice(0, 200);
  return { kind, purpose, name: offered === '' ? purpose : offered };
}
