import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { sealedForAdmin } from './admin-seal';
import { s3Failure } from './failure';
import { signedRequest } from './sign';
import type { S3Options } from './types';

/** Keys of MinIO and what they may open. Asking for what is so already is fine. */
export interface MinioAdmin {
  /** Keys that may do exactly what a policy says, and nothing else. Made, or changed. */
  allow(accessKey: string, secretKey: string, policy: Json): Promise<void>;
  /** False while it answers already and does not know its keys yet. */
  ready(): Promise<boolean>;
  /** The keys open nothing any more. Gone already is fine. */
  forbid(accessKey: string): Promise<void>;
}

interface Request {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly verb: string;
  readonly query: { readonly [name: string]: string };
  readonly body?: Uint8Array;
}

/** MinIO's admin API with its root keys. Rejects as the door to its buckets does. */
export function minioAdmin(options: S3Options): MinioAdmin {
  const call = async ({ method, verb, query, body = new Uint8Array() }: Request): Promise<void> => {
    const { host, origin } = new URL(options.endpoint);
    const path = `/minio/admin/v3/${verb}`;
    const signed = signedRequest({ method, host, path, query, body, region: options.region, accessKey: options.accessKey, secretKey: options.secretKey, at: new Date() });
    try {
      const answer = await fetch(`${origin}${path}?${signed.query}`, { method, headers: signed.headers, signal: AbortSignal.timeout(options.deadlineMs), ...(body.byteLength === 0 ? {} : { body: body as Uint8Array<ArrayBuffer> }) });
      const text = await answer.text();
      // The text names codes and policies, never keys.
      if (!answer.ok) throw Object.assign(new Error(text.slice(0, 300)), { name: codeIn(text), $metadata: { httpStatusCode: answer.status } });
    } catch (error) {
      throw s3Failure(error, options, {}, false);
    }
  };
  return {
    async allow(accessKey, secretKey, policy) {
      const name = policyName(accessKey);
      const user = await sealedForAdmin(options.secretKey, Buffer.from(JSON.stringify({ secretKey, status: 'enabled' })));
      await call({ method: 'PUT', verb: 'add-canned-policy', query: { name }, body: Buffer.from(JSON.stringify(policy)) });
      await call({ method: 'PUT', verb: 'add-user', query: { accessKey }, body: user });
      await call({ method: 'PUT', verb: 'set-user-or-group-policy', query: { policyName: name, userOrGroup: accessKey, isGroup: 'false' } });
    },
    async ready() {
      try {
        // Asks for what it has to have read to know any key.
        await call({ method: 'GET', verb: 'list-canned-policies', query: {} });
        return true;
      } catch (error) {
        if (error instanceof AppError && error.code === 'service-unreachable') return false;
        throw error;
      }
    },
    async forbid(accessKey) {
      await goneIsFine(call({ method: 'DELETE', verb: 'remove-user', query: { accessKey } }));
      await goneIsFine(call({ method: 'DELETE', verb: 'remove-canned-policy', query: { name: policyName(accessKey) } }));
    },
  };
}

function policyName(accessKey: string): string {
  return `berth-${accessKey}`;
}

function codeIn(text: string): string {
  return /"Code"\s*:\s*"(\w+)"|<Code>(\w+)<\/Code>/.exec(text)?.slice(1).find((found) => found !== undefined) ?? '';
}

async function goneIsFine(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error;
  }
}
