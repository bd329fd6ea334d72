import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SequencedEvent } from '@shared/contract/events';
import { downtimeMs, EMPTY_MODEL, isDryRun, runningOperation, switchTarget, withEvent, type Model, type Operation } from '../../../src/renderer/src/lib/model';

const base: Operation = {
  id: 'op_1', kind: 'modes.switch', key: 'project:p_1', title: 'Switch shop to prod', projectId: 'p_1', state: 'running',
  progress: { step: 1, of: 9, message: 'Building' }, input: { project: 'p_1', mode: 'prod' }, result: null, error: null, cancellable: true,
  createdAt: '2026-01-01T00:00:00.000Z', startedAt: '2026-01-01T00:00:00.000Z', finishedAt: null,
  workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1,
};

let seq = 0;
function operationEvent(change: Partial<Operation>, atMs = 0): SequencedEvent {
  return { seq: (seq += 1), at: new Date(atMs).toISOString(), event: { type: 'operation.changed', operation: { ...base, ...change } } };
}

function after(events: readonly SequencedEvent[], model: Model = EMPTY_MODEL): Model {
  return events.reduce(withEvent, model);
}

function withServices(services: Record<string, string>, atMs: number, state: Operation['state'] = 'running'): SequencedEvent {
  return operationEvent({ state, progress: { ...base.progress, services } }, atMs);
}

describe('the window’s model', () => {
  it('follows a setting that is changed, once the settings are known', () => {
    const setting = { key: 'heal.maxTries', value: 5, default: 5, title: '', description: '', range: '' };
    const changed = (key: string): SequencedEvent => ({ seq: (seq += 1), at: new Date().toISOString(), event: { type: 'settings.changed', key, value: 7 } });
    expect(after([changed('heal.maxTries')]).settings).toBeNull();
    const model = { ...EMPTY_MODEL, settings: [setting, { ...setting, key: 'other' }] };
    expect(after([changed('heal.maxTries')], model).settings?.map((one) => one.value)).toEqual([7, 5]);
    expect(after([changed('not.known')], model).settings).toEqual(model.settings);
  });

  it('shows the schedules that were told last', () => {
    const told = (ids: readonly string[]): SequencedEvent => ({ seq: (seq += 1), at: new Date().toISOString(), event: { type: 'schedules.changed', schedules: ids.map((id) => ({ id, kind: 'services.stop', input: {}, everySeconds: 600, enabled: true, nextAt: '', lastAt: null, lastOperationId: null })) } });
    expect(EMPTY_MODEL.schedules).toBeNull();
    expect(after([told(['s_1']), told(['s_1', 's_2'])]).schedules?.map((one) => one.id)).toEqual(['s_1', 's_2']);
    expect(after([told(['s_1']), told([])]).schedules).toEqual([]);
  });

  it('ignores events it has seen: replaying any part of the stream changes nothing', () => {
    const states = fc.constantFrom<Operation['state']>('queued', 'running', 'succeeded', 'failed', 'rolled-back');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('op_1', 'op_2', 'op_3'), states), { maxLength: 20 }), fc.nat(20), (steps, from) => {
        const events = steps.map(([id, state], index): SequencedEvent => ({ seq: index + 1, at: new Date(index).toISOString(), event: { type: 'operation.changed', operation: { ...base, id, state } } }));
        const once = after(events);
        expect(after(events.slice(from), once)).toEqual(once);
      }),
    );
  });

  it('puts a new operation first and keeps the place of a known one', () => {
    const model = after([operationEvent({ id: 'a' }), operationEvent({ id: 'b' }), operationEvent({ id: 'a', state: 'succeeded' })]);
    expect(model.operations?.map((one) => [one.id, one.state])).toEqual([['b', 'running'], ['a', 'succeeded']]);
  });

  it('asks for new checks when files change and once when an operation of the project ends', () => {
    const ended = after([operationEvent({}), operationEvent({ state: 'succeeded' }), operationEvent({ state: 'succeeded' })]);
    expect(ended.revisions['p_1']).toBe(1);
    expect(withEvent(ended, { seq: (seq += 1), at: new Date().toISOString(), event: { type: 'files.changed', projectId: 'p_1', files: [] } }).revisions['p_1']).toBe(2);
  });

  it('takes the active mode of a project from its services', () => {
    const projects = [{ id: 'p_1', name: 'shop', dir: '/shop', modes: [], activeMode: 'dev', trusted: true, trustQuestions: [] }];
    const model = withEvent({ ...EMPTY_MODEL, projects }, { seq: 900, at: new Date().toISOString(), event: { type: 'services.changed', projectId: 'p_1', services: { mode: 'prod', health: 'healthy', summary: '', services: [] } } });
    expect(model.projects?.[0]?.activeMode).toBe('prod');
  });

  it('counts downtime from the stop of a service until it answers again', () => {
    const stopping = after([withServices({ api: 'waiting' }, 0), withServices({ api: 'stopping' }, 1_000)]);
    expect(downtimeMs(stopping.tracks['op_1'], 1_400)).toBe(400);
    const back = after([withServices({ api: 'starting' }, 1_200), withServices({ api: 'checking' }, 1_300), withServices({ api: 'done' }, 1_800)], stopping);
    expect(downtimeMs(back.tracks['op_1'], 9_000)).toBe(800);
  });

  it('stops counting when the operation ends, however it ended', () => {
    const ended = after([withServices({ api: 'stopping' }, 1_000), withServices({ api: 'stopping' }, 1_500, 'rolled-back')]);
    expect(downtimeMs(ended.tracks['op_1'], 60_000)).toBe(500);
  });

  it('counts nothing for a service that was not there before', () => {
    const model = after([withServices({ api: 'creating' }, 0), withServices({ api: 'starting' }, 1_000)]);
    expect(downtimeMs(model.tracks['op_1'], 5_000)).toBe(0);
  });

  it('keeps the last lines of a log', () => {
    const logged = (text: string): SequencedEvent => ({ seq: (seq += 1), at: new Date().toISOString(), event: { type: 'operation.logged', operationId: 'op_1', service: 'api', text } });
    const model = after([logged('one\ntwo'), ...Array.from({ length: 500 }, (_, index) => logged(`line ${index}`))]);
    expect(model.tracks['op_1']?.log).toHaveLength(400);
    expect(model.tracks['op_1']?.log.at(-1)?.text).toBe('line 499');
  });

  it('finds the running operation of a project, previews of fixes left out', () => {
    const preview: Operation = { ...base, id: 'preview', kind: 'checks.fix', input: { dryRun: true } };
    expect(isDryRun(preview)).toBe(true);
    expect(runningOperation([preview, base], 'p_1')?.id).toBe('op_1');
    expect(runningOperation([{ ...base, state: 'succeeded' }], 'p_1')).toBeNull();
    expect(switchTarget({ ...base, result: { from: 'dev' } })).toEqual({ to: 'prod', from: 'dev' });
  });
});
