import fc from 'fast-check';
import { expect, it } from 'vitest';
import { continuesEntry, logLevelOf, type LogLevel } from '@shared/domain/logs/level';

const LINES: readonly (readonly [string, LogLevel | null])[] = [
  ['{"level":30,"time":1700000000000,"msg":"error page served"}', 'info'],
  ['{"level":50,"msg":"no"}', 'error'],
  ['{"level":20,"msg":"x"}', 'debug'],
  ['{"time":"2026-01-01T00:00:00Z","severity":"WARNING","message":"slow"}', 'warn'],
  ['{"@timestamp":"x","log.level":"debug","message":"an error"}', 'debug'],
  ['{"version":"1.1","short_message":"gone","level": 3}', 'error'],
  ['{"msg":"nothing is said"}', null],
  ['time="2026-01-01T00:00:00Z" level=error msg="connection refused"', 'error'],
  ['ts=1 lvl="warn" msg=slow', 'warn'],
  ['2026-01-01 00:00:00.000 UTC [1] LOG:  database system is ready to accept connections', 'info'],
  ['2026-01-01 00:00:00.000 UTC [1] FATAL:  password authentication failed', 'error'],
  ['2026-01-01T00:00:00Z INFO request failed with error 3', 'info'],
  ['2026/01/01 00:00:00 [error] 7#7: *1 open() failed', 'error'],
  ['[warn] deprecated', 'warn'],
  ['DEBUG:root:said', 'debug'],
  ['W0102 15:04:05.678901   1 reflector.go:1] slow', 'warn'],
  ['\u001b[31mERROR\u001b[0m no', 'error'],
  ['\u001b[2mtrace:\u001b[0m an error is looked for', 'debug'],
  ['Error: no such file', 'error'],
  ['Traceback (most recent call last):', 'error'],
  ['a WARN b', 'warn'],
  ['(node:1) Warning: deprecated', 'warn'],
  ['terror', null],
  ['GET /files 200 in 12 ms', null],
  ['', null],
];

it.each(LINES)('%s', (line, level) => {
  expect(logLevelOf(line)).toBe(level);
});

it('knows what belongs to the line before', () => {
  expect(['    at run (index.js:1:1)', '\tat java.lang', 'Error', ''].map(continuesEntry)).toEqual([true, true, false, false]);
});

it('answers at once whatever is written', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (line) => ['error', 'warn', 'info', 'debug', null].includes(logLevelOf(line))));
  const started = process.cpuUsage();
  for (const piece of ['"level" ', '\u001b[1;', ' level=', '[err', '{"level":    ', 'a'.repeat(99)]) {
    logLevelOf(piece.repeat(100_000));
    logLevelOf(`{${piece.repeat(100_000)}`);
  }
  // Time of the processor: others at work do not count.
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(500);
});
