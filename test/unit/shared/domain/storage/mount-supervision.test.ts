import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backOffMs, endedWell, newSupervision, supervise, SUPERVISION_MS, type MountSight, type PointSight, type Supervised, type Supervision, type SupervisionEvent } from '@shared/domain/storage/mount-supervision';

const POINTS = ['/mnt/s3/data', '/mnt/s3/index'];
const HERE = { reachable: true, detail: '' };
const AWAY = { reachable: false, detail: 'it does not run.' };

function sightOf(container: MountSight['container'], s3: MountSight['s3'], ...seen: readonly PointSight[]): MountSight {
  return { container, exitCode: container === 'ended' ? 137 : 0, s3, points: new Map(POINTS.map((point, index) => [point, seen[index] ?? seen[0] ?? 'absent'])) };
}

const looked = (atMs: number, sight: MountSight): SupervisionEvent => ({ kind: 'looked', atMs, sight });
const wanted = (): Supervision => supervise(newSupervision(POINTS), { kind: 'wanted', atMs: 0 }).next;
const healthy = (atMs = 1_000): Supervision => supervise(wanted(), looked(atMs, sightOf('running', HERE, 'ok'))).next;
const statesOf = ({ next }: Supervised): readonly string[] => [...next.points.values()].map(({ state }) => state);

/** Runs events one after the other; resolves with every step. */
function run(from: Supervision, events: readonly SupervisionEvent[]): readonly Supervised[] {
  const steps: Supervised[] = [];
  for (const event of events) steps.push(supervise(steps.at(-1)?.next ?? from, event));
  return steps;
}

const anySight: fc.Arbitrary<MountSight> = fc.record({
  container: fc.constantFrom('missing' as const, 'ended' as const, 'paused' as const, 'running' as const),
  exitCode: fc.constantFrom(0, 1, 137, 143),
  s3: fc.constantFrom(HERE, AWAY),
  points: fc.tuple(...POINTS.map(() => fc.constantFrom<PointSight>('ok', 'absent', 'broken', 'hung', 'foreign'))).map((seen) => new Map(POINTS.map((point, index) => [point, seen[index] ?? 'absent']))),
});
const anyEvents = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 40_000 }), what: fc.oneof({ weight: 8, arbitrary: anySight }, fc.constantFrom('acted' as const, 'failed' as const, 'blind' as const, 'wanted' as const, 'unwanted' as const)) }), { maxLength: 60 }).map((list) => {
  let atMs = 0;
  return list.map(({ afterMs, what }): SupervisionEvent => {
    atMs += afterMs;
    if (typeof what === 'object') return looked(atMs, what);
    if (what === 'acted' || what === 'failed') return { kind: 'acted', atMs, failure: what === 'acted' ? null : 'It did not work.' };
    return what === 'blind' ? { kind: 'blind', atMs, reason: 'The engine is away.' } : { kind: what, atMs };
  });
});

