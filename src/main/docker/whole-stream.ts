import type { Readable } from 'node:stream';

/**
 * The chunks of an answer. A connection that breaks may end the stream without an error when nobody listened at that
 * moment; only `complete` says whether the answer was whole, so a cut one rejects here in any case.
 */
export async function* chunksOf(response: Readable): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  if ('complete' in response && response.complete === false) throw Object.assign(new Error('the answer was cut'), { code: 'ECONNRESET' });
}
