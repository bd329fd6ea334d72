import type { Readable } from 'node:stream';
import { buildError } from '@shared/domain/engine/build-error';
import { baseImagesOf } from '@shared/domain/engine/dockerfile-lines';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import { prepareAccess } from './build-access';
import type { BuildClient } from './build-client';
import { packContext, readBuildContext, type BuildContext } from './build-context';
import { folderImages, withContexts } from './build-contexts';
import { BuildOutput } from './build-output';
import { offerSession, type BuildAccess } from './build-session';
import type { Door } from './door';
import type { FindEngineOptions } from './find-engine';
import { pullImage, removeImage } from './images';
import { readJsonLines } from './progress-lines';
import { RegistryCredentials, registryOf } from './registry-auth';
import type { EngineCall, Transport } from './transport';
import type { BuildProgress, BuildRequest } from './types';

const SESSION_DEADLINE_MS = 10_000;
const BUILDKIT_API = '1.39';

/** Who is told what a build says and how far it is. */
export interface BuildListener {
  readonly onOutput: (line: string) => void;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
}

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
  const cacheFrom = request.cacheFrom.flatMap(cacheImage);
  if (cacheFrom.length > 0) query['cachefrom'] = cacheFrom;
  // Compose writes host=ip, the engine wants host:ip.
  if (request.extraHosts.length > 0) query['extrahosts'] = request.extraHosts.map((host) => host.replace('=', ':'));
  return query;
}

/** Of the forms of `cache_from` the build API takes names of images; the others (folders, clouds) only ever make a build quicker. */
function cacheImage(entry: string): readonly string[] {
  if (!/(?:^|,)type=/.test(entry)) return [entry];
  const fields = new Map(entry.split(',').map((field) => field.split(/=(.*)/s, 2) as [string, string]));
  const reference = fields.get('ref');
  return fields.get('type') === 'registry' && reference !== undefined ? [reference] : [];
}

function usesBuildKit(door: Door, transport: Transport): boolean {
  return transport.supports(BUILDKIT_API) && door.connection.builderVersion !== '1';
}

/** What a build is made with once it was judged. */
interface Prepared {
  readonly request: BuildRequest;
  readonly context: BuildContext;
  readonly access: BuildAccess;
  readonly credentials: RegistryCredentials;
}

async function openBuild(client: BuildClient, { request, context, access, credentials }: Prepared, buildKit: boolean, signal: AbortSignal): Promise<Readable> {
  const options = { ...buildQuery(request, context), abortSignal: signal };
  if (buildKit) return client.build(packContext(context), options, offerSession(access), SESSION_DEADLINE_MS);
  const what = access.secrets.size > 0 ? 'secrets' : access.agents.size > 0 ? 'SSH agents' : '';
  if (what !== '') throw new AppError('build-failed', `This engine builds without BuildKit, which alone can hand ${what} to a build.`, { hint: 'Take a Docker Engine of version 18.09 or newer that has BuildKit.' });
  const auths = await credentials.among(baseImagesOf(context.dockerfileText).filter((image) => !image.includes('$')).map(registryOf));
  return client.build(packContext(context), { ...options, ...(Object.keys(auths).length === 0 ? {} : { registryconfig: { ...auths } }) }, undefined, SESSION_DEADLINE_MS);
}

async function runBuild(door: Door, prepared: Prepared, output: BuildOutput, signal: AbortSignal): Promise<void> {
  const transport = await door.transport();
  const { context } = prepared;
  const client = await transport.buildClient();
  const dockerfile = { file: context.dockerfileFile, text: context.dockerfileText, added: context.addedLines };
  try {
    const buildKit = usesBuildKit(door, transport);
    let stream: Readable;
    try {
      stream = await openBuild(client, prepared, buildKit, signal);
    } catch (error) {
      // An engine that speaks the API but has no BuildKit (Podman) does not know sessions.
      if (!buildKit || !(error instanceof AppError) || error.code !== 'not-found') throw error;
      stream = await openBuild(client, prepared, false, signal);
    }
    await readJsonLines(stream, (document) => output.document(document));
    output.end();
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    if (!(error instanceof AppError)) throw transport.streamFailure(error);
    const said = error.details?.['engineMessage'];
    // A Dockerfile that cannot be parsed is refused before the stream begins.
    throw error.code === 'engine-refused' && typeof said === 'string' ? buildError(dockerfile, { message: said }, output.lines) : error;
  } finally {
    client.close();
  }
  if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
  const failure = output.failure ?? (output.imageId === '' ? { message: 'the build ended without an image' } : undefined);
  if (failure !== undefined) throw buildError(dockerfile, failure, output.lines);
}

/**
 * Builds with BuildKit where the engine has it, with the classic builder otherwise. The engine answers 200 before it
 * begins and reports failures in the stream; an image counts as built only when the engine, asked again, has it.
 */
export async function buildImage(door: Door, find: FindEngineOptions, asked: BuildRequest, listener: BuildListener, signal: AbortSignal = new AbortController().signal): Promise<{ readonly imageId: string }> {
  const authorization = door.onBehalfOf;
  // Nothing is read of a folder that may not be built from.
  await door.authorizer.authorize({ method: 'POST', path: '/build', doing: 'build an image' }, authorization);
  if (authorization !== null) await door.authorizer.checkBuild(asked, authorization);
  const request = await withFreshBases(door, find, asked, listener, signal);
  const context = withContexts(await readBuildContext(request), request);
  await door.authorizer.authorize({ method: 'POST', path: '/build', query: buildQuery(request, context) as NonNullable<EngineCall['query']>, doing: 'build an image' }, authorization);
  const credentials = new RegistryCredentials(find);
  const { access, mask } = await prepareAccess(request, find, credentials);
  const folders = folderImages(request);
  try {
    for (const folder of folders) await buildImage(door, find, folder.request, { onOutput: () => undefined }, signal);
    const output = new BuildOutput(listener.onOutput, mask, listener.onProgress ?? (() => undefined));
    try {
      await runBuild(door, { request, context, access, credentials }, output, signal);
    } finally {
      for (const note of credentials.notes) listener.onOutput(note);
    }
    const built = await door.read(`/images/${output.imageId}/json`, 'find the image that was built');
    return { imageId: textOf(fieldOf(built, 'Id')) || output.imageId };
  } finally {
    // They were names for this build only; its cache keeps their layers.
    for (const { reference } of folders) await removeImage(door, reference).catch(() => undefined);
  }
}

/** Named contexts are images of this machine, which an engine that is told to look for newer ones does not find: then the base images are fetched first. */
async function withFreshBases(door: Door, find: FindEngineOptions, request: BuildRequest, listener: BuildListener, signal: AbortSignal): Promise<BuildRequest> {
  if (!request.pull || (request.contexts ?? []).length === 0) return request;
  const { dockerfileText } = await readBuildContext(request);
  const named = new Set((request.contexts ?? []).map((one) => one.name.toLowerCase()));
  for (const base of new Set(baseImagesOf(dockerfileText))) {
    if (base.includes('$') || named.has(base.toLowerCase())) continue;
    await pullImage(door, find, base, request.platform, listener, signal);
  }
  return { ...request, pull: false };
}
