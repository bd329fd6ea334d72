import { randomUUID } from 'node:crypto';
import { log, Problem } from '#shared/service.ts';
import type { StoreClient } from '#shared/store-client.ts';
import type { Indexer, ProcessedDocument } from './indexer.ts';

/** One document that somebody asked to have processed. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly queuedAt: string;
  readonly endedAt: string | null;
  readonly result: ProcessedDocument | null;
  readonly error: string | null;
}

const MAX_QUEUED = 1000;
const KEPT = 1000;

/** Processes documents one after the other, in the order they were asked for. A document that already waits is not queued twice. */
export class JobQueue {
  private readonly indexer: Indexer;
  private readonly store: StoreClient;
  private readonly jobs = new Map<string, Job>();
  private readonly queue: string[] = [];
  private readonly watchers = new Map<string, (() => void)[]>();
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(indexer: Indexer, store: StoreClient) {
    this.indexer = indexer;
    this.store = store;
  }

  /** Throws a 404 when there is no such upload, and a 429 when too many wait. */
  async add(name: string): Promise<Job> {
    await this.indexer.expectUpload(name);
    const waiting = this.queue.map((id) => this.jobs.get(id)).find((job) => job?.name === name);
    if (waiting !== undefined) return waiting;
    if (this.queue.length >= MAX_QUEUED) throw new Problem(429, 'too-many-jobs', `${MAX_QUEUED} documents wait already; try again later.`);
    const job: Job = { id: randomUUID(), name, state: 'queued', queuedAt: new Date().toISOString(), endedAt: null, result: null, error: null };
    this.put(job);
    this.queue.push(job.id);
    this.work();
    return job;
  }

  /** The job, also one from before a restart. One that was cut off by it is done again. */
  async get(id: string): Promise<Job> {
    const known = this.jobs.get(id);
    if (known !== undefined) return known;
    const kept = (await this.store.get(`job:${id}`).catch(() => null))?.value as Job | undefined;
    if (kept === undefined) throw new Problem(404, 'no-such-job', `There is no job ${id}.`);
    this.put(kept);
    if (kept.endedAt === null) {
      this.queue.push(id);
      this.work();
    }
    return kept;
  }

  /** The job at its end, or as it is after `waitMs`. */
  async ended(id: string, waitMs: number): Promise<Job> {
    const job = await this.get(id);
    if (job.endedAt !== null || waitMs <= 0) return job;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.watchers.set(id, [...(this.watchers.get(id) ?? []), () => {
        clearTimeout(timer);
        resolve();
      }]);
    });
    return this.jobs.get(id) ?? job;
  }

  /** The newest first. */
  list(limit: number): readonly Job[] {
    return [...this.jobs.values()].reverse().slice(0, limit);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private put(job: Job): void {
    this.jobs.set(job.id, job);
    for (const [id, { endedAt }] of this.jobs) if (this.jobs.size > KEPT && endedAt !== null) this.jobs.delete(id);
    void this.store.put(`job:${job.id}`, job).catch((error: unknown) => log(`the store did not take job ${job.id}: ${String(error)}`));
    if (job.endedAt === null) return;
    for (const tell of this.watchers.get(job.id) ?? []) tell();
    this.watchers.delete(job.id);
  }

  private work(): void {
    this.running ??= this.loop().finally(() => (this.running = null));
  }

  private async loop(): Promise<void> {
    for (let id = this.queue[0]; id !== undefined && !this.stopped; id = this.queue[0]) {
      const job = this.jobs.get(id);
      if (job !== undefined) await this.run(job);
      this.queue.shift();
    }
  }

  private async run(job: Job): Promise<void> {
    this.put({ ...job, state: 'running' });
    try {
      const result = await this.indexer.processNow(job.name);
      this.put({ ...job, state: 'done', endedAt: new Date().toISOString(), result });
    } catch (error) {
      this.put({ ...job, state: 'failed', endedAt: new Date().toISOString(), error: error instanceof Problem ? error.message : 'The document could not be processed; the log of the worker has the details.' });
      if (!(error instanceof Problem)) log(`job ${job.id} for ${job.name} failed: ${String(error)}`);
    }
  }
}
