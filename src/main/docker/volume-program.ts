import { parentOfVolumes, type VolumeRun } from '@shared/domain/engine/volume-run';
import { AppError } from '@shared/kernel/app-error';
import { ensureVolumeImage } from './volume-image';
import { digestVolume, startOn, VolumeReader } from './volume-read';
import { jsonOf, removeLeftovers, VolumeSession, type VolumeEngine } from './volume-session';
import type { VolumeProgram, VolumeSource } from './volume-types';
import { wireIdentities, wireMeasure } from './volume-wire';
import { writeVolume } from './volume-write';

/** The volume program on behalf of the project whose door this is. `programDir` has its binaries. */
export function volumeProgram(engine: VolumeEngine, programDir: string): VolumeProgram {
  const never = new AbortController().signal;
  let clean: Promise<void> | null = null;
  const run = async <T>(what: VolumeRun, signal: AbortSignal, use: (session: VolumeSession) => Promise<T>): Promise<T> => {
    const image = await ensureVolumeImage(engine.door, programDir, signal);
    await (clean ??= removeLeftovers(engine).catch(() => undefined));
    return VolumeSession.run(engine, image, what, signal, use);
  };
  const sourceOf = (source: VolumeSource) => ('volume' in source ? { volume: source.volume } : { bind: source.bind });
  const answer = async (session: VolumeSession, kind: string): Promise<unknown> => {
    for (;;) {
      const frame = await session.next();
      if (frame.kind === kind) return jsonOf(frame);
    }
  };
  return {
    ensure: async (signal) => void (await ensureVolumeImage(engine.door, programDir, signal)),
    read: (source, sink, signal) => run({ command: 'read', source: sourceOf(source) }, signal, (session) => new VolumeReader(session, sink).read(source)),
    digest: (source, onEntry, signal) => run({ command: 'digest', source: sourceOf(source) }, signal, (session) => digestVolume(session, source, onEntry)),
    write: (volume, entries, chunk, onBytes, signal) => run({ command: 'write', volume }, signal, (session) => writeVolume(session, entries, chunk, onBytes)),
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
    copyOver: (from, to, onBytes) =>
      run({ command: 'copy', from, to }, never, async (session) => {
        await startOn(session, null);
        for (;;) {
          const frame = await session.next();
          if (frame.kind === 'P') onBytes(Number(new DataView(frame.data.buffer, frame.data.byteOffset).getBigUint64(0)));
          if (frame.kind === 'D') return;
        }
      }),
    measure: (source, signal) =>
      run({ command: 'measure', source: sourceOf(source) }, signal, async (session) => {
        await startOn(session, source);
        return wireMeasure.parse(await answer(session, 'D'));
      }),
  };
}
