import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { ProjectStats } from './types';

interface Watcher {
  readonly projectId: string;
  readonly everyMs: number;
  readonly push: (stats: ProjectStats) => void;
}

interface Entry extends Watcher {
  dueMs: number;
  readonly end: () => void;
}

interface WatchersOptions {
  readonly clock: Clock;
  /** Samples these projects now. */
  readonly sample: (projectIds: readonly string[]) => Promise<readonly ProjectStats[]>;
  readonly failed: (error: unknown) => void;
}

/** Those who look at the same time: equal intervals fall on equal moments, so that one sample serves all of them. Without anybody, nothing is sampled. */
export class Watchers implements Disposable {
  private readonly entries = new Set<Entry>();
  private timer: NodeJS.Timeout | null = null;
  private sampling = false;

  constructor(private readonly options: WatchersOptions) {}

  /** Pushes samples until the signal aborts or everything ends. */
  follow(watcher: Watcher, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        this.entries.delete(entry);
        this.plan();
        resolve();
      };
      const entry: Entry = { ...watcher, dueMs: this.nextMoment(watcher.everyMs), end };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', end, { once: true });
      this.entries.add(entry);
      this.plan();
    });
  }

  dispose(): void {
    for (const one of [...this.entries]) one.end();
  }

  private nextMoment(everyMs: number): number {
    return (Math.floor(this.options.clock.now() / everyMs) + 1) * everyMs;
  }

  private plan(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.sampling || this.entries.size === 0) return;
    const dueMs = Math.min(...[...this.entries].map((one) => one.dueMs));
    this.timer = setTimeout(() => void this.run(), Math.max(0, dueMs - this.options.clock.now())).unref();
  }

  private async run(): Promise<void> {
    const nowMs = this.options.clock.now();
    const due = [...this.entries].filter((one) => one.dueMs <= nowMs);
    this.sampling = true;
    try {
      const stats = due.length === 0 ? [] : await this.options.sample([...new Set(due.map((one) => one.projectId))]);
      for (const one of due) {
        const own = stats.find((each) => each.projectId === one.projectId);
        if (own !== undefined && this.entries.has(one)) one.push(own);
      }
    } catch (error) {
      this.options.failed(error);
    } finally {
      for (const one of due) one.dueMs = this.nextMoment(one.everyMs);
      this.sampling = false;
      this.plan();
    }
  }
}
