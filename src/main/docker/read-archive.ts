import type { ArchivePlace } from './copy-archive';
import type { Door } from './door';
import { containerPath } from './observe';
import { chunksOf } from './whole-stream';

/** What a folder inside a container holds, as a tar; it ends with an error when it was cut. */
export async function* readArchive(door: Door, from: ArchivePlace, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const transport = await door.transport();
  try {
    const source = await door.open({ method: 'GET', path: `${containerPath(from.containerId)}/archive`, query: { path: `${from.path}/.` }, doing: 'read the data of a volume', signal });
    yield* chunksOf(source);
  } catch (error) {
    throw transport.streamFailure(error);
  }
}
