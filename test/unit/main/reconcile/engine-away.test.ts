import { expect, test } from 'vitest';
import { EngineAway } from '@main/reconcile/engine-away';
import { Happenings } from '@main/reconcile/happenings';

test('after the engine is back nothing is healed for a moment, and what ended meanwhile ended with it', () => {
  let now = 100_000;
  const away = new EngineAway({ now: () => now, monotonic: () => now });
  expect(away.note('connected')).toBe(false);
  expect(away.settled()).toBe(true);
  expect(away.note('unreachable')).toBe(true);
  expect(away.note('connecting')).toBe(false);
  expect(away.settled()).toBe(false);
  now += 10_000;
  expect(away.note('connected')).toBe(true);
  expect(away.settled()).toBe(false);
  expect(away.window()).toEqual({ fromMs: 95_000, toMs: 114_000 });
  now += away.settlesInMs();
  expect(away.settled()).toBe(true);
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
