import type { Seen } from '@shared/domain/robustness/outcome';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { AppError } from '@shared/kernel/app-error';
import type { Authorization, Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext } from '@main/operations/types';
import { readAll } from './read-all';
import { PointLost } from './types';

const EFFECT = 'marks.create';
const MARK = '.berth-robustness';
const STAYS = "trap 'exit 0' TERM; sleep 100000 & wait";
const WRITE = `for dir in /marks/*; do echo "$1" > "$dir/${MARK}" || exit 1; done`;
const READ = `for dir in /marks/*; do sha256sum "$dir/${MARK}" | cut -d' ' -f1; done`;

/** A small container that holds the named volumes of the copy, writes a mark into each and reads it back. */
export interface VolumeMarks {
  read(): Promise<Seen['volumes']>;
  /** Writes something else in place of every mark. */
  spoil(): Promise<void>;
  /** Looks at the volumes anew: their contents may have been exchanged. */
  lookAgain(): Promise<void>;
}

/** Where the copy has no named volumes. */
export const NO_MARKS: VolumeMarks = { read: () => Promise.resolve([]), spoil: () => Promise.resolve(), lookAgain: () => Promise.resolve() };

/** Makes the container and writes the marks. Journaled: `removeMarks` finds it again. */
export async function markVolumes(context: OperationContext, engine: Engine, authorization: Authorization, image: string, names: readonly string[]): Promise<VolumeMarks> {
  const volumes = [...names].sort();
  if (volumes.length === 0) return NO_MARKS;
  const name = `${authorization.projectName}-marks-${context.operationId.slice(-8).toLowerCase()}`;
  const id = await context.effect(EFFECT, { name }, async () => {
    const { id: made } = await engine.createContainer(name, {
      Image: image,
      Entrypoint: ['/bin/sh', '-c', STAYS],
      Cmd: [],
      Labels: { 'dev.berth.project': authorization.projectName, 'dev.berth.op': context.operationId, [COMPOSE_LABELS.workingDir]: authorization.projectDir },
      HostConfig: { NetworkMode: 'none', ReadonlyRootfs: true, Mounts: volumes.map((volume, index) => ({ Type: 'volume', Source: volume, Target: `/marks/${String(index).padStart(3, '0')}` })), LogConfig: { Type: 'json-file', Config: {} } },
    });
    await engine.startContainer(made);
    return made;
  });
  const write = async (text: string): Promise<void> => {
    const written = await readAll(engine, id, ['/bin/sh', '-c', WRITE, 'marks', text]);
    if (written.code !== 0) throw new PointLost(`The named volumes could not be marked: ${written.text}`);
  };
  await write(context.operationId);
  return {
    read: () => readMarks(engine, id, volumes),
    spoil: () => write('spoilt'),
    lookAgain: async () => {
      await engine.stopContainer(id, 0);
      await engine.startContainer(id);
    },
  };
}

async function readMarks(engine: Engine, id: string, volumes: readonly string[]): Promise<Seen['volumes']> {
  const [{ text }, known] = await Promise.all([readAll(engine, id, ['/bin/sh', '-c', READ]), engine.listVolumes()]);
  const sums = text.split('\n');
  return volumes.flatMap((name, index) => known.filter((one) => one.name === name).map((one) => ({ name, createdAt: one.createdAt, mark: sums[index] ?? '' })));
}

/** Removes the container that held the volumes; gone already is fine. */
export async function removeMarks(engine: Engine, records: readonly EffectRecord[]): Promise<void> {
  for (const record of records) {
    if (record.name !== EFFECT) continue;
    try {
      await engine.removeContainer(String(record.intent['name']), { force: true, anonymousVolumes: true });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'not-found')) throw error;
    }
  }
}
