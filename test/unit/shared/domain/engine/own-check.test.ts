import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacksShell, ownCheckOf, pauseBeforeMs, repeatedCheck, repeatedTimeoutMs } from '@shared/domain/engine/own-check';

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

  it('is run soon at first, then every five seconds; without a shell for close tries, more and more rarely', () => {
    expect([0, 1, 2, 60].map((run) => pauseBeforeMs(run, true))).toEqual([100, 5000, 5000, 5000]);
    expect([0, 1, 2, 3, 4, 5, 6, 60].map((run) => pauseBeforeMs(run, false))).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect([0, 1, 2, 125, 126, 127, 137].filter(lacksShell)).toEqual([126, 127]);
    expect(repeatedTimeoutMs({ timeoutMs: 30_000 })).toBe(47_000);
  });
});

/** As a container runs it, with programs of ours before those of the machine. */
describe('the tries of one command', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-tries-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  /** With the pauses and the clock as they say; every second of `slow` checks goes by on that clock. */
  async function tried(check: string, programs: { readonly sleep?: string; readonly date?: string } = {}, timeoutMs = 30_000): Promise<{ readonly code: number; readonly log: readonly string[] }> {
    const at = await mkdtemp(join(dir, 'one-'));
    const texts = { sleep: programs.sleep ?? 'echo "sleep $1" >> "$LOG"', date: programs.date ?? 'echo 100', check: `echo try >> "$LOG"\n${check}` };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(at, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const [file = '', ...rest] = repeatedCheck({ command: [join(at, 'check'), 'a b'], timeoutMs });
    const { status } = spawnSync(file, rest, { env: { PATH: `${at}:${process.env['PATH'] ?? ''}`, LOG: join(at, 'log'), AT: at } });
    return { code: status ?? -1, log: (await readFile(join(at, 'log'), 'utf8').catch(() => '')).trim().split('\n') };
  }

  it('end with the first that passes', async () => {
    expect(await tried('test "$1" = "a b"')).toEqual({ code: 0, log: ['try'] });
    expect(await tried('test "$(grep -c try "$LOG")" -eq 3')).toEqual({ code: 0, log: ['try', 'sleep 0.15', 'try', 'sleep 0.3', 'try'] });
  });

  it('end after six that fail, whatever they end with', async () => {
    for (const code of ['1', '126', '127', '255']) {
      const { code: ended, log } = await tried(`exit ${code}`);
      expect([ended, log.filter((line) => line === 'try').length, log.filter((line) => line !== 'try')]).toEqual([1, 6, ['sleep 0.15', 'sleep 0.3', 'sleep 0.6', 'sleep 1.2', 'sleep 2.4']]);
    }
  });

  it('take whole seconds where sleep knows no others', async () => {
    const { log } = await tried('false', { sleep: 'case "$1" in *.*) echo "invalid number" >&2; exit 1;; esac; echo "sleep $1" >> "$LOG"' });
    expect(log.filter((line) => line !== 'try')).toEqual(Array.from({ length: 5 }, () => 'sleep 1'));
  });

  it('are one where it takes a second or more, which counts as failed where that is longer than it may take', async () => {
    const clock = { date: 'now=$(cat "$AT/now" 2> /dev/null || echo 100); echo "$now"; echo $((now + 3)) > "$AT/now"' };
    expect(await tried('false', clock)).toEqual({ code: 1, log: ['try'] });
    expect(await tried('true', clock)).toEqual({ code: 0, log: ['try'] });
    expect(await tried('true', clock, 2_500)).toEqual({ code: 0, log: ['try'] });
    expect(await tried('true', clock, 2_000)).toEqual({ code: 1, log: ['try'] });
  });

  it('go on where there is no clock', async () => {
    expect((await tried('test "$(grep -c try "$LOG")" -eq 2', { date: 'exit 1' })).code).toBe(0);
  });
});
