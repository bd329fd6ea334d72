import type { Readable } from 'node:stream';
import { buildError } from '@shared/domain/engine/build-error';
import { baseImagesOf } from '@shared/domain/engine/dockerfile-lines';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import { packContext, readBuildContext, type BuildContext } from './build-context';
import { BuildOutput } from './build-output';
import type { Door } from './door';
import type { FindEngineOptions } from './find-engine';
import { readJsonLines } from './progress-lines';
import { registryAuths, registryOf, type RegistryAuth } from './registry-auth';
import type { BuildClient } from './build-client';
import type { EngineCall, Transport } from './transport';
import type { BuildRequest } from './types';

const SESSION_DEADLINE_MS = 10_000;
const BUILDKIT_API = '1.39';

/** The query of POST /build, the same for both builders. */
export function buildQuery(request: BuildRequest, context: BuildContext): { [name: string]: unknown } {
  const query: { [name: string]: unknown } = {
    dockerfile: context.dockerfileName,
    buildargs: request.args,
    labels: request.labels,
    t: [...request.tags],
    nocache: request.noCache,
    pull: request.pull,
    rm: true,
    forcerm: true,
  };
  if (request.target !== undefined) query['target'] = request.target;
  if (request.network !== undefined) query['networkmode'] = request.network;
  if (request.platform !== undefined) query['platform'] = request.platform;
  if (request.shmSize !== undefined) query['shmsize'] = request.shmSize;
  if (request.cacheFrom.length > 0) query['cachefrom'] = [...request.cacheFrom];
  // Compose writes host=ip, the engine wants host:ip.
  if (request.extraHosts.length > 0) query['extrahosts'] = request.extraHosts.map((host) => host.replace('=', ':'));
  return query;
}

/** The one credential a BuildKit session may hold: dockerode's session hands it to every registry that asks, so there must be only one. */
function sessionAuth(context: BuildContext, auths: { readonly [registry: string]: RegistryAuth }): RegistryAuth | undefined {
  const images = baseImagesOf(context.dockerfileText);
  if (images.some((image) => image.includes('$'))) return undefined;
  const registries = new Set(images.map(registryOf));
  const [only] = [...registries];
  return registries.size === 1 && only !== undefined ? (auths[only] ?? auths[`https://${only}`]) : undefined;
}

function usesBuildKit(door: Door, transport: Transport): boolean {
  return transport.supports(BUILDKIT_API) && door.connection.builderVersion !== '1';
}

async function openBuild(client: BuildClient, door: Door, context: BuildContext, request: BuildRequest, buildKit: boolean, auths: { readonly [registry: string]: RegistryAuth }, signal: AbortSignal): Promise<Readable> {
  const auth = buildKit ? sessionAuth(context, auths) : undefined;
  return client.build(packContext(context), {
    ...buildQuery(request, context),
    ...(buildKit ? { version: '2' } : {}),
    ...(auth === undefined ? {} : { authconfig: auth }),
    ...(buildKit || Object.keys(auths).length === 0 ? {} : { registryconfig: { ...auths } }),
    abortSignal: signal,
  }, SESSION_DEADLINE_MS);
}

/**
 * Builds with BuildKit where the engine has it, with the classic builder otherwise. The engine answers 200 before it
 * begins and reports failures in the stream; an image counts as built only when the engine, asked again, has it.
 */
export async function buildImage(door: Door, find: FindEngineOptions, request: BuildRequest, onOutput: (line: string) => void, signal?: AbortSignal): Promise<{ readonly imageId: string }> {
  const transport = await door.transport();
  const authorization = door.onBehalfOf;
  // Nothing is read of a folder that may not be built from.
  await door.authorizer.authorize({ method: 'POST', path: '/build', doing: 'build an image' }, authorization);
  if (authorization !== null) await door.authorizer.checkBuild(request, authorization);
  const context = await readBuildContext(request);
  await door.authorizer.authorize({ method: 'POST', path: '/build', query: buildQuery(request, context) as NonNullable<EngineCall['query']>, doing: 'build an image' }, authorization);
  const auths = await registryAuths(find);
  const output = new BuildOutput(onOutput);
  const client = await transport.buildClient();
  const given = signal ?? new AbortController().signal;
  try {
    const buildKit = usesBuildKit(door, transport);
    let stream: Readable;
    try {
      stream = await openBuild(client, door, context, request, buildKit, auths, given);
    } catch (error) {
      // An engine that speaks the API but has no BuildKit (Podman) does not know sessions.
      if (!buildKit || !(error instanceof AppError) || error.code !== 'not-found') throw error;
      stream = await openBuild(client, door, context, request, false, auths, given);
    }
    await readJsonLines(stream, (document) => output.document(document));
    output.end();
  } catch (error) {
    if (given.aborted) throw new AppError('cancelled', 'Cancelled.');
    if (!(error instanceof AppError)) throw transport.streamFailure(error);
    const said = error.details?.['engineMessage'];
    // A Dockerfile that cannot be parsed is refused before the stream begins.
    throw error.code === 'engine-refused' && typeof said === 'string' ? buildError({ file: context.dockerfileFile, text: context.dockerfileText }, { message: said }, output.lines) : error;
  } finally {
    client.close();
  }
  if (given.aborted) throw new AppError('cancelled', 'Cancelled.');
  const failure = output.failure ?? (output.imageId === '' ? { message: 'the build ended without an image' } : undefined);
  if (failure !== undefined) throw buildError({ file: context.dockerfileFile, text: context.dockerfileText }, failure, output.lines);
  const built = await door.read(`/images/${output.imageId}/json`, 'find the image that was built');
  return { imageId: textOf(fieldOf(built, 'Id')) || output.imageId };
}