describe('the state machine of a mount container', () => {
  test('starts, and is healthy once every mount answers', () => {
    const steps = run(wanted(), [looked(0, sightOf('missing', HERE)), { kind: 'acted', atMs: 700, failure: null }, looked(700, sightOf('running', HERE, 'ok', 'absent')), looked(1_000, sightOf('running', HERE, 'ok'))]);
    expect(steps.map(({ action }) => action.kind)).toEqual(['start', 'probe', 'wait', 'wait']);
    expect(steps.map(statesOf)).toEqual([['starting', 'starting'], ['starting', 'starting'], ['healthy', 'starting'], ['healthy', 'healthy']]);
    expect(steps[3]?.action).toEqual({ kind: 'wait', ms: SUPERVISION_MS.healthy });
  });

  test('waits for S3 before it starts anything, however long that takes', () => {
    const steps = run(wanted(), Array.from({ length: 100 }, (_, index) => looked(index * 1_000, sightOf('missing', AWAY))));
    expect(new Set(steps.map(({ action }) => action.kind))).toEqual(new Set(['wait']));
    expect(steps.at(-1)?.next.points.get('/mnt/s3/data')).toEqual({ state: 'starting', detail: 'Waits for S3: it does not run.' });
  });

  test('starts a killed container at once', () => {
    const [step] = run(healthy(), [looked(90_000, sightOf('ended', HERE, 'broken'))]);
    expect(step?.action).toEqual({ kind: 'start' });
    expect([...(step?.next.points.values() ?? [])][0]).toEqual({ state: 'recovering', detail: 'Its container ended with code 137. Mounts the bucket again.' });
  });

  test('takes stale mounts away before it waits for S3, and before a container is made anew', () => {
    expect(run(healthy(), [looked(90_000, sightOf('ended', AWAY, 'broken', 'absent'))])[0]?.action).toEqual({ kind: 'clean-up', points: ['/mnt/s3/data'] });
    expect(run(healthy(), [looked(90_000, sightOf('missing', HERE, 'broken'))])[0]?.action).toEqual({ kind: 'clean-up', points: POINTS });
  });

  test('revives only what hangs, and only after three looks', () => {
    const hung = sightOf('running', HERE, 'hung', 'ok');
    const steps = run(healthy(), [looked(90_000, hung), looked(92_000, hung), looked(94_000, hung)]);
    expect(steps.map(({ action }) => action)).toEqual([{ kind: 'wait', ms: SUPERVISION_MS.soon }, { kind: 'wait', ms: SUPERVISION_MS.soon }, { kind: 'revive', points: ['/mnt/s3/data'] }]);
    expect(steps.map(statesOf)).toEqual([['degraded', 'healthy'], ['degraded', 'healthy'], ['recovering', 'healthy']]);
  });

  test('leaves a program that ended to the entry of its container for a while', () => {
    const broken = sightOf('running', HERE, 'broken', 'ok');
    const steps = run(healthy(), [looked(90_000, broken), looked(95_000, broken), looked(109_999, broken), looked(110_000, broken)]);
    expect(steps.map(({ action }) => action.kind)).toEqual(['wait', 'wait', 'wait', 'revive']);
    expect(steps.map(statesOf)[0]).toEqual(['recovering', 'healthy']);
  });

  test('makes the container start again when revivals do not help, in growing pauses', () => {
    let state = healthy();
    const acts: { readonly kind: string; readonly atMs: number }[] = [];
    for (let atMs = 90_000; atMs < 600_000; atMs += 500) {
      const { next, action } = supervise(state, looked(atMs, sightOf('running', HERE, 'hung')));
      state = next;
      if (action.kind === 'wait') continue;
      acts.push({ kind: action.kind, atMs });
      state = supervise(state, { kind: 'acted', atMs, failure: null }).next;
    }
    expect(acts.slice(0, 6).map(({ kind }) => kind)).toEqual(['revive', 'revive', 'restart', 'revive', 'revive', 'restart']);
    const gaps = acts.slice(1).map(({ atMs }, index) => atMs - (acts[index]?.atMs ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(SUPERVISION_MS.backOffMax + 2_000);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(SUPERVISION_MS.backOffMax);
    expect(state.points.get('/mnt/s3/data')?.state).toBe('degraded');
  });

  test('is degraded while S3 is away, touches nothing, and is well again with it', () => {
    const steps = run(healthy(), [looked(40_000, sightOf('running', AWAY, 'ok')), looked(41_000, sightOf('running', AWAY, 'hung', 'ok')), looked(200_000, sightOf('running', AWAY, 'hung', 'ok')), looked(201_000, sightOf('running', HERE, 'ok'))]);
    expect(steps.map(({ action }) => action.kind)).toEqual(['wait', 'wait', 'wait', 'wait']);
    expect(steps.map(statesOf)).toEqual([['degraded', 'degraded'], ['degraded', 'degraded'], ['degraded', 'degraded'], ['healthy', 'healthy']]);
  });

  test('gives up where nothing can be mounted, and says why', () => {
    const { next, action } = supervise(wanted(), { kind: 'impossible', atMs: 0, reason: 'There is no FUSE here.' });
    expect(action).toEqual({ kind: 'give-up' });
    expect([...next.points.values()][0]).toEqual({ state: 'impossible', detail: 'There is no FUSE here.' });
  });

  test('counts ends by TERM as well done, and pauses 1, 2, 4 … 60 s', () => {
    expect([0, 143, 137, 1].map(endedWell)).toEqual([true, true, false, false]);
    expect([0, 1, 2, 3, 6, 7, 8, 1_000].map(backOffMs)).toEqual([0, 1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
    expect(run(healthy(), [looked(90_000, { ...sightOf('ended', HERE, 'absent'), exitCode: 143 })])[0]?.next.points.get('/mnt/s3/data')?.detail).toContain('ended from outside');
  });
});

describe('for every history', () => {
  test('nothing is started, revived or ended while S3 is away or the mounts are not wanted', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        let state = newSupervision(POINTS);
        for (const event of events) {
          const { next, action } = supervise(state, event);
          if (event.kind === 'looked' && ['start', 'revive', 'restart', 'clean-up'].includes(action.kind)) {
            expect(state.wanted).toBe(true);
            expect(event.sight.s3.reachable || action.kind === 'clean-up').toBe(true);
          }
          if (action.kind === 'revive' && event.kind === 'looked') for (const point of action.points) expect(event.sight.points.get(point)).not.toBe('ok');
          if (action.kind === 'clean-up' && event.kind === 'looked') expect(event.sight.container).not.toBe('running');
          if (action.kind === 'wait') expect(action.ms > 0 && action.ms <= SUPERVISION_MS.backOffMax).toBe(true);
          state = next;
        }
      }),
    );
  });

  test('attempts keep their distance: there is no loop', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        let state = newSupervision(POINTS);
        let last: { readonly atMs: number; readonly attempts: number } | null = null;
        for (const event of events) {
          const { next, action } = supervise(state, event);
          if (event.kind === 'wanted' || event.kind === 'unwanted') last = null;
          // What held for a while begins anew.
          if (next.attempts === 0) last = null;
          if (action.kind === 'start' || action.kind === 'revive' || action.kind === 'restart') {
            if (last !== null) expect(event.atMs - last.atMs).toBeGreaterThanOrEqual(backOffMs(last.attempts));
            last = { atMs: event.atMs, attempts: next.attempts };
          }
          state = next;
        }
      }),
    );
  });

  test('one good look makes everything healthy', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const state = run(newSupervision(POINTS), events).at(-1)?.next ?? newSupervision(POINTS);
        if (!state.wanted) return;
        expect(statesOf(supervise(state, looked(10_000_000, sightOf('running', HERE, 'ok'))))).toEqual(['healthy', 'healthy']);
      }),
    );
  });
});
