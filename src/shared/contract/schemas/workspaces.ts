import * as z from 'zod';

/** Workspaces: folders of source that are synced to a bucket, and the containers that are made from what the bucket shows. */

/** A first-level folder of the workspaces folder; it becomes a part of keys, container names and addresses. */
export const workspaceName = z.string().min(1).max(128).refine((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..', 'a workspace is the name of one folder');

/** watch: as files are saved. interval: every so many seconds. manual: only when asked. */
export const syncTrigger = z.enum(['watch', 'interval', 'manual']);

/** mount: the container reads the mounted bucket. volume: it reads a volume that is kept in step with the bucket, as it does with `mount` where buckets cannot be folders. direct: it downloads the bucket. local: it reads the folder of this machine. */
export const workspaceSource = z.enum(['mount', 'volume', 'direct', 'local']);

const amount = z.object({ files: z.number().int(), bytes: z.number() });

/** waiting: for the mount. copying, installing, starting: before its address answers. running. failed: see detail. stopped: by the user. */
export const runnerState = z.enum(['waiting', 'copying', 'installing', 'starting', 'running', 'failed', 'stopped']);

/** The container of a workspace. */
export const workspaceRunner = z.object({
  state: runnerState,
  /** One sentence. */
  detail: z.string(),
  containerId: z.string().nullable(),
  containerName: z.string().nullable(),
  /** On 127.0.0.1; null before it listens. */
  port: z.number().int().nullable(),
  /** Behind the gateway, for example http://127.0.0.1:8080/api/. */
  url: z.string().nullable(),
  /** `npm start`, `node app.js`, static files of public/. */
  command: z.string(),
  /** When the source it runs was copied. */
  copiedAt: z.string().nullable(),
  /** From its source since it was started: what a start costs in traffic. */
  readBytes: z.number(),
});

/** One workspace in its three places. */
export const workspaceStatus = z.object({
  name: workspaceName,
  dir: z.string(),
  /** What is synced. */
  local: amount.nullable(),
  /** Everything in the folder, with what is excluded; null before it was measured. */
  whole: amount.nullable(),
  bucket: amount.nullable(),
  mount: amount.nullable(),
  /** Files that wait to be sent or removed. */
  pending: z.number().int(),
  excluded: z.number().int(),
  conflicts: z.number().int(),
  state: z.enum(['never', 'synced', 'pending', 'syncing', 'halted', 'offline']),
  detail: z.string(),
  lastSyncedAt: z.string().nullable(),
  trigger: syncTrigger,
  everySeconds: z.number().int(),
  source: workspaceSource,
  /** What its container reads here: `volume` where `mount` was chosen and buckets cannot be folders. */
  reads: workspaceSource,
  /** Compared by size alone. */
  sizeOnly: z.boolean(),
  /** Whether a container is made from it. */
  run: z.boolean(),
  runner: workspaceRunner.nullable(),
  /** 1 - bucket / whole, in percent with one decimal; null before both are known. */
  savingsPercent: z.number().nullable(),
});

/** Why a run removed nothing and waits for a person. */
export const syncHalt = z.object({
  reason: z.enum(['root-missing', 'root-replaced', 'root-emptied', 'too-many-deletes', 'destination-foreign']),
  message: z.string(),
  hint: z.string(),
  /** What `workspaces.sync --approve` takes to go on with exactly these deletions; null where that is not the way out. */
  approval: z.string().nullable(),
});

export const syncTraffic = z.object({ puts: z.number().int(), lists: z.number().int(), deletes: z.number().int(), bytesSent: z.number(), since: z.string() });

/** All workspaces of a project. */
export const workspacesStatus = z.object({
  /** Absolute. */
  root: z.string(),
  exists: z.boolean(),
  bucket: z.string(),
  /** Null while no S3 is chosen or running. */
  endpoint: z.string().nullable(),
  /** In the mount container, for example /mnt/workspaces; null without one. */
  mountPoint: z.string().nullable(),
  /** The volume that takes the place of the mount, where any workspace reads it: `mount` of these counts what lies in it. Null otherwise. */
  volume: z.object({ name: z.string().nullable(), inStep: z.boolean(), detail: z.string(), filledAt: z.string().nullable() }).nullable(),
  halt: syncHalt.nullable(),
  workspaces: z.array(workspaceStatus),
  totals: z.object({ wholeBytes: z.number(), bucketBytes: z.number(), savingsPercent: z.number().nullable() }),
  traffic: syncTraffic,
  /** off: not started. running. mount-down: containers are kept as they are until the mount is back. */
  monitor: z.object({ state: z.enum(['off', 'running', 'mount-down']), detail: z.string() }),
  /** http://127.0.0.1:8080; null while it is off. */
  gateway: z.string().nullable(),
  migration: z.object({ step: z.enum(['s3', 'sync', 'mount', 'monitor', 'done', 'none']), of: z.number().int(), detail: z.string() }),
});

export const workspaceSynced = z.object({
  name: workspaceName,
  uploaded: z.number().int(),
  deleted: z.number().int(),
  unchanged: z.number().int(),
  bytesSent: z.number(),
  durationMs: z.number(),
  excluded: z.number().int(),
  conflicts: z.number().int(),
});

/** What a run would do, or did, with one key. */
export const syncChange = z.object({ key: z.string(), action: z.enum(['upload', 'remove', 'conflict']), reason: z.string(), sizeBytes: z.number().nullable() });

export const syncReport = z.object({
  operationId: z.string(),
  workspaces: z.array(workspaceSynced),
  /** Requests and bytes of this one run. */
  traffic: z.object({ puts: z.number().int(), lists: z.number().int(), heads: z.number().int(), deletes: z.number().int(), bytesSent: z.number() }),
  /** Sentences: files that could not be read, links that are not followed. */
  notes: z.array(z.string()),
});

/** A key that both sides changed; nothing was overwritten. */
export const syncConflict = z.object({
  key: z.string(),
  because: z.enum(['changed-there', 'not-ours', 'removed-there']),
  message: z.string(),
  local: z.object({ sizeBytes: z.number() }).nullable(),
  remote: z.object({ sizeBytes: z.number(), etag: z.string() }).nullable(),
  foundAt: z.string(),
});

/** Why a path is in the bucket or not. */
export const filterAnswer = z.object({
  path: z.string(),
  included: z.boolean(),
  /** The pattern that decided; null when none did. */
  rule: z.string().nullable(),
  /** `default`, or file and line: `api/.gitignore:2`; null when no rule decided. */
  source: z.string().nullable(),
  detail: z.string(),
});

/** Something that is left out of the bucket. */
export const excludedEntry = z.object({ path: z.string(), folder: z.boolean(), rule: z.string(), source: z.string(), bytes: z.number().nullable() });

export const excludeSuggestion = z.object({ path: z.string(), bytes: z.number(), files: z.number().int(), pattern: z.string(), reason: z.string() });

/** A line of a running sync: what `workspaces watch` prints. */
export const watchLine = z.object({ at: z.string(), kind: z.enum(['started', 'synced', 'halted', 'failed', 'conflict']), workspace: z.string().nullable(), message: z.string(), uploaded: z.number().int(), deleted: z.number().int(), tookMs: z.number() });

/** What was given to the container of a workspace beside its source; values are told to nobody. */
export const workspaceVariables = z.object({
  variables: z.array(z.object({ name: z.string(), setAt: z.string() })),
  /** From when on its container has them. */
  detail: z.string(),
});

export const workspaceCheck = z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), command: z.string(), fix: z.string().nullable() });
