import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { constants } from 'node:fs';
import type { SentFile } from '@shared/domain/workspaces/volume-plan';

const CHUNK_BYTES = 256 * 1024;

/**
 * Files of a folder as the frames that a volume is filled with. Who takes them compares the hash, so a file that moves while it is read arrives as another one and is dropped; one that is gone or has another size is not
 * begun. No link is followed at its end.
 */
export async function* volumeFrames(root: string, put: readonly SentFile[], remove: readonly string[], onMoved: (key: string) => void): AsyncGenerator<Uint8Array, void, undefined> {
  for (const file of put) {
    const held = await hold(root, file);
    if (held === null) {
      onMoved(file.key);
      continue;
    }
    try {
      yield header({ put: file.key, size: file.sizeBytes, md5: file.md5 });
      yield* bytesOf(held, file.sizeBytes);
    } finally {
      await held.close();
    }
  }
  for (const key of remove) yield header({ remove: key });
  yield header({ end: true });
}

function header(frame: { readonly [field: string]: string | number | boolean }): Uint8Array {
  return Buffer.from(`${JSON.stringify(frame)}\n`);
}

async function hold(root: string, { key, sizeBytes }: SentFile): Promise<FileHandle | null> {
  let held: FileHandle;
  try {
    // Without O_NONBLOCK the open of a pipe that nobody writes to never comes back.
    held = await open(join(root, key), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    return null;
  }
  const found = await held.stat();
  if (found.isFile() && found.size === sizeBytes) return held;
  await held.close();
  return null;
}

/** Exactly as many bytes as were announced, whatever becomes of the file meanwhile. */
async function* bytesOf(held: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < sizeBytes; ) {
    const wanted = Math.min(CHUNK_BYTES, sizeBytes - at);
    const buffer = Buffer.alloc(wanted);
    const { bytesRead } = await held.read(buffer, 0, wanted, at).catch(() => ({ bytesRead: 0 }));
    // A file that became shorter is filled up: its hash is another one.
    yield bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
    at += bytesRead === 0 ? wanted : bytesRead;
  }
}
