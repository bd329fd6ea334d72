import { fieldOf, numberOf, textOf, textsOf } from '@shared/domain/engine/read-json';
import { RUNNER_LABELS, type RunnerOwner } from '@shared/domain/workspaces/runner-payload';
import type { SentFile } from '@shared/domain/workspaces/volume-plan';
import { VOLUME_APPLY_COMMAND, VOLUME_LIST_COMMAND, volumeKeeperPayload, volumeNames, volumePayload, volumeWorkingDir } from '@shared/domain/workspaces/volume-payload';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { StepContext } from '@main/storage/types';

/** What came of the frames. */
export interface VolumeResult {
  readonly put: number;
  readonly removed: number;
  /** Files that were another on arrival than they were announced as. */
  readonly moved: readonly string[];
}

const APPLY_MS = 10 * 60_000;
const LIST_MS = 60_000;
const STOP_SECONDS = 2;
const SAID_BYTES = 4_096;

/** The volume of one project’s workspaces, and the container that fills it. */
export class VolumeContainer {
  private readonly door: Engine;
  private readonly names: ReturnType<typeof volumeNames>;

  constructor(
    private readonly engine: Engine,
    private readonly owner: RunnerOwner,
  ) {
    this.door = engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys: [] });
    this.names = volumeNames(owner);
  }

  get volume(): string {
    return this.names.volume;
  }

  /** Null where there is no container. */
  async running(): Promise<{ readonly id: string; readonly isRunning: boolean; readonly image: string } | null> {
    const row = (await this.engine.containerStates()).find((one) => one.project === this.owner.projectName && one.workingDir === volumeWorkingDir(this.owner));
    return row === undefined ? null : { id: row.id, isRunning: row.state === 'running', image: (await this.engine.inspectContainer(row.id)).imageId };
  }

  async exists(): Promise<boolean> {
    return (await this.engine.listVolumes()).some((one) => one.name === this.volume && one.labels[RUNNER_LABELS.projectId] === this.owner.projectId);
  }

  /** Makes volume and container where they are missing; a container of another image is made anew, the volume stays. Resolves with the container. */
  async ensure(context: Pick<StepContext, 'effect'>, image: string): Promise<string> {
    if (!(await this.exists())) await context.effect('workspaces.volume.create', { name: this.volume }, async () => (await this.door.createVolume(this.volume, volumePayload(this.owner)), null));
    const wanted = (await this.engine.inspectImage(image))?.id ?? '';
    const present = await this.running();
    if (present !== null && present.isRunning && present.image === wanted) return present.id;
    if (present !== null && present.image === wanted) return this.start(context, present.id);
    if (present !== null) await this.door.removeContainer(present.id, { force: true, anonymousVolumes: false });
    const { id } = await context.effect('workspaces.volume.keeper', { volume: this.volume }, async () => ({ id: (await this.door.createContainer(this.names.container, volumeKeeperPayload(this.owner, image))).id }));
    return this.start(context, id);
  }

  /** What lies in the volume, by key. */
  async list(id: string): Promise<Map<string, SentFile>> {
    const held = new Map<string, SentFile>();
    let ended = false;
    for (const line of await this.run(id, VOLUME_LIST_COMMAND, LIST_MS, null)) {
      const key = textOf(fieldOf(line, 'key'));
      if (key !== '') held.set(key, { key, sizeBytes: numberOf(fieldOf(line, 'sizeBytes')), md5: textOf(fieldOf(line, 'md5')) });
      else ended = fieldOf(line, 'end') === true;
    }
    if (!ended) throw new AppError('engine-refused', 'What lies in the volume of the workspaces could not be read to its end.');
    return held;
  }

  async apply(id: string, frames: AsyncIterable<Uint8Array>): Promise<VolumeResult> {
    const [said] = await this.run(id, VOLUME_APPLY_COMMAND, APPLY_MS, frames);
    return { put: numberOf(fieldOf(said, 'put')), removed: numberOf(fieldOf(said, 'removed')), moved: textsOf(fieldOf(said, 'moved')) };
  }

  /** Both go; a volume that somebody still reads stays. */
  async remove(): Promise<void> {
    const present = await this.running();
    if (present !== null) {
      if (present.isRunning) await this.door.stopContainer(present.id, STOP_SECONDS);
      await this.door.removeContainer(present.id, { force: true, anonymousVolumes: false });
    }
    if (!(await this.exists())) return;
    await this.door.removeVolume(this.volume).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  private async start(context: Pick<StepContext, 'effect'>, id: string): Promise<string> {
    await context.effect('workspaces.volume.start', { id }, async () => (await this.door.startContainer(id), null));
    return id;
  }

  private async run(id: string, command: readonly string[], timeoutMs: number, frames: AsyncIterable<Uint8Array> | null): Promise<readonly Json[]> {
    const out: Uint8Array[] = [];
    const wrong: Uint8Array[] = [];
    let feeding: Promise<unknown> = Promise.resolve(null);
    const attach = frames === null ? undefined : { tty: null, onStarted: (input: { write(data: Uint8Array): Promise<void>; end(): void }) => void (feeding = feed(input, frames).then(() => null, (error: unknown) => error)) };
    const code = await this.door.exec(id, command, (stream, data) => void (stream === 'stdout' ? out : wrong).push(data), AbortSignal.timeout(timeoutMs), attach);
    const problem = await feeding;
    if (problem !== null) throw problem;
    if (code !== 0) throw new AppError('engine-refused', `The volume of the workspaces could not be filled: ${Buffer.concat(wrong).toString('utf8').trim().slice(0, SAID_BYTES)}`);
    return Buffer.concat(out).toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Json);
  }
}

async function feed(input: { write(data: Uint8Array): Promise<void>; end(): void }, frames: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const piece of frames) await input.write(piece);
  } finally {
    input.end();
  }
}
