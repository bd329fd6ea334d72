/** What is known of a job of copies at one moment. */
export interface JobFacts {
  /** As it is called on the engine. */
  readonly container: string;
  readonly isUp: boolean;
  readonly lastRun: { readonly state: string; readonly detail: string } | null;
  readonly nextRunAt: string | null;
  /** How S3 is; `detail` is a sentence where it cannot be reached. */
  readonly s3: { readonly reachable: boolean; readonly detail: string };
}

/** How a job is, with one sentence why; what it waits for is in that sentence. */
export interface JobState {
  readonly state: 'idle' | 'running' | 'waiting' | 'failed' | 'stopped';
  readonly detail: string;
}

/** The state of a job. A run that is under way says most, then what keeps the next one from succeeding, then how the last one ended. */
export function jobState({ container, isUp, lastRun, nextRunAt, s3 }: JobFacts): JobState {
  if (!isUp) return { state: 'stopped', detail: `${container} does not run; \`berth storage start\` starts it.` };
  if (lastRun?.state === 'running') return { state: 'running', detail: 'It is copying.' };
  if (!s3.reachable) return { state: 'waiting', detail: `Waits for S3: ${s3.detail}` };
  if (lastRun?.state === 'failed') return { state: 'failed', detail: lastRun.detail };
  if (lastRun !== null) return { state: 'idle', detail: lastRun.detail };
  return { state: 'waiting', detail: nextRunAt === null ? 'It has not run yet, and no run is planned: `berth storage start` plans them.' : 'Waits for its first run.' };
}
