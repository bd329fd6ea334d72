import { textOf } from '@shared/domain/operations/operation-input';
import type { Json } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
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

/** The operation `storage.rotate-credentials`: new keys for the server and every project, told to what runs before the old ones end. */
export function rotateOperation(deps: ServerOperationDependencies): OperationKind {
  const { server } = deps;
  return {
    kind: 'storage.rotate-credentials',
    async prepare(input) {
      return { project: (await deps.resolve(textOf(input, 'project'))).id, default: input['default'] === true };
    },
    key: () => 's3-server',
    title: (input) => (input['default'] === true ? 'Give the S3 server the keys everybody knows' : 'Make new keys for the S3 server and every project'),
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const projects = await replaceAll(server, context, input['default'] === true ? 'default' : 'generated');
      await server.tellKeysChanged(projects, context);
      await context.commit();
      await endOld(server, context.operationId);
      return { operationId: context.operationId, status: await deps.statusOf(textOf(input, 'project')) } as unknown as Json;
    },
    rollback: (context) => putBack(server, context),
    async finish(context, input) {
      await endOld(server, context.operationId);
      return { operationId: context.operationId, status: await deps.statusOf(textOf(input, 'project')) } as unknown as Json;
    },
  };
}

function replaceAll(server: MachineS3, context: OperationContext, kind: 'generated' | 'default'): Promise<readonly string[]> {
  return server.turn.run(async () => {
    const projects = await server.keys.projects();
    const { wanted } = await server.records.state();
    await server.keys.replace(context, context.operationId, null, kind);
    for (const projectId of projects) await server.keys.replace(context, context.operationId, projectId, 'generated');
    if (wanted) {
      context.progress({ step: 1, of: 2, message: 'Starting the S3 server with its new keys' });
      await server.settle(context, NO_CONSENT);
      for (const projectId of projects) await allow(server, context, projectId);
    }
    context.progress({ step: 2, of: 2, message: 'Handing the new keys to what runs' });
    return projects;
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
    for (const projectId of await server.keys.projects()) old.push(...[await server.keys.settle(operationId, projectId)].flatMap((key) => key ?? []));
    await forbid(server, old);
  });
}

async function putBack(server: MachineS3, context: RecoveryContext): Promise<void> {
  const { operationId } = context;
  const projects = await server.turn.run(async () => {
    const all = await server.keys.projects();
    const failed: string[] = [];
    await server.keys.putBack(operationId, null);
    for (const projectId of all) failed.push(...[await server.keys.putBack(operationId, projectId)].flatMap((key) => key ?? []));
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
