import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { extname } from 'node:path';
import { IncomingFile } from '#shared/durable-files.ts';
import { checkedFileName } from '#shared/file-names.ts';
import { Problem } from '#shared/service.ts';
import { boundaryOf, firstFilePart, type FilePart } from './multipart.ts';

/** What an upload answers with. */
export interface Upload {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** What to do when the name is taken: refuse, or find a free name by number. It is never overwritten. */
export type OnConflict = 'refuse' | 'number';

/** Where uploads go and how large one may be. */
export interface UploadTarget {
  readonly folder: string;
  readonly maxBytes: number;
}

/** Takes one file from the request, as a form (multipart/form-data) or as the raw body under `rawName`. */
export async function takeUpload(request: IncomingMessage, rawName: string | null, onConflict: OnConflict, target: UploadTarget): Promise<Upload> {
  const part = await filePart(request, rawName);
  const name = checkedFileName(part.fileName);
  const announced = Number(request.headers['content-length'] ?? '0');
  // A form is a little larger than its file; the exact limit is kept while reading.
  if (announced > target.maxBytes + 64 * 1024) throw tooLarge(target);
  const file = await IncomingFile.create(target.folder);
  try {
    const { size, sha256 } = await copyInto(file, part.content, target);
    await file.finishWriting();
    return { name: await publish(file, name, onConflict), size, sha256 };
  } catch (error) {
    await file.discard();
    // The sender went away in the middle: nobody is left to answer, and nothing was kept.
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') throw new Problem(400, 'cut-off', 'The upload ended before it was complete.');
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new Problem(507, 'disk-full', 'There is no room left for this file.');
    throw error;
  }
}

async function filePart(request: IncomingMessage, rawName: string | null): Promise<FilePart> {
  const contentType = request.headers['content-type'] ?? '';
  const boundary = boundaryOf(contentType);
  if (boundary !== null) return firstFilePart(request, boundary);
  if (/^multipart\//i.test(contentType)) throw new Problem(400, 'bad-form', 'The form names no boundary.');
  if (rawName === null) throw new Problem(400, 'no-name', 'Send a form with a file, or the file itself to /upload?name=<file name>.');
  return { fileName: rawName, content: request };
}

async function copyInto(file: IncomingFile, content: AsyncIterable<Buffer>, target: UploadTarget): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > target.maxBytes) throw tooLarge(target);
    hash.update(chunk);
    await file.handle.write(chunk);
  }
  return { size, sha256: hash.digest('hex') };
}

async function publish(file: IncomingFile, name: string, onConflict: OnConflict): Promise<string> {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  const attempts = onConflict === 'number' ? 1000 : 1;
  for (let number = 1; number <= attempts; number += 1) {
    const candidate = number === 1 ? name : `${stem} (${number})${extension}`;
    if (await file.publish(candidate)) return candidate;
  }
  throw new Problem(409, 'name-taken', `There is a file ${name} already. Delete it first, or upload with ?on-conflict=number to keep both.`);
}

function tooLarge(target: UploadTarget): Problem {
  return new Problem(413, 'too-large', `The file is larger than the limit of ${target.maxBytes} bytes.`);
}
