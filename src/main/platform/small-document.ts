import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { AppError } from '@shared/kernel/app-error';

const MAX_BYTES = 64 * 1024;

/** Asks an address for a small JSON document: no redirects are followed, nothing about this machine is sent along. Rejects with `service-unreachable`. */
export function smallDocument(address: string, deadlineMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new AppError('service-unreachable', `${new URL(address).host} ${why}.`));
    const get = address.startsWith('https:') ? getHttps : getHttp;
    const request = get(address, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(deadlineMs), agent: false }, (response) => {
      readAll(response).then((text) => {
        if (response.statusCode !== 200) return fail(`answered ${String(response.statusCode ?? '')}`);
        if (text === null) return fail('answered with more than 64 KiB');
        try {
          resolve(JSON.parse(text));
        } catch {
          fail('answered with something that is no JSON');
        }
      }, () => fail('broke off its answer'));
    });
    request.on('error', () => fail('does not answer'));
  });
}

async function readAll(response: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BYTES) {
      response.destroy();
      return null;
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
