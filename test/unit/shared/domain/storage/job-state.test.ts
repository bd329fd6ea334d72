import { describe, expect, test } from 'vitest';
import { jobState, type JobFacts } from '@shared/domain/storage/job-state';

const facts = (changed: Partial<JobFacts> = {}): JobFacts => ({ container: 's3-sync', isUp: true, lastRun: null, nextRunAt: '2026-01-01T00:05:00Z', s3: { reachable: true, detail: '' }, ...changed });
const failed = { state: 'failed', detail: 'rclone ended with 1.' };

describe('a job waits', () => {
  test.each([
    ['for its first run', {}, 'Waits for its first run.'],
    ['for S3, before its first run', { s3: { reachable: false, detail: 'it does not run.' } }, 'Waits for S3: it does not run.'],
    ['for S3, after a run that failed', { lastRun: failed, s3: { reachable: false, detail: 'it does not run.' } }, 'Waits for S3: it does not run.'],
    ['for S3, after a run that went well', { lastRun: { state: 'succeeded', detail: 'Nothing had changed.' }, s3: { reachable: false, detail: 'it does not run.' } }, 'Waits for S3: it does not run.'],
    ['for nothing that would come by itself', { nextRunAt: null }, 'It has not run yet, and no run is planned: `berth storage start` plans them.'],
  ] as const)('%s', (_cause, changed, detail) => {
    expect(jobState(facts(changed))).toEqual({ state: 'waiting', detail });
  });

  test('for nothing: it runs, ended well, ended badly, or is not there', () => {
    const away = { reachable: false, detail: 'it is away.' };
    expect(jobState(facts({ lastRun: { state: 'running', detail: '' }, s3: away })).state).toBe('running');
    expect(jobState(facts({ lastRun: { state: 'succeeded', detail: '3 files were copied.' } }))).toEqual({ state: 'idle', detail: '3 files were copied.' });
    expect(jobState(facts({ lastRun: failed }))).toEqual({ state: 'failed', detail: failed.detail });
    expect(jobState(facts({ isUp: false, s3: away }))).toMatchObject({ state: 'stopped', detail: expect.stringContaining('s3-sync does not run') as string });
  });
});
