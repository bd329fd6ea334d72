import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import { failed, succeeded } from '@shared/kernel/result';
import type { Dispatcher } from '@main/dispatch/types';
import { ask, bearer, startKit, type ApiKit } from './kit';

const BASE = '/api/gitops-file-management';
const ID = 'p_0123456789abc';
let kit: ApiKit | null = null;

afterEach(async () => {
  await kit?.close();
  kit = null;
});

function operation(over: Partial<Operation>): Operation {
  return {
    id: 'o_1', kind: 'gitops.resolve', key: '', title: '', projectId: ID, state: 'running', progress: { step: 1, of: 4, message: 'Reading' }, input: {}, result: null, error: null, cancellable: true,
    createdAt: '2026-01-01T00:00:00Z', startedAt: null, finishedAt: null, workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1, ...over,
  };
}

/** The contract as far as these routes call it. */
function world(): { readonly dispatcher: Dispatcher; readonly calls: string[]; readonly operations: Operation[]; ending: Operation | null } {
  const calls: string[] = [];
  const operations: Operation[] = [];
  const state = { calls, operations, ending: null as Operation | null };
  const dispatcher: Dispatcher = {
    call: async (name, input) => {
      const { project } = input as { readonly project?: string };
      if (project !== undefined && project !== ID) return failed(new AppError('project-not-found', 'There is no such project.').toData());
      if (name === 'operations.list') return Promise.resolve(succeeded(operations));
      if (name === 'operations.wait') return succeeded(state.ending ?? operations[0]);
      calls.push(`${name} ${JSON.stringify(input)}`);
      await new Promise((resolve) => setImmediate(resolve));
      if (name === 'gitops.status') return succeeded({ state: 'idle', progress: 100 });
      const made = operation({ id: `o_${String(operations.length + 1)}`, kind: name });
      operations.unshift(made);
      return succeeded({ operationId: made.id });
    },
    stream: () => Promise.reject(new Error('none')),
  };
  return Object.assign(state, { dispatcher });
}

const json = { 'content-type': 'application/json' };

describe('the routes of duplicates', () => {
  it('begin with 202 and the operation; a second call while it runs has the same, also at once', async () => {
    const { dispatcher, calls, operations } = world();
    kit = await startKit({ dispatcher });
    const post = (): ReturnType<typeof ask> => ask(kit as ApiKit, 'POST', `${BASE}/${ID}/process_duplicates/`);
    const answers = await Promise.all([post(), post(), post()]);
    expect(answers.map((one) => one.status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map((one) => one.text)).size).toBe(1);
    expect(JSON.parse((await post()).text)).toEqual({ ok: true, value: { operationId: 'o_1' } });
    expect(calls).toHaveLength(1);
    operations[0] = operation({ state: 'succeeded' });
    expect((await post()).status).toBe(202);
    expect(calls).toHaveLength(2);
  });

  it('say 404 for a project that is none, 405 for another method, and 404 for another name', async () => {
    kit = await startKit({ dispatcher: world().dispatcher });
    expect((await ask(kit, 'POST', `${BASE}/nobody/process_duplicates/`)).status).toBe(404);
    expect((await ask(kit, 'GET', `${BASE}/nobody/duplicate_status/`)).status).toBe(404);
    expect((await ask(kit, 'GET', `${BASE}/${ID}/process_duplicates/`)).status).toBe(405);
    expect((await ask(kit, 'POST', `${BASE}/${ID}/everything/`)).status).toBe(404);
    expect((await ask(kit, 'GET', `${BASE}/${ID}/duplicate_status`)).status).toBe(200);
  });

  it('decide a group as given, and say 409 where it has changed since', async () => {
    const state = world();
    kit = await startKit({ dispatcher: state.dispatcher });
    const post = (): ReturnType<typeof ask> => ask(kit as ApiKit, 'POST', `${BASE}/${ID}/resolve_conflicts/`, { headers: json, body: JSON.stringify({ group: 'g', keep: 'a.yaml' }) });
    state.ending = operation({ state: 'succeeded', result: { resolved: 1 } });
    expect(await post()).toMatchObject({ status: 200, text: '{"ok":true,"value":{"resolved":1}}\n' });
    expect(state.calls).toEqual([`gitops.resolve-group {"group":"g","keep":"a.yaml","project":"${ID}"}`]);
    state.ending = operation({ state: 'failed', error: { code: 'plan-stale', message: 'The file changed.' } });
    expect((await post()).status).toBe(409);
    expect((await ask(kit, 'POST', `${BASE}/${ID}/resolve_conflicts/`, { headers: json, body: '[]' })).status).toBe(400);
  });

  it('need the token on 127.0.0.1', async () => {
    kit = await startKit({ dispatcher: world().dispatcher });
    const { port, token } = await kit.openTcp();
    expect((await ask({ port }, 'GET', `${BASE}/${ID}/duplicate_status/`)).status).toBe(401);
    expect((await ask({ port }, 'GET', `${BASE}/${ID}/duplicate_status/`, { headers: bearer(token) })).status).toBe(200);
  });
});

describe('the WebSocket of duplicates', () => {
  /** Messages until there are so many; the number it was refused with otherwise. */
  function hear(port: number, token: string | null, count: number, query = ''): Promise<{ readonly type: string; readonly seq: number; readonly state: string }[] | number> {
    return new Promise((done, fail) => {
      const client = new WebSocket(`ws://127.0.0.1:${String(port)}/ws/gitops/${ID}${query}`, token === null ? {} : { headers: bearer(token) });
      const heard: { readonly type: string; readonly seq: number; readonly state: string }[] = [];
      client.on('unexpected-response', (_request, response) => done(response.statusCode ?? 0));
      client.on('error', (error) => (client.readyState === client.CONNECTING ? undefined : fail(error)));
      client.on('message', (data: Buffer) => {
        heard.push(JSON.parse(data.toString('utf8')) as (typeof heard)[number]);
        if (heard.length < count) return;
        client.close();
        done(heard);
      });
    });
  }

  it('tells scans and resolutions of its project alone, replays from the last number, and refuses without a token', async () => {
    kit = await startKit({ dispatcher: world().dispatcher });
    const { events } = kit;
    const { port, token } = await kit.openTcp();
    expect(await hear(port, null, 1)).toBe(401);
    const tell = (over: Partial<Operation>): void => {
      events.publish({ type: 'operation.changed', operation: operation(over) as never });
      events.flush();
    };
    tell({ kind: 'gitops.scan', id: 'o_s' });
    const first = events.since(0).seq;
    tell({ kind: 'files.save', id: 'o_f' });
    tell({ kind: 'gitops.resolve', id: 'o_x', projectId: 'p_other' });
    tell({ kind: 'gitops.resolve', id: 'o_r' });
    tell({ kind: 'gitops.scan', id: 'o_s', state: 'succeeded', result: { files: 3 } });
    expect(await hear(port, token, 3, '?since=0')).toMatchObject([{ type: 'duplicate_detection_update', state: 'running', progress: { step: 1, of: 4 } }, { type: 'resolution_progress' }, { type: 'duplicate_detection_update', state: 'succeeded', result: { files: 3 } }]);
    expect(await hear(port, token, 2, `?since=${String(first)}`)).toMatchObject([{ type: 'resolution_progress' }, { type: 'duplicate_detection_update', state: 'succeeded' }]);
  });
});
