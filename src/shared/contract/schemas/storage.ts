import * as z from 'zod';
import { finding } from './checks';
import { where } from './common';

/** Local S3, mounts, sync jobs and what lies in them. */

/** Which S3 server: data, so that another one can be added without code. */
export const s3Flavour = z.enum(['minio', 'silo', 'versitygw', 'external']);

/** A bucket's name by the rules of S3. */
export const bucketName = z.string().min(3).max(63).regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/, 'a bucket name has small letters, digits, dots and dashes');
export const objectKey = z.string().min(1).max(1_024);

/** The server behind mounts, jobs and the browser. */
export const s3Server = z.object({
  /** Where this machine reaches it, for example http://127.0.0.1:9000; null before it was started or named. */
  endpoint: z.string().nullable(),
  consoleUrl: z.string().nullable(),
  origin: z.enum(['local', 'external']),
  flavour: s3Flavour.nullable(),
  /** Image reference of the local server. */
  image: z.string().nullable(),
  region: z.string(),
  /** stopped: not started. starting, healthy, unhealthy: runs and does not answer well. unreachable: an external one that does not answer. */
  health: z.enum(['stopped', 'starting', 'healthy', 'unhealthy', 'unreachable']),
  detail: z.string(),
  credentials: z.enum(['generated', 'default', 'given', 'none']),
  /** Named volume of the local server's data. */
  volume: z.string().nullable(),
  /** Sentences worth a notice: a version with a known hole, default credentials, other ports than usual. */
  notices: z.array(z.string()),
});

export const mountBackend = z.enum(['rclone', 's3fs']);

/** absent: not started. preflight, starting, healthy, degraded (does not answer well), recovering (being remounted), stopped, impossible (no FUSE here). */
export const mountState = z.enum(['absent', 'preflight', 'starting', 'healthy', 'degraded', 'recovering', 'stopped', 'impossible']);

export const storageMount = z.object({
  /** Service and mount point make it one: `rclone-mount:/mnt/s3/data`. */
  id: z.string(),
  service: z.string(),
  container: z.string(),
  remote: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  /** In the container, for example /mnt/s3/data. */
  mountPoint: z.string(),
  /** On this machine; null where a container engine elsewhere holds it. */
  hostPath: z.string().nullable(),
  backend: mountBackend,
  readOnly: z.boolean(),
  state: mountState,
  /** One sentence: why it is in this state, what Berth does about it. */
  detail: z.string(),
  latencyMs: z.number().nullable(),
  cache: z.object({ usedBytes: z.number().nullable(), maxBytes: z.number(), maxAgeSeconds: z.number(), dirCacheSeconds: z.number() }),
  usedBytes: z.number().nullable(),
  lastRefreshedAt: z.string().nullable(),
});

/** One run of a sync job. */
export const syncRun = z.object({
  operationId: z.string(),
  job: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  files: z.number().int(),
  bytes: z.number(),
  errors: z.number().int(),
  /** Objects that somebody else changed in the bucket since the last run. */
  drifted: z.array(z.string()),
  detail: z.string(),
});

export const syncJob = z.object({
  /** Service and source make it one: `s3-sync:/mnt/efs/processed`. */
  id: z.string(),
  service: z.string(),
  container: z.string(),
  source: z.string(),
  remote: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  /** archive: nothing is ever deleted in the bucket. mirror: deletions follow, guarded. */
  semantics: z.enum(['archive', 'mirror']),
  everySeconds: z.number().int(),
  state: z.enum(['idle', 'running', 'waiting', 'failed', 'stopped']),
  detail: z.string(),
  nextRunAt: z.string().nullable(),
  lastRun: syncRun.nullable(),
});

/** One row of `/storage/status`: a folder of storage as a service sees it. */
export const storageFolder = z.object({
  path: z.string(),
  state: z.enum(['ok', 'down']),
  mounted: z.boolean(),
  readable: z.boolean(),
  writable: z.boolean(),
  freeBytes: z.number().nullable(),
  usedBytes: z.number().nullable(),
  latencyMs: z.number().nullable(),
  lastSyncAt: z.string().nullable(),
  detail: z.string(),
});

