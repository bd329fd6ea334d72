import { isAlive } from '@shared/domain/modes/active-mode';
import { volumePayload } from '@shared/domain/modes/container-payload';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { VOLUME_RUN_LABEL } from '@shared/domain/engine/volume-run';
import { exchangeState, payloadOfFacts, stagedLabels, stagedName } from '@shared/domain/snapshots/restore-volumes';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext, RecoveryContext } from '@main/operations/types';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import type { SnapshotReader } from '@main/platform/snapshots/types';
import { firstDifference } from './restore-tree';
import type { RestoreDependencies, RestoreTarget, VolumeStep } from './restore-types';
import type { VolumeProgram } from './types';

const SPACE_FACTOR = 1.2;

/** What working on volumes needs; `engine` acts for the project. */
export interface VolumeWork {
  readonly program: VolumeProgram;
  readonly dialect: RestoreDependencies['dialect'];
  readonly clock: RestoreDependencies['clock'];
  readonly engine: Engine;
  readonly context: Pick<OperationContext, 'effect' | 'signal' | 'progress' | 'operationId' | 'log'>;
  readonly target: RestoreTarget;
  readonly snapshotId: string;
}

/** A volume whose contents wait in another one. */
export interface StagedVolume {
  readonly step: VolumeStep;
  readonly staged: string;
}

/** Fills a volume of its own for each that differs, and compares it with the snapshot. Nothing that is used changes. */
export async function stageVolumes(work: VolumeWork, reader: SnapshotReader, steps: readonly VolumeStep[]): Promise<readonly StagedVolume[]> {
  const all: StagedVolume[] = [];
  const ofBytes = steps.reduce((sum, one) => sum + one.part.sizeBytes, 0);
  let before = 0;
  for (const step of steps) {
    const staged = stagedName(step.part.name, work.context.operationId);
    const labels = stagedLabels(work.target.name, step.part.name, work.snapshotId, new Date(work.clock.now()).toISOString());
    await work.context.effect('volume.stage', { volume: step.part.name, staged }, async () => {
      await work.engine.createVolume(staged, { Driver: 'local', Labels: labels });
      await checkSpace(work, staged, ofBytes - before);
      await fillVolume(work, reader, step.part, staged, (bytes) => work.context.progress({ message: `Staging ${step.part.name}, ${percent(before + bytes, ofBytes)}` }));
      return null;
    });
    before += step.part.sizeBytes;
    all.push({ step, staged });
  }
  return all;
}

/** Writes a part into an empty volume and reads it back. */
export async function fillVolume(work: Pick<VolumeWork, 'program'> & { readonly context: Pick<OperationContext, 'signal'> }, reader: SnapshotReader, part: ManifestPart, volume: string, onBytes: (bytes: number) => void): Promise<void> {
  const { program } = work;
  const { signal } = work.context;
  const writing: Pick<VolumeProgram, 'digest'> = { digest: (_volume, onEntry, stop) => program.write(volume, reader.entries(part), (id) => reader.coded(id), onBytes, stop, onEntry) };
  const differs = await firstDifference(writing, reader, part, { volume }, signal);
  if (differs !== null) throw new AppError('damaged', `What was written of ${part.name} differs from the snapshot at ${differs}.`, { hint: 'Nothing was changed. Verify the snapshot: `berth snapshots verify`.', details: { damaged: [{ object: differs, part: `volume ${part.name}` }] } });
}

/** Rejects with `disk-full` where a volume has not the room for so many bytes. */
export async function checkSpace(work: VolumeWork, volume: string, bytes: number): Promise<void> {
  const { freeBytes } = await work.program.measure({ volume }, work.context.signal);
  if (freeBytes >= bytes * SPACE_FACTOR) return;
  throw new AppError('disk-full', `There are ${String(Math.floor(freeBytes / 1_000_000))} MB free where Docker keeps volumes, and ${String(Math.ceil((bytes * SPACE_FACTOR) / 1_000_000))} MB are needed.`, { hint: 'Nothing was changed. Free some space, or bring back fewer volumes.' });
}

function percent(done: number, of: number): string {
  return `${String(of === 0 ? 100 : Math.min(100, Math.floor((done / of) * 100)))} %`;
}

