import { expect, test } from 'vitest';
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

test('what the engine says is kept per project, bounded, without the noise', () => {
  const happenings = new Happenings();
  const event = (action: string, more: { readonly [key: string]: string } = {}) => ({ type: 'container' as const, action, id: 'c1', attributes: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api', ...more }, timeNano: 5e6 });
  for (let index = 0; index < 10_000; index += 1) expect(happenings.note(event('die', { exitCode: '3' }), () => true, 0)).toBe('shop');
  expect(happenings.of('shop').length).toBeLessThanOrEqual(400);
  expect(happenings.of('shop').at(-1)).toEqual({ containerId: 'c1', service: 'api', action: 'die', atMs: 5, exitCode: 3, own: true });
  expect(happenings.note(event('health_status: healthy'), () => false, 0)).toBe('shop');
  expect(happenings.note(event('exec_start'), () => false, 0)).toBeNull();
  expect(happenings.note(event('die', { 'com.docker.compose.oneoff': 'True' }), () => false, 0)).toBeNull();
  expect(happenings.of('other')).toEqual([]);
});
