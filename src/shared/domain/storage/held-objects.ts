import { finding, type Finding } from '../findings/finding';
import type { JobDefinition } from './definition';

/** What one job left alone in its bucket: somebody else had changed it since the last run. */
export interface HeldObjects {
  readonly job: Pick<JobDefinition, 'id' | 'service' | 'source' | 'bucket' | 'prefix'>;
  /** Relative to the target of the job. */
  readonly keys: readonly string[];
}

const NAMED = 3;

/** One finding for each job that waits for somebody to decide. */
export function heldFindings(all: readonly HeldObjects[]): readonly Finding[] {
  return all.filter(({ keys }) => keys.length > 0).map(({ job, keys }) => {
    const place = [job.bucket, job.prefix].filter((part) => part !== '').join('/');
    const names = `${keys.slice(0, NAMED).join(', ')}${keys.length > NAMED ? ` and ${String(keys.length - NAMED)} more` : ''}`;
    return finding({
      code: 'WRITTEN_TWICE',
      severity: 'warning',
      message: `${names} in ${place} ${keys.length === 1 ? 'was' : 'were'} written by somebody else too, so ${job.service} does not copy over ${keys.length === 1 ? 'it' : 'them'}.`,
      why: `Both versions are kept: one in the bucket, one in ${job.source}. Delete the one in the bucket and the next run copies the other, or choose what happens to all such objects: berth storage choose sharedObjects keep-both, or newest, with bucketStrategy C.`,
      object: ['held', job.id, place].join('\n'),
      service: job.service,
      fixes: [],
    });
  });
}
