import { describe, expect, test } from 'vitest';
import { driftId, type FoundDrift } from '@shared/domain/reconcile/find-drifts';
import { mayHealItself, planHeal } from '@shared/domain/reconcile/plan-heal';

const drift = (service: string, field: string, desired: string, actual: string, more: Partial<FoundDrift> = {}): FoundDrift => ({
  id: driftId('p', service, { number: 1, field, desired, actual }), service, number: 1, containerId: `c-${service}`, field, desired, actual, cause: 'crash', why: '', certainAtMs: 0, restartsItself: false, ...more,
});

describe('what heals', () => {
  test('starts and restarts what is there', () => {
    expect(planHeal([drift('api', 'state', 'running', 'exited (137)'), drift('web', 'health', 'healthy', 'unhealthy')])).toEqual({ stop: [], start: ['c-api'], restart: ['c-web'], remake: null });
  });

  test('restarts what holds a namespace that is gone', () => {
    expect(planHeal([drift('side', 'namespace', 'shared with web', 'of an earlier run of web', { cause: 'unknown' })])).toEqual({ stop: [], start: [], restart: ['c-side'], remake: null });
  });

  test('makes anew what is missing or has another shape, in one go with the rest', () => {
    const plan = planHeal([drift('api', 'memory', 'none', '64 MiB'), drift('web', 'state', 'running', 'missing', { containerId: null }), drift('db', 'state', 'running', 'exited (1)'), drift('job', 'health', 'healthy', 'unhealthy'), drift('mq', 'state', 'running', 'paused')]);
    expect(plan).toEqual({ stop: [], start: [], restart: [], remake: { services: ['api', 'db', 'job', 'mq', 'web'], recreate: ['api', 'job', 'mq'] } });
  });

  test('switches for the mode, and stops what is wanted stopped', () => {
    expect(planHeal([drift('', 'mode', 'prod', 'dev', { containerId: null })]).remake).toEqual({ services: null, recreate: [] });
    expect(planHeal([drift('api', 'state', 'stopped', 'running')])).toEqual({ stop: ['c-api'], start: [], restart: [], remake: null });
  });
});

describe('without asking', () => {
  test('crashes and fields are healed; what somebody did, what restarts itself, and unexplained ends are not', () => {
    expect(mayHealItself(drift('api', 'state', 'running', 'exited (3)'))).toBe(true);
    expect(mayHealItself(drift('api', 'memory', 'none', '64 MiB', { cause: 'unknown' }))).toBe(true);
    expect(mayHealItself(drift('api', 'state', 'running', 'exited (0)', { cause: 'unknown' }))).toBe(false);
    expect(mayHealItself(drift('api', 'state', 'running', 'exited (0)', { cause: 'intent' }))).toBe(false);
    expect(mayHealItself(drift('api', 'state', 'running', 'exited (3)', { restartsItself: true }))).toBe(false);
  });
});
