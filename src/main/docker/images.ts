import { setTimeout as delay } from 'node:timers/promises';
import { isPassing, pullError } from '@shared/domain/engine/pull-error';
import { PullProgress, type PullBytes } from '@shared/domain/engine/pull-progress';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { RegistryAuth } from './credential-helper';
import type { Door } from './door';
import type { FindEngineOptions } from './find-engine';
import { imagePath } from './observe';
import { readJsonLines } from './progress-lines';
import { authHeader, RegistryCredentials, registryOf } from './registry-auth';

/** Name and tag of a reference; a reference without either gets `latest`, one with a digest keeps it whole. */
export function splitReference(reference: string): { readonly name: string; readonly tag: string } {
  if (reference.includes('@')) return { name: reference, tag: '' };
  const colon = reference.lastIndexOf(':');
  if (colon < 0 || reference.slice(colon).includes('/')) return { name: reference, tag: 'latest' };
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** Who is told what a download says and how far it is. */
export interface PullListener {
  readonly onOutput: (line: string) => void;
  readonly onBytes?: ((bytes: PullBytes) => void) | undefined;
}

/** Waits before another try, in ms: networks stumble for moments; what is wrong for longer is to be told soon. */
const WAITS_MS = [1_000, 3_000];

/** Fetches an image; where the network or the registry stumbled, again. Rejects with `pull-failed` and what kind of failure it is. */
export async function pullImage(door: Door, find: FindEngineOptions, reference: string, platform: string | undefined, listener: PullListener, signal?: AbortSignal): Promise<void> {
  imagePath(reference);
  const credentials = new RegistryCredentials(find);
  const auth = await credentials.of(registryOf(reference));
  for (const note of credentials.notes) listener.onOutput(note);
  for (let failures = 0; ; failures += 1) {
    try {
      await pullOnce(door, reference, platform, auth, listener, signal);
      return;
    } catch (error) {
      const waitMs = WAITS_MS[failures];
      if (waitMs === undefined || signal?.aborted === true || !isPassing(error)) throw error;
      listener.onOutput(`${error instanceof Error ? error.message : ''} Trying again in ${String(waitMs / 1000)} s.`);
      await delay(waitMs, undefined, { signal }).catch(() => {
        throw new AppError('cancelled', 'Cancelled.');
      });
    }
  }
}

/** The engine answers 200 and says in the stream what went wrong, so the stream is read to its end. */
async function pullOnce(door: Door, reference: string, platform: string | undefined, auth: RegistryAuth | undefined, listener: PullListener, signal: AbortSignal | undefined): Promise<void> {
  const { name, tag } = splitReference(reference);
  const transport = await door.transport();
  let failure = '';
  const progress = new PullProgress();
  try {
    const stream = await door.open({
      method: 'POST',
      path: '/images/create',
      query: { fromImage: name, tag: tag === '' ? undefined : tag, platform },
      ...(auth === undefined ? {} : { headers: { 'X-Registry-Auth': authHeader(auth) } }),
      doing: `download ${reference}`,
      signal,
    });
    await readJsonLines(stream, (document) => {
      failure ||= textOf(fieldOf(document, 'errorDetail', 'message')) || textOf(fieldOf(document, 'error'));
      const line = progress.take(document);
      if (progress.bytes.total > 0) listener.onBytes?.(progress.bytes);
      if (line !== '') listener.onOutput(line);
    });
  } catch (error) {
    if (signal?.aborted === true) throw new AppError('cancelled', 'Cancelled.');
    if (!(error instanceof AppError)) throw transport.streamFailure(error);
    const said = error.details?.['engineMessage'];
    throw typeof said === 'string' && error.code !== 'disk-full' ? pullError(reference, said) : error;
  }
  if (failure !== '') throw pullError(reference, failure);
  // A stream that was cut by a proxy may look complete; only the engine knows.
  await door.read(`${imagePath(reference)}/json`, `download ${reference}`).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'not-found' ? pullError(reference, 'the download ended early') : error;
  });
}

/** Gives an image a further name. */
export async function tagImage(door: Door, id: string, reference: string): Promise<void> {
  imagePath(reference);
  const { name, tag } = splitReference(reference);
  await door.send({ method: 'POST', path: `${imagePath(id)}/tag`, query: { repo: name, tag: tag || 'latest' }, doing: `tag ${reference}` });
}

/** Takes a name off an image; the image goes with its last name. Gone already is fine. */
export async function removeImage(door: Door, reference: string): Promise<void> {
  try {
    await door.send({ method: 'DELETE', path: imagePath(reference), doing: `remove the image ${reference}` });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error;
  }
}
