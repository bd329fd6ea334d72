import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { Engine, EngineEvent, LogChunkLine, LogRange } from '@main/docker/types';
import { createLiveMerge } from '@main/services/live-merge';
import { streamLogs } from '@main/services/log-stream';
import { mergedByTime } from '@main/services/merge-logs';
import type { ServicesService } from '@main/services/service';
import type { ServicesDependencies } from '@main/services/types';

type Line = OutputOf<'services.logs'>;
const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000000Z`;
const chunk = (second: number): LogChunkLine => ({ stream: 'stdout', time: at(second), text: String(second) });

describe('merging by time', () => {
  async function* pieces(lines: readonly { time: string }[], size: number): AsyncGenerator<readonly { time: string }[], void, undefined> {
    for (let from = 0; from < lines.length; from += size) yield lines.slice(from, from + size);
    yield [];
  }

  it('puts the lines of several logs into order, each once', async () => {
    const log = fc.array(fc.integer({ min: 0, max: 59 }).map((second) => ({ time: at(second) })), { maxLength: 40 }).map((lines) => lines.sort((a, b) => (a.time < b.time ? -1 : 1)));
    await fc.assert(
      fc.asyncProperty(fc.array(log, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), async (logs, size) => {
        const merged: { time: string }[] = [];
        for await (const piece of mergedByTime(logs.map((one) => pieces(one, size)))) merged.push(...piece);
        expect(merged.map(({ time }) => time)).toEqual(logs.flat().map(({ time }) => time).sort());
      }),
    );
  });

  it('lets go of every log when the reader leaves or one breaks', async () => {
    let open = 0;
    async function* log(breaks: boolean): AsyncGenerator<readonly { time: string }[], void, undefined> {
      open += 1;
      try {
        for (let second = 0; second < 600; second += 1) {
          if (breaks && second === 5) throw new Error('broken');
          yield [{ time: at(0) }];
        }
      } finally {
        open -= 1;
      }
    }
    for await (const piece of mergedByTime([log(false), log(false)])) if (piece.length > 0) break;
    expect(open).toBe(0);
    await expect((async () => {
      for await (const piece of mergedByTime([log(false), log(true)])) expect(piece).toBeDefined();
    })()).rejects.toThrow('broken');
    expect(open).toBe(0);
  });
});

describe('lines that come at nearly the same time', () => {
  afterEach(() => vi.useRealTimers());

  it('are put into order where there are several logs', () => {
    vi.useFakeTimers();
    const got: string[] = [];
    let single = false;
    const merge = createLiveMerge<LogChunkLine>(() => single, (line) => got.push(line.text));
    for (const second of [3, 1, 2]) merge.add(chunk(second));
    expect(got).toEqual([]);
    vi.advanceTimersByTime(40);
    single = true;
    merge.add(chunk(9));
    single = false;
    merge.add(chunk(8));
    merge.end();
    merge.add(chunk(7));
    expect(got).toEqual(['1', '2', '3', '9', '8']);
  });
});

/** An engine whose containers print what a test says. */
class FakeEngine {
  readonly logs = new Map<string, LogChunkLine[]>();
  readonly asked: { readonly id: string; readonly range: LogRange & { readonly follow?: boolean } }[] = [];
  private readonly readers = new Map<string, { onLine: (line: LogChunkLine) => void; end: (error?: Error) => void }>();
  private listener: (event: EngineEvent) => void = () => undefined;
  containers: { id: string; service: string; state: string }[] = [];

  make(id: string, service: string, state = 'running'): void {
    this.containers = [...this.containers.filter((one) => one.id !== id), { id, service, state }];
    if (!this.logs.has(id)) this.logs.set(id, []);
  }

  print(id: string, ...seconds: readonly number[]): void {
    for (const second of seconds) {
      this.logs.get(id)?.push(chunk(second));
      this.readers.get(id)?.onLine(chunk(second));
    }
  }

  stop(id: string, error?: Error): void {
    this.readers.get(id)?.end(error);
    this.readers.delete(id);
  }

  tell(action: string, id: string, service: string, more: Readonly<Record<string, string>> = {}): void {
    this.listener({ type: 'container', action, id, attributes: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': service, ...more }, timeNano: 0 });
  }

  gap(): void {
    this.listener({ type: 'gap', action: 'gap', id: '', attributes: {}, timeNano: 0 });
  }

  get followed(): readonly string[] {
    return [...this.readers.keys()].sort();
  }

  /** How often a log was begun to be followed. */
  timesFollowed(id: string): number {
    return this.asked.filter((one) => one.id === id && one.range.follow === true).length;
  }

  private select(id: string, { tail, since }: LogRange): readonly LogChunkLine[] {
    const lines = (this.logs.get(id) ?? []).filter((line) => since === undefined || Date.parse(line.time) / 1_000 >= Number(since));
    return tail < 0 ? lines : tail === 0 ? [] : lines.slice(-tail);
  }

  readonly engine = {
    onEvent: (listener: (event: EngineEvent) => void) => {
      this.listener = listener;
      return { dispose: () => undefined };
    },
    observe: async () => ({ containers: this.observed() }),
    readLogs: async function* (this: void) {
      yield [] as readonly LogChunkLine[];
    },
    followLogs: (id: string, range: LogRange & { readonly follow: boolean }, onLine: (line: LogChunkLine) => void, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        this.asked.push({ id, range });
        for (const line of this.select(id, range)) onLine(line);
        this.readers.set(id, { onLine, end: (error) => (error === undefined ? resolve() : reject(error)) });
        signal.addEventListener('abort', () => {
          this.readers.delete(id);
          resolve();
        });
      }),
  };

  observed(): readonly object[] {
    return this.containers.map((one) => ({ ...one, oneOff: false, workingDir: '/shop' }));
  }

  deps(): Pick<ServicesDependencies, 'engine' | 'projects'> {
    const readLogs = (id: string, range: LogRange): AsyncIterable<readonly LogChunkLine[]> => {
      this.asked.push({ id, range });
      const lines = this.select(id, range);
      return (async function* () {
        yield lines;
      })();
    };
    return { engine: { ...this.engine, readLogs } as unknown as Engine, projects: { resolve: async () => ({ id: 'p', name: 'shop', dir: '/shop' }) } as unknown as ServicesDependencies['projects'] };
  }

  service(): ServicesService {
    return { look: async () => ({ observed: { containers: this.observed() }, loaded: { dev: { model: { services: { api: {}, db: {}, web: {} } } } } }) } as unknown as ServicesService;
  }
}

interface Following {
  readonly lines: Line[];
  readonly done: Promise<void>;
  texts(): readonly string[];
  stop(): Promise<void>;
}

function follow(fake: FakeEngine, input: Partial<Parameters<typeof streamLogs>[2]> = {}): Following {
  const lines: Line[] = [];
  const abort = new AbortController();
  const done = streamLogs(fake.deps(), fake.service(), { project: 'shop', follow: true, tail: 100, ...input }, abort.signal, (line) => lines.push(line));
  done.catch(() => undefined);
  return {
    lines,
    done,
    texts: () => lines.map((line) => `${line.containerId}:${line.text}`),
    stop: async () => {
      abort.abort();
      await done;
    },
  };
}

describe('following', () => {
  it('merges what was there, then gives each new line once', async () => {
    const fake = new FakeEngine();
    fake.make('a', 'api');
    fake.make('d', 'db');
    fake.print('a', 1, 3);
    fake.print('d', 2);
    const following = follow(fake);
    await vi.waitFor(() => expect(fake.followed).toEqual(['a', 'd']));
    fake.print('d', 4);
    fake.print('a', 5);
    await vi.waitFor(() => expect(following.texts()).toEqual(['a:1', 'd:2', 'a:3', 'd:4', 'a:5']));
    await following.stop();
    expect(fake.followed).toEqual([]);
  });

  it('goes on with a container that takes the place of another, and with one that starts again, without a gap or a line twice', async () => {
    const fake = new FakeEngine();
    fake.make('a', 'api');
    fake.print('a', 1, 2);
    const following = follow(fake, { service: 'api' });
    await vi.waitFor(() => expect(fake.followed).toEqual(['a']));
    fake.stop('a');
    fake.print('a', 3);
    fake.tell('start', 'a', 'api');
    await vi.waitFor(() => expect(following.texts()).toEqual(['a:1', 'a:2', 'a:3']));
    // Started once more before the end of the last run was heard of.
    fake.tell('start', 'a', 'api');
    fake.stop('a');
    fake.print('a', 4);
    await vi.waitFor(() => expect(fake.timesFollowed('a')).toBe(3));
    fake.make('b', 'api');
    fake.print('b', 5, 6);
    fake.tell('start', 'b', 'api');
    await vi.waitFor(() => expect(following.texts()).toEqual(['a:1', 'a:2', 'a:3', 'a:4', 'b:5', 'b:6']));
    await following.stop();
  });

  it('asks for nothing again and again when containers have ended', async () => {
    const fake = new FakeEngine();
    fake.make('a', 'api');
    fake.make('d', 'db', 'exited');
    fake.print('a', 1);
    fake.print('d', 2);
    const following = follow(fake);
    await vi.waitFor(() => expect(fake.followed).toEqual(['a']));
    fake.stop('a');
    fake.stop('a', new AppError('engine-unreachable', 'gone'));
    fake.tell('die', 'a', 'api');
    await new Promise((resolve) => setImmediate(resolve));
    expect([fake.timesFollowed('a'), fake.timesFollowed('d')]).toEqual([1, 0]);
    expect(following.texts()).toEqual(['a:1', 'd:2']);
    await following.stop();
  });

  it('looks again after events may have been lost', async () => {
    const fake = new FakeEngine();
    fake.make('a', 'api');
    fake.print('a', 1);
    const following = follow(fake);
    await vi.waitFor(() => expect(fake.followed).toEqual(['a']));
    fake.stop('a', new AppError('engine-unreachable', 'gone'));
    fake.print('a', 2);
    fake.make('b', 'web');
    fake.print('b', 3);
    fake.gap();
    await vi.waitFor(() => expect([...following.texts()].sort()).toEqual(['a:1', 'a:2', 'b:3']));
    fake.gap();
    await following.stop();
    expect(fake.timesFollowed('b')).toBe(1);
  });

  it('leaves out other services, other projects and one-off containers', async () => {
    const fake = new FakeEngine();
    fake.make('a', 'api');
    const following = follow(fake, { services: ['api', 'web'] });
    await vi.waitFor(() => expect(fake.followed).toEqual(['a']));
    for (const [id, service, more] of [['d', 'db', {}], ['o', 'web', { 'com.docker.compose.oneoff': 'True' }], ['x', 'web', { 'com.docker.compose.project': 'other' }], ['y', 'web', { 'com.docker.compose.project.working_dir': '/elsewhere' }]] as const) {
      fake.make(id, service);
      fake.tell('start', id, service, more);
    }
    fake.make('w', 'web');
    fake.tell('start', 'w', 'web', { 'com.docker.compose.project.working_dir': '/shop' });
    await vi.waitFor(() => expect(fake.followed).toEqual(['a', 'w']));
    await following.stop();
  });

  it('goes on from a moment, and says what cannot be', async () => {
    const fake = new FakeEngine();
    fake.make('a', 'api');
    fake.make('d', 'db');
    fake.print('a', 1, 2, 3);
    fake.print('d', 1, 4);
    const following = follow(fake, { since: at(3) });
    await vi.waitFor(() => expect(following.texts()).toEqual(['a:3', 'd:4']));
    await following.stop();
    await expect(follow(fake, { since: 'yesterday' }).done).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(follow(fake, { until: '1m' }).done).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(follow(fake, { service: 'nobody' }).done).rejects.toMatchObject({ code: 'service-not-found' });
  });

  it('says why the only log there is cannot be read', async () => {
    const fake = new FakeEngine();
    fake.make('a', 'api');
    const following = follow(fake, { service: 'api' });
    await vi.waitFor(() => expect(fake.followed).toEqual(['a']));
    fake.stop('a', new AppError('engine-refused', 'configured logging driver does not support reading'));
    await expect(following.done).rejects.toMatchObject({ code: 'engine-refused' });
  });
});
