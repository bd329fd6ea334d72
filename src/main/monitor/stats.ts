import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import type { BerthEvent } from '@shared/contract/events';
import { historyColumns } from '@shared/domain/monitor/history';
import type { Project } from '@shared/domain/projects/project';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import { AppError } from '@shared/kernel/app-error';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { Engine } from '@main/docker/types';
import type { EventLog } from '@main/operations/event-log-types';
import type { Logger, Store, StoredSample } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { Settings } from '@main/settings/types';
import type { ProjectStats } from './types';
import { projectStats, UsageReadings, usesOf, type Baseline, type Reading } from './usage';
import { Watchers } from './watchers';

const HISTORY_MS = 24 * 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;
/** A sample this young answers a question by itself. */
const FRESH_MS = 3_000;
/** Who samples at the same moment, for the history or for somebody who looks, shares one sample. */
const SHARED_MS = 1_000;
/** Against an older one the processor share would tell of the past rather than of now. */
const BASELINE_MS = 15_000;
const FIRST_PAIR_MS = 300;
/** Between samples further apart than so many intervals nothing is known. */
const HOLD_INTERVALS = 2.5;
const HEALTH_ENTRIES = 2_000;

/** One sample of a project. */
interface Taken {
  readonly readings: readonly Reading[];
  readonly stats: ProjectStats;
}

export interface StatsDependencies {
  readonly engine: Pick<Engine, 'containerStates' | 'stats' | 'inspectContainer' | 'onEvent' | 'state'>;
  readonly projects: Pick<Projects, 'list' | 'resolve'>;
  readonly store: Pick<Store, 'appendSamples' | 'samples' | 'pruneSamples'>;
  readonly settings: Pick<Settings, 'get' | 'onChanged'>;
  readonly eventLog: Pick<EventLog, 'list'>;
  readonly publish: (event: BerthEvent) => void;
  readonly timed: TimedWork;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What services use: sampled into a history of 24 hours whether anybody looks or not, and oftener while somebody does.
 * All who look share one sampler.
 */
export class StatsMonitor {
  private readonly readings: UsageReadings;
  private readonly watchers: Watchers;
  private readonly last = new Map<string, ProjectStats>();
  /** The latest reading of each container, and the one that went into the history last. */
  private latest: Baseline = new Map();
  private recorded: Baseline = new Map();
  /** The last sample of each project for whoever asks at the same moment. */
  private readonly taken = new Map<string, { readonly atMs: number; readonly of: Promise<ReadonlyMap<string, Taken>> }>();
  private readonly held: Disposable[] = [];
  private timer: NodeJS.Timeout | null = null;
  private recording: Promise<void> | null = null;
  private prunedAtMs = 0;
  private running = false;

  constructor(private readonly deps: StatsDependencies) {
    this.readings = new UsageReadings(deps.engine);
    this.watchers = new Watchers({ clock: deps.clock, sample: (projectIds) => this.sampleWatched(projectIds), failed: (error) => this.failed(error) });
  }

  /** Begins to write the history. */
  start(): Promise<void> {
    if (this.running) return Promise.resolve();
    this.running = true;
    this.readings.followEvents(true);
    this.held.push(
      this.deps.engine.onEvent((event) => {
        if (event.type === 'gap') this.readings.noteStart(null);
        else if (event.type === 'container' && (event.action === 'start' || event.action === 'die')) this.readings.noteStart(event.id);
      }),
      this.deps.settings.onChanged((key) => {
        if (key === 'stats.everySeconds') this.plan();
      }),
    );
    void this.tick();
    return Promise.resolve();
  }

  /** Ends the history and every watch; resolves when no sample is being written any more. */
  async stop(): Promise<void> {
    this.running = false;
    for (const one of this.held.splice(0)) one.dispose();
    this.readings.followEvents(false);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.watchers.dispose();
    await this.recording;
  }

  async show(reference: string): Promise<ProjectStats> {
    const project = await this.deps.projects.resolve(reference);
    const last = this.last.get(project.id);
    if (last !== undefined && this.deps.clock.now() - Date.parse(last.at) < FRESH_MS) return last;
    return this.sampleNow(project);
  }

  async watch(input: ParsedInputOf<'stats.watch'>, signal: AbortSignal, push: (stats: ProjectStats) => void): Promise<void> {
    const project = await this.deps.projects.resolve(input.project);
    push(await this.show(project.id));
    if (input.follow) await this.watchers.follow({ projectId: project.id, everyMs: input.everyMs, push }, signal);
  }

