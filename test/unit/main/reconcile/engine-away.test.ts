import { expect, test } from 'vitest';
import type { Json } from '@shared/kernel/json';
import type { JournalRow } from '@main/platform/types';
import { EngineAway } from '@main/reconcile/engine-away';
import { Happenings } from '@main/reconcile/happenings';

function openAway(): { readonly away: EngineAway; readonly asked: ((answered: boolean) => Promise<void>)[]; pass(ms: number): void } {
  let now = 100_000;
  const asked: ((answered: boolean) => Promise<void>)[] = [];
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      asked.push(async (answered) => {
        resolve(answered);
        await new Promise((done) => setImmediate(done));
      });
    });
  return { away: new EngineAway({ now: () => now, monotonic: () => now }, answers), asked, pass: (ms) => void (now += ms) };
}

test('after the engine is back nothing is healed for a moment, and what ended meanwhile ended with it', () => {
  const { away, pass } = openAway();
  expect(away.note('connected')).toBe(false);
  expect(away.settled()).toBe(true);
  expect(away.note('unreachable')).toBe(true);
  expect(away.note('connecting')).toBe(false);
  expect(away.settled()).toBe(false);
  // A call may get through before its return is noticed.
  expect(away.absences()).toEqual([{ fromMs: 95_000, toMs: Number.POSITIVE_INFINITY }]);
  pass(10_000);
  expect(away.note('connected')).toBe(true);
  expect(away.settled()).toBe(false);
  expect(away.absences()).toEqual([{ fromMs: 95_000, toMs: 114_000 }]);
  pass(away.settlesInMs());
  expect(away.settled()).toBe(true);
});

test('an engine that answers after an end has not ended it', async () => {
  const { away, asked, pass } = openAway();
  away.noteEnd();
  away.noteEnd();
  away.noteEnd();
  expect(asked.length).toBe(1);
  pass(20);
  await asked[0]?.(true);
  expect(asked.length).toBe(2);
  pass(20);
  await asked[1]?.(true);
  expect(asked.length).toBe(2);
  pass(1_000);
  away.note('unreachable');
  away.note('connected');
  expect(away.absences().at(-1)?.fromMs).toBe(100_020);
});

test('neither a late answer nor none says that it lived', async () => {
  const { away, asked, pass } = openAway();
  away.noteEnd();
  pass(600);
  await asked[0]?.(true);
  away.noteEnd();
  await asked[1]?.(false);
  away.noteBreak();
  expect(away.absences()).toEqual([{ fromMs: 95_600, toMs: 104_600 }]);
  expect(away.settled()).toBe(false);
});

test('what the engine says is kept per project, bounded, without the noise', async () => {
  const happenings = new Happenings(() => Promise.resolve([]));
  const event = (action: string, more: { readonly [key: string]: string } = {}) => ({ type: 'container' as const, action, id: 'c1', attributes: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api', ...more }, timeNano: 5e6 });
  for (let index = 0; index < 10_000; index += 1) expect(happenings.note(event('die', { exitCode: '3' }), () => [], 0)).toBe('shop');
  expect((await happenings.of('shop')).length).toBeLessThanOrEqual(400);
  expect((await happenings.of('shop')).at(-1)).toEqual({ containerId: 'c1', service: 'api', action: 'die', atMs: 5, exitCode: 3, own: false });
  expect(happenings.note(event('health_status: healthy'), () => [], 0)).toBe('shop');
  expect(happenings.note(event('exec_start'), () => [], 0)).toBeNull();
  expect(happenings.note(event('die', { 'com.docker.compose.oneoff': 'True' }), () => [], 0)).toBeNull();
  expect(await happenings.of('other')).toEqual([]);
});

test('what happens while operations run is theirs only where their journals say that they did it', async () => {
  const row = (seq: number, name: string, data: Json, phase = 'intent'): JournalRow => ({ operationId: 'o1', seq, name, phase, data, at: '' });
  const journals: { readonly [id: string]: readonly JournalRow[] } = {
    o1: [row(1, 'container.stop', { id: 'stopped' }), row(2, 'container.remove', { id: 'removed' }), row(3, 'container.start', { id: 'started' }), row(4, 'container.remove', { id: 'elsewhere' }, 'note'), row(5, 'container.remove', { id: 'undone' }, 'undo-intent')],
    o2: [],
  };
  let reads = 0;
  const happenings = new Happenings((id) => {
    reads += 1;
    return Promise.resolve(journals[id] ?? []);
  });
  const said = (action: string, id: string) => happenings.note({ type: 'container' as const, action, id, attributes: { 'com.docker.compose.project': 'shop' }, timeNano: 1 }, () => ['o2', 'o1'], 0);
  for (const [action, id] of [['die', 'stopped'], ['stop', 'stopped'], ['destroy', 'removed'], ['destroy', 'stopped'], ['destroy', 'started'], ['die', 'started'], ['destroy', 'elsewhere'], ['destroy', 'unknown'], ['destroy', 'undone']] as const) said(action, id);
  expect((await happenings.of('shop')).map((one) => `${one.action} ${one.containerId} ${String(one.own)}`)).toEqual(['die stopped true', 'stop stopped true', 'destroy removed true', 'destroy stopped false', 'destroy started false', 'die started false', 'destroy elsewhere false', 'destroy unknown false', 'destroy undone true']);
  const read = reads;
  await happenings.of('shop');
  expect(reads).toBe(read);
});
