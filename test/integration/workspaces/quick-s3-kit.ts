import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as ask, type IncomingMessage, type RequestListener } from 'node:http';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import type { QuickS3, WriteCondition } from '@main/platform/s3/sync-types';
import type { S3Options } from '@main/platform/s3/types';
import { ensureTool } from '../../../scripts/lib/storage-tools.mjs';
import { freePort } from '../../support/private-engine';
import { waitUntil } from '../../support/storage';

/** A time with nanoseconds. */
export const MTIME_NS = 1_700_000_000_123_456_789n;
/** No condition. */
export const ANY: WriteCondition = { kind: 'any' };

/** A store of a test and its keys. */
export interface Store {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

/** The options of a client for it. */
export function optionsOf(store: Omit<Store, 'stop'>, changed: Partial<S3Options> & { readonly concurrency?: number } = {}): S3Options & { readonly concurrency?: number } {
  const { endpoint, accessKey, secretKey } = store;
  return { endpoint, region: 'us-east-1', accessKey, secretKey, deadlineMs: 10_000, ...changed };
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Writes a text without asking for anything. */
export function putText(s3: QuickS3, key: string, text: string, condition: WriteCondition = ANY, signal?: AbortSignal): ReturnType<QuickS3['put']> {
  const body = Buffer.from(text);
  return s3.put({ bucket: 'data', key, body, md5: md5(body), mtimeNs: MTIME_NS, condition }, signal);
}

/** Every key and tag beneath a prefix. */
export async function listed(s3: QuickS3, prefix: string, bucket = 'data'): Promise<{ readonly key: string; readonly sizeBytes: number; readonly etag: string }[]> {
  const found = [];
  for await (const page of s3.list(bucket, prefix)) found.push(...page);
  return found;
}

/** Versity's gateway over a folder: another kind of server. */
export async function versityStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'bt-qs3-'));
  await mkdir(join(folder, 'data'));
  const port = await freePort();
  const [accessKey, secretKey] = [randomBytes(8).toString('hex'), randomBytes(16).toString('hex')];
  const server = spawn(await ensureTool('versitygw'), ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder], { stdio: 'ignore', env: { PATH: process.env['PATH'], ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey } });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const store = { endpoint: `http://127.0.0.1:${port}`, accessKey, secretKey };
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const s3 = openQuickS3(optionsOf(store));
  try {
    await waitUntil(() => s3.head('data', 'any').then(() => true, () => false), 10_000, 'versitygw answers');
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await s3.close();
  }
  return { ...store, stop };
}

/** What stands between a client and its store. */
export interface Between {
  readonly endpoint: string;
  /** Method and path of everything that came. */
  readonly seen: string[];
  stop(): Promise<void>;
}

/** Says what becomes of a request: passed on, answered itself, or answered with the connection cut after the store did its work. */
export type Judge = (method: string, path: string, count: number) => 'pass' | 'lose-answer' | 'cut' | RequestListener;

/** A proxy that loses, cuts and answers as it is told. It passes `host` on as it came, because it is signed. */
export async function between(store: Omit<Store, 'stop'>, judge: Judge): Promise<Between> {
  const seen: string[] = [];
  const target = new URL(store.endpoint);
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    seen.push(`${incoming.method ?? ''} ${path}`);
    const verdict = judge(incoming.method ?? '', path, seen.length);
    if (verdict === 'cut') {
      incoming.socket.destroy();
      return;
    }
    if (typeof verdict === 'function') {
      incoming.resume();
      incoming.once('end', () => verdict(incoming, outgoing));
      return;
    }
    const passed = ask({ host: target.hostname, port: target.port, method: incoming.method, path, headers: incoming.headers }, (answer: IncomingMessage) => {
      if (verdict === 'lose-answer') {
        answer.resume();
        answer.once('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** As a store says that it is too much. */
export function busy(retryAfter?: string): RequestListener {
  return (_request, answer) => {
    answer.writeHead(503, { 'content-type': 'application/xml', ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) });
    answer.end('<?xml version="1.0"?><Error><Message>Please reduce your request rate</Message><Code>SlowDown</Code></Error>');
  };
}
