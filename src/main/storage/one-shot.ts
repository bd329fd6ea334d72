import { randomBytes } from 'node:crypto';
import type { StorageContainer } from '@shared/domain/storage/definition';
import { containerLabels, type StorageOwner } from '@shared/domain/storage/mount-payload';
import type { Engine } from '@main/docker/types';
import type { StepContext } from './types';

/** A container that runs one command on the data of a project and is gone again. */
export interface OneShot {
  /** Beginning of its name, which is also its service. */
  readonly name: string;
  readonly image: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `1000:1000`, or `0:0`. */
  readonly user: string;
  /** Folders of the project's data, as the copies see them. */
  readonly sources: StorageContainer['sources'];
}

/** What it said and how it ended. */
export interface OneShotResult {
  readonly exitCode: number;
  /** Both outputs, in order. */
  readonly output: string;
}

const LOG_LINES = 200;
const LONGEST_MS = 300_000;
const OPERATION_LABEL = 'dev.berth.op';

/** After a crash: what runs of this operation were left are removed. */
export async function removeOneShots(engine: Engine, owner: StorageOwner, operationId: string): Promise<void> {
  const door = engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys: [] });
  const { containers } = await door.observe(owner.projectName, []);
  for (const one of containers) if (one.workingDir === owner.dir && one.labels[OPERATION_LABEL] === operationId) await door.removeContainer(one.id, { force: true, anonymousVolumes: true });
}

/** Runs it to its end. It has no network, and is removed whatever happens. */
export async function runOneShot(engine: Engine, owner: StorageOwner, shot: OneShot, context: Pick<StepContext, 'operationId' | 'signal'>): Promise<OneShotResult> {
  const door = engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys: shot.sources.map(({ type, source }) => (type === 'bind' ? `bind-outside:${shot.name}:${source}:rw` : `foreign-volume:${shot.name}:${source}`)) });
  const payload = {
    Image: shot.image,
    Entrypoint: [...shot.entrypoint],
    Cmd: [...shot.command],
    User: shot.user,
    Labels: { ...containerLabels(owner, shot.name, 'one-shot'), [OPERATION_LABEL]: context.operationId },
    HostConfig: { NetworkMode: 'none', SecurityOpt: ['no-new-privileges:true'], Mounts: shot.sources.map(({ type, source, target }) => ({ Type: type, Source: source, Target: target })), LogConfig: { Type: 'json-file', Config: {} } },
  };
  const { id } = await door.createContainer(`${owner.projectName}-${shot.name}-${randomBytes(4).toString('hex')}`, payload);
  try {
    await door.startContainer(id);
    const exitCode = await door.waitContainer(id, AbortSignal.any([context.signal, AbortSignal.timeout(LONGEST_MS)]));
    const lines = await door.logTail(id, LOG_LINES);
    return { exitCode, output: lines.map((line) => line.text).join('\n') };
  } finally {
    await door.removeContainer(id, { force: true, anonymousVolumes: true });
  }
}
