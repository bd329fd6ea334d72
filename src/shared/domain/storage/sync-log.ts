import type { JobDefinition } from './definition';
import { ASIDE_PATTERN } from './sync-ledger';

/** What a run of rclone did so far. */
export interface SyncTally {
  readonly files: number;
  readonly bytes: number;
  readonly errors: number;
  /** The last error it said, in one line; empty when there was none. */
  readonly lastError: string;
}

/** "Copied (new)"; of what is copied in several parts at once, from 256 MiB on, "Multi-thread Copied (new)". */
const COPIED = /^(?:Multi-thread )?Copied\b/;

/** Reads `--use-json-log` as it comes, in pieces of any size. */
export class SyncLog {
  private rest = '';
  private readonly copied = new Set<string>();
  private bytes = 0;
  private errors = 0;
  private lastError = '';

  /** Takes a piece. Returns what is worth a line in the log of the operation. */
  push(text: string): readonly string[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.line(line));
  }

  get tally(): SyncTally {
    return { files: this.copied.size, bytes: this.bytes, errors: this.errors, lastError: this.lastError };
  }

  /** Objects that were written, relative to the target. */
  get objects(): ReadonlySet<string> {
    return this.copied;
  }

  private line(line: string): readonly string[] {
    const entry = parsed(line);
    if (entry === undefined) return line.trim() === '' ? [] : [line.trim().slice(0, 500)];
    const stats = entry['stats'];
    if (typeof stats === 'object' && stats !== null) this.statistics(stats as Readonly<Record<string, unknown>>);
    const [message, object, level] = [text(entry['msg']), text(entry['object']), text(entry['level'])];
    if (object !== '' && COPIED.test(message)) this.copied.add(object);
    if (level !== 'error' && level !== 'critical') return [];
    this.lastError = `${object === '' ? '' : `${object}: `}${message}`.replace(/\s+/g, ' ').trim().slice(0, 500);
    return [this.lastError];
  }

  private statistics(stats: Readonly<Record<string, unknown>>): void {
    if (typeof stats['bytes'] === 'number') this.bytes = stats['bytes'];
    if (typeof stats['errors'] === 'number') this.errors = stats['errors'];
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What rclone is called with for objects that were changed on both sides: only what is newer in the folder is copied. */
export function newerCommand(job: CopiedJob, control: string, keys: readonly string[]): readonly string[] {
  const { verb, ends, flags } = partsOf({ ...job, semantics: 'archive' }, control);
  return [...verb, ...ends, ...flags, '--update', '--use-server-modtime', ...keys.map((key) => `--include=/${literalGlob(key)}`)];
}

/** What rclone is called with to give an object of the target another name beside its own. */
export function asideCommand(job: CopiedJob, key: string, as: string): readonly string[] {
  const target = targetOf(job);
  return ['rclone', 'copyto', `${target}/${key}`, `${target}/${as}`, '--s3-no-check-bucket', '--retries=2'];
}

/** Of a job, what rclone is called with. */
type CopiedJob = Pick<JobDefinition, 'source' | 'remote' | 'bucket' | 'prefix' | 'semantics'>;

function targetOf(job: CopiedJob): string {
  return `${job.remote}:${[job.bucket, job.prefix].filter((part) => part !== '').join('/')}`;
}

/** What rclone is called with for one run of a job. `control`: a socket by which it can be ended. `held`: objects that are left as they are. */
export function syncCommand(job: CopiedJob, control: string, held: readonly string[]): readonly string[] {
  const { verb, ends, flags } = partsOf(job, control);
  return [...verb, ...ends, ...flags, ...held.map((key) => `--exclude=/${literalGlob(key)}`)];
}

function partsOf(job: CopiedJob, control: string): { readonly verb: readonly string[]; readonly ends: readonly string[]; readonly flags: readonly string[] } {
  const isMirror = job.semantics === 'mirror';
  return {
    verb: ['rclone', isMirror ? 'sync' : 'copy'],
    ends: [job.source, targetOf(job)],
    flags: [
      '--use-json-log',
      '-v',
      '--stats=1s',
      '--retries=2',
      // A bucket that is missing is made by the start of storage, not by chance.
      '--s3-no-check-bucket',
      // A log that grows while it is copied is copied as long as it was; what is changed in its middle fails the comparison and is tried again.
      '--local-no-check-updated',
      // A folder that was emptied by mistake empties no bucket, and what was kept beside its name stays.
      ...(isMirror ? ['--max-delete=1000', `--exclude=${ASIDE_PATTERN}`] : []),
      // The socket is the container's own: who reaches it could end rclone anyway.
      '--rc',
      '--rc-no-auth',
      `--rc-addr=unix://${control}`,
    ],
  };
}

/** A name that means itself in rclone's patterns. */
export function literalGlob(name: string): string {
  return name.replace(/[\\*?[\]{}]/g, (char) => `\\${char}`);
}
