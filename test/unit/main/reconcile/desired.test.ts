import { beforeEach, expect, it } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import { DesiredStates } from '@main/reconcile/desired';

const PROJECT = 'p_1';
let records: Map<string, JsonObject>;
let operations: Operation[];
let desired: DesiredStates;
let minute = 0;

beforeEach(() => {
  records = new Map();
  operations = [];
  desired = new DesiredStates(
    {
      getRecord: (_kind, id) => Promise.resolve(records.has(id) ? ({ data: records.get(id) } as never) : null),
      patchRecord: (_kind, id, data) => {
        records.set(id, { ...records.get(id), ...data });
        return Promise.resolve(undefined as never);
      },
      removeRecord: () => Promise.resolve(undefined as never),
    },
    { list: () => Promise.resolve(operations) },
  );
});

function did(kind: string, input: JsonObject, result: JsonObject = {}): void {
  minute += 1;
  operations.push({ kind, input, result, state: 'succeeded', finishedAt: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z` } as unknown as Operation);
}
const nothingRuns = () => Promise.resolve({ active: null, idle: [] });

it('wants what a switch and a whole rebuild were for, and of a service that was rebuilt that it runs', async () => {
  did('modes.switch', { mode: 'dev' });
  did('services.stop', { services: ['web'] }, { services: ['web'] });
  did('services.rebuild', { mode: 'dev', services: ['web'] }, { services: ['web'] });
  expect(await desired.of(PROJECT, nothingRuns)).toEqual({ mode: 'dev', services: { web: 'running' } });
  did('services.rebuild', { mode: 'prod', services: [] }, { services: ['web', 'api'] });
  expect(await desired.of(PROJECT, nothingRuns)).toEqual({ mode: 'prod', services: {} });
});

it('wants nothing of a project that was cleaned and not started again, also once the operation is forgotten', async () => {
  did('modes.switch', { mode: 'dev' });
  expect((await desired.of(PROJECT, nothingRuns)).mode).toBe('dev');
  did('projects.clean', { dryRun: true });
  expect((await desired.of(PROJECT, nothingRuns)).mode).toBe('dev');
  did('projects.clean', { dryRun: false });
  expect(await desired.of(PROJECT, nothingRuns)).toEqual({ mode: null, services: {} });
  operations = [];
  expect(await desired.of(PROJECT, nothingRuns)).toEqual({ mode: null, services: {} });
  did('modes.switch', { mode: 'dev' });
  expect((await desired.of(PROJECT, nothingRuns)).mode).toBe('dev');
});

it('wants as many of a service as it was scaled to, until something brings back what the files say', async () => {
  did('modes.switch', { mode: 'dev' });
  did('services.scale', { mode: 'dev', service: 'web', services: ['web'], count: 3 }, { services: ['web'] });
  did('services.scale', { mode: 'dev', service: 'api', services: ['api'], count: 9, dryRun: true });
  expect(await desired.of(PROJECT, nothingRuns)).toEqual({ mode: 'dev', services: { web: 'running' }, counts: { web: 3 } });
  did('services.restart', { services: ['web'] }, { services: ['web'] });
  expect(await desired.of(PROJECT, nothingRuns)).toMatchObject({ counts: { web: 3 } });
  did('services.scale', { mode: 'dev', service: 'db', services: ['db'], count: 0 }, { services: ['db'] });
  did('services.up', { mode: 'dev', services: ['web'] }, { services: ['web'] });
  did('services.remove', { mode: 'dev', services: ['api'] }, { services: ['api'] });
  expect(await desired.of(PROJECT, nothingRuns)).toEqual({ mode: 'dev', services: { web: 'running', db: 'stopped', api: 'stopped' }, counts: { db: 0 } });
  did('services.up', { mode: 'dev', services: [] }, { services: ['api', 'db'] });
  expect(await desired.of(PROJECT, nothingRuns)).toEqual({ mode: 'dev', services: {} });
});
