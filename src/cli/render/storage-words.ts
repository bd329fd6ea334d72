import type { OutputOf } from '@shared/contract/contract';

type Status = OutputOf<'storage.status'>;
type Conflicts = OutputOf<'storage.conflicts'>;

const MIB = 1_048_576;

/** A value, or a dash where there is none. */
export function orDash(value: string | null): string {
  return value === null || value === '' ? '-' : value;
}

/** To the second: 2026-05-01T10:00:00Z. */
export function atText(at: string | null): string {
  return at === null ? '-' : at.replace(/\.\d+Z$/, 'Z');
}

/** remote:bucket/prefix */
export function remoteText({ remote, bucket, prefix }: { readonly remote: string; readonly bucket: string; readonly prefix: string }): string {
  return `${remote}:${[bucket, prefix].filter((part) => part !== '').join('/')}`;
}

/** Seconds as people say them: 45 s, 5 min, 1 h. */
export function spanText(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${String(seconds / 3_600)} h`;
  return seconds >= 60 && seconds % 60 === 0 ? `${String(seconds / 60)} min` : `${String(seconds)} s`;
}

/** What storage asks for beside the project's own services, as requests are written: +192Mi / +150m / +2 containers. */
export function addedText({ memoryBytes, cpuMillis, containers }: Status['added']): string {
  return `+${mebi(memoryBytes)} / +${String(Math.round(cpuMillis))}m / +${String(containers)} ${containers === 1 ? 'container' : 'containers'}`;
}

/** What its containers use now. */
export function measuredText(measured: Status['measured']): string {
  return measured === null ? 'nothing runs' : `uses ${mebi(measured.memoryBytes)} / ${String(Math.round(measured.cpuMillis))}m now`;
}

function mebi(bytes: number): string {
  const size = bytes / MIB;
  return `${String(size >= 10 ? Math.round(size) : Math.round(size * 10) / 10)}Mi`;
}

/** Which buckets are mounted, which are copied to, and what both have in common. */
export function overlapText({ mountBuckets, syncBuckets, overlap }: Pick<Conflicts, 'mountBuckets' | 'syncBuckets' | 'overlap'>): string {
  const sets = `mount{${mountBuckets.join(', ')}} ∩ sync{${syncBuckets.join(', ')}}`;
  return overlap.length === 0 ? `No overlap: ${sets} = ∅` : `Overlap: ${sets} = {${overlap.join(', ')}}`;
}

/** The answer of the first line, worst things included: is it mounted, is it syncing, does anything collide. */
export function answerText(status: Status, conflicts: Pick<Conflicts, 'findings'> | undefined): { readonly good: boolean; readonly text: string } {
  const parts = [serverPart(status), mountPart(status), syncPart(status.jobs), collisionPart(conflicts)].filter((part) => part !== null);
  const text = parts.map((part) => part.text).join(', ');
  return { good: parts.every((part) => part.good), text: `${text.charAt(0).toUpperCase()}${text.slice(1)}.` };
}

interface Part {
  readonly good: boolean;
  readonly text: string;
}

function serverPart({ s3, file }: Status): Part | null {
  if (file === null) return { good: false, text: 'storage is not set up' };
  if (s3.health === 'unreachable') return { good: false, text: 'S3 does not answer' };
  return s3.health === 'unhealthy' ? { good: false, text: 'S3 is not well' } : null;
}

function mountPart({ mounts, fuse }: Status): Part | null {
  if (mounts.length === 0) return null;
  if (!fuse.possible) return { good: false, text: 'nothing can be mounted on this machine' };
  const up = mounts.filter((one) => one.state === 'healthy').length;
  if (up === mounts.length) return { good: true, text: `mounted (${String(up)} of ${String(up)})` };
  return { good: false, text: up === 0 ? 'not mounted' : `${String(up)} of ${String(mounts.length)} mounted` };
}

function syncPart(jobs: Status['jobs']): Part | null {
  if (jobs.length === 0) return null;
  if (jobs.some((job) => job.state === 'failed' || (job.state !== 'running' && job.lastRun?.state === 'failed'))) return { good: false, text: 'the last sync failed' };
  if (jobs.some((job) => job.state === 'running')) return { good: true, text: 'syncing now' };
  if (jobs.every((job) => job.state === 'stopped')) return { good: false, text: 'not syncing' };
  return { good: true, text: jobs.every((job) => job.lastRun === null) ? 'syncing, the first run is still to come' : 'syncing' };
}

function collisionPart(conflicts: Pick<Conflicts, 'findings'> | undefined): Part | null {
  if (conflicts === undefined) return null;
  const colliding = conflicts.findings.filter((one) => one.severity !== 'info').length;
  if (colliding === 0) return { good: true, text: 'nothing collides' };
  return { good: false, text: `${String(colliding)} ${colliding === 1 ? 'thing collides' : 'things collide'} (berth storage conflicts)` };
}
