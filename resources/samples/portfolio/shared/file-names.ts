import { Problem } from './service.ts';

const MAX_NAME_BYTES = 200;

/** A plain file name: no folders, nothing hidden, nothing a shell or a log would stumble over. Anything else is refused, never repaired. */
export function checkedFileName(name: string): string {
  const isPlain = name !== '' && !/[/\\\u0000-\u001f\u007f]/.test(name) && !name.startsWith('.') && Buffer.byteLength(name) <= MAX_NAME_BYTES;
  if (!isPlain) throw new Problem(400, 'bad-name', 'The file name must be a plain name, without folders and not starting with a dot.');
  return name;
}
