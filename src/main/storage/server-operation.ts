import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { ServerOperationDependencies } from './rotate-operation';
import type { ServerState } from './server-records';
import type { ImageOverrides } from './types';

/** The operation `storage.server`: image, ports and console. A server that runs is made anew, its data stays. */
export function serverOperation(deps: ServerOperationDependencies & { readonly overrides: ImageOverrides }): OperationKind {
  const { server, overrides } = deps;
  return {
    kind: 'storage.server',
    async prepare(input) {
      if (input['apiPort'] !== undefined && input['apiPort'] === input['consolePort']) throw new AppError('input-invalid', 'S3 and its console cannot have the same port.');
      return { ...input, project: (await deps.resolve(textOf(input, 'project'))).id };
    },
    key: () => 's3-server',
    title: () => 'Change the S3 server',
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      await server.turn.run(() => change(deps, context, input));
      await context.commit();
      return { operationId: context.operationId, status: await deps.statusOf(textOf(input, 'project')) } as unknown as Json;
    },
    async rollback(context) {
      const image = context.records.find(({ name }) => name === 's3.image')?.intent['before'];
      if (image !== undefined) await overrides.set('s3', image as string | null);
      await server.undo(context);
    },
    finish: async (context, input) => ({ operationId: context.operationId, status: await deps.statusOf(textOf(input, 'project')) }) as unknown as Json,
  };
}

async function change({ server, overrides }: Parameters<typeof serverOperation>[0], context: OperationContext, input: JsonObject): Promise<void> {
  const { image, apiPort, consolePort, console } = input as { readonly image?: string; readonly apiPort?: number; readonly consolePort?: number; readonly console?: boolean };
  if (image !== undefined) {
    await context.effect('s3.image', { before: await overrides.get('s3'), image }, async () => {
      await overrides.set('s3', image === '' ? null : image);
      return null;
    });
  }
  const patch: Partial<ServerState> = {
    ...(image === undefined ? {} : { image: '' }),
    ...(apiPort === undefined ? {} : { askedApiPort: apiPort }),
    ...(consolePort === undefined ? {} : { askedConsolePort: consolePort }),
    ...(console === undefined ? {} : { console }),
  };
  await server.remember(context, patch);
  // Whoever names an image wants it fetched.
  await server.settle(context, { pull: image !== undefined && image !== '', build: false });
  if ((await server.records.state()).wanted) await server.tellKeysChanged((await server.records.state()).users, context);
}