/** What storage adds beside the project's own services: requests, as S0.37 counts them. */
export const addedResources = z.object({ memoryBytes: z.number(), cpuMillis: z.number(), containers: z.number().int() });

export const storageStatus = z.object({
  s3: s3Server,
  mounts: z.array(storageMount),
  jobs: z.array(syncJob),
  folders: z.array(storageFolder),
  added: addedResources,
  /** What the containers of storage use now; null while none runs. */
  measured: z.object({ memoryBytes: z.number(), cpuMillis: z.number() }).nullable(),
  /** Whether this machine can mount; `instead` names what takes its place. */
  fuse: z.object({ possible: z.boolean(), reason: z.string(), instead: z.string() }),
  /** The file that defines mounts and jobs, relative to the project; null before there is one. */
  file: z.string().nullable(),
});

/** One access to S3 that was found anywhere: the table the conflicts are read from. */
export const storageAccess = z.object({
  container: z.string(),
  mode: z.enum(['mount', 'sync', 'client']),
  verbs: z.array(z.enum(['read', 'write', 'delete'])),
  endpoint: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  place: z.string(),
  certain: z.boolean(),
  where: where.optional(),
});

/** What one container of storage asks for. */
export const storageShare = z.object({ container: z.string(), mode: z.enum(['mount', 'sync', 'client']), memoryBytes: z.number(), cpuMillis: z.number() });

export const storageConflicts = z.object({
  findings: z.array(finding),
  mountBuckets: z.array(z.string()),
  syncBuckets: z.array(z.string()),
  overlap: z.array(z.string()),
  added: addedResources,
  /** What each container asks for: together they are `added`. */
  shares: z.array(storageShare),
  accesses: z.array(storageAccess),
});

export const strategyName = z.enum(['bucket-separation', 'folder-separation', 'container-separation', 'resource-optimization', 'all']);

export const storageDecision = z.object({
  id: z.enum(['application', 'structure', 's3-services', 'networking', 'testing', 'bucketStrategy', 'sharedObjects', 'resourceAllocation', 'implementationOrder']),
  title: z.string(),
  options: z.array(z.object({ id: z.string(), title: z.string(), recommended: z.boolean(), reason: z.string() })),
  chosen: z.string(),
  /** aligned, or what still stands between it and the recommendation: "needs conflict resolution". */
  standing: z.string(),
});

export const storagePlan = z.object({ decisions: z.array(storageDecision), score: z.number().int(), of: z.number().int() });

/** Images of the user's own, by what they are for; null where Berth chooses. */
export const storageImages = z.array(z.object({ role: z.enum(['s3', 'rclone', 's3fs', 'workspace', 'tests']), image: z.string().nullable() }));

/** One test of the validators: `name` is a folder or a bucket. */
export const storageTest = z.object({ name: z.string(), kind: z.enum(['efs', 's3', 'mount']), ok: z.boolean(), code: z.string(), detail: z.string(), output: z.string(), latencyMs: z.number().nullable(), tookMs: z.number() });

export const storageTestReport = z.object({ operationId: z.string(), ok: z.boolean(), tests: z.array(storageTest) });

/** One check of "mount not working", with the command that says the same in a terminal. */
export const mountCheck = z.object({ mount: z.string(), title: z.string(), command: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string().nullable() });

export const bucket = z.object({ name: z.string(), createdAt: z.string().nullable(), versioning: z.enum(['enabled', 'suspended', 'off', 'unknown']), usedBy: z.array(z.string()) });

export const bucketObject = z.object({ key: z.string(), sizeBytes: z.number(), modifiedAt: z.string(), etag: z.string() });

export const objectVersion = z.object({ key: z.string(), versionId: z.string(), latest: z.boolean(), deleted: z.boolean(), sizeBytes: z.number(), modifiedAt: z.string() });

export const objectPage = z.object({ bucket: z.string(), prefix: z.string(), folders: z.array(z.string()), objects: z.array(bucketObject), next: z.string().nullable() });

/** What was transferred, with the checksum that was compared. */
export const transferResult = z.object({ operationId: z.string(), bucket: z.string(), key: z.string(), sizeBytes: z.number(), etag: z.string(), versionId: z.string().nullable() });
