import { QuickSession } from './quick-session';
import type { S3Options } from './types';

/** Makes a bucket where there is none; one that is there already is fine. Rejects as every call of the quick client does. */
export async function ensureQuickBucket(options: S3Options, bucket: string, signal?: AbortSignal): Promise<void> {
  const session = new QuickSession(options);
  const call = { method: 'PUT', bucket, counts: 'puts', also: [409] } as const;
  try {
    await session.send(call, signal, {
      read: (answer) => {
        if (answer.status !== 409) return;
        const error = session.refusal(answer, call);
        const code = error.details?.['code'];
        if (code !== 'BucketAlreadyOwnedByYou' && code !== 'BucketAlreadyExists') throw error;
      },
    });
  } finally {
    await session.close();
  }
}
