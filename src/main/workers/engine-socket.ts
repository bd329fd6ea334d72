import { request } from 'node:http';

/** What an engine answered. */
export interface SocketAnswer {
  readonly status: number;
  readonly body: Buffer;
}

const DEADLINE_MS = 20_000;

/** The few calls that the monitor of a compose file makes, over the socket it is given; the app has an engine of its own. */
export class EngineSocket {
  constructor(private readonly socketPath: string) {}

  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<SocketAnswer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const call = request({ socketPath: this.socketPath, method, path, timeout: DEADLINE_MS, headers: text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
      });
      call.once('timeout', () => call.destroy(new Error(`The engine did not answer ${method} ${path} in time.`)));
      call.once('error', reject);
      call.end(text);
    });
  }

  /** The answer as JSON; rejects with the engine's words for every other status. */
  async json(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, also: readonly number[] = []): Promise<unknown> {
    const answer = await this.ask(method, path, body);
    const text = answer.body.toString('utf8');
    if (answer.status >= 300 && !also.includes(answer.status)) throw new Error(wordsOf(text) || `The engine answered ${String(answer.status)}.`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }
}

function wordsOf(text: string): string {
  try {
    const parsed = JSON.parse(text) as { readonly message?: unknown };
    return typeof parsed.message === 'string' ? parsed.message : '';
  } catch {
    return text.trim().slice(0, 400);
  }
}