/** Makes the volumes that are gone, empty, as docker compose would. `models`: the files as they are restored. */
export async function createMissing(work: VolumeWork, staged: readonly StagedVolume[], models: readonly LoadedCompose[]): Promise<void> {
  for (const { step } of staged) {
    if (step.action !== 'create') continue;
    const { name, facts } = step.part;
    await work.context.effect('volume.create', { volume: name }, async () => {
      const found = models.flatMap((loaded) => Object.entries(loaded.model.volumes).flatMap(([key, volume]) => (volume.name === name && volume.external !== true ? [{ loaded, key }] : [])))[0];
      const payload: JsonObject = found === undefined ? payloadOfFacts(facts, work.target.name) : volumePayload(found.loaded, found.key, work.context.operationId, work.dialect());
      await work.engine.createVolume(name, payload);
      return null;
    });
  }
}

/** Which folder every volume has before anything is exchanged. */
export function identitiesOf(work: VolumeWork, staged: readonly StagedVolume[]): Promise<ReadonlyMap<string, string>> {
  return staged.length === 0 ? Promise.resolve(new Map()) : work.program.identities(staged.flatMap((one) => [one.step.part.name, one.staged]));
}

/** Exchanges each volume with its staged one. Where the file system cannot do that, the old contents are copied aside and the new ones over them. */
export async function exchangeVolumes(work: VolumeWork, staged: readonly StagedVolume[], identities: ReadonlyMap<string, string>): Promise<void> {
  for (const one of staged) {
    const volume = one.step.part.name;
    const created = one.step.action === 'create';
    const intent = { volume, staged: one.staged, created, volumeHad: identities.get(volume) ?? '', stagedHad: identities.get(one.staged) ?? '' };
    const exchanged = await work.context.effect('volume.exchange', intent, async () => {
      try {
        await work.program.exchange(volume, one.staged);
        return true;
      } catch (error) {
        if (error instanceof AppError && error.code === 'not-supported') return false;
        throw error;
      }
    });
    if (!exchanged) await copyInstead(work, one, created);
  }
}

async function copyInstead(work: VolumeWork, { step, staged }: StagedVolume, created: boolean): Promise<void> {
  const volume = step.part.name;
  const aside = stagedName(volume, work.context.operationId, 'a');
  work.context.log(`${volume} cannot be exchanged in one step here, so its contents are copied.`);
  await work.context.effect('volume.aside', { volume, aside }, async () => {
    await work.engine.createVolume(aside, { Driver: 'local', Labels: stagedLabels(work.target.name, volume, work.snapshotId, new Date(work.clock.now()).toISOString()) });
    await work.program.copyOver(volume, aside, (bytes) => work.context.progress({ message: `Putting ${volume} aside, ${String(Math.floor(bytes / 1_000_000))} MB` }));
    return null;
  });
  await work.context.effect('volume.copy-over', { volume, staged, aside, created }, async () => {
    await work.program.copyOver(staged, volume, (bytes) => work.context.progress({ message: `Filling ${volume}, ${percent(bytes, step.part.sizeBytes)}` }));
    return null;
  });
}

/** What undoing and finishing work with. */
export interface VolumeRecovery {
  readonly program: VolumeProgram;
  readonly engine: Engine;
  readonly context: Pick<RecoveryContext, 'effect' | 'log'>;
  readonly records: readonly EffectRecord[];
  readonly target: Pick<RestoreTarget, 'name' | 'dir'>;
}

/** A program that works on volumes outlives a Berth that was killed by a moment: what it is still doing must be over before anybody looks at what it did. */
export async function endProgramsLeft(work: Pick<VolumeRecovery, 'engine' | 'context'> & { readonly target: Pick<RestoreTarget, 'name'> }): Promise<void> {
  const [name = '', role = ''] = VOLUME_RUN_LABEL.split('=');
  const { foreign } = await work.engine.observe(work.target.name, []);
  const left = foreign.filter((one) => one.labels[name] === role && one.labels['dev.berth.project'] === work.target.name);
  const end = (id: string): Promise<void> => work.engine.removeContainer(id, { force: true, anonymousVolumes: true });
  await Promise.all(left.map((one) => work.context.effect('volume-program.end', { id: one.id }, async () => (await end(one.id), null))));
}

