import { pullError } from '@shared/domain/engine/pull-error';
import { fieldOf, numberOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import type { FindEngineOptions } from './find-engine';
import { imagePath } from './observe';
import { readJsonLines } from './progress-lines';
import { authHeader, registryAuths, registryOf } from './registry-auth';

/** Name and tag of a reference; a reference without either gets `latest`, one with a digest keeps it whole. */
export function splitReference(reference: string): { readonly name: string; readonly tag: string } {
  if (reference.includes('@')) return { name: reference, tag: '' };
  const colon = reference.lastIndexOf(':');
  if (colon < 0 || reference.slice(colon).includes('/')) return { name: reference, tag: 'latest' };
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

function progressText(document: unknown): string {
  const layer = textOf(fieldOf(document, 'id'));
  const status = textOf(fieldOf(document, 'status'));
  const total = numberOf(fieldOf(document, 'progressDetail', 'total'));
  const percent = total > 0 ? ` ${Math.floor((numberOf(fieldOf(document, 'progressDetail', 'current')) / total) * 100)} %` : '';
  return `${layer === '' ? '' : `${layer}: `}${status}${percent}`;
}

/** Fetches an image. The engine answers 200 and says in the stream what went wrong, so the stream is read to its end. */
export async function pullImage(door: Door, find: FindEngineOptions, reference: string, platform: string | undefined, onOutput: (line: string) => void, signal?: AbortSignal): Promise<void> {
  imagePath(reference);
  const { name, tag } = splitReference(reference);
  const auths = await registryAuths(find);
  const registry = registryOf(reference);
  const auth = auths[registry] ?? auths[`https://${registry}`];
  const transport = await door.transport();
  let failure = '';
  let last = '';
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
      const line = progressText(document);
      if (line !== '' && line !== last) onOutput(line);
      last = line;
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
