import { describe, expect, it } from 'vitest';
import type { CallContext, Dispatcher } from '@main/dispatch/types';
import { succeeded } from '@shared/kernel/result';
import { holderOf, HostGate } from '../../../src/cli/host-gate';

const call: CallContext = { door: 'cli', signal: new AbortController().signal };
const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/** Answers at once, but for `operations.wait` and streams: those go on until they are aborted. */
const dispatcher: Dispatcher = {
  async call(name, _input, { signal }) {
    if (name === 'operations.wait') await aborted(signal);
    return succeeded(name);
  },
  async stream(_name, _input, { signal }) {
    await aborted(signal);
    return succeeded(null);
  },
};

describe('what a host takes from other commands', () => {
  it('starts no operation while it has work of its own, and names itself; what only looks is answered', async () => {
    const gate = new HostGate('berth modes switch', false);
    const others = gate.over(dispatcher);
    for (const name of ['modes.switch', 'operations.retry']) {
      const answer = await others.call(name, {}, call);
      expect(answer.ok ? null : holderOf(answer.error)).toEqual({ pid: process.pid, command: 'berth modes switch' });
    }
    for (const name of ['modes.list', 'settings.set', 'operations.cancel']) expect(await others.call(name, {}, call)).toEqual({ ok: true, value: name });
    expect(gate.holder).toBe('berth modes switch');
    gate.take(true);
    expect([gate.holder, await others.call('modes.switch', {}, call)]).toEqual([null, { ok: true, value: 'modes.switch' }]);
  });

  it('stays for what cannot go on elsewhere, and sends on at the end whoever asks or follows', async () => {
    const gate = new HostGate('berth watch', true);
    const others = gate.over(dispatcher);
    const exec = new AbortController();
    const running = others.stream('services.exec', { project: 'p', service: 'a', command: ['x'] }, { door: 'cli', signal: exec.signal }, () => undefined);
    const followed = others.stream('services.logs', { project: 'p', service: 'a', follow: true }, call, () => undefined);
    const watched = others.stream('stats.watch', { project: 'p' }, call, () => undefined);
    const waiting = others.call('operations.wait', { id: 'x' }, call);
    expect(gate.heldBy).toBe(1);
    exec.abort();
    await gate.whenQuiet();
    expect([await running, gate.heldBy]).toEqual([{ ok: true, value: null }, 0]);
    gate.end();
    for (const answer of [await followed, await watched, await waiting, await others.call('modes.list', {}, call)]) expect(answer.ok ? null : holderOf(answer.error)?.command).toBe('berth watch');
  });

  it('is asked to let go of the state, and does when its command only watches', async () => {
    const gate = new HostGate('berth watch', true);
    const others = gate.over(dispatcher);
    expect(await others.call('runtime.yield', {}, call)).toEqual({ ok: true, value: { yields: false } });
    gate.onYieldAsked(() => true);
    expect(await others.call('runtime.yield', {}, call)).toEqual({ ok: true, value: { yields: true } });
  });

  it('only a whole holder is one', () => {
    expect(holderOf({ code: 'busy', message: 'x' })).toBeNull();
    expect(holderOf({ code: 'busy', message: 'x', details: { holder: { pid: 'x' } } })).toBeNull();
  });
});
