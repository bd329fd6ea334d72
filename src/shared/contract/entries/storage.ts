import * as z from 'zod';
import { entry } from '../define';
import { inProject, modeName, nothing, projectRef, serviceName } from '../schemas/common';
import { filesChanged } from '../schemas/compose';
import {
  bucket,
  bucketName,
  mountBackend,
  mountCheck,
  objectKey,
  objectPage,
  objectVersion,
  storageConflicts,
  storageImages,
  storagePlan,
  storageStatus,
  storageTestReport,
  strategyName,
  syncRun,
  transferResult,
} from '../schemas/storage';

/** Parts of storage that can be started, stopped and set up one by one. */
const component = z.enum(['all', 's3', 'mounts', 'sync']).default('all');
const size = z.string().regex(/^\d+(?:\.\d+)?[KMGT]?$/i, 'a size is a number with K, M, G or T, for example 5G');
const age = z.string().regex(/^\d+(?:ms|s|m|h|d)$/, 'a time is a number with s, m, h or d, for example 1m');

const storageResult = z.object({ operationId: z.string(), status: storageStatus });
const inBucket = z.object({ bucket: bucketName });

/** Local S3, mounts, sync jobs, conflicts between them, and the bucket browser. */
export const storageEntries = {
  'storage.status': entry({ kind: 'query', summary: 'The S3 server, mounts and sync jobs of a project, and what they add.', input: inProject, output: storageStatus }),
  'storage.start': entry({
    kind: 'operation',
    summary: 'Start S3, then buckets, mounts and sync, each once the one before is healthy.',
    input: z.object({ project: projectRef, component, pull: z.boolean().default(false).describe('images that are missing may be fetched'), build: z.boolean().default(false).describe('images that are missing may be made here') }),
    output: storageResult,
    asks: true,
  }),
  'storage.stop': entry({ kind: 'operation', summary: 'Stop sync, mounts and, when no other project uses it, S3. Data stays.', input: z.object({ project: projectRef, component }), output: storageResult, asks: true }),
  'storage.use': entry({
    kind: 'operation',
    summary: 'Use the local S3, or an external endpoint.',
    input: z.object({
      target: z.enum(['local', 'external']),
      project: projectRef,
      endpoint: z.string().max(2_048).optional(),
      region: z.string().max(64).default('us-east-1'),
      accessKey: z.string().max(256).optional(),
      secretKey: z.string().max(256).optional(),
    }),
    output: storageResult,
    positional: ['target'],
    secrets: { accessKey: 'BERTH_S3_ACCESS_KEY', secretKey: 'BERTH_S3_SECRET_KEY' },
    asks: true,
  }),
  'storage.credentials': entry({
    kind: 'query',
    summary: "The keys of this project's buckets, for a client of your own.",
    input: inProject,
    output: z.object({ endpoint: z.string(), accessKey: z.string(), secretKey: z.string(), buckets: z.array(z.string()), kind: z.enum(['generated', 'default', 'given']) }),
  }),
  'storage.rotate-credentials': entry({
    kind: 'operation',
    summary: 'Make new keys for the S3 server and every project, and hand them to what runs; services that were connected are made anew.',
    input: z.object({
      project: projectRef,
      default: z.boolean().default(false).describe('minioadmin for the server, on this machine only'),
      services: z.boolean().default(true).describe('connected services are made anew now; without it they take the new keys with the next switch'),
      dryRun: z.boolean().default(false).describe('only say who is handed new keys and what is made anew'),
    }),
    output: storageResult.extend({
      dryRun: z.boolean(),
      handedOn: z.array(
        z.object({
          projectId: z.string(),
          project: z.string(),
          storage: z.array(z.string()).describe('containers of mounts and copies'),
          services: z.array(z.string()).describe('connected services that run'),
          follow: z.string().nullable().describe('the operation that makes the services anew; null when there are none, or they wait for the next switch'),
        }),
      ),
    }),
    asks: true,
  }),
  'storage.server': entry({
    kind: 'operation',
    summary: 'Set the image, the ports and the console of the local S3 server.',
    input: z.object({ project: projectRef, image: z.string().max(512).optional(), apiPort: z.coerce.number().int().min(1).max(65_535).optional(), consolePort: z.coerce.number().int().min(1).max(65_535).optional(), console: z.boolean().optional() }),
    output: storageResult,
    asks: true,
  }),
  'storage.images': entry({ kind: 'query', summary: 'Which images of your own are set for the parts of storage.', input: nothing, output: storageImages }),
  'storage.image': entry({
    kind: 'command',
    summary: 'Use an image of your own for mounts and copies (rclone, s3fs), for the containers of workspaces or for the tests of the data folder; without a name, the one that Berth chooses. The server has storage server --image.',
    input: z.object({ role: z.enum(['rclone', 's3fs', 'workspace', 'tests']), image: z.string().max(512).optional() }),
    output: storageImages,
    positional: ['role', 'image'],
  }),
  'storage.setup': entry({
    kind: 'operation',
    summary: 'Write mounts and sync jobs into docker-compose.storage.yml and their buckets into .env.',
    input: z.object({ project: projectRef, preset: z.enum(['complementary', 'legacy', 'workspace']).default('complementary'), backend: mountBackend.default('rclone'), only: z.enum(['all', 'mounts', 'sync']).default('all') }),
    output: filesChanged,
    positional: ['preset'],
    asks: true,
    plans: true,
  }),
  'storage.tune': entry({
    kind: 'operation',
    summary: 'Change the cache of a mount, or use a preset: bigger-cache (5G) or fresher (1m). The mount is made again.',
    input: z.object({ project: projectRef, mount: z.string().max(512).optional(), preset: z.enum(['bigger-cache', 'fresher', 'default']).optional(), cacheMaxSize: size.optional(), cacheMaxAge: age.optional(), dirCacheTime: age.optional(), readOnly: z.boolean().optional() }),
    output: filesChanged,
    asks: true,
    plans: true,
  }),
  'storage.conflicts': entry({ kind: 'query', summary: 'Who reads and writes which bucket, and where that goes wrong.', input: inProject, output: storageConflicts }),
  'storage.apply-strategy': entry({
    kind: 'operation',
    summary: 'Mend conflicts: bucket-separation, container-separation, resource-optimization, or all three; folder-separation keeps one bucket, with a folder for each.',
    input: z.object({ project: projectRef, strategy: strategyName }),
    output: filesChanged,
    positional: ['strategy'],
    asks: true,
    plans: true,
  }),
  'storage.plan': entry({ kind: 'query', summary: 'The decisions about storage, which are recommended, and how well the choices agree with that.', input: inProject, output: storagePlan }),
  'storage.choose': entry({
    kind: 'command',
    summary: 'Choose an option of one decision.',
    input: z.object({ project: projectRef, decision: z.string().min(1).max(64), option: z.string().min(1).max(64) }),
    output: storagePlan,
    positional: ['decision', 'option'],
  }),
  'storage.validate': entry({
    kind: 'operation',
    summary: 'Test the data folder, every bucket and every mount with real files, and leave none behind.',
    input: z.object({ project: projectRef, what: z.enum(['all', 'efs', 's3', 'mounts']).default('all') }),
    output: storageTestReport,
    exits: [{ as: 'unhealthy', when: 'a test failed', is: ({ ok }) => !ok }],
    positional: ['what'],
  }),
  'storage.troubleshoot': entry({ kind: 'query', summary: 'Mount not working: three checks of each mount, with the commands that say the same.', input: inProject, output: z.array(mountCheck) }),
  'storage.remount': entry({ kind: 'operation', summary: 'Unmount and mount again, consumers keep running.', input: z.object({ project: projectRef, mount: z.string().max(512).optional() }), output: storageResult, asks: true }),
  'storage.refresh': entry({ kind: 'operation', summary: 'Show at once in the mounts what changed in their buckets.', input: z.object({ project: projectRef, mount: z.string().max(512).optional() }), output: z.object({ operationId: z.string(), refreshed: z.array(z.string()), tookMs: z.number() }) }),
  'storage.sync': entry({ kind: 'operation', summary: 'Run sync jobs now.', input: z.object({ project: projectRef, job: z.string().max(512).optional() }), output: z.object({ operationId: z.string(), runs: z.array(syncRun) }) }),
  'storage.runs': entry({ kind: 'query', summary: 'The last runs of the sync jobs, newest first.', input: z.object({ project: projectRef, job: z.string().max(512).optional(), limit: z.coerce.number().int().min(1).max(500).default(50) }), output: z.array(syncRun) }),
  'storage.connect': entry({
    kind: 'operation',
    summary: 'Give services the local S3 and the mounts by an override file; your compose files stay as they are.',
    input: z.object({ project: projectRef, mode: modeName.optional(), services: z.array(serviceName).default([]).describe('services; all when none is named') }),
    output: filesChanged,
    positional: ['services'],
    asks: true,
    plans: true,
  }),
  'buckets.list': entry({ kind: 'query', summary: 'The buckets of the S3 server and who uses them.', input: inProject, output: z.array(bucket) }),
  'buckets.create': entry({ kind: 'operation', summary: 'Make a bucket.', input: inBucket.extend({ project: projectRef, versioning: z.boolean().default(false) }), output: z.object({ operationId: z.string(), bucket }), positional: ['bucket'] }),
  'buckets.versioning': entry({ kind: 'operation', summary: 'Keep old versions of every object of a bucket, or stop keeping them.', input: inBucket.extend({ project: projectRef, enabled: z.boolean() }), output: z.object({ operationId: z.string(), bucket }), positional: ['bucket'] }),
  'buckets.remove': entry({ kind: 'operation', summary: 'Remove an empty bucket.', input: inBucket.extend({ project: projectRef }), output: z.object({ operationId: z.string() }), positional: ['bucket'], asks: true }),
  'objects.list': entry({
    kind: 'query',
    summary: 'One page of what lies in a bucket beneath a prefix.',
    input: inBucket.extend({ project: projectRef, prefix: z.string().max(1_024).default(''), after: z.string().max(2_048).optional(), limit: z.coerce.number().int().min(1).max(1_000).default(200) }),
    output: objectPage,
    positional: ['bucket', 'prefix'],
  }),
  'objects.versions': entry({ kind: 'query', summary: 'The versions of one object, newest first.', input: inBucket.extend({ project: projectRef, key: objectKey }), output: z.array(objectVersion), positional: ['bucket', 'key'] }),
  'objects.put': entry({
    kind: 'operation',
    summary: 'Upload a file, in parts when it is large, and compare checksums.',
    input: inBucket.extend({ project: projectRef, key: objectKey, file: z.string().min(1).max(4_096) }),
    output: transferResult,
    positional: ['bucket', 'key', 'file'],
    paths: ['file'],
  }),
  'objects.get': entry({
    kind: 'operation',
    summary: 'Download an object, or an older version of it, to a file that does not exist yet.',
    input: inBucket.extend({ project: projectRef, key: objectKey, file: z.string().min(1).max(4_096), versionId: z.string().max(1_024).optional() }),
    output: transferResult,
    positional: ['bucket', 'key', 'file'],
    paths: ['file'],
  }),
  'objects.remove': entry({
    kind: 'operation',
    summary: 'Delete objects. In a bucket with versions they can be brought back.',
    input: inBucket.extend({ project: projectRef, keys: z.array(objectKey).min(1).max(1_000) }),
    output: z.object({ operationId: z.string(), removed: z.array(z.string()), failed: z.array(z.object({ key: z.string(), detail: z.string() })) }),
    positional: ['bucket', 'keys'],
    asks: true,
  }),
  'objects.restore': entry({ kind: 'operation', summary: 'Make an older version of an object the newest one.', input: inBucket.extend({ project: projectRef, key: objectKey, versionId: z.string().min(1).max(1_024) }), output: transferResult, positional: ['bucket', 'key', 'versionId'] }),
} as const;
