import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Fails with how to get it when docker compose, which the tests compare Berth with, is not there. */
export async function requireCompose(): Promise<void> {
  try {
    await promisify(execFile)('docker', ['compose', 'version']);
  } catch (cause) {
    throw new Error('docker compose is missing. Install Docker’s compose plugin; as root with Go installed, `npm test` builds it by itself.', { cause });
  }
}
