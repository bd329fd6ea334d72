import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ContractEntry } from '@shared/contract/define';
import { AppError } from '@shared/kernel/app-error';

type Input = { readonly [field: string]: unknown };

/** Where the text of a file comes from on a command line. */
export interface ContentSource {
  readonly cwd: string;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly readStdin: () => Promise<Uint8Array>;
}

/** This process's folder, disk and standard input. */
export const processContents: ContentSource = {
  cwd: process.cwd(),
  readFile: (path) => readFile(path),
  async readStdin() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks);
  },
};

/** The input with the texts of the files that the command line names, `-` for standard input. Rejects with `file-unreadable`. */
export async function withContents(entry: Pick<ContractEntry, 'contents'>, input: Input, source: ContentSource = processContents): Promise<Input> {
  const texts: { [field: string]: string } = {};
  for (const field of entry.contents) {
    const from = input[field];
    if (typeof from !== 'string') continue;
    const bytes = await (from === '-' ? source.readStdin() : source.readFile(resolve(source.cwd, from))).catch((error: unknown) => {
      throw new AppError('file-unreadable', `The new text cannot be read from ${from}.`, { hint: 'Name a file that is there, or - for standard input.', cause: error });
    });
    try {
      texts[field] = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      throw new AppError('file-unreadable', `What ${from === '-' ? 'standard input' : from} holds is not UTF-8 text.`, { hint: 'Only text can be saved.', cause: error });
    }
  }
  return { ...input, ...texts };
}
