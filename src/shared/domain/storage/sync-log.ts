/** What a run of rclone did so far. */
export interface SyncTally {
  readonly files: number;
  readonly bytes: number;
  readonly errors: number;
  /** The last error it said, in one line; empty when there was none. */
  readonly lastError: string;
}

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
    if (object !== '' && message.startsWith('Copied')) this.copied.add(object);
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

/** What rclone is called with for one run of a job. `control`: a socket by which it can be ended. `held`: objects that are left as they are. */
export function syncCommand(job: { readonly source: string; readonly remote: string; readonly bucket: string; readonly prefix: string; readonly semantics: 'archive' | 'mirror' }, control: string, held: readonly string[]): readonly string[] {
  const target = `${job.remote}:${[job.bucket, job.prefix].filter((part) => part !== '').join('/')}`;
  return [
    'rclone',
    job.semantics === 'archive' ? 'copy' : 'sync',
    job.source,
    target,
    '--use-json-log',
    '-v',
    '--stats=1s',
    '--retries=2',
    // A bucket that is missing is made by the start of storage, not by chance.
    '--s3-no-check-bucket',
    // A folder that was emptied by mistake empties no bucket.
    ...(job.semantics === 'mirror' ? ['--max-delete=1000'] : []),
    // The socket is the container's own: who reaches it could end rclone anyway.
    '--rc',
    '--rc-no-auth',
    `--rc-addr=unix://${control}`,
    ...held.map((key) => `--exclude=/${literalGlob(key)}`),
  ];
}

/** A name that means itself in rclone's patterns. */
export function literalGlob(name: string): string {
  return name.replace(/[\\*?[\]{}]/g, (char) => `\\${char}`);
}
