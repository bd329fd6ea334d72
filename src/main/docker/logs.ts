import { fieldOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import { LogLines } from './log-lines';
import { containerPath } from './observe';
import type { LogChunkLine } from './types';
import { chunksOf } from './whole-stream';

const HEAD_DEADLINE_MS = 10_000;

async function stream(door: Door, containerId: string, tail: number, follow: boolean, onLine: (line: LogChunkLine) => void, signal?: AbortSignal): Promise<void> {
  const tty = fieldOf(await door.read(`${containerPath(containerId)}/json`, 'inspect a container'), 'Config', 'Tty') === true;
  const transport = await door.transport();
  const lines = new LogLines(tty, onLine);
  try {
    const response = await door.open({
      method: 'GET',
      path: `${containerPath(containerId)}/logs`,
      query: { stdout: true, stderr: true, timestamps: true, follow, tail: tail < 0 ? 'all' : tail },
      doing: 'send the logs of the container',
      deadlineMs: HEAD_DEADLINE_MS,
      signal,
    });
    for await (const chunk of chunksOf(response)) lines.write(chunk);
    if (lines.incomplete) throw new Error('the log was cut');
    lines.end();
  } catch (error) {
    if (signal?.aborted === true) return;
    throw transport.streamFailure(error);
  }
}

/** The last lines, oldest first, both streams in the order of their times. */
export async function logTail(door: Door, containerId: string, lines: number): Promise<readonly LogChunkLine[]> {
  if (lines <= 0) return [];
  const found: LogChunkLine[] = [];
  await stream(door, containerId, lines, false, (line) => found.push(line));
  return found.slice(-lines);
}

/** Delivers lines until the container stops or `signal` ends it; both resolve. A broken connection rejects. */
export async function followLogs(door: Door, containerId: string, options: { readonly tail: number; readonly follow: boolean }, onLine: (line: LogChunkLine) => void, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await stream(door, containerId, options.tail, options.follow, onLine, signal);
  } catch (error) {
    if (error instanceof AppError && error.code === 'cancelled' && signal.aborted) return;
    throw error;
  }
}
