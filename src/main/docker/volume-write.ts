import { chunkHead } from '@shared/domain/snapshots/volume-frames';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import type { CodedChunk } from '../platform/snapshots/types';
import type { VolumeSession } from './volume-session';
import { DigestReader, startOn } from './volume-read';
import { entryToWire } from './volume-wire';

const ENTRIES_PER_FRAME = 64;
/** Chunks that are asked for ahead of the one that is sent. */
const AHEAD = 8;

/** With the end: what was written is to be read back. */
const READ_BACK = Uint8Array.of(1);

/** What goes into a volume, and who is told. */
export interface VolumeWriting {
  readonly entries: AsyncIterable<TreeEntry>;
  readonly chunk: (id: string) => Promise<CodedChunk>;
  readonly onBytes: (bytes: number) => void;
  /** Gets what the volume holds then, files with the hashes of their contents as chunks. */
  readonly onEntry: ((entry: TreeEntry) => void) | null;
}

/** Sends a tree into an empty volume: batches of entries, each with the chunks of its files behind it. */
export async function writeVolume(session: VolumeSession, { entries, chunk, onBytes, onEntry }: VolumeWriting): Promise<void> {
  await startOn(session, null);
  const answers = listen(session, onBytes, onEntry);
  // A program that gives up says why in its answers; what is sent meanwhile goes nowhere.
  let failed = false;
  answers.catch(() => (failed = true));
  const sending = (async () => {
    for await (const batch of batches(entries)) {
      if (failed) return;
      await session.sendJson('e', batch.map(entryToWire));
      await sendChunks(session, batch, chunk);
    }
    await session.send('z', ...(onEntry === null ? [] : [READ_BACK]));
  })();
  await Promise.race([answers, sending.then(() => answers)]);
}

async function listen(session: VolumeSession, onBytes: (bytes: number) => void, onEntry: VolumeWriting['onEntry']): Promise<void> {
  const digest = new DigestReader(onEntry ?? (() => undefined));
  for (;;) {
    const frame = await session.next();
    if (frame.kind === 'P') onBytes(Number(new DataView(frame.data.buffer, frame.data.byteOffset).getBigUint64(0)));
    else if (digest.take(frame)) return;
  }
}

async function* batches(entries: AsyncIterable<TreeEntry>): AsyncGenerator<readonly TreeEntry[]> {
  let batch: TreeEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < ENTRIES_PER_FRAME) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function sendChunks(session: VolumeSession, batch: readonly TreeEntry[], chunk: (id: string) => Promise<CodedChunk>): Promise<void> {
  const ids = batch.flatMap((entry) => (entry.type === 'file' ? entry.chunks : []));
  const ahead: Promise<CodedChunk>[] = [];
  const ask = (id: string | undefined): void => {
    if (id === undefined) return;
    const asked = chunk(id);
    // It is awaited in its turn; until then nobody listens to it.
    asked.catch(() => undefined);
    ahead.push(asked);
  };
  for (const id of ids.slice(0, AHEAD)) ask(id);
  for (let at = 0; at < ids.length; at += 1) {
    const one = (await ahead.shift()) as CodedChunk;
    ask(ids[at + AHEAD]);
    await session.send('c', chunkHead(Buffer.from(one.hash, 'hex'), one.length, one.codec), one.data);
  }
}
