import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { chunksOf } from './whole-stream';

const MAX_LINE_CHARS = 16 * 1024 * 1024;

/** Every JSON document of a stream of them, one a line; what is no JSON is skipped. Ends with the stream or its error. */
export async function readJsonLines(stream: Readable, onDocument: (document: unknown) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (line: string) => {
    if (line.trim() === '') return;
    let document: unknown;
    try {
      document = JSON.parse(line);
    } catch {
      return;
    }
    onDocument(document);
  };
  for await (const chunk of chunksOf(stream)) {
    rest += decoder.write(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) throw new Error('a line of the engine is too long');
    for (const line of lines) take(line);
  }
  take(rest + decoder.end());
}
