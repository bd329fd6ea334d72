import type { InlineFile } from '@shared/domain/modes/file-objects';

const BLOCK = 512;

/** A tar (ustar) of a few small files, for the archive API. Paths are absolute in the container. */
export function tarOf(files: readonly InlineFile[], modifiedSeconds: number): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  for (const file of files) {
    const data = encoder.encode(file.content);
    parts.push(header(encoder, file, data.length, modifiedSeconds), data, new Uint8Array((BLOCK - (data.length % BLOCK)) % BLOCK));
  }
  parts.push(new Uint8Array(BLOCK * 2));
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function header(encoder: InstanceType<typeof TextEncoder>, file: InlineFile, size: number, modifiedSeconds: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string): void => block.set(encoder.encode(text), offset);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  const [prefix, name] = splitName(file.path.replace(/^\/+/, ''));
  put(0, name);
  put(100, octal(file.mode, 8));
  put(108, octal(file.uid, 8));
  put(116, octal(file.gid, 8));
  put(124, octal(size, 12));
  put(136, octal(modifiedSeconds, 12));
  put(148, '        ');
  put(156, '0');
  put(257, 'ustar\u000000');
  put(345, prefix);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** ustar keeps up to 155 bytes of folder and 100 of name. */
function splitName(path: string): readonly [prefix: string, name: string] {
  if (path.length <= 100) return ['', path];
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash).slice(0, 155), path.slice(slash + 1).slice(0, 100)];
}
