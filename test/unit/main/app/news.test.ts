import { describe, expect, it } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { createNewsroom } from '@main/app/news';

type Alert = Extract<BerthEvent, { readonly type: 'alerts.changed' }>['alerts'][number];
type Operation = Extract<BerthEvent, { readonly type: 'operation.changed' }>['operation'];

const alert: Alert = { id: 'a1', code: 'CRASH-LOOP', severity: 'error', projectId: 'p_1', service: 'api', message: 'api crashed 5 times.', hint: 'Look at its log.', raisedAt: '', count: 1, clearedAt: null, dismissed: false };
const operation: Operation = { id: 'op_1', kind: 'modes.switch', key: 'k', title: 'Switch shop to prod', projectId: 'p_1', state: 'running', progress: { step: 0, of: 1, message: '' }, input: {}, result: null, error: null, cancellable: false, createdAt: '', startedAt: null, finishedAt: null, workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1 };
const alerts = (...list: readonly Alert[]): BerthEvent => ({ type: 'alerts.changed', alerts: [...list] });
const changed = (change: Partial<Operation>): BerthEvent => ({ type: 'operation.changed', operation: { ...operation, ...change } });

describe('what is worth a notification', () => {
  it('tells of an alert once while it stands, and again when it comes back', () => {
    const { newsOf } = createNewsroom();
    expect(newsOf(alerts(alert))).toEqual([{ title: 'api crashed 5 times.', body: 'Look at its log.', urgent: true, command: { type: 'show-project', projectId: 'p_1' } }]);
    expect(newsOf(alerts({ ...alert, count: 2 }))).toEqual([]);
    expect(newsOf(alerts())).toEqual([]);
    expect(newsOf(alerts(alert))).toHaveLength(1);
  });

  it('says nothing of what stood at the start, was put away, has ended or is only a note', () => {
    const room = createNewsroom();
    room.know([alert]);
    expect(room.newsOf(alerts(alert, { ...alert, id: 'a2', dismissed: true }, { ...alert, id: 'a3', clearedAt: 'now' }, { ...alert, id: 'a4', severity: 'info' }))).toEqual([]);
  });

  it('tells of an operation that ended badly, once, and of none that went well', () => {
    const { newsOf } = createNewsroom();
    expect([changed({}), changed({ state: 'succeeded' }), changed({ state: 'cancelled' })].flatMap(newsOf)).toEqual([]);
    const bad = changed({ state: 'needs-attention', error: { code: 'start-failed', message: 'search could not be started.' } });
    expect(newsOf(bad)).toEqual([{ title: 'Switch shop to prod needs your attention', body: 'search could not be started.', urgent: true, command: { type: 'show-page', page: 'activity', tab: 'operations' } }]);
    expect(newsOf(bad)).toEqual([]);
  });
});
