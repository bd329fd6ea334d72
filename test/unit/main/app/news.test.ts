import { describe, expect, it } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { actionWord, createNewsroom, type Newsroom } from '@main/app/news';
import { english } from '@main/app/words/en';
import { wordsFor } from '@main/app/words/words';

type Alert = Extract<BerthEvent, { readonly type: 'alerts.changed' }>['alerts'][number];
type Operation = Extract<BerthEvent, { readonly type: 'operation.changed' }>['operation'];

const alert: Alert = { id: 'a1', code: 'CRASH-LOOP', severity: 'error', projectId: 'p_1', service: 'api', message: 'api crashed 5 times.', hint: 'Look at its log.', raisedAt: '', count: 1, clearedAt: null, dismissed: false };
const operation: Operation = { id: 'op_1', kind: 'services.start', key: 'k', title: 'Start shop', projectId: 'p_1', state: 'running', progress: { step: 0, of: 1, message: '' }, input: {}, result: null, error: null, cancellable: false, createdAt: '', startedAt: null, finishedAt: null, workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1 };
const alerts = (...list: readonly Alert[]): BerthEvent => ({ type: 'alerts.changed', alerts: [...list] });
const changed = (change: Partial<Operation>): BerthEvent => ({ type: 'operation.changed', operation: { ...operation, ...change } });
const room = (wanted: 'all' | 'failures' | 'none' = 'failures'): Newsroom => createNewsroom(() => wanted, () => english);

describe('what is worth a notification', () => {
  it('tells of an alert once while it stands, and again when it comes back', () => {
    const { newsOf } = room();
    expect(newsOf(alerts(alert))).toEqual([{ title: 'api crashed 5 times.', body: 'Look at its log.', urgent: true, command: { type: 'show-project', projectId: 'p_1' }, actions: [{ type: 'show' }] }]);
    expect(newsOf(alerts({ ...alert, count: 2 }))).toEqual([]);
    expect(newsOf(alerts())).toEqual([]);
    expect(newsOf(alerts(alert))).toHaveLength(1);
  });

  it('says nothing of what stood at the start, was put away, has ended or is only a note', () => {
    const own = room();
    own.know([alert]);
    expect(own.newsOf(alerts(alert, { ...alert, id: 'a2', dismissed: true }, { ...alert, id: 'a3', clearedAt: 'now' }, { ...alert, id: 'a4', severity: 'info' }))).toEqual([]);
  });

  it('tells of an operation that ended badly, once, and of none that went well', () => {
    const { newsOf } = room();
    expect([changed({}), changed({ state: 'cancelled' })].flatMap(newsOf)).toEqual([]);
    expect(newsOf(changed({ id: 'op_2', state: 'succeeded' }))).toEqual([]);
    const bad = changed({ state: 'needs-attention', error: { code: 'start-failed', message: 'search could not be started.' } });
    expect(newsOf(bad)).toEqual([{ title: 'Start shop needs your attention', body: 'search could not be started.', urgent: true, command: { type: 'show-operation', operationId: 'op_1' }, actions: [{ type: 'retry', operationId: 'op_1' }, { type: 'show' }] }]);
    expect(newsOf(bad)).toEqual([]);
  });

  it('tells of all that a person asked for where that is wanted, and of nothing where nothing is', () => {
    expect(room('all').newsOf(changed({ state: 'succeeded' }))).toMatchObject([{ title: 'Start shop: done', urgent: false }]);
    expect(room('all').newsOf(changed({ state: 'succeeded', origin: 'drift' }))).toEqual([]);
    const silent = room('none');
    expect([changed({ state: 'failed' }), alerts(alert)].flatMap(silent.newsOf)).toEqual([]);
  });

  it('does not tell later what ended while nothing was wanted', () => {
    let wanted: 'all' | 'none' = 'none';
    const { newsOf } = createNewsroom(() => wanted, () => english);
    newsOf(changed({ state: 'failed' }));
    wanted = 'all';
    expect(newsOf(changed({ state: 'failed', version: 2 }))).toEqual([]);
  });

  it('is not doubled: neither parts of an operation nor previews are news', () => {
    const { newsOf } = room('all');
    expect([changed({ state: 'failed', parent: 'op_0' }), changed({ id: 'op_2', state: 'failed', kind: 'snapshots.create', input: { before: 'op_1' } }), changed({ id: 'op_3', state: 'succeeded', input: { dryRun: true } })].flatMap(newsOf)).toEqual([]);
  });

  it('has the same buttons as the window: try again, undo, show', () => {
    const { newsOf } = room('all');
    const actions = (change: Partial<Operation>): unknown => newsOf(changed(change))[0]?.actions;
    expect(actions({ id: 'op_2', state: 'succeeded', undoable: true })).toEqual([{ type: 'undo', operationId: 'op_2' }, { type: 'show' }]);
    const toProd = { kind: 'modes.switch', input: { mode: 'prod' } } as const;
    expect(actions({ ...toProd, id: 'op_3', state: 'succeeded', result: { from: 'dev', to: 'prod' } })).toEqual([{ type: 'switch', word: 'undo', projectId: 'p_1', mode: 'dev' }, { type: 'show' }]);
    expect(actions({ ...toProd, id: 'op_4', state: 'rolled-back' })).toEqual([{ type: 'switch', word: 'retry', projectId: 'p_1', mode: 'prod' }, { type: 'show' }]);
    expect(actionWord({ type: 'switch', word: 'undo', projectId: 'p_1', mode: 'dev' }, english)).toBe('Undo');
    expect(actionWord({ type: 'retry', operationId: 'op_1' }, wordsFor('de', []))).toBe('Erneut versuchen');
  });
});
