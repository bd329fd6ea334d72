import { describe, expect, test } from 'vitest';
import { createLifespan } from '@main/runtime/lifespan';
import type { LifespanStep } from '@main/runtime/types';
import { systemClock } from '@main/platform/system-clock';

const NAMES = ['store', 'engine', 'events', 'api', 'worker', 'reconcilers', 'scheduler'] as const;

function world(change: { readonly [name: string]: Partial<LifespanStep> } = {}) {
  const said: string[] = [];
  const done: string[] = [];
  const write = (message: string): void => void said.push(message.replace(/:.*/s, ''));
  const log = { debug: write, info: write, warn: write, error: write };
  const steps = NAMES.map((name): LifespanStep => ({
    name,
    startTimeoutMs: 1_000,
    stopTimeoutMs: 1_000,
    start: () => Promise.resolve(void done.push(`+${name}`)),
    stop: () => Promise.resolve(void done.push(`-${name}`)),
    ...change[name],
  }));
  return { said, done, lifespan: createLifespan({ steps, log, clock: systemClock, firstRetryMs: 1 }) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the life of the process', () => {
  test('goes through the steps in order and back in reverse, and says so in numbered lines', async () => {
    const { said, done, lifespan } = world();
    await lifespan.start();
    await Promise.all([lifespan.stop(), lifespan.stop()]);
    expect(done).toEqual([...NAMES.map((name) => `+${name}`), ...[...NAMES].reverse().map((name) => `-${name}`)]);
    expect(said).toEqual([...NAMES.map((name, index) => `lifespan.start ${index + 1} ${name}`), ...NAMES.map((name, index) => `lifespan.stop ${index + 1} ${name}`).reverse()]);
    expect(lifespan.report().map((one) => [one.step, one.name, one.ok])).toEqual(NAMES.map((name, index) => [index + 1, name, true]));
  });

  test('a step that runs out of time does not hold the others up and is ready later by itself', async () => {
    let arrive: () => void = () => undefined;
    const { said, done, lifespan } = world({ engine: { startTimeoutMs: 5, start: () => new Promise((resolve) => (arrive = () => resolve('there'))) } });
    await lifespan.start();
    expect(done).toContain('+scheduler');
    expect(lifespan.report()[1]).toMatchObject({ name: 'engine', ok: false });
    arrive();
    await until(() => lifespan.report()[1]?.ok === true);
    expect(lifespan.report()[1]).toMatchObject({ ok: true, detail: 'there' });
    expect(said.filter((line) => line.includes('engine'))).toEqual(['lifespan.start 2 engine not yet', 'lifespan.start 2 engine']);
    await lifespan.stop();
  });

  test('a step that fails is tried again until it works', async () => {
    let tries = 0;
    const { lifespan } = world({ api: { start: () => ((tries += 1) < 3 ? Promise.reject(new Error('taken')) : Promise.resolve('ready')) } });
    await lifespan.start();
    await until(() => lifespan.report()[3]?.ok === true);
    expect(tries).toBe(3);
    await lifespan.stop();
  });

  test('a required step that fails ends the start, and everything is still let go of', async () => {
    const { done, lifespan } = world({ api: { required: true, start: () => Promise.reject(new Error('taken')) } });
    await expect(lifespan.start()).rejects.toThrow('taken');
    await lifespan.stop();
    expect(done.filter((one) => one.startsWith('-'))).toEqual([...NAMES].reverse().map((name) => `-${name}`));
  });

  test('a stop that hangs or fails does not keep the others from stopping', async () => {
    const { done, said, lifespan } = world({ worker: { stopTimeoutMs: 5, stop: () => new Promise(() => undefined) }, events: { stop: () => Promise.reject(new Error('no')) } });
    await lifespan.start();
    await lifespan.stop();
    expect(done.at(-1)).toBe('-store');
    expect(said).toContain('lifespan.stop 5 worker');
  });

  test('a stop during the start ends it at once', async () => {
    const { done, lifespan } = world({ engine: { start: () => new Promise(() => undefined) } });
    const starting = lifespan.start();
    await until(() => done.includes('+store'));
    await lifespan.stop();
    await starting;
    expect(done).not.toContain('+events');
  });
});
