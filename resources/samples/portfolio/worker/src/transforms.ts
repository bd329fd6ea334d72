import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Transform as Stream, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { IncomingFile } from '#shared/durable-files.ts';
import type { Transform } from './rules.ts';

/** What stands behind the document's name. None ends in .json: that is the name of a result. */
export const SUFFIXES: Readonly<Record<Transform, string>> = { gzip: '.gz', 'compact-json': '.compact', 'unix-newlines': '.unix' };
const MAX_JSON_BYTES = 16 * 1024 * 1024;

/** Writes another form of a document beside its result. Returns the name of the file, or why there is none. */
export async function transformed(path: string, name: string, to: Transform, sizeBytes: number, folder: string): Promise<{ readonly file: string } | { readonly note: string }> {
  if (to === 'compact-json' && sizeBytes > MAX_JSON_BYTES) return { note: `compact-json: ${name} is larger than 16 MiB` };
  const source = await sourceOf(path, to);
  if (source === null) return { note: `compact-json: ${name} is not JSON` };
  const file = await IncomingFile.create(folder);
  try {
    const target = async (chunks: AsyncIterable<Uint8Array | string>): Promise<void> => {
      for await (const chunk of chunks) await file.handle.writeFile(chunk);
    };
    if (to === 'gzip') await pipeline(source, createGzip(), target);
    else if (to === 'unix-newlines') await pipeline(source, unixNewlines(), target);
    else await pipeline(source, target);
    await file.finishWriting();
    await file.replace(`${name}${SUFFIXES[to]}`);
  } catch (error) {
    await file.discard();
    throw error;
  }
  return { file: `${name}${SUFFIXES[to]}` };
}

async function sourceOf(path: string, to: Transform): Promise<Readable | Iterable<string> | null> {
  if (to !== 'compact-json') return createReadStream(path);
  try {
    return [JSON.stringify(JSON.parse(await readFile(path, 'utf8')))];
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** CR LF becomes LF, also where a chunk ends between the two. A CR alone stays. */
function unixNewlines(): Stream {
  let held = false;
  return new Stream({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = held ? Buffer.concat([Buffer.from('\r'), chunk]) : chunk;
      held = bytes.at(-1) === 13;
      const whole = held ? bytes.subarray(0, -1) : bytes;
      done(null, Buffer.from(whole.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'));
    },
    flush(done) {
      done(null, held ? Buffer.from('\r') : undefined);
    },
  });
}
