import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';

/** What the worker finds out about a document. */
export interface DocumentFacts {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly kind: 'text' | 'binary';
  readonly type: string;
  /** Null for binary documents. */
  readonly lines: number | null;
  readonly words: number | null;
}

const TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};

/** Reads the document once: digest, size, and for text (no NUL byte) lines as `wc -l` and words as `wc -w` count them. */
export async function documentFacts(path: string): Promise<DocumentFacts> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let lines = 0;
  let words = 0;
  let insideWord = false;
  let isBinary = false;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    for (const byte of chunk) {
      if (byte === 0) isBinary = true;
      if (byte === 10) lines += 1;
      const isSpace = byte === 32 || (byte >= 9 && byte <= 13);
      if (!isSpace && !insideWord) words += 1;
      insideWord = !isSpace;
    }
  }
  const type = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
  return { sha256: hash.digest('hex'), sizeBytes, kind: isBinary ? 'binary' : 'text', type, lines: isBinary ? null : lines, words: isBinary ? null : words };
}
