import { fieldOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import { LogLines } from './log-lines';
import { containerPath } from './observe';
import type { LogChunkLine, LogRange } from './types';
import { chunksOf } from './whole-stream';

const HEAD_DEADLINE_MS = 10_000;

/** Lines as they arrive, several at once. Reading goes on when the last ones were taken, so whoever is slow holds up the engine and no memory. */
async function* pieces(door: Door, containerId: string, { tail, since, until }: LogRange, follow: boolean, signal?: AbortSignal): AsyncGenerator<readonly LogChunkLine[], void, undefined> {
  const tty = fieldOf(await door.read(`${containerPath(containerId)}/json`, 'inspect a container'), 'Config', 'Tty') === true;
  const transport = await door.transport();
  let read: LogChunkLine[] = [];
  const lines = new LogLines(tty, (line) => read.push(line));
  const taken = (): readonly LogChunkLine[] => {
    const given = read;
    read = [];
    return given;
  };
  try {
    const response = await door.open({
      method: 'GET',
      path: `${containerPath(containerId)}/logs`,
      query: { stdout: true, stderr: true, timestamps: true, follow, tail: tail < 0 ? 'all' : tail, ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) },
      doing: 'send the logs of the container',
      deadlineMs: HEAD_DEADLINE_MS,
      signal,
    });
    for await (const chunk of chunksOf(response)) {
      lines.write(chunk);
      if (read.length > 0) yield taken();
    }
    if (lines.incomplete) throw new Error('the log was cut');
    lines.end();
  } catch (error) {
    if (signal?.aborted === true) return;
    throw transport.streamFailure(error);
  }
  yield taken();
}

/** What is there now, oldest first. */
export function readLogs(door: Door, containerId: string, range: LogRange, signal: AbortSignal): AsyncIterable<readonly LogChunkLine[]> {
  return pieces(door, containerId, range, false, signal);
}

/** The last lines, oldest first, both streams in the order of their times. */
export async function logTail(door: Door, containerId: string, lines: number): Promise<readonly LogChunkLine[]> {
  if (lines <= 0) return [];
  const found: LogChunkLine[] = [];
  for await (const piece of pieces(door, containerId, { tail: lines }, false)) for (const line of piece) found.push(line);
  return found.slice(-lines);
}

/** Delivers lines until the container stops or `signal` ends it; both resolve. A broken connection rejects. */
export async function followLogs(door: Door, containerId: string, options: LogRange & { readonly follow: boolean }, onLine: (line: LogChunkLine) => void, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    for await (const piece of pieces(door, containerId, options, options.follow, signal)) for (const line of piece) onLine(line);
  } catch (error) {
    if (error instanceof AppError && error.code === 'cancelled' && signal.aborted) return;
    throw error;
  }
}