  async history(input: ParsedInputOf<'stats.history'>): Promise<OutputOf<'stats.history'>> {
    const { id: projectId } = await this.deps.projects.resolve(input.project);
    const toMs = this.deps.clock.now();
    const fromMs = toMs - input.minutes * 60_000;
    const holdMs = this.deps.settings.get('stats.everySeconds') * 1000 * HOLD_INTERVALS;
    const [samples, entries] = await Promise.all([
      // From before the window, so that the first rate in it has something to start from.
      this.deps.store.samples({ projectId, service: input.service, fromMs: fromMs - holdMs, toMs }),
      this.deps.eventLog.list({ projectId, service: input.service, type: 'service.state', sinceAt: new Date(fromMs).toISOString(), limit: HEALTH_ENTRIES }),
    ]);
    const services = new Map<string, StoredSample[]>();
    for (const one of samples) {
      const known = services.get(one.service);
      if (known === undefined) services.set(one.service, [one]);
      else known.push(one);
    }
    const series = [...services.keys()].sort().map((service) => ({
      service,
      ...historyColumns(services.get(service) ?? [], { fromMs, toMs, points: input.points, holdMs }),
      health: entries
        .filter((entry) => entry.service === service)
        .map((entry) => ({ at: entry.at, state: textOf(entry.data['state']), health: textOf(entry.data['health']) }))
        .reverse(),
    }));
    return { fromAt: new Date(fromMs).toISOString(), toAt: new Date(toMs).toISOString(), series };
  }

  /** A sample to answer with: where nothing recent is there to compare with, two in short order. */
  private async sampleNow(project: Project): Promise<ProjectStats> {
    const recent = (one: Reading): boolean => {
      const before = this.latest.get(one.id);
      return before !== undefined && one.now.atMs - before.atMs < BASELINE_MS && one.now.atMs > before.atMs;
    };
    const first = (await this.readings.read([project])).get(project.id) ?? [];
    if (first.every(recent)) return this.keep(project.id, first);
    this.note(first);
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAIR_MS));
    return this.keep(project.id, (await this.readings.read([project])).get(project.id) ?? []);
  }

  private keep(projectId: string, readings: readonly Reading[]): ProjectStats {
    const stats = projectStats(projectId, usesOf(readings, this.latest), this.deps.clock.now());
    this.note(readings);
    this.last.set(projectId, stats);
    return stats;
  }

  private note(readings: readonly Reading[]): void {
    const latest = new Map(this.latest);
    for (const one of readings) latest.set(one.id, one.now);
    this.latest = latest;
  }

  private async sampleWatched(projectIds: readonly string[]): Promise<readonly ProjectStats[]> {
    const projects = (await this.deps.projects.list()).filter((one) => projectIds.includes(one.id));
    const taken = await this.take(projects);
    return [...taken.values()].map(({ stats }) => {
      this.deps.publish({ type: 'stats.changed', stats });
      return stats;
    });
  }

  /** A sample of each project: the one that is being taken, or was a moment ago, where there is one. */
  private async take(projects: readonly Project[]): Promise<ReadonlyMap<string, Taken>> {
    const atMs = this.deps.clock.now();
    const due = projects.filter(({ id }) => atMs - (this.taken.get(id)?.atMs ?? -Infinity) >= SHARED_MS);
    if (due.length > 0) {
      const of = this.readings.read(due).then(
        (read) => new Map(
          due.map(({ id }) => {
            const readings = read.get(id) ?? [];
            return [id, { readings, stats: this.keep(id, readings) }];
          }),
        ),
      );
      for (const { id } of due) this.taken.set(id, { atMs, of });
    }
    const samples = await Promise.all(projects.map(async ({ id }) => [id, (await this.taken.get(id)?.of)?.get(id)] as const));
    return new Map(samples.flatMap(([id, one]) => (one === undefined ? [] : [[id, one]])));
  }

  /** On the moments that those who look seldom are told at. */
  private plan(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const everyMs = this.deps.settings.get('stats.everySeconds') * 1000;
    const leftMs = everyMs - (this.deps.clock.now() % everyMs);
    // A timer may be a moment early: the moment it was for is over then.
    this.timer = this.running ? setTimeout(() => void this.tick(), leftMs < everyMs / 2 ? leftMs + everyMs : leftMs).unref() : null;
  }

  private async tick(): Promise<void> {
    this.recording ??= this.deps
      .timed(() => this.record())
      .catch((error: unknown) => this.failed(error))
      .finally(() => (this.recording = null));
    await this.recording;
    this.plan();
  }

  /** One sample of everything that runs, into the history. */
  private async record(): Promise<void> {
    const nowMs = this.deps.clock.now();
    if (nowMs - this.prunedAtMs >= PRUNE_EVERY_MS) {
      this.prunedAtMs = nowMs;
      await this.deps.store.pruneSamples(nowMs - HISTORY_MS);
    }
    if (this.deps.engine.state().state !== 'connected') return;
    const taken = await this.take(await this.deps.projects.list());
    const atMs = this.deps.clock.now();
    const rows = [...taken].flatMap(([projectId, { readings }]) => usesOf(readings, this.recorded).map((use): StoredSample => ({ projectId, atMs, ...use })));
    const all = [...taken.values()].flatMap(({ readings }) => readings);
    for (const id of this.taken.keys()) if (!taken.has(id)) this.taken.delete(id);
    // Only what runs now is remembered: this is also where containers that are gone are forgotten.
    this.recorded = new Map(all.map((one) => [one.id, one.now]));
    this.latest = this.recorded;
    if (rows.length > 0) await this.deps.store.appendSamples(rows);
  }

  private failed(error: unknown): void {
    // An engine that is away and projects that cannot be read are said elsewhere; the next sample tries again.
    if (!(error instanceof AppError)) this.deps.log.error('what services use could not be sampled', { error });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
