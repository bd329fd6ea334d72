import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SequencedEvent } from '@shared/contract/events';
import type { EventStream } from '@main/operations/event-stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { COMMON_HEADERS } from './answers';
import type { Door } from './guard';
import type { ApiLimits } from './limits';

/** No message from a listener means anything; a large one is cut off while it arrives. */
const MAX_LISTENER_MESSAGE_BYTES = 1_024;

/** Tells events to whoever listens over a connection that stays open, in one of three forms. */
export interface EventFeed {
  readonly size: number;
  /** As Server-Sent Events, or as one JSON object a line. `since` null: only what comes. */
  listen(request: IncomingMessage, response: ServerResponse, form: 'sse' | 'ndjson', since: number | null, door: Door): void;
  /** As WebSocket messages. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, since: number | null, door: Door, shown?: ShownEvent): void;
  /** Ends those of one door, or all. */
  end(kind?: Door['kind']): void;
}

/** What a listener hears of an event; null for nothing. */
export type ShownEvent = (event: SequencedEvent) => object | null;

interface Listener {
  readonly door: Door;
  /** False when the reader is too slow: it is cut. */
  tell(message: { readonly gap: true } | SequencedEvent): boolean;
  ping(): void;
  end(): void;
  cut(): void;
}

export function createEventFeed(events: EventStream, limits: ApiLimits): EventFeed {
  const listeners = new Set<Listener>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_LISTENER_MESSAGE_BYTES, perMessageDeflate: false, clientTracking: false });

  /** Resolves nothing and holds nothing: `onClose` of the connection calls what this returns. */
  function follow(listener: Listener, since: number | null): () => void {
    const tell = (message: { readonly gap: true } | SequencedEvent): void => {
      if (listeners.has(listener) && !listener.tell(message)) {
        listeners.delete(listener);
        listener.cut();
      }
    };
    listeners.add(listener);
    if (since !== null) {
      const missed = events.since(since);
      // What it knows is from before the oldest event that is kept, or from another run: it has to ask for everything again.
      if (!missed.complete) tell({ gap: true });
      for (const event of missed.events) tell(event);
    }
    const subscription = events.subscribe((batch) => batch.forEach(tell));
    const timer = setInterval(() => listener.ping(), limits.pingEveryMs);
    timer.unref();
    return () => {
      clearInterval(timer);
      subscription.dispose();
      listeners.delete(listener);
    };
  }

  return {
    get size() {
      return listeners.size;
    },
    listen(request, response, form, since, door) {
      response.writeHead(200, { ...COMMON_HEADERS, 'content-type': form === 'sse' ? 'text/event-stream' : 'application/x-ndjson' });
      response.flushHeaders();
      request.socket.setKeepAlive(true, limits.pingEveryMs);
      const stop = follow(form === 'sse' ? sseListener(response, door, limits) : lineListener(response, door, limits), since);
      request.socket.on('close', stop);
    },
    upgrade(request, socket, head, since, door, shown) {
      sockets.handleUpgrade(request, socket, head, (client) => {
        const stop = follow(socketListener(client, door, limits, shown), since);
        client.on('error', () => client.terminate());
        client.on('close', stop);
      });
    },
    end(kind) {
      for (const listener of listeners) if (kind === undefined || listener.door.kind === kind) listener.end();
    },
  };
}

function lineListener(response: ServerResponse, door: Door, limits: ApiLimits): Listener {
  return {
    door,
    tell: (message) => write(response, `${JSON.stringify(message)}\n`, limits),
    // A reader that is gone is noticed by the connection's keep-alive: there is no line that would mean nothing.
    ping: () => undefined,
    end: () => response.end(),
    cut: () => response.destroy(),
  };
}

function sseListener(response: ServerResponse, door: Door, limits: ApiLimits): Listener {
  write(response, 'retry: 1000\n\n', limits);
  return {
    door,
    tell: (message) => write(response, 'gap' in message ? `data: ${JSON.stringify(message)}\n\n` : `id: ${message.seq}\ndata: ${JSON.stringify(message)}\n\n`, limits),
    ping: () => write(response, ': ping\n\n', limits),
    end: () => response.end(),
    cut: () => response.destroy(),
  };
}

function socketListener(client: WebSocket, door: Door, limits: ApiLimits, shown: ShownEvent = (event) => event): Listener {
  let answered = true;
  client.on('pong', () => (answered = true));
  return {
    door,
    tell(message) {
      const told = 'gap' in message ? message : shown(message);
      if (told !== null && client.readyState === client.OPEN) client.send(JSON.stringify(told));
      return client.bufferedAmount <= limits.maxBacklogBytes;
    },
    ping() {
      if (!answered) return client.terminate();
      answered = false;
      client.ping();
    },
    end() {
      client.close(1001, 'Berth is being closed.');
      // Whoever does not close its side is not waited for.
      setTimeout(() => client.terminate(), limits.lingerMs).unref();
    },
    cut: () => client.terminate(),
  };
}

function write(response: ServerResponse, text: string, limits: ApiLimits): boolean {
  if (response.writableEnded || response.destroyed) return true;
  response.write(text);
  return response.writableLength <= limits.maxBacklogBytes;
}
