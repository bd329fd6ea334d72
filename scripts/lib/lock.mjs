import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

function holderIsAlive(lock) {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Does the work while no other process does what the same lock, a folder, stands for; that of a process that is gone is taken over. */
export async function withLock(lock, work) {
  mkdirSync(join(lock, '..'), { recursive: true });
  for (let tries = 0; ; tries += 1) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // The holder writes its pid right after making the folder: give it a moment before calling it dead.
      if (tries > 10 && !holderIsAlive(lock)) rmSync(lock, { recursive: true, force: true });
      else await delay(100);
    }
  }
  writeFileSync(join(lock, 'pid'), String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
