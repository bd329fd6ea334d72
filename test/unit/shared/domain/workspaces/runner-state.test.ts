import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReport, runnerStanding } from '@shared/domain/workspaces/runner-state';

const text = (more: object) => JSON.stringify({ phase: 'running', detail: 'npm start on port 3000', command: 'npm start', port: 3000, copiedAt: '2026-01-02T03:04:05.678Z', lines: [], ...more });

describe('what the entry of a container says', () => {
  it('is read as far as it can be', () => {
    expect(readReport(text({}))).toEqual({ phase: 'running', detail: 'npm start on port 3000', command: 'npm start', copiedAt: '2026-01-02T03:04:05.678Z', readBytes: 0, lines: [] });
    expect(readReport(text({ readBytes: 512 }))?.readBytes).toBe(512);
    expect(readReport(text({ readBytes: -1 }))?.readBytes).toBe(0);
    expect(readReport(text({ copiedAt: '<b>', lines: [1, 'x', null], detail: 5 }))).toMatchObject({ copiedAt: null, lines: ['x'], detail: '' });
    expect(readReport(text({ phase: 'gone' }))).toBeNull();
    expect(readReport('{"phase":')).toBeNull();
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (any) => void readReport(any)));
  });

  it('is the state while the container runs, and the container is otherwise', () => {
    const report = readReport(text({}));
    expect(runnerStanding({ state: 'running', exitCode: 0 }, report)).toMatchObject({ state: 'running', command: 'npm start' });
    expect(runnerStanding({ state: 'running', exitCode: 0 }, null).state).toBe('copying');
    expect(runnerStanding({ state: 'running', exitCode: 0 }, readReport(text({ phase: 'failed', detail: 'node app.js ended with code 1.', lines: ['a', 'b', 'c', 'Error: no'] })))).toMatchObject({ state: 'failed', detail: 'node app.js ended with code 1. b · c · Error: no' });
    expect(runnerStanding({ state: 'exited', exitCode: 0 }, report)).toMatchObject({ state: 'stopped', copiedAt: '2026-01-02T03:04:05.678Z' });
    expect(runnerStanding({ state: 'exited', exitCode: 143 }, report).state).toBe('stopped');
    expect(runnerStanding({ state: 'exited', exitCode: 1 }, report)).toMatchObject({ state: 'failed', detail: 'The container ended with code 1.' });
    expect(runnerStanding({ state: 'restarting', exitCode: 1 }, report).state).toBe('failed');
    for (const state of ['paused', 'created'] as const) expect(runnerStanding({ state, exitCode: 0 }, report).state).toBe('stopped');
  });
});
