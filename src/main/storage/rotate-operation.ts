import { textOf } from '@shared/domain/operations/operation-input';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { EffectRecord, OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { MachineS3 } from './server';
import type { Steps } from './server-container';
import type { StorageStatus } from './types';

const NO_CONSENT = { pull: false, build: false };

/** What operations on the server need from outside. */
export interface ServerOperationDependencies {
  readonly server: MachineS3;
  readonly resolve: (reference: string) => Promise<{ readonly id: string; readonly name: string }>;
  /** What `storage.status` answers. */
  readonly statusOf: (projectId: string) => Promise<StorageStatus>;
}

/** What of a project is handed new keys: its mounts and copies within the operation, its services by one that follows it. */
export interface HandedOn {
  readonly projectId: string;
  readonly project: string;
  /** Containers of mounts and copies that are made anew. */
  readonly storage: readonly string[];
  /** Services that `storage.connect` gave keys and that run with the old ones. */
  readonly services: readonly string[];
}

/** What making new keys needs beside the server. */
export interface RotateDependencies extends ServerOperationDependencies {
  /** What of these projects runs and works with their keys now. */
  readonly holding: (projectIds: readonly string[]) => Promise<readonly HandedOn[]>;
  /** Queues making services anew once the operation `after` has succeeded, and resolves with its id. */
  readonly remake: (projectId: string, services: readonly string[], after: string) => Promise<string>;
}

const HANDED_NOTE = 's3.handed-on';

/** The operation `storage.rotate-credentials`: new keys for the server and every project, told to what runs before the old ones end. With `dryRun` it says who would be handed them. */
export function rotateOperation(deps: RotateDependencies): OperationKind {
  const { server } = deps;
  return {
    kind: 'storage.rotate-credentials',
    async prepare(input) {
      return { project: (await deps.resolve(textOf(input, 'project'))).id, default: input['default'] === true, dryRun: input['dryRun'] === true, services: input['services'] !== false };
    },
    key: () => 's3-server',
    title: (input) => (input['dryRun'] === true ? 'Look who would be handed new keys of S3' : input['default'] === true ? 'Give the S3 server the keys everybody knows' : 'Make new keys for the S3 server and every project'),
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: (context) => putBack(server, context),
    async finish(context, input) {
      await endOld(server, context.operationId);
      return resultOf(deps, context, input, context.records);
    },
  };
}

async function run(deps: RotateDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const { server } = deps;
  const handed = await deps.holding([...(await server.keys.holders()).keys()]);
  await context.note(HANDED_NOTE, { handed: handed as unknown as Json });
  if (input['dryRun'] !== true) {
    const projects = await replaceAll(server, context, input['default'] === true ? 'default' : 'generated');
    await server.tellKeysChanged(projects, context);
    for (const { projectId, services } of input['services'] === false ? [] : handed) {
      if (services.length > 0) await context.effect('follow.enqueue', { projectId }, () => deps.remake(projectId, services, context.operationId));
    }
  }
  await context.commit();
  if (input['dryRun'] !== true) await endOld(server, context.operationId);
  return resultOf(deps, context, input, context.records());
}

async function resultOf(deps: RotateDependencies, { operationId }: { readonly operationId: string }, input: JsonObject, records: readonly EffectRecord[]): Promise<Json> {
  const handed = (records.findLast(({ name }) => name === HANDED_NOTE)?.intent['handed'] ?? []) as unknown as readonly HandedOn[];
  const followOf = (projectId: string): Json => records.findLast(({ name, intent, undone }) => name === 'follow.enqueue' && intent['projectId'] === projectId && !undone)?.result ?? null;
  const handedOn = handed.map((one) => ({ ...one, follow: followOf(one.projectId) }));
  return { operationId, dryRun: input['dryRun'] === true, handedOn, status: await deps.statusOf(textOf(input, 'project')) } as unknown as Json;
}

function replaceAll(server: MachineS3, context: OperationContext, kind: 'generated' | 'default'): Promise<readonly string[]> {
  return server.turn.run(async () => {
    const holders = await server.keys.holders();
    const { wanted } = await server.records.state();
    await server.keys.replace(context, context.operationId, null, kind);
    for (const holder of [...holders.values()].flat()) await server.keys.replace(context, context.operationId, holder, 'generated');
    if (wanted) {
      context.progress({ step: 1, of: 2, message: 'Starting the S3 server with its new keys' });
      await server.settle(context, NO_CONSENT);
      for (const projectId of holders.keys()) await allow(server, context, projectId);
    }
    context.progress({ step: 2, of: 2, message: 'Handing the new keys to what runs' });
    return [...holders.keys()];
  });
}

async function allow(server: MachineS3, steps: Steps, projectId: string): Promise<void> {
  await steps.effect('s3.keys.allow', { projectId }, async () => {
    await server.keys.allow(projectId);
    return null;
  });
}

/** The keys before open nothing any more: at once where the server runs, else when it starts. */
async function endOld(server: MachineS3, operationId: string): Promise<void> {
  await server.turn.run(async () => {
    await server.keys.settle(operationId, null);
    const old: string[] = [];
    for (const holder of [...(await server.keys.holders()).values()].flat()) old.push(...[await server.keys.settle(operationId, holder)].flatMap((key) => key ?? []));
    await forbid(server, old);
  });
}

async function putBack(server: MachineS3, context: RecoveryContext): Promise<void> {
  const { operationId } = context;
  if (!context.records.some(({ name }) => name.startsWith('s3.keys.'))) return;
  const projects = await server.turn.run(async () => {
    const holders = await server.keys.holders();
    const all = [...holders.keys()];
    const failed: string[] = [];
    await server.keys.putBack(operationId, null);
    for (const holder of [...holders.values()].flat()) failed.push(...[await server.keys.putBack(operationId, holder)].flatMap((key) => key ?? []));
    if ((await server.records.state()).wanted) {
      await server.settle(context, NO_CONSENT);
      for (const projectId of all) await allow(server, context, projectId);
    }
    await forbid(server, failed);
    return all;
  });
  await server.tellKeysChanged(projects, context);
}

async function forbid(server: MachineS3, accessKeys: readonly string[]): Promise<void> {
  const { obsoleteKeys, wanted } = await server.records.state();
  await server.records.patchState({ obsoleteKeys: [...new Set([...obsoleteKeys, ...accessKeys])] });
  if (wanted) await server.keys.forbidObsolete();
}
