import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { signedRequest } from '@main/platform/s3/sign';
import type { S3Options } from '@main/platform/s3/types';

/** An object that was written, as the server tells it. */
export interface WrittenObject {
  readonly etag: string;
  /** By the server's clock, which is this machine's: milliseconds since 1970. */
  readonly atMs: number;
}

interface Told {
  readonly Records?: readonly { readonly eventTime: string; readonly s3: { readonly object: { readonly eTag: string } } }[];
}

/** Where to listen, and whose keys to use. */
type ListenAt = Pick<S3Options, 'endpoint' | 'accessKey' | 'secretKey'> & { readonly bucket: string };

/**
 * Listens to what MinIO tells of the objects of a bucket. Nothing is asked again and again, so that who measures how long something takes
 * does not take part of the machine for it; it tells some of them at once, late, with the time of each. Resolves when it listens; the function it
 * resolves with ends that.
 */
export async function listenToObjects({ endpoint, accessKey, secretKey, bucket }: ListenAt, written: (object: WrittenObject) => void): Promise<() => void> {
  const { host, hostname, port } = new URL(endpoint);
  const { query, headers } = signedRequest({ method: 'GET', host, path: `/${bucket}`, query: { events: 's3:ObjectCreated:*' }, body: new Uint8Array(), headers: {}, isBodyUnsigned: false, region: 'us-east-1', accessKey, secretKey, at: new Date() });
  const request = http.get({ hostname, port, path: `/${bucket}?${query}`, headers });
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`MinIO does not tell of its objects: ${String(answer.statusCode)}.`);
  answer.on('error', () => undefined);
  const lines = createInterface({ input: answer });
  lines.on('line', (line) => {
    for (const { eventTime, s3 } of line.trim() === '' ? [] : ((JSON.parse(line) as Told).Records ?? [])) written({ etag: s3.object.eTag, atMs: Date.parse(eventTime) });
  });
  // What ends it cuts the connection.
  lines.on('error', () => undefined);
  return () => request.destroy();
}
