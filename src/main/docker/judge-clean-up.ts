import type { Endpoint } from '@shared/domain/engine/policy';
import { isAnonymousVolume } from '@shared/domain/modes/naming';
import { fieldOf, listOf, objectOf, textOf, textsOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { EngineCall } from './transport';
import type { CleanUpAllowance } from './types';

const IMAGE_ID = /^sha256:[0-9a-f]{64}$/;
/** All ids of the build cache have this length, so one that contains another is that other: newer engines match ids by pattern. */
const BUILD_CACHE_ID = /^[a-z0-9]{25}$/;
function refuse(message: string): AppError {
  return new AppError('policy-refused', message);
}

/** The one id a call prunes; null when it names none, several or anything else. */
function prunedId(call: EngineCall): string | null {
  const query = call.query ?? {};
  if (call.body !== undefined || call.upload !== undefined || Object.keys(query).some((name) => name !== 'filters')) return null;
  let filters: unknown;
  try {
    filters = JSON.parse(textOf(query['filters']));
  } catch {
    return null;
  }
  const ids = listOf(fieldOf(filters, 'id'));
  const [id] = textsOf(ids);
  return ids.length === 1 && id !== undefined && Object.keys(objectOf(filters)).length === 1 && BUILD_CACHE_ID.test(id) ? id : null;
}

/** Judges a change on behalf of a clean-up: one image or one record of the build cache, by its exact id, or one nameless volume, that the user chose. */
export async function judgeCleanUp(call: EngineCall, endpoint: Endpoint, allowance: CleanUpAllowance, imageIdOf: (name: string) => Promise<string>): Promise<void> {
  if (endpoint.effect === 'untag') {
    // A name that went to another image since it was looked at is not the clean-up's any more.
    const id = /^(?:sha256:)?[0-9a-f]{6,64}$/.test(endpoint.subject) ? endpoint.subject : await imageIdOf(endpoint.subject);
    if (!IMAGE_ID.test(id) || !allowance.imageIds.includes(id)) throw refuse('A clean-up removes only the images that were chosen, by their full ids.');
    // Without `noprune` the engine takes nameless parents along, which nobody chose.
    if (call.query?.['force'] !== false || call.query['noprune'] !== true) throw refuse('A clean-up removes no image by force and none besides the chosen ones.');
    return;
  }
  // Names are given back when the image turns out to be in use.
  if (endpoint.effect === 'tag' && allowance.imageIds.includes(endpoint.subject)) return;
  if (endpoint.effect === 'prune-build-cache') {
    const id = prunedId(call);
    if (id === null || !allowance.buildCacheIds.includes(id)) throw refuse('A clean-up removes only the build cache that was chosen, by exact ids.');
    return;
  }
  if (endpoint.effect === 'remove-volume') {
    if (!isAnonymousVolume(endpoint.subject) || allowance.volumeNames?.includes(endpoint.subject) !== true) throw refuse('A clean-up removes only the volumes without a name that were chosen.');
    return;
  }
  throw refuse(`A clean-up removes images and build cache, so it does not ${call.doing}.`);
}
