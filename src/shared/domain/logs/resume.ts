/** What of a line tells whether it was there before. */
export interface ResumedLine {
  readonly containerId: string;
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
}

/** Whoever goes on reads so much once more: several containers do not stop at the same moment, and the streams of one are not written down in the exact order of their times. */
const OVERLAP_MS = 5_000;

/** Tells new lines from those that are read once more, when a log is gone on with where it was left. The times of one stream of a container only rise. */
export class LogResume {
  /** By container, then by stream. */
  private readonly last = new Map<string, Map<string, string>>();
  private readonly before = new Map<string, ReadonlyMap<string, string>>();

  /** False for a line that was there before the log was left the last time. */
  isNew({ containerId, stream, time }: ResumedLine): boolean {
    if (time === '') return true;
    if (time <= (this.before.get(containerId)?.get(stream) ?? '')) return false;
    const streams = this.last.get(containerId) ?? new Map<string, string>();
    this.last.set(containerId, streams);
    if (time > (streams.get(stream) ?? '')) streams.set(stream, time);
    return true;
  }

  /** From here on what is read of a container, or of any, may have been there. */
  again(containerId?: string): void {
    for (const [id, streams] of this.last) if (containerId === undefined || id === containerId) this.before.set(id, new Map(streams));
  }

  /** From when on a container, or any, is read to go on with it; undefined before its first line. */
  since(containerId?: string): string | undefined {
    let newest = '';
    for (const [id, streams] of this.last) {
      if (containerId !== undefined && id !== containerId) continue;
      for (const time of streams.values()) if (time > newest) newest = time;
    }
    return newest === '' ? undefined : new Date(Math.max(0, Date.parse(newest) - OVERLAP_MS)).toISOString();
  }
}
