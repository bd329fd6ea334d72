import { parentOfVolumes, type VolumeRun } from '@shared/domain/engine/volume-run';
import { AppError } from '@shared/kernel/app-error';
import type { PackFiles } from '../platform/snapshots/types';
import { ensureVolumeImage } from './volume-image';
import { digestVolume, startOn, VolumeReader } from './volume-read';
import { VolumePacks } from './volume-packs';
import { jsonOf, removeLeftovers, VolumeSession, type VolumeEngine } from './volume-session';
import { sweepSockets } from './volume-socket';
import type { OpenVolume, VolumePlace, VolumeProgram, VolumeSource } from './volume-types';
import { wireIdentities, wireMeasure } from './volume-wire';
import { writeVolume } from './volume-write';

/** Starts a command that needs nothing more to be told, and waits for it. */
async function toItsEnd(session: VolumeSession, onBytes: (bytes: number) => void): Promise<void> {
  await startOn(session, null);
  for (;;) {
    const frame = await session.next();
    if (frame.kind === 'P') onBytes(Number(new DataView(frame.data.buffer, frame.data.byteOffset).getBigUint64(0)));
    if (frame.kind === 'D') return;
  }
}

function sourceOf(source: VolumeSource): VolumePlace {
  return 'volume' in source ? { volume: source.volume } : { bind: source.bind };
}

function pathsOf(source: VolumeSource): readonly string[] | null {
  return 'bind' in source ? source.paths : null;
}

/** The volume program on behalf of the project whose door this is. `programDir` has its binaries. */
export function volumeProgram(engine: VolumeEngine, programDir: string): VolumeProgram {
  const never = new AbortController().signal;
  let cleaned: Promise<unknown> | null = null;
  const clean = (): Promise<unknown> => (cleaned ??= Promise.all([removeLeftovers(engine).catch(() => undefined), sweepSockets(Date.now())]));
  // Both are asked at once: the second is remembered, and needed when the container is made.
  const ready = async (signal: AbortSignal): Promise<string> => (await Promise.all([ensureVolumeImage(engine.door, programDir, signal), engine.sharesKernel()]))[0];
  const run = async <T>(what: VolumeRun, signal: AbortSignal, use: (session: VolumeSession) => Promise<T>): Promise<T> => {
    const image = await ready(signal);
    const [done] = await Promise.all([VolumeSession.run(engine, image, what, signal, use), clean()]);
    return done;
  };
  const start = async (source: VolumePlace, signal: AbortSignal, packs: Promise<PackFiles | null>): Promise<{ readonly session: VolumeSession; readonly packs: VolumePacks | null }> => {
    const [image, files] = await Promise.all([ready(signal), packs]);
    const session = await VolumeSession.open(engine, image, { command: 'read', source, ...(files === null ? {} : { packs: files.folder }) }, signal);
    return { session, packs: files !== null && session.hasPacks ? new VolumePacks(session, files) : null };
  };
  const open = (source: VolumePlace, signal: AbortSignal, packFiles: Promise<PackFiles | null> = Promise.resolve(null)): OpenVolume => {
    const opened = start(source, signal, packFiles);
    // Whoever reads is told.
    opened.catch(() => undefined);
    return {
      started: async () => void (await opened),
      async read(sink, paths) {
        const { session, packs } = await opened;
        await new VolumeReader(session, sink, packs).read(paths).catch((error: unknown) => {
          throw signal.aborted ? new AppError('cancelled', 'Cancelled.') : error;
        });
      },
      async close() {
        const started = await opened.catch(() => null);
        await Promise.all([started?.session.close(), clean()]);
      },
    };
  };
  const answer = async (session: VolumeSession, kind: string): Promise<unknown> => {
    for (;;) {
      const frame = await session.next();
      if (frame.kind === kind) return jsonOf(frame);
    }
  };
  return {
    ensure: async (signal) => void (await ready(signal)),
    open,
    async read(source, sink, signal) {
      const volume = open(sourceOf(source), signal);
      try {
        await volume.read(sink, pathsOf(source));
      } finally {
        await volume.close();
      }
    },
    digest: (source, onEntry, signal) => run({ command: 'digest', source: sourceOf(source) }, signal, (session) => digestVolume(session, pathsOf(source), onEntry)),
    write: (volume, entries, chunk, onBytes, signal, onEntry) => run({ command: 'write', volume }, signal, (session) => writeVolume(session, { entries, chunk, onBytes, onEntry: onEntry ?? null })),
    async identities(volumes) {
      if (volumes.length === 0) return new Map();
      const names = [...new Set(volumes)];
      const found = await run({ command: 'identities', volumes: names }, never, async (session) => wireIdentities.parse(await answer(session, 'D')));
      return new Map(names.map((name, index) => [name, found[index] ?? '']));
    },
    async exchange(one, other) {
      const parent = parentOfVolumes(await Promise.all([one, other].map((name) => engine.door.read(`/volumes/${name}`, 'look at the volume'))));
      if (parent === null) throw new AppError('not-supported', 'These volumes cannot be exchanged: they are not both plain folders of the engine.');
      let began = false;
      await run({ command: 'exchange', parent, one, other }, never, (session) => {
        began = true;
        return answer(session, 'D');
      }).catch((error: unknown) => {
        // An engine in a virtual machine may not hand out the folder in which it keeps its volumes.
        if (began || !(error instanceof AppError) || error.code !== 'engine-refused') throw error;
        throw new AppError('not-supported', `These volumes cannot be exchanged: ${error.message}`, { cause: error });
      });
    },
    copyOver: (from, to, onBytes) => run({ command: 'copy', from, to }, never, (session) => toItsEnd(session, onBytes)),
    merge: (from, aside, folder, onBytes) => run({ command: 'merge', from, aside, bind: folder }, never, (session) => toItsEnd(session, onBytes)),
    takeBack: (aside, folder) => run({ command: 'take-back', aside, bind: folder }, never, (session) => toItsEnd(session, () => undefined)),
    measure: (source, signal) =>
      run({ command: 'measure', source: sourceOf(source) }, signal, async (session) => {
        await startOn(session, pathsOf(source));
        return wireMeasure.parse(await answer(session, 'D'));
      }),
  };
}
