import type { WebContents } from 'electron';
import { CHANNELS, type StreamAnswer } from '../../preload/api';
import { AppError } from '@shared/kernel/app-error';
import { packLines, type LogLine } from '@shared/domain/logs/packed-lines';
import type { AppServices } from '../app/app-services';
import { createPacedBatches, type PacedBatches } from './paced-batches';

const STREAM_BATCH_MS = 40;
/** Of all windows together. */
const MAX_STREAMS = 32;
/** Lines of logs: packed on their way, and where a page cannot keep up, the oldest of them are left out. Everything else arrives whole. */
const LOGS: ReadonlySet<string> = new Set(['services.logs', 'workspaces.logs']);
const LOGS_WAITING = { items: 50_000, weight: 16 * 1024 * 1024 };

interface Open {
  readonly abort: AbortController;
  readonly batches: PacedBatches<unknown>;
}

/** The streams that pages have open. Asked only by what has checked the sender. */
export interface WindowStreams {
  /** Resolves when the stream has ended, with how many batches the page is to wait for. */
  open(sender: WebContents, id: unknown, name: string, check: () => Promise<unknown>): Promise<StreamAnswer>;
  stop(senderId: number, id: unknown): void;
  /** The page has taken a batch. */
  taken(senderId: number, id: unknown): void;
  /** A page is gone. */
  endOf(senderId: number): void;
}

export function createWindowStreams(services: Promise<AppServices>): WindowStreams {
  const streams = new Map<string, Open>();

  return {
    async open(sender, id, name, check) {
      const key = `${String(sender.id)}:${String(id)}`;
      if (!Number.isInteger(id) || streams.has(key) || streams.size >= MAX_STREAMS) throw new AppError('input-invalid', 'Too many logs are open at once.', { hint: 'Close one first.' });
      const abort = new AbortController();
      const batches = batchesTo(sender, id, LOGS.has(name));
      // Known from the beginning: a page that stops it at once is heard.
      streams.set(key, { abort, batches });
      try {
        const input = await check();
        const { dispatcher } = await services;
        const result = await dispatcher.stream(name, input, { door: 'window', signal: abort.signal }, (item) => batches.push(item));
        batches.flush();
        return { ...result, batches: batches.sent() };
      } finally {
        batches.dispose();
        streams.delete(key);
      }
    },
    stop: (senderId, id) => streams.get(`${String(senderId)}:${String(id)}`)?.abort.abort(),
    taken: (senderId, id) => streams.get(`${String(senderId)}:${String(id)}`)?.batches.taken(),
    endOf(senderId) {
      for (const [key, { abort }] of streams) if (key.startsWith(`${String(senderId)}:`)) abort.abort();
    },
  };
}

function batchesTo(sender: WebContents, id: unknown, isLog: boolean): PacedBatches<unknown> {
  return createPacedBatches<unknown>({
    intervalMs: STREAM_BATCH_MS,
    mostWaiting: isLog ? LOGS_WAITING : null,
    weightOf: (item) => (isLog ? (item as LogLine).text.length : 0),
    send(items, skipped) {
      if (!sender.isDestroyed()) sender.send(CHANNELS.streamItems, { id, items: isLog ? [packLines(items as readonly LogLine[])] : items, skipped });
    },
  });
}
