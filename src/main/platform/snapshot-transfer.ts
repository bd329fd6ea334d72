import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Has something written into a file of its own beneath `folder` and hands its bytes on in pieces; the file is removed in any case. */
export async function throughFile<T>(folder: string, fill: (file: string) => Promise<unknown>, use: (pieces: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, randomUUID());
  try {
    await fill(file);
    return await use(createReadStream(file, { highWaterMark: 1024 * 1024 }));
  } finally {
    await rm(file, { force: true });
  }
}

/** Lends a file of its own beneath `folder`, which is not there yet and is removed in any case. */
export async function withTransferFile<T>(folder: string, use: (file: string) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, randomUUID());
  try {
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Writes pieces into a new file that only its owner can read. */
export async function writePieces(file: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of pieces) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
}
