import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseYaml } from '@shared/domain/compose/parse-yaml';
import type { WireResult } from '@shared/domain/compose/wire-tree';
import { listen, post } from './parent';

/**
 * Parses the YAML of strangers in a process of its own: two kilobytes of brackets abort a process that parses them,
 * and no try/catch helps. It reads nothing, writes nothing, and answers each `{id, bytes}` with `{id, result}`,
 * where `result` is JSON text.
 */
interface ParseRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** What a file leaves behind is collected while none is waited for: in the middle of one it takes as long as a small file does. */
const TIDY_AFTER_MS = 5;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how: { readonly type: 'minor' }) => void;
let tidying: NodeJS.Timeout | undefined;

function answer(message: unknown): void {
  clearTimeout(tidying);
  const { id, bytes } = message as ParseRequest;
  post({ id, result: JSON.stringify(parse(bytes)) });
  tidying = setTimeout(() => collect({ type: 'minor' }), TIDY_AFTER_MS);
}

function parse(bytes: Uint8Array): WireResult {
  const zero = bytes.indexOf(0);
  if (zero !== -1) return { ok: false, message: 'The file has a NUL byte: it is not a text file.', line: lineAt(bytes, zero) };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, message: 'The file is not UTF-8 text.' };
  }
  return parseYaml(text);
}

function lineAt(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let i = 0; i < offset; i += 1) if (bytes[i] === 10) line += 1;
  return line;
}

// The parser asks for a variable with each token, and the real environment is slow to ask. Nothing here needs it.
process.env = {};
listen(answer);
