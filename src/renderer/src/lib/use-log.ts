import { useEffect, useMemo, useState } from 'react';
import type { PackedLines } from '@shared/domain/logs/packed-lines';
import { LogResume } from '@shared/domain/logs/resume';
import type { AppError } from '@shared/kernel/app-error';
import { streamLog, subscribe } from './client';
import { LOG_CAPACITY, LogBuffer } from './log-buffer';

/** Whose log it is. `services` empty: of all services of the project, merged by time. */
export type LogSource =
  | { readonly kind: 'services'; readonly projectId: string; readonly services: readonly string[] }
  | { readonly kind: 'workspace'; readonly projectId: string; readonly name: string; /** Its log ends with its container. */ readonly containerId: string };

/** A log as it comes in. */
export interface Log {
  readonly buffer: LogBuffer;
  /** Changes with what the buffer holds. */
  readonly version: number;
  readonly error: AppError | null;
  readonly ended: boolean;
  readonly again: () => void;
}

/** Lines of each of several services that are read at the beginning. */
const TAIL_EACH = 5_000;
/** Lines kept of all services together. */
const MERGED_CAPACITY = 100_000;
/** Nobody reads faster than this. */
const REDRAW_MS = 50;

/** Follows a log while it can be seen; later it goes on where it was left. */
export function useLog(source: LogSource, visible: boolean): Log {
  const key = source.kind === 'services' ? JSON.stringify([source.projectId, source.services]) : JSON.stringify([source.projectId, 'workspace', source.name]);
  const container = source.kind === 'workspace' ? source.containerId : '';
  const [turn, setTurn] = useState(0);
  const [version, setVersion] = useState(0);
  const [error, setError] = useState<AppError | null>(null);
  const [ended, setEnded] = useState(false);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- another log gets another buffer.
  const { buffer, resume } = useMemo(() => ({ buffer: new LogBuffer(isMerged(source) ? MERGED_CAPACITY : LOG_CAPACITY), resume: new LogResume() }), [key]);

  useEffect(() => {
    if (!visible) return undefined;
    const redraw = redrawer(() => setVersion((number) => number + 1));
    setError(null);
    setEnded(false);
    resume.again();
    const onLines = (lines: PackedLines, skipped: number): void => {
      if (skipped > 0) buffer.skip(skipped);
      buffer.append(lines, (line) => resume.isNew(line));
      redraw.ask();
    };
    const onEnd = (failure: AppError | null): void => {
      setError(failure?.code === 'cancelled' ? null : failure);
      setEnded(true);
    };
    const stop = read(source, resume.since(), onLines, onEnd);
    return () => {
      stop();
      redraw.stop();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for the source.
  }, [key, container, buffer, resume, visible, turn]);

  const failed = error !== null;
  useEffect(() => {
    if (!failed) return undefined;
    // The engine is back: so is the log.
    return subscribe((events) => {
      if (events.some(({ event }) => event.type === 'engine.changed' && event.engine.state === 'connected')) setTurn((number) => number + 1);
    });
  }, [failed]);

  return { buffer, version, error, ended, again: () => setTurn(turn + 1) };
}

function isMerged(source: LogSource): boolean {
  return source.kind === 'services' && source.services.length !== 1;
}

function read(source: LogSource, since: string | undefined, onLines: (lines: PackedLines, skipped: number) => void, onEnd: (error: AppError | null) => void): () => void {
  if (source.kind === 'workspace') return streamLog('workspaces.logs', { project: source.projectId, name: source.name, follow: true, tail: LOG_CAPACITY }, onLines, onEnd);
  const asked = { project: source.projectId, services: [...source.services], follow: true };
  if (since === undefined) return streamLog('services.logs', { ...asked, tail: isMerged(source) ? TAIL_EACH : LOG_CAPACITY }, onLines, onEnd);
  return streamLog('services.logs', { ...asked, tail: LOG_CAPACITY, since }, onLines, onEnd);
}

/** Draws at the next frame, but no more often than anybody can read. */
function redrawer(draw: () => void): { ask(): void; stop(): void } {
  let lastMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;
  return {
    ask() {
      timer ??= setTimeout(() => {
        frame = requestAnimationFrame(() => {
          timer = undefined;
          lastMs = performance.now();
          draw();
        });
      }, Math.max(0, lastMs + REDRAW_MS - performance.now()));
    },
    stop() {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    },
  };
}
