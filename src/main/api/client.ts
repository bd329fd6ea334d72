import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AppErrorData } from '@shared/kernel/app-error';
import type { SequencedEvent } from '@shared/contract/events';
import type { Result } from '@shared/kernel/result';

const CONNECT_TIMEOUT_MS = 2_000;

/** Speaks to the Berth that serves the socket. */
export interface LocalApiClient {
  call(name: string, input: unknown, signal: AbortSignal): Promise<Result<unknown, AppErrorData>>;
  stream(name: string, input: unknown, signal: AbortSignal, push: (item: unknown) => void): Promise<Result<null, AppErrorData>>;
  /** Resolves when the stream of events ends: its host has closed, or the signal was aborted. */
  events(since: number | undefined, signal: AbortSignal, push: (event: SequencedEvent) => void): Promise<void>;
}

export interface HostInfo {
  readonly pid: number;
  readonly version: string;
  /** The command it is there for, while it starts no operation for anybody else. */
  readonly heldBy?: string;
}

/** Null when nothing answers on the socket (not there, or left by a process that died). */
export async function askHost(socketPath: string): Promise<HostInfo | null> {
  try {
    const response = await send(socketPath, 'GET', '/v1/health', undefined, AbortSignal.timeout(CONNECT_TIMEOUT_MS));
    const { pid, version, heldBy } = JSON.parse(await readText(response)) as Partial<HostInfo>;
    return pid === undefined || version === undefined ? null : { pid, version, ...(heldBy === undefined ? {} : { heldBy }) };
  } catch {
    return null;
  }
}

/** Asks the host to let go of the state. True when it does so now: it only watches. */
export async function askToYield(socketPath: string): Promise<boolean> {
  const answer = await createLocalApiClient(socketPath).call('runtime.yield', {}, AbortSignal.timeout(CONNECT_TIMEOUT_MS));
  return answer.ok && (answer.value as { readonly yields?: unknown }).yields === true;
}

export function createLocalApiClient(socketPath: string): LocalApiClient {
  return {
    async call(name, input, signal) {
      try {
        const response = await send(socketPath, 'POST', `/v1/${name}`, input, signal);
        return JSON.parse(await readText(response)) as Result<unknown, AppErrorData>;
      } catch (error) {
        return { ok: false, error: lost(error, signal) };
      }
    },
    async stream(name, input, signal, push) {
      let result: Result<null, AppErrorData> | undefined;
      try {
        const response = await send(socketPath, 'POST', `/v1/${name}`, input, signal);
        await readLines(response, (line) => {
          const value = JSON.parse(line) as { readonly item?: unknown } | Result<null, AppErrorData>;
          if ('ok' in value) result = value;
          else push(value.item);
        });
      } catch (error) {
        return { ok: false, error: lost(error, signal) };
      }
      return result ?? { ok: false, error: lost(undefined, signal) };
    },
    async events(since, signal, push) {
      try {
        const response = await send(socketPath, 'GET', since === undefined ? '/v1/events' : `/v1/events?since=${since}`, undefined, signal);
        await readLines(response, (line) => {
          const told = JSON.parse(line) as SequencedEvent | { readonly gap: true } | Result<never, AppErrorData>;
          // A gap or a refusal is no event; whoever listens looks at everything anew when it begins.
          if ('seq' in told) push(told);
        });
      } catch {
        // The end of the stream is all there is to say; whoever listens decides whether to come back.
      }
    },
  };
}

/** True when the host was not there to take the request: it can be sent again, to the next host. */
export function wasNotTaken(error: AppErrorData): boolean {
  return error.details?.['notTaken'] === true;
}

function lost(error: unknown, signal: AbortSignal): AppErrorData {
  if (signal.aborted) return { code: 'cancelled', message: 'Cancelled.' };
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return { code: 'interrupted', message: 'The Berth that was asked has just closed.', details: { notTaken: true } };
  return { code: 'interrupted', message: 'The Berth that was asked ended before it answered.', hint: 'Ask again; what was running is undone or finished on its next start.' };
}

function send(socketPath: string, method: string, path: string, input: unknown, signal: AbortSignal): Promise<IncomingMessage> {
  const body = input === undefined ? undefined : JSON.stringify(input);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { socketPath, method, path, signal, agent: false, headers: { host: 'berth', 'berth-door': 'cli', ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }) } },
      resolve,
    );
    request.on('error', reject);
    request.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function readLines(response: IncomingMessage, push: (line: string) => void): Promise<void> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') push(line);
  }
}
