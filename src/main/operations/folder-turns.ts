import { isWithin } from '@shared/domain/checks/host-path';
import type { Disposable } from '@shared/kernel/disposable';
import { AppError } from '@shared/kernel/app-error';

/** Turns at folders: whoever changes or sends the files of one waits until nobody else does, also above and below it. First come, first served. */
export interface FolderTurns {
  /** Resolves when it is this one's turn; to be disposed of when the files are left. Rejects with `cancelled`. Nobody takes a second turn while holding one. */
  take(dir: string, signal?: AbortSignal): Promise<Disposable>;
}

interface Place {
  readonly dir: string;
  start: (() => void) | null;
}

/** Turns within this process, which holds the lease of all operations. */
export function createFolderTurns(): FolderTurns {
  const line: Place[] = [];
  const overlap = (one: string, other: string): boolean => isWithin(one, other) || isWithin(other, one);
  const startWhoCan = (): void => {
    line.forEach((place, index) => {
      if (place.start === null || line.slice(0, index).some((before) => overlap(before.dir, place.dir))) return;
      const { start } = place;
      place.start = null;
      start();
    });
  };
  const leave = (place: Place): void => {
    const index = line.indexOf(place);
    if (index === -1) return;
    line.splice(index, 1);
    startWhoCan();
  };
  return {
    take(dir, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(new AppError('cancelled', 'Cancelled.'));
        const place: Place = { dir, start: null };
        const cancel = (): void => {
          leave(place);
          reject(new AppError('cancelled', 'Cancelled.'));
        };
        place.start = () => {
          signal?.removeEventListener('abort', cancel);
          resolve({ dispose: () => leave(place) });
        };
        signal?.addEventListener('abort', cancel, { once: true });
        line.push(place);
        startWhoCan();
      });
    },
  };
}
