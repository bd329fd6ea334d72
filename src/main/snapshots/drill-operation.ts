import { textOf } from '@shared/domain/operations/operation-input';
import { stagedLabels, stagedName, volumeParts } from '@shared/domain/snapshots/restore-volumes';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext, OperationKind } from '@main/operations/types';
import { knownProject, restoreTarget } from './restore-target';
import type { RestoreDependencies } from './restore-types';
import { endProgramsLeft, fillVolume } from './restore-volumes';

type Deps = Pick<RestoreDependencies, 'repositories' | 'projects' | 'store' | 'engine' | 'volumeProgram' | 'clock'>;

const WORD = 'drill';

/** The operation `snapshots.drill`: every volume of a snapshot is restored into one of its own, compared, and removed again. Nothing of the project changes. */
export function drillOperation(deps: Deps): OperationKind {
  return {
    kind: 'snapshots.drill',
    async prepare(input) {
      const known = await knownProject(deps, textOf(input, 'project'));
      const found = await deps.repositories.find(known.id, textOf(input, 'id'));
      if (known.trustedFactKeys === null) throw new AppError('trust-required', 'This project is not trusted yet, so nothing is made in its name.', { hint: 'Look at what it asks for, then trust it: `berth projects trust .`.' });
      const target = restoreTarget(known, found);
      return { project: known.id, name: target.name, dir: target.dir, id: found.manifest.id };
    },
    // Beside what else happens to the project: it touches nothing of it.
    key: (input) => `drill:${textOf(input, 'project')}`,
    title: (input) => `Try to restore a snapshot of ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    async rollback(context, input) {
      const engine = await acting(deps, input);
      if (context.reason === 'crashed') await endProgramsLeft({ engine, context, target: { name: textOf(input, 'name') } });
      await removeAll(engine, context.records, (name, intent, act) => context.effect(name, intent, act));
    },
    async finish(context, input) {
      await removeAll(await acting(deps, input), context.records, (name, intent, act) => context.effect(name, intent, act));
      return context.records.find((one) => one.name === 'drill.done')?.intent ?? null;
    },
  };
}

async function acting(deps: Deps, input: JsonObject): Promise<Engine> {
  const { trustedFactKeys } = await knownProject(deps, textOf(input, 'project'));
  return deps.engine.as({ projectDir: textOf(input, 'dir'), projectName: textOf(input, 'name'), trustedFactKeys });
}

async function run(deps: Deps, context: OperationContext, input: JsonObject): Promise<Json> {
  const beganAt = deps.clock.monotonic();
  const known = await knownProject(deps, textOf(input, 'project'));
  const found = await deps.repositories.find(known.id, textOf(input, 'id'));
  const target = restoreTarget(known, found);
  const engine = deps.engine.as(target.authorization);
  const program = deps.volumeProgram(target.authorization);
  const parts = volumeParts(found.manifest.parts);
  let [objects, bytes] = [0, 0];
  await found.repository.reading(async (reader) => {
    const counting = counted(reader, () => void (objects += 1));
    for (const [index, part] of parts.entries()) {
      context.progress({ step: index, of: parts.length, message: `Restoring ${part.name} aside` });
      const volume = stagedName(part.name, context.operationId, WORD);
      await context.effect('volume.stage', { volume: part.name, staged: volume }, async () => {
        await engine.createVolume(volume, { Driver: 'local', Labels: stagedLabels(target.name, part.name, found.manifest.id, new Date(deps.clock.now()).toISOString()) });
        await fillVolume({ program, context }, counting, part, volume, (done) => context.progress({ message: `Restoring ${part.name} aside, ${String(Math.floor(done / 1_000_000))} MB` }));
        return null;
      });
      bytes += part.sizeBytes;
      await removeOne(engine, volume, (name, intent, act) => context.effect(name, intent, act));
    }
  });
  context.progress({ step: parts.length, of: parts.length, message: 'Every volume is as it was' });
  const report = { operationId: context.operationId, id: found.manifest.id, objects, bytes, sampled: false, durationMs: Math.round(deps.clock.monotonic() - beganAt) };
  await context.note('drill.done', report);
  await context.commit();
  return report;
}

type Reader = Parameters<typeof fillVolume>[1];

/** A reader that tells of each object it hands out. */
function counted(reader: Reader, onObject: () => void): Reader {
  return {
    idOf: (hash, secret) => reader.idOf(hash, secret),
    chunk: (id) => reader.chunk(id),
    coded: async (id) => {
      onObject();
      return reader.coded(id);
    },
    tree: (part) => reader.tree(part),
    entries: (part) => reader.entries(part),
  };
}

async function removeAll(engine: Engine, records: readonly EffectRecord[], effect: OperationContext['effect']): Promise<void> {
  const there = new Set((await engine.listVolumes()).map((one) => one.name));
  for (const { name, intent } of records) {
    const volume = intent['staged'];
    if (name === 'volume.stage' && typeof volume === 'string' && there.has(volume)) await removeOne(engine, volume, effect);
  }
}

async function removeOne(engine: Engine, volume: string, effect: OperationContext['effect']): Promise<void> {
  await effect('volume.remove', { name: volume }, async () => {
    await engine.removeVolume(volume).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
    });
    return null;
  });
}