/** Exchanges back what was exchanged, decided by which folder is where; then removes what the restore made. */
export async function undoVolumes(work: VolumeRecovery): Promise<void> {
  const { records } = work;
  const touched = records.filter((one) => (one.name === 'volume.exchange' || one.name === 'volume.copy-over') && !one.undone);
  await stopUsers(work, new Set(touched.map((one) => String(one.intent['volume']))));
  for (const record of [...touched].reverse()) await (record.name === 'volume.exchange' ? exchangeBack(work, record) : copyBack(work, record));
  const there = new Set((await work.engine.listVolumes()).map((one) => one.name));
  const made = records.flatMap(({ name, intent }) => (name === 'volume.stage' ? [intent['staged']] : name === 'volume.aside' ? [intent['aside']] : name === 'volume.create' ? [intent['volume']] : []));
  for (const name of [...made].reverse()) if (typeof name === 'string' && there.has(name)) await removeOne(work, name);
}

/** Containers that came up with the new contents must not write while the old ones come back. */
async function stopUsers(work: VolumeRecovery, volumes: ReadonlySet<string>): Promise<void> {
  if (volumes.size === 0) return;
  const { containers } = await work.engine.observe(work.target.name, []);
  const users = containers.filter((one) => isAlive(one) && one.mounts.some((mount) => mount.type === 'volume' && volumes.has(mount.source)));
  await Promise.all(users.map((one) => work.context.effect('container.stop', { id: one.id, service: one.service }, async () => (await work.engine.stopContainer(one.id, one.stopTimeoutSeconds ?? 10), null))));
}

async function exchangeBack(work: VolumeRecovery, record: EffectRecord): Promise<void> {
  const intent = record.intent as unknown as Parameters<typeof exchangeState>[0];
  const there = new Set((await work.engine.listVolumes()).map((one) => one.name));
  // Asked of a volume that is gone, the engine would make it.
  if (!there.has(intent.volume) || !there.has(intent.staged)) return;
  const state = exchangeState(intent, await work.program.identities([intent.volume, intent.staged]));
  if (state === 'unknown') throw new AppError('needs-attention', `What ${intent.volume} holds was changed by somebody else meanwhile.`, { hint: `Its old contents are in ${intent.volume} or in ${intent.staged}; look at both.` });
  if (state === 'done') await work.context.effect('volume.exchange-back', { volume: intent.volume, staged: intent.staged, undoes: record.seq }, async () => (await work.program.exchange(intent.volume, intent.staged), null));
}

async function copyBack(work: VolumeRecovery, record: EffectRecord): Promise<void> {
  const [volume, aside] = [String(record.intent['volume']), String(record.intent['aside'])];
  const there = new Set((await work.engine.listVolumes()).map((one) => one.name));
  if (!there.has(volume) || !there.has(aside)) return;
  await work.context.effect('volume.copy-back', { volume, aside, undoes: record.seq }, async () => (await work.program.copyOver(aside, volume, () => undefined), null));
}

/** After the commit: staged volumes that hold nothing of before. Those that do stay until the retention says otherwise. */
export async function removeEmptied(work: VolumeRecovery): Promise<void> {
  const there = new Set((await work.engine.listVolumes()).map((one) => one.name));
  const created = new Set(work.records.filter((one) => one.name === 'volume.create').map((one) => one.intent['volume']));
  const copied = new Set(work.records.filter((one) => one.name === 'volume.copy-over').map((one) => one.intent['staged']));
  for (const { name, intent } of work.records) {
    const gone = name === 'volume.stage' && (created.has(intent['volume']) || copied.has(intent['staged'])) ? intent['staged'] : name === 'volume.aside' && created.has(intent['volume']) ? intent['aside'] : null;
    if (typeof gone === 'string' && there.has(gone)) await removeOne(work, gone);
  }
}

/** Volumes that hold former contents after the commit, with whose they are. */
export function putAside(records: readonly EffectRecord[]): readonly { readonly volume: string; readonly of: string }[] {
  const created = new Set(records.filter((one) => one.name === 'volume.create').map((one) => one.intent['volume']));
  return records.flatMap(({ name, intent, result }) => {
    if (created.has(intent['volume'])) return [];
    const volume = name === 'volume.exchange' && result !== false ? intent['staged'] : name === 'volume.aside' ? intent['aside'] : null;
    return typeof volume === 'string' ? [{ volume, of: String(intent['volume']) }] : [];
  });
}

/** Removes a volume that the restore made. Gone already is fine. */
export async function removeOne(work: VolumeRecovery, name: string): Promise<void> {
  await work.context.effect('volume.remove', { name }, async () => {
    await work.engine.removeVolume(name).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
    });
    return null;
  });
}
