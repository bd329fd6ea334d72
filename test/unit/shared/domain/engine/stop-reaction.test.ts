import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeStopReaction, signalNumber, type StopFacts } from '@shared/domain/engine/stop-reaction';

const NONE = '0000000000000000';
const TERM = '0000000000004000';
const titles = ['PID', 'TID', 'CAUGHT', 'BLOCKED', 'WCHAN', 'COMMAND'];

function facts(rows: readonly (readonly string[])[], more: Partial<StopFacts> = {}): StopFacts {
  return { init: false, pidMode: '', pid: 100, stopSignal: '', mounts: [], top: { Titles: titles, Processes: rows }, ...more };
}
const sleeping = ['100', '100', NONE, NONE, 'hrtimer_nanosleep', 'sleep'];

describe('judgeStopReaction', () => {
  it('is sure only of a first process that handles, blocks and awaits nothing', () => {
    expect(judgeStopReaction(facts([sleeping])).cannotReact).toBe(true);
    expect(judgeStopReaction(facts([sleeping, ['101', '101', TERM, NONE, 'do_sigtimedwait', 'child']])).cannotReact).toBe(true);
  });

  it.each<[string, StopFacts]>([
    ['an init', facts([sleeping], { init: true })],
    ['a shared pid namespace', facts([sleeping], { pidMode: 'host' })],
    ['a named volume', facts([sleeping], { mounts: [{ type: 'volume', source: 'data', target: '/d', readOnly: false }] })],
    ['an unknown mount', facts([sleeping], { mounts: [{ type: 'other', source: 'data', target: '/d', readOnly: false }] })],
    ['a handler', facts([['100', '100', TERM, NONE, 'hrtimer_nanosleep', 'x']])],
    ['a handler in another thread', facts([sleeping, ['100', '102', TERM, NONE, 'futex_wait', 'x']])],
    ['a blocked signal', facts([['100', '100', NONE, TERM, 'hrtimer_nanosleep', 'x']])],
    ['sigtimedwait', facts([['100', '100', NONE, NONE, 'do_sigtimedwait.isra.0', 'x']])],
    ['signalfd', facts([['100', '100', NONE, NONE, 'signalfd_dequeue', 'x']])],
    ['epoll', facts([['100', '100', NONE, NONE, 'ep_poll', 'x']])],
    ['epoll in another thread', facts([sleeping, ['100', '103', NONE, NONE, 'do_epoll_wait', 'x']])],
    ['no channel', facts([['100', '100', NONE, NONE, '-', 'x']])],
    ['a hidden channel', facts([['100', '100', NONE, NONE, '0', 'x']])],
    ['an unknown channel', facts([['100', '100', NONE, NONE, 'something_new', 'x']])],
    ['a short mask', facts([['100', '100', '4000', NONE, 'hrtimer_nanosleep', 'x']])],
    ['tini', facts([['100', '100', NONE, NONE, 'hrtimer_nanosleep', 'tini']])],
    ['dumb-init', facts([['100', '100', NONE, NONE, 'hrtimer_nanosleep', 'dumb-init']])],
    ['s6', facts([['100', '100', NONE, NONE, 'hrtimer_nanosleep', 's6-svscan']])],
    ['no answer', facts([], { top: undefined })],
    ['another process only', facts([['101', '101', NONE, NONE, 'hrtimer_nanosleep', 'x']])],
    ['an answer without threads', facts([], { top: { Titles: ['PID', 'CAUGHT', 'BLOCKED', 'WCHAN', 'COMMAND'], Processes: [['100', NONE, NONE, 'do_wait', 'x']] } })],
    ['an unknown signal', facts([sleeping], { stopSignal: 'SIGWHAT' })],
    ['SIGKILL', facts([sleeping], { stopSignal: 'SIGKILL' })],
  ])('gives the grace to %s', (_name, given) => {
    expect(judgeStopReaction(given).cannotReact).toBe(false);
  });

  it('looks at the bit of the stop signal', () => {
    const usr1 = [['100', '100', '0000000000000200', NONE, 'do_wait', 'sh']];
    expect(judgeStopReaction(facts(usr1, { stopSignal: 'SIGUSR1' })).cannotReact).toBe(false);
    expect(judgeStopReaction(facts(usr1)).cannotReact).toBe(true);
    expect(signalNumber('SIGRTMIN+3')).toBe(37);
    expect(signalNumber('quit')).toBe(3);
  });

  it('never is sure of anything with a handler, whatever else is said', () => {
    const mask = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(mask, mask, fc.integer({ min: 1, max: 64 }), fc.constantFrom('hrtimer_nanosleep', 'do_wait', 'futex_wait', 'odd', '0'), (caught, blocked, signal, channel) => {
        const hex = (value: bigint) => value.toString(16).padStart(16, '0');
        const verdict = judgeStopReaction(facts([['100', '100', hex(caught), hex(blocked), channel, 'x']], { stopSignal: String(signal) }));
        const bit = 1n << BigInt(signal - 1);
        if ((caught & bit) !== 0n || (blocked & bit) !== 0n || channel === 'odd' || channel === '0' || signal === 9) expect(verdict.cannotReact).toBe(false);
        else expect(verdict.cannotReact).toBe(true);
      }),
    );
  });

  it('survives any answer', () => {
    fc.assert(fc.property(fc.anything(), (top) => judgeStopReaction(facts([], { top })).cannotReact === false));
  });
});
