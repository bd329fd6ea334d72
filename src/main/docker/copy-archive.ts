import { Readable } from 'node:stream';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import { containerPath } from './observe';
import { chunksOf } from './whole-stream';

/** A folder inside a container, running or not. */
export interface ArchivePlace {
  readonly containerId: string;
  readonly path: string;
}

/** Copies what a folder of one container holds into a folder of another, owners and modes kept, without keeping it here. */
export async function copyArchive(door: Door, from: ArchivePlace, to: ArchivePlace, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const transport = await door.transport();
  const upload = new AbortController();
  const end = (): void => upload.abort();
  signal.addEventListener('abort', end, { once: true });
  let failure: unknown;
  try {
    const source = await door.open({ method: 'GET', path: `${containerPath(from.containerId)}/archive`, query: { path: `${from.path}/.` }, doing: 'read the data of a volume', signal });
    const body = Readable.from(counted(source, onBytes), { objectMode: false });
    body.once('error', (error) => {
      failure = error;
      // A tar that ends early would look like a whole one.
      upload.abort();
    });
    const answer = await door.open({ method: 'PUT', path: `${containerPath(to.containerId)}/archive`, query: { path: to.path }, upload: body, doing: 'copy the data of a volume', signal: upload.signal });
    for await (const _chunk of chunksOf(answer)) continue;
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    throw transport.streamFailure(failure ?? error);
  } finally {
    signal.removeEventListener('abort', end);
  }
  if (failure !== undefined) throw transport.streamFailure(failure);
}

async function* counted(source: Readable, onBytes: (bytes: number) => void): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunksOf(source)) {
    bytes += chunk.length;
    onBytes(bytes);
    yield chunk;
  }
}
