import { textOf } from '@shared/domain/operations/operation-input';
import { externalEndpoint } from '@shared/domain/storage/external-endpoint';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import type { ServerOperationDependencies } from './rotate-operation';
import type { ProjectLink } from './server-records';
import type { StorageStatus } from './types';

const LOOK_MS = 10_000;
const NO_CONSENT = { pull: false, build: false };

/** What choosing an S3 needs. */
export interface UseDependencies extends ServerOperationDependencies {
  readonly openS3: (options: S3Options) => S3Door;
}

/** The operation `storage.use`: the local S3 or an external endpoint. What is in either of them stays. */
export function useOperation(deps: UseDependencies): OperationKind {
  const { server } = deps;
  return {
    kind: 'storage.use',
    needsEngine: false,
    prepare: (input) => prepared(deps, input),
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => (input['target'] === 'local' ? `Use the local S3 for ${textOf(input, 'name')}` : `Use ${textOf(input, 'endpoint')} for ${textOf(input, 'name')}`),
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      await run(deps, context, input);
      return { operationId: context.operationId, status: await deps.statusOf(textOf(input, 'project')) } as unknown as Json;
    },
    rollback: (context, input) => putBack(deps, context, textOf(input, 'project')),
    async finish(context, input) {
      await server.records.forgetUnusedGiven();
      return { operationId: context.operationId, status: await deps.statusOf(textOf(input, 'project')) } as unknown as Json;
    },
  };
}

/** Keys are kept sealed before anything of the input is written down; what is stored names only where. */
async function prepared({ server, resolve }: UseDependencies, input: JsonObject): Promise<JsonObject> {
  const { id, name } = await resolve(textOf(input, 'project'));
  const target = textOf(input, 'target');
  if (target === 'local') return { target, project: id, name };
  const link = await server.records.link(id);
  const given = typeof input['endpoint'] === 'string' ? input['endpoint'] : link.endpoint;
  if (given === '') throw new AppError('input-invalid', 'Which external endpoint is not said.', { hint: 'Name it: berth storage use external --endpoint https://…' });
  const endpoint = externalEndpoint(given);
  const { accessKey, secretKey } = input as { readonly accessKey?: string; readonly secretKey?: string };
  const region = typeof input['region'] === 'string' ? input['region'] : 'us-east-1';
  const stored = { target, project: id, name, endpoint, region };
  if (typeof input['keysRef'] === 'string') return { ...stored, keysRef: input['keysRef'] };
  if (accessKey !== undefined && accessKey !== '' && secretKey !== undefined && secretKey !== '') return { ...stored, keysRef: await server.records.keepGiven({ accessKey, secretKey }) };
  // Keys are kept for the endpoint they were given for, and sent to no other.
  if (link.keysRef !== '' && link.endpoint === endpoint) return { ...stored, keysRef: link.keysRef };
  throw new AppError('input-invalid', `The keys for ${endpoint} are missing.`, { hint: 'Give them as BERTH_S3_ACCESS_KEY and BERTH_S3_SECRET_KEY.' });
}

async function run(deps: UseDependencies, context: OperationContext, input: JsonObject): Promise<void> {
  const { server } = deps;
  const projectId = textOf(input, 'project');
  const link = await server.records.link(projectId);
  const change: Partial<ProjectLink> = input['target'] === 'local' ? { origin: 'local' } : { origin: 'external', endpoint: textOf(input, 'endpoint'), region: textOf(input, 'region'), keysRef: textOf(input, 'keysRef') };
  if (change.origin === 'external') await look(deps, { ...link, ...change }, context.signal);
  const buckets = bucketsInUse(await deps.statusOf(projectId));
  const { origin, endpoint, region, keysRef } = link;
  await context.effect('s3.link', { before: { origin, endpoint, region, keysRef }, projectId }, async () => {
    await server.records.patchLink(projectId, change);
    return null;
  });
  const isUser = await isUsing(deps, projectId);
  if (isUser) {
    await server.turn.run(() => server.settle(context, NO_CONSENT));
    if (change.origin === 'local') await server.keys.allow(projectId);
  }
  // What runs goes on there: a mount of a bucket that is missing looks well and shows nothing. A local S3 that does not run has no buckets to look at: its start makes them,
  // and whoever comes back from an endpoint that is gone is not held up by it.
  if (buckets.length > 0 && (isUser || change.origin === 'external')) await server.ensureBuckets(context, projectId, buckets);
  await server.tellKeysChanged([projectId], context);
  await context.commit();
  await server.records.forgetUnusedGiven();
}

/** Buckets of the mounts and copies that run. */
function bucketsInUse({ mounts, jobs }: Pick<StorageStatus, 'mounts' | 'jobs'>): readonly string[] {
  const isMounted = mounts.some(({ state }) => state !== 'absent' && state !== 'stopped' && state !== 'impossible');
  const isCopied = jobs.some(({ state }) => state !== 'stopped');
  return [...new Set([...(isMounted ? mounts : []), ...(isCopied ? jobs : [])].map(({ bucket }) => bucket))].sort();
}

/** An endpoint is only taken when it answers with these keys. */
async function look({ server, openS3 }: UseDependencies, link: ProjectLink, signal: AbortSignal): Promise<void> {
  const door = openS3({ endpoint: link.endpoint, region: link.region, ...(await server.records.given(link.keysRef)), deadlineMs: LOOK_MS, keysHint: 'Check BERTH_S3_ACCESS_KEY and BERTH_S3_SECRET_KEY.' });
  try {
    await door.bucketNames(signal);
  } catch (error) {
    // Keys for some buckets only need not be allowed to list them all.
    if (!(error instanceof AppError && error.details?.['code'] === 'AccessDenied')) throw error;
  } finally {
    door.close();
  }
}

async function isUsing({ server }: UseDependencies, projectId: string): Promise<boolean> {
  const { users } = await server.records.state();
  return users.includes(projectId);
}

async function putBack(deps: UseDependencies, context: RecoveryContext, projectId: string): Promise<void> {
  const before = context.records.find(({ name }) => name === 's3.link')?.intent['before'];
  if (before === undefined) return;
  await context.effect('s3.link.restore', { projectId }, async () => {
    await deps.server.records.patchLink(projectId, before as Partial<ProjectLink>);
    return null;
  });
  if (await isUsing(deps, projectId)) await deps.server.undo(context);
  await deps.server.tellKeysChanged([projectId], context);
}
