import { describe, expect, it } from 'vitest';
import { Emitter } from '@shared/kernel/emitter';
import type { SettingKey } from '@shared/domain/settings/settings';
import { engineChoiceHandlers } from '@main/diagnostics/engine-choice';
import type { ListedPlaces } from '@main/docker/types';
import type { CallContext } from '@main/dispatch/types';

const call: CallContext = { door: 'cli', signal: new AbortController().signal };
const place = (name: string, more: Partial<ListedPlaces['places'][number]> = {}): ListedPlaces['places'][number] => ({ name, uri: `unix:///${name}.sock`, origin: name, used: false, local: true, look: { state: 'answers', apiVersion: '1.47' }, ...more });

function world(given: Partial<ListedPlaces> = {}, running = 0) {
  const found: ListedPlaces = { places: [place('one', { used: true }), place('two'), place('far', { local: false, uri: 'ssh://far', look: { state: 'refuses', reason: 'Berth does not connect to Docker over SSH.' } }), place('gone', { look: { state: 'absent', reason: 'not there' } })], chosen: '', decidedBy: null, currentContext: null, ...given };
  const changed = new Emitter<SettingKey>();
  const done: string[] = [];
  let allow: ((value: string) => Promise<void>) | undefined;
  let chosen = '';
  const settings = {
    get: () => chosen,
    set: async (_key: string, value: string) => {
      if (value !== chosen) await allow?.(value);
      if (value !== chosen) changed.emit('engine.endpoint');
      chosen = value;
      return {};
    },
    guard: (_key: string, given: (value: string) => Promise<void>) => void (allow = given),
    onChanged: (listener: (key: SettingKey) => void) => changed.on(listener),
  };
  const engine = { places: () => Promise.resolve(found), change: () => Promise.resolve(void done.push('change')).then(() => ({ state: 'connecting' as const })) };
  const handlers = engineChoiceHandlers({ engine, settings: settings as never, operations: { counters: () => ({ running }) } });
  return { done, use: (name: string) => handlers['engine.use']({ name }, call), list: () => handlers['engine.list']({}, call), chosen: () => chosen };
}

describe('choosing an engine', () => {
  it('lists every place, and says why one is used', async () => {
    const { reason, places } = await world().list();
    expect(reason).toBe('one is used: it is the first of the usual places that answers.');
    expect(places[0]).toEqual({ name: 'one', uri: 'unix:///one.sock', origin: 'one', used: true, usable: true, state: 'answers', apiVersion: '1.47', detail: '' });
    expect(places[2]).toMatchObject({ name: 'far', usable: false, state: 'refuses', detail: 'Berth does not connect to Docker over SSH.' });
  });

  it('keeps the choice and connects anew, and goes back to the automatic one', async () => {
    const one = world();
    await one.use('two');
    expect(one.chosen()).toBe('two');
    expect(one.done.length).toBeGreaterThan(0);
    await one.use('automatic');
    expect(one.chosen()).toBe('');
  });

  it.each([
    ['nothing', {}, 0, 'not-found'],
    ['far', {}, 0, 'not-supported'],
    ['two', { decidedBy: 'DOCKER_HOST' as const }, 0, 'not-supported'],
    ['automatic', { decidedBy: 'DOCKER_CONTEXT' as const }, 0, 'not-supported'],
    ['two', {}, 1, 'busy'],
  ])('%s is refused', async (name, given, running, code) => {
    const one = world(given, running);
    await expect(one.use(name)).rejects.toMatchObject({ code });
    expect(one.done).toEqual([]);
    expect(one.chosen()).toBe('');
  });

  it('names what there is when a name is wrong', async () => {
    await expect(world().use('tow')).rejects.toMatchObject({ hint: 'There are one, two.' });
  });
});
