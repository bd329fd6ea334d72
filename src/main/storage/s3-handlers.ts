import type { Handlers } from '@main/dispatch/types';
import { listBuckets, type BucketSources } from './buckets';
import { bucketsOf } from './server-records';

/** What answering questions about S3 needs. */
export interface S3HandlerDependencies extends BucketSources {
  readonly projectIdOf: (reference: string) => Promise<string>;
}

type Names = 'storage.credentials' | 'buckets.list' | 'objects.list' | 'objects.versions';

/** Binds the contract's questions about the S3 server, buckets and objects. */
export function s3Handlers(deps: S3HandlerDependencies): Pick<Handlers, Names> {
  const { server, projectIdOf } = deps;
  return {
    'storage.credentials': async ({ project }) => {
      const projectId = await projectIdOf(project);
      const link = await server.records.link(projectId);
      const place = await server.place(projectId);
      const root = await server.records.root();
      const buckets = [...bucketsOf(link)];
      if (link.origin === 'external') return { endpoint: place.endpoint, accessKey: place.accessKey, secretKey: place.secretKey, buckets, kind: 'given' };
      // Whoever chose the keys everybody knows wants to use them.
      const { accessKey, secretKey } = root?.kind === 'default' ? root : place;
      return { endpoint: place.endpoint, accessKey, secretKey, buckets, kind: root?.kind ?? 'generated' };
    },
    'buckets.list': async ({ project }) => listBuckets(deps, await projectIdOf(project)),
    'objects.list': async ({ project, bucket, prefix, after, limit }, { signal }) => {
      const door = await server.door(await projectIdOf(project));
      try {
        const page = await door.list({ bucket, prefix, delimiter: '/', after: after ?? null, limit }, signal);
        return { bucket, prefix, folders: [...page.folders], objects: page.objects.map((one) => ({ ...one })), next: page.next };
      } finally {
        door.close();
      }
    },
    'objects.versions': async ({ project, bucket, key }, { signal }) => {
      const door = await server.door(await projectIdOf(project));
      try {
        return (await door.versions(bucket, key, signal)).map((one) => ({ ...one }));
      } finally {
        door.close();
      }
    },
  };
}
