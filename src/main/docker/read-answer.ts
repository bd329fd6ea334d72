import type { Readable } from 'node:stream';
import { engineUnreachable } from '@shared/domain/engine/engine-error';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import { chunksOf } from './whole-stream';

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** An answer whose head is there and whose body is to be read. */
export interface ResponseStream extends Readable {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

/** The whole body; a cut one rejects. */
export async function readAll(response: ResponseStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of chunksOf(response)) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw new AppError('engine-refused', 'Docker answered with more than Berth can read.');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw engineUnreachable(textOf(fieldOf(error, 'code')) || 'ECONNRESET', 'its socket');
  }
  return Buffer.concat(chunks);
}

/** The value of a body: what is no JSON and does not say that it is, is text. */
export function parseBody(bytes: Buffer, contentType: unknown, doing: string): unknown {
  if (bytes.length === 0) return undefined;
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (textOf(contentType).includes('json')) throw new AppError('engine-refused', `Docker could not ${doing}: its answer cannot be read.`);
    return text;
  }
}
