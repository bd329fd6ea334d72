import type { OutputOf } from '@shared/contract/contract';
import { engineTime } from '@shared/domain/logs/log-time';
import { LogResume } from '@shared/domain/logs/resume';
import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import type { EngineEvent, LogChunkLine } from '@main/docker/types';
import { createLiveMerge, type LiveMerge } from './live-merge';
import { isWanted, logSources, type LogRequest, type LogSources } from './log-sources';
import { mergedByTime } from './merge-logs';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

type LogLine = OutputOf<'services.logs'>;
type LogDependencies = Pick<ServicesDependencies, 'engine' | 'projects'>;

/** A container whose log is read. */
interface Writer {
  readonly id: string;
  readonly service: string;
}

interface StreamRequest extends LogRequest {
  readonly follow: boolean;
  readonly tail: number;
}

/**
 * The lines of all containers of the services, merged by time. With `follow` what is written later comes as well, also from a container that takes the place of
 * another or starts again, each line once, until the signal aborts. Nothing is asked again and again: what starts has an event.
 */
export async function streamLogs(deps: LogDependencies, service: ServicesService, input: StreamRequest, signal: AbortSignal, push: (line: LogLine) => void): Promise<void> {
  if (input.follow && input.until !== undefined) throw new AppError('input-invalid', 'What is followed has no end.', { hint: 'Leave out --until or --follow.' });
  const sources = await logSources(deps, service, input);
  if (!input.follow) {
    for await (const lines of linesOf(deps, sources, input.tail, signal)) for (const line of lines) push(line);
    return;
  }
  await new Follower(deps, sources, input.tail, signal, push).run();
}

/** What the engine has of the logs now, merged by time. */
export function linesOf(deps: Pick<LogDependencies, 'engine'>, { containers, since, until }: LogSources, tail: number, signal: AbortSignal): AsyncIterable<readonly LogLine[]> {
  if (tail === 0) return mergedByTime<LogLine>([]);
  return mergedByTime(containers.map((one) => named(one, deps.engine.readLogs(one.id, { tail, since, until }, signal))));
}

async function* named(writer: Writer, pieces: AsyncIterable<readonly LogChunkLine[]>): AsyncGenerator<readonly LogLine[], void, undefined> {
  for await (const piece of pieces) yield piece.map((line) => lineOf(writer, line));
}

function lineOf({ id, service }: Writer, { stream, time, text }: LogChunkLine): LogLine {
  return { service, containerId: id, stream, time, text };
}

/** Follows the containers of services, whichever they are. */
class Follower {
  private readonly resume = new LogResume();
  /** Containers that are read, and whether they have started once more meanwhile. */
  private readonly reading = new Map<string, { again: boolean }>();
  private readonly known: ReadonlySet<string>;
  private readonly merge: LiveMerge<LogLine>;
  /** What happened while what was there before is still read. */
  private early: EngineEvent[] | null = [];
  private fail: (error: unknown) => void = () => undefined;

  constructor(
    private readonly deps: LogDependencies,
    private readonly sources: LogSources,
    private readonly tail: number,
    private readonly signal: AbortSignal,
    private readonly push: (line: LogLine) => void,
  ) {
    this.known = new Set(sources.containers.map((one) => one.id));
    this.merge = createLiveMerge(() => this.reading.size <= 1, push);
  }

  async run(): Promise<void> {
    const { signal } = this;
    const ended = new Promise<void>((resolve, reject) => {
      this.fail = reject;
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    ended.catch(() => undefined);
    // Listening comes first: nothing that starts from here on is missed.
    const subscription = this.deps.engine.onEvent((event) => (this.early === null ? this.heard(event) : this.early.push(event)));
    try {
      if (!this.isOneThatRuns) await this.readPast();
      for (const one of this.sources.containers) if (isAlive(one)) this.follow(one);
      const early = this.early ?? [];
      this.early = null;
      for (const event of early) this.heard(event);
      await ended;
    } finally {
      subscription.dispose();
      this.merge.end();
    }
  }

  /** Then following reads what was there as well, in one go. */
  private get isOneThatRuns(): boolean {
    const [only, more] = this.sources.containers;
    return only !== undefined && more === undefined && isAlive(only);
  }

  private async readPast(): Promise<void> {
    const { deps, sources, tail, signal } = this;
    try {
      for await (const lines of linesOf(deps, sources, tail, signal)) {
        for (const line of lines) {
          this.resume.isNew(line);
          this.push(line);
        }
      }
    } catch (error) {
      // One of several that was removed meanwhile, or whose log cannot be read, does not keep the others from being followed.
      if (sources.containers.length <= 1 || (error instanceof AppError && error.code === 'engine-unreachable')) throw error;
    }
    for (const one of sources.containers) this.resume.again(one.id);
  }

  private heard(event: EngineEvent): void {
    if (event.type === 'gap') return void this.lookAgain();
    if (event.type !== 'container' || event.action !== 'start') return;
    const { attributes } = event;
    const service = attributes['com.docker.compose.service'];
    const isOwn = attributes['com.docker.compose.project'] === this.sources.project.name && isOfFolder(this.sources.project.dir, { workingDir: attributes['com.docker.compose.project.working_dir'] ?? '' });
    if (service === undefined || !isOwn || attributes['com.docker.compose.oneoff'] === 'True' || !isWanted(this.sources.wanted, service)) return;
    this.follow({ id: event.id, service });
  }

  /** Events may have been lost, and with them what has started. */
  private async lookAgain(): Promise<void> {
    const { project, wanted } = this.sources;
    const observed = await this.deps.engine.observe(project.name, []).catch(() => null);
    for (const one of observed?.containers ?? []) if (isAlive(one) && !one.oneOff && isOfFolder(project.dir, one) && isWanted(wanted, one.service) && !this.reading.has(one.id)) this.follow(one);
  }

  private follow(writer: Writer): void {
    const { signal } = this;
    const open = this.reading.get(writer.id);
    if (open !== undefined) open.again = true;
    if (open !== undefined || signal.aborted) return;
    const reading = { again: false };
    this.reading.set(writer.id, reading);
    const take = (chunk: LogChunkLine): void => {
      const line = lineOf(writer, chunk);
      if (this.resume.isNew(line)) this.merge.add(line);
    };
    // Removed, or the engine went away: what comes next has its own event. One that started again while this reading came to its end is read on at once.
    const end = (): void => {
      this.resume.again(writer.id);
      this.reading.delete(writer.id);
      if (reading.again) this.follow(writer);
    };
    this.deps.engine.followLogs(writer.id, { ...this.rangeOf(writer), follow: true }, take, signal).then(end, (error: unknown) => {
      // A log that the engine keeps nowhere, for example.
      if (this.isOneThatRuns && error instanceof AppError && error.code === 'engine-refused') this.fail(error);
      end();
    });
  }

  /** From a little before the last line that was read on; a container that is new is read from its beginning. */
  private rangeOf({ id }: Writer): { readonly tail: number; readonly since?: string } {
    const last = this.resume.since(id);
    if (last !== undefined) return { tail: -1, since: engineTime(last, 0) ?? last };
    const since = this.known.has(id) ? this.sources.since : undefined;
    // Known ones without a line yet were looked at already, unless there is but one.
    const tail = this.known.has(id) && (this.tail === 0 || this.isOneThatRuns) ? this.tail : -1;
    return since === undefined ? { tail } : { tail, since };
  }
}
