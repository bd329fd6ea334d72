import type { OutputOf } from '@shared/contract/contract';
import { whyEngine } from '@shared/domain/engine/why-engine';
import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import type { Engine, ListedPlace, ListedPlaces } from '@main/docker/types';
import type { Operations } from '@main/operations/types';
import type { Settings } from '@main/settings/types';
import { engineView } from './engine-handlers';

/** The word for no choice of one's own. */
const AUTOMATIC = 'automatic';

export interface EngineChoiceDependencies {
  readonly engine: Pick<Engine, 'places' | 'change'>;
  readonly settings: Pick<Settings, 'get' | 'set' | 'guard' | 'onChanged'>;
  readonly operations: Pick<Operations, 'counters'>;
}

/** Binds `engine.list` and `engine.use`, and makes the connection follow the setting, whoever changes it. */
export function engineChoiceHandlers(deps: EngineChoiceDependencies): Pick<Handlers, 'engine.list' | 'engine.use'> {
  const { engine, settings } = deps;
  settings.guard('engine.endpoint', (value) => allowed(deps, String(value)));
  settings.onChanged((key) => key === 'engine.endpoint' && void engine.change());
  return {
    'engine.list': async () => listed(await engine.places()),
    async 'engine.use'({ name }) {
      const chosen = name.trim() === AUTOMATIC ? '' : name.trim();
      if (settings.get('engine.endpoint') === chosen) await allowed(deps, chosen);
      await settings.set('engine.endpoint', chosen);
      return engineView(await engine.change());
    },
  };
}

function listed(found: ListedPlaces): OutputOf<'engine.list'> {
  const used = found.places.find((place) => place.used) ?? null;
  return {
    chosen: found.chosen,
    reason: whyEngine({ ...found, used }),
    places: found.places.map(({ name, uri, origin, used: isUsed, local, look }) => ({
      name,
      uri,
      origin,
      used: isUsed,
      usable: local,
      state: look.state,
      apiVersion: look.state === 'answers' ? look.apiVersion : '',
      detail: look.state === 'answers' ? '' : look.reason,
    })),
  };
}

/** What is under way must not carry on with another engine, and what the environment says comes first. */
async function allowed({ engine, operations }: EngineChoiceDependencies, chosen: string): Promise<void> {
  const found = await engine.places();
  if (found.decidedBy !== null) throw new AppError('not-supported', `${found.decidedBy} is set where Berth was started, and that decides which engine is used.`, { hint: `Unset ${found.decidedBy} and start Berth again.` });
  const place = found.places.find((one) => one.name === chosen || one.uri === chosen);
  if (chosen !== '' && place === undefined && !chosen.includes('://')) throw new AppError('not-found', `There is no engine “${chosen.slice(0, 100)}”.`, { hint: `There ${namesOf(found.places)}.` });
  if (place?.local === false) throw new AppError('not-supported', `${place.name} cannot be used: ${place.look.state === 'answers' ? 'it is another machine.' : place.look.reason}`, { hint: 'Berth works with engines of this machine. Forward the socket of another one to a socket here, and name that.' });
  const { running = 0 } = operations.counters();
  if (running > 0) throw new AppError('busy', `${running === 1 ? 'An operation runs' : `${String(running)} operations run`} on the engine that is in use.`, { hint: 'Wait for the end, or cancel, then choose the engine.' });
}

function namesOf(places: readonly ListedPlace[]): string {
  const names = places.filter((one) => one.local && one.look.state !== 'absent').map((one) => one.name);
  return names.length === 0 ? 'is none here' : `${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
}
