import { describe, expect, it } from 'vitest';
import { PassedChecks, type Passes } from '@main/docker/passed-checks';
import type { EngineEvent } from '@main/docker/types';

const event = (action: string, id = 'a', type: EngineEvent['type'] = 'container'): EngineEvent => ({ type, action, id, attributes: {}, timeNano: 1 });
const container = (more: object = {}) => ({ id: 'a', state: 'running', health: 'starting', startedAt: 't1', ...more }) as never;
const healthOf = (passed: PassedChecks, more?: object): string => (passed.container(container(more)) as { readonly health: string }).health;

describe('a health check that passed ahead of the engine', () => {
  it('makes that run of the container healthy, and what the engine says of it counts more', () => {
    const passed = new PassedChecks();
    expect(healthOf(passed)).toBe('starting');
    passed.note('a', 't1', true);
    expect(healthOf(passed)).toBe('healthy');
    expect(passed.row(container())).toMatchObject({ health: 'healthy' });
    for (const other of [{ startedAt: 't2' }, { id: 'b' }, { state: 'restarting' }]) expect(healthOf(passed, other)).toBe('starting');
    expect(healthOf(passed, { health: 'unhealthy' })).toBe('unhealthy');
  });

  it('is forgotten when the container ends', () => {
    for (const end of [event('die'), event('destroy'), event('health_status: unhealthy')]) {
      const passed = new PassedChecks();
      passed.note('a', 't1', true);
      expect(passed.isNews(event('start', 'b'))).toBe(true);
      expect(passed.isNews(event('pause'))).toBe(true);
      expect(healthOf(passed)).toBe('healthy');
      expect(passed.isNews(end)).toBe(true);
      expect(healthOf(passed)).toBe('starting');
    }
  });

  it('says nothing of rows of a list where events were or are missed: they do not say when their run began', () => {
    const [missed, unheard] = [new PassedChecks(), new PassedChecks()];
    missed.note('a', 't1', true);
    expect(missed.isNews(event('gap', '', 'gap'))).toBe(true);
    unheard.note('a', 't1', false);
    for (const passed of [missed, unheard]) {
      expect(passed.row(container())).toMatchObject({ health: 'starting' });
      expect(healthOf(passed)).toBe('healthy');
    }
  });

  it('is not told a second time when the engine finds it too', () => {
    const passed = new PassedChecks();
    passed.note('a', 't1', true);
    expect(passed.isNews(event('health_status: healthy', 'b'))).toBe(true);
    expect(passed.isNews(event('health_status: healthy'))).toBe(false);
    expect(passed.isNews(event('health_status: healthy'))).toBe(true);
  });

  it('is kept of so many only', () => {
    const passed = new PassedChecks();
    for (let one = 0; one < 1_001; one += 1) passed.note(String(one), 't', true);
    expect([healthOf(passed, { id: '0', startedAt: 't' }), healthOf(passed, { id: '1000', startedAt: 't' })]).toEqual(['starting', 'healthy']);
  });

  it('is known to the next process, and only of that run', async () => {
    let stored: Passes = {};
    const keeper = { load: () => Promise.resolve(stored), save: (passes: Passes) => void (stored = passes) };
    const [first, second] = [new PassedChecks(keeper), new PassedChecks(keeper)];
    first.note('a', 't1', true);
    await first.ready();
    await second.ready();
    expect(healthOf(second)).toBe('healthy');
    expect(healthOf(second, { startedAt: 't2' })).toBe('starting');
    // A row of a list does not say when its run began, and nobody heard the events since.
    expect(second.row(container())).toMatchObject({ health: 'starting' });
    second.note('b', 't9', true);
    await second.ready();
    await Promise.resolve();
    expect(stored).toEqual({ a: 't1', b: 't9' });
  });

  it('keeps the latest two hundred', async () => {
    let stored: Passes = {};
    const passed = new PassedChecks({ load: () => Promise.resolve({}), save: (passes) => void (stored = passes) });
    for (let number = 0; number < 300; number += 1) passed.note(`c${String(number)}`, 't', true);
    await passed.ready();
    await Promise.resolve();
    expect([Object.keys(stored).length, stored['c99'], stored['c100']]).toEqual([200, undefined, 't']);
  });
});
