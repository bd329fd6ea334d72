import { createHash, randomBytes } from 'node:crypto';
import { RUNNER_LABELS, runnerContainerName, runnerFactKeys, runnerNetwork, runnerPayload, type RunnerOwner } from '@shared/domain/workspaces/runner-payload';
import type { ContainerStateRow } from '@shared/domain/engine/container-state';
import { textMapOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { StepContext } from '@main/storage/types';
import type { RunnerRequest } from './types';

/** What one container is made with. */
export interface RunnerMaking {
  readonly owner: RunnerOwner;
  readonly request: RunnerRequest;
  readonly image: string;
  readonly user: string;
}

const STOP_SECONDS = 10;

/** An engine that may act on the containers of a project's workspaces. */
export function runnerDoor(engine: Engine, owner: Pick<RunnerOwner, 'dir' | 'projectName'>, trustedFactKeys: readonly string[] = []): Engine {
  return engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys });
}

/** The payload with the hash that tells whether a container would be made in the same way again. */
export async function hashedPayload(engine: Engine, { owner, request, image, user }: RunnerMaking): Promise<{ readonly payload: JsonObject; readonly hash: string }> {
  const payload = runnerPayload({ owner, workspace: request.workspace, source: request.source, image, user, variables: request.variables });
  // A tag can name another image by now; one of the same sources is the same, whenever it was made.
  const found = await engine.inspectImage(image);
  const imageId = found?.labels['dev.berth.sources'] ?? found?.id ?? '';
  const network = request.source.kind === 'direct' ? (request.source.network ?? '') : '';
  const hash = createHash('sha256').update(JSON.stringify([payload, imageId, network])).digest('hex');
  return { payload: { ...payload, Labels: { ...textMapOf(payload['Labels']), [RUNNER_LABELS.hash]: hash } }, hash };
}

/** Makes and starts it, in the network of its project and in that of S3 where it downloads. Leaves nothing behind when it cannot be started. */
export async function makeRunner(engine: Engine, context: StepContext, making: RunnerMaking, payload: JsonObject): Promise<string> {
  const { owner, request } = making;
  const door = runnerDoor(engine, owner, runnerFactKeys(request.workspace, request.source));
  await ensureNetwork(door, context, owner);
  const { id } = await context.effect('workspaces.container.create', { project: owner.projectName, workspace: request.workspace }, async () => ({ id: await create(door, owner, request.workspace, payload) }));
  try {
    if (request.source.kind === 'direct' && request.source.network !== null) await door.connectNetwork(await networkId(engine, request.source.network), id, {});
    await context.effect('workspaces.container.start', { id }, async () => {
      await door.startContainer(id);
      return null;
    });
    return id;
  } catch (error) {
    await door.removeContainer(id, { force: true, anonymousVolumes: true });
    throw error;
  }
}

/** Stops and removes it; what was installed in it goes with it. */
export async function removeRunner(engine: Engine, context: Pick<StepContext, 'effect'>, row: ContainerStateRow): Promise<void> {
  const door = runnerDoor(engine, { dir: row.workingDir, projectName: row.project });
  await context.effect('workspaces.container.remove', { id: row.id, workspace: row.service }, async () => {
    if (row.state === 'running' || row.state === 'restarting') await door.stopContainer(row.id, STOP_SECONDS);
    await door.removeContainer(row.id, { force: true, anonymousVolumes: true });
    return null;
  });
}

/** The network of the last one goes too; somebody else's container in it keeps it. */
export async function removeRunnerNetwork(engine: Engine, owner: RunnerOwner): Promise<void> {
  const { name } = runnerNetwork(owner);
  const found = (await engine.listNetworks()).find((one) => one.name === name && one.labels[RUNNER_LABELS.projectId] === owner.projectId);
  if (found === undefined) return;
  await runnerDoor(engine, owner).removeNetwork(found.id).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
}

async function ensureNetwork(door: Engine, context: StepContext, owner: RunnerOwner): Promise<void> {
  const { name, payload } = runnerNetwork(owner);
  if ((await door.listNetworks()).some((one) => one.name === name)) return;
  await context.effect('workspaces.network.create', { name }, async () => ({ id: await door.createNetwork(name, payload) }));
}

async function networkId(engine: Engine, name: string): Promise<string> {
  const found = (await engine.listNetworks()).find((one) => one.name === name);
  if (found === undefined) throw new AppError('not-found', `There is no network ${name}, in which S3 would be found.`, { hint: 'Start S3: berth storage start --component s3' });
  return found.id;
}

async function create(door: Engine, owner: RunnerOwner, workspace: string, payload: JsonObject): Promise<string> {
  const name = runnerContainerName(owner, workspace);
  for (const one of [name, `${name}-${randomBytes(3).toString('hex')}`]) {
    try {
      return (await door.createContainer(one, payload)).id;
    } catch (error) {
      if (!(error instanceof AppError) || error.details?.['status'] !== 409) throw error;
    }
  }
  throw new AppError('start-failed', `No name is free for the container of ${workspace}.`, { hint: `Remove or rename the container ${name}, which is not Berth's.` });
}
