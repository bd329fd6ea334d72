import { isInMemory, type ReadPlace } from '@shared/domain/snapshots/places';
import type { VolumeFacts } from '@shared/domain/snapshots/types';
import type { OpenVolume, VolumeProgram } from '@main/docker/volume-types';
import { mountAbove, mountTable } from '@main/platform/mount-table';
import type { SnapshotWriter } from '@main/platform/snapshots/types';
import type { KnownFiles, Learning, ReadCache } from '@main/platform/snapshot-read-cache';
import type { ReadPart } from './gather-files';
import { ReadSink } from './gather-sink';
import type { PlannedPart, SeenProject } from './gather-types';

/** A file that was changed less than this before it is looked at may be changed again without its time telling so. */
const SETTLED_MS = 2_000;
/** Somebody may have it mapped: what is written through a mapping is told of by the time of the file only when its pages have reached the disk once. */
const MAPPED_SETTLED_MS = 60_000;
/** The clock of an engine on another machine is not this one. */
const OTHER_CLOCK_MS = 60 * 60 * 1_000;
/** What is no more than this is read while it is held; a first look before that would only take time. */
const SMALL_BYTES = 64 * 1024 * 1024;

/** What reading places works with. */
export interface PlaceReading {
  readonly program: VolumeProgram;
  readonly writer: SnapshotWriter;
  readonly cache: ReadCache;
  /** Where the snapshot goes: what is known of a volume is known for one repository. */
  readonly repository: string;
  readonly engineIsLocal: boolean;
  readonly seen: SeenProject;
  readonly filteredPaths: (folder: string) => Promise<readonly string[]>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/** What was read of a place, and what would not hold still meanwhile. */
export interface ReadPlaceResult extends ReadPart {
  readonly changed: readonly string[];
  /** Bytes that were read and not known. */
  readonly readBytes: number;
}

/** Starts what reads a place. Whoever opens it closes it. */
export function openPlace(reading: PlaceReading, part: PlannedPart): OpenVolume {
  return reading.program.open(part.kind === 'volume' ? { volume: part.name } : { bind: String(part.facts['source']) }, reading.signal, reading.writer.packFiles());
}

/** Reads a place into the repository. `mayBeWritten`: somebody runs who has it mounted and may write there, held or not. */
export async function readPlace(reading: PlaceReading, place: OpenVolume, part: PlannedPart, mayBeWritten: boolean): Promise<ReadPlaceResult> {
  const { sink, result } = await readInto(reading, place, part, mayBeWritten, true);
  return { ...(result ?? { tree: [], sha256: '' }), files: sink.files, sizeBytes: sink.sizeBytes, skipped: sink.skippedEntries, changed: sink.changed, readBytes: sink.readBytes };
}

/** Brings what a place has into the repository while everything goes on running, so that little is left to be read while it is held. Nothing where that would not help. */
export async function readAhead(reading: PlaceReading, place: OpenVolume, part: PlannedPart): Promise<void> {
  if (!isRemembered(reading.seen, part)) return;
  const known = await reading.cache.open(sourceOf(reading, part), generationOf(reading.seen, part));
  if (known.totalBytes !== null && known.totalBytes <= SMALL_BYTES) return;
  await readInto({ ...reading, onBytes: () => undefined }, place, part, true, false);
}

async function readInto(reading: PlaceReading, place: OpenVolume, part: PlannedPart, mayBeWritten: boolean, counts: boolean): Promise<{ readonly sink: ReadSink; readonly result: { readonly tree: readonly string[]; readonly sha256: string } | null }> {
  const { cache, writer, seen } = reading;
  const remembered = isRemembered(seen, part);
  const [source, generation] = [sourceOf(reading, part), generationOf(seen, part)];
  const known = remembered ? await cache.open(source, generation) : NOTHING_KNOWN;
  const learning = remembered ? await cache.learn(source, generation) : NOTHING_LEARNED;
  const settledMs = (mayBeWritten ? MAPPED_SETTLED_MS : SETTLED_MS) + (reading.engineIsLocal ? 0 : OTHER_CLOCK_MS);
  const trustedUntilNs = BigInt(Math.floor(reading.now() - settledMs)) * 1_000_000n;
  const sink = new ReadSink({ writer, secret: false, tree: counts ? writer.tree(false) : null, known, learning, trustedUntilNs, onBytes: reading.onBytes });
  try {
    await place.read(sink, part.kind !== 'volume' && part.facts['filtered'] === true ? await reading.filteredPaths(String(part.facts['source'])) : null);
    const result = await sink.end();
    await learning.keep(sink.sizeBytes);
    return { sink, result };
  } catch (error) {
    await learning.drop();
    throw error;
  }
}

const NOTHING_KNOWN: KnownFiles = { get: () => null, totalBytes: null };
const NOTHING_LEARNED: Learning = { add: () => undefined, keep: () => Promise.resolve(), drop: () => Promise.resolve() };

/** Only where times of files can be believed: plain volumes of the engine, on a disk of its own. */
function isRemembered(seen: SeenProject, part: PlannedPart): boolean {
  if (part.kind !== 'volume') return false;
  const { driver, options } = part.facts as VolumeFacts;
  return driver === 'local' && options['device'] === undefined && !isInMemory({ options }) && seen.volumes.some((one) => one.name === part.name);
}

function sourceOf(reading: PlaceReading, part: PlannedPart): string {
  return `${reading.repository} ${part.name}`;
}

function generationOf(seen: SeenProject, part: PlannedPart): string {
  return seen.volumes.find((one) => one.name === part.name)?.createdAt ?? '';
}

/** Why a folder is not read: one that is a bucket is kept by its objects, also while nothing is mounted where Berth mounts buckets of this project. Null for any other. */
export async function notReadable(place: ReadPlace, projectId: string): Promise<string | null> {
  if (place.kind !== 'bind') return null;
  const type = mountAbove(await mountTable(), place.name)?.type ?? '';
  const isBucket = /^fuse\.(?:rclone|s3fs|goofys|mount-s3|geesefs)/.test(type) || place.name.includes(`/storage/${projectId}/root/`);
  return isBucket ? `${place.name} is a bucket that is mounted as a folder: it is not in the snapshot. Choose the bucket to have its objects there.` : null;
}
