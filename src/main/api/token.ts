import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from './private-file';

const TOKEN_BYTES = 32;

/** The secret that programs show on 127.0.0.1, in a file that only this user can read. */
export interface ApiToken {
  readonly file: string;
  /** Reads it, or makes it when there is none. */
  ensure(): Promise<void>;
  rotate(): Promise<void>;
  /** Takes the same time wherever the difference is. False while there is none. */
  matches(given: string): boolean;
}

export function createApiToken(home: string): ApiToken {
  const file = join(home, 'api-token');
  let digest: Buffer | null = null;

  async function rotate(): Promise<void> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await writePrivateFile(file, `${token}\n`);
    digest = digestOf(token);
  }

  return {
    file,
    rotate,
    async ensure() {
      if (digest !== null) return;
      const found = await readToken(file);
      if (found === null) await rotate();
      else digest = digestOf(found);
    },
    matches: (given) => digest !== null && timingSafeEqual(digest, digestOf(given)),
  };
}

/** Null when it is missing, damaged, or was open to others: then it may be known, and a new one is made. */
async function readToken(file: string): Promise<string | null> {
  try {
    if (process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0) return null;
    const text = (await readFile(file, 'utf8')).trim();
    return Buffer.from(text, 'base64url').length === TOKEN_BYTES ? text : null;
  } catch {
    return null;
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
