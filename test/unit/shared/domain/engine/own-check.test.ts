import { describe, expect, it } from 'vitest';
import { ownCheckOf, pauseBeforeMs } from '@shared/domain/engine/own-check';

const inspected = (check: object | undefined, state: object = {}, shell?: readonly string[]): unknown => ({
  Config: { Healthcheck: check, Shell: shell },
  State: { Running: true, Paused: false, StartedAt: '2026-01-01T00:00:00Z', Health: { Status: 'starting' }, ...state },
});

describe('the health check as the engine would run it', () => {
  it('is a command, or a text for the shell of the image', () => {
    expect(ownCheckOf(inspected({ Test: ['CMD', 'a', 'b c'], Timeout: 2e9 }))).toEqual({ command: ['a', 'b c'], timeoutMs: 2000, startedAt: '2026-01-01T00:00:00Z' });
    expect(ownCheckOf(inspected({ Test: ['CMD-SHELL', 'a | b'] }))).toMatchObject({ command: ['/bin/sh', '-c', 'a | b'], timeoutMs: 30_000 });
    expect(ownCheckOf(inspected({ Test: ['CMD-SHELL', 'a'] }, {}, ['/bin/bash', '-lc']))?.command).toEqual(['/bin/bash', '-lc', 'a']);
  });

  it('is nothing where there is none, where the engine has spoken, and where nothing runs', () => {
    const test = { Test: ['CMD', 'a'] };
    for (const one of [undefined, { Test: [] }, { Test: ['NONE'] }, { Test: ['CMD'] }, { Test: ['SOMETHING', 'a'] }]) expect(ownCheckOf(inspected(one))).toBeNull();
    for (const state of [{ Running: false }, { Paused: true }, { Health: { Status: 'healthy' } }, { Health: { Status: 'unhealthy' } }, { Health: undefined }, { StartedAt: '' }]) expect(ownCheckOf(inspected(test, state))).toBeNull();
    for (const broken of [null, 'x', {}, { State: 1, Config: [] }]) expect(ownCheckOf(broken)).toBeNull();
  });

  it('is run soon at first, then more and more rarely, and takes a quarter of the time at most', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 60].map((run) => pauseBeforeMs(run, 0))).toEqual([150, 300, 600, 1200, 2400, 4800, 5000, 5000]);
    expect(pauseBeforeMs(1, 500)).toBe(2000);
    expect(pauseBeforeMs(1, 60_000)).toBe(5000);
  });
});
