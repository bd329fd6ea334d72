import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands before an S3 server and counts. */
export interface CountedRequests {
  readonly endpoint: string;
  /** Requests of a method that were under way at once, at most, since the last reset. */
  peak(method: string): number;
  count(method: string): number;
  reset(): void;
  close(): Promise<void>;
}

/** Hands every request on as it is, its `Host` too, since that is signed. `isCounted`: by its path. */
export async function countedRequests(upstream: string, isCounted: (path: string) => boolean): Promise<CountedRequests> {
  const { hostname, port } = new URL(upstream);
  const now = new Map<string, number>();
  const peaks = new Map<string, number>();
  const counts = new Map<string, number>();
  const server = createServer((incoming, answer) => {
    const method = isCounted(incoming.url ?? '') ? (incoming.method ?? '') : 'other';
    const under = (now.get(method) ?? 0) + 1;
    now.set(method, under);
    counts.set(method, (counts.get(method) ?? 0) + 1);
    peaks.set(method, Math.max(under, peaks.get(method) ?? 0));
    answer.once('close', () => now.set(method, (now.get(method) ?? 1) - 1));
    const sent = request({ hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    });
    sent.on('error', () => answer.destroy());
    incoming.pipe(sent);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    peak: (method) => peaks.get(method) ?? 0,
    count: (method) => counts.get(method) ?? 0,
    reset: () => {
      peaks.clear();
      counts.clear();
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
