import { decidingVariable, engineAddress, enginePlaces, isLocalAddress, type EnginePlace } from '@shared/domain/engine/candidates';
import { candidateInput, lookAtPlace, type FindEngineOptions } from './find-engine';
import type { EngineState, ListedPlace, ListedPlaces } from './types';

/** An engine on the same machine answers in a few milliseconds; the list must not wait for one that hangs. */
const LOOK_MS = 1_500;

/** Every place an engine may be at, looked at now, and which of them is used. Never rejects. */
export async function listPlaces(find: FindEngineOptions, state: EngineState): Promise<ListedPlaces> {
  const input = await candidateInput(find);
  const used = state.state === 'connected' ? state.info.endpoint.uri : null;
  const places = await Promise.all(enginePlaces(input).map((place) => lookedAt(find, place, used)));
  return { places, chosen: input.chosen ?? '', decidedBy: decidingVariable(input), currentContext: input.currentContext ?? null };
}

async function lookedAt(find: FindEngineOptions, place: EnginePlace, used: string | null): Promise<ListedPlace> {
  const address = engineAddress(place.uri, false);
  const { name, uri, origin } = place;
  if (address.kind === 'unsupported') return { name, uri, origin, used: false, local: false, look: { state: 'refuses', reason: `${address.message} ${address.hint}` } };
  const local = isLocalAddress(uri);
  // Nobody asked for a call to another machine, and it is not taken anyway; the one that DOCKER_HOST names is in use.
  const look: ListedPlace['look'] = local || uri === used ? await lookAtPlace(find, place, LOOK_MS) : { state: 'refuses', reason: 'It is another machine: Berth works with engines of this one.' };
  return { name, uri, origin, used: uri === used, local, look };
}
