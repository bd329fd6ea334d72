import * as z from 'zod';

/** Snapshots: the whole environment of a project as it was, and how it comes back. The format is docs/snapshot-format.md. */

export const snapshotId = z.string().regex(/^s_[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a snapshot begins with s_; berth snapshots list shows them');
/** How a snapshot is named by whoever asks for one. */
export const snapshotName = z.string().min(1).max(128).regex(/^[^\p{Cc}]*$/u, 'an id, the beginning of one, or a tag is one line of text');

export const snapshotPartKind = z.enum(['files', 'settings', 'containers', 'images', 'volume', 'bind', 'bucket']);

/** hook: the database made the copy. stopped, paused: what writes was held. live: it could write meanwhile. none: nothing could. */
export const snapshotConsistency = z.enum(['hook', 'stopped', 'paused', 'live', 'none']);

/** How a volume is to be read. auto: the database is told to write everything down where its image is known, then what writes is paused; nothing is stopped without being asked for. */
export const consistencyChoice = z.enum(['auto', 'hook', 'stop', 'pause', 'live']);

/** compose: files of the project. env: its values, always encrypted. The others by their kind. */
export const snapshotPart = z.object({
  kind: snapshotPartKind,
  /** `compose`, `env`, `project`, `containers`, `images`; of a volume, bind and bucket its own name. */
  name: z.string(),
  files: z.number().int(),
  sizeBytes: z.number(),
  /** Hash of the tree. */
  sha256: z.string(),
  secret: z.boolean(),
  consistency: snapshotConsistency,
  /** What could not be kept, with the reason. */
  skipped: z.array(z.object({ path: z.string(), why: z.string() })),
});

/** Where snapshots are kept. `local`: on this machine; else a bucket. */
export const repositoryName = z.string().min(1).max(64);

/** One that is whole. */
export const snapshot = z.object({
  id: snapshotId,
  repository: repositoryName,
  createdAt: z.string(),
  tag: z.string().nullable(),
  /** manual, schedule, or the kind of the operation it was made before. */
  reason: z.string(),
  /** Of the operation it was made before or by. */
  operationId: z.string().nullable(),
  project: z.object({ id: z.string(), name: z.string(), dir: z.string() }),
  mode: z.string().nullable(),
  /** Of the services at the time: all well, some not, none running. */
  health: z.enum(['healthy', 'unhealthy', 'stopped']),
  services: z.array(z.object({ name: z.string(), state: z.string(), health: z.string() })),
  /** Of everything in it. */
  sizeBytes: z.number(),
  /** What it added to the repository. */
  storedBytes: z.number(),
  pinned: z.boolean(),
  /** The last time every byte was read and compared, and how that ended; null before the first. */
  verified: z.object({ at: z.string(), ok: z.boolean() }).nullable(),
  parts: z.array(snapshotPart),
  notes: z.array(z.string()),
});

export const damagedObject = z.object({ object: z.string(), part: z.string() });

/** Where snapshots are and what they take. */
export const snapshotRepository = z.object({
  name: repositoryName,
  kind: z.enum(['folder', 'bucket']),
  /** A folder, or endpoint and bucket. */
  place: z.string(),
  encrypted: z.enum(['secrets', 'everything']),
  passphrase: z.boolean(),
  snapshots: z.number().int(),
  storedBytes: z.number(),
  /** What prune would give back; null before it was counted. */
  reclaimableBytes: z.number().nullable(),
  state: z.enum(['ready', 'locked', 'offline', 'damaged']),
  detail: z.string(),
});

/** What stays when old snapshots are removed; a pinned one always stays. */
export const snapshotRetention = z.object({
  keepLast: z.number().int().min(1).max(1_000),
  keepHourly: z.number().int().min(0).max(1_000),
  keepDaily: z.number().int().min(0).max(1_000),
  keepWeekly: z.number().int().min(0).max(1_000),
  /** Volumes that a restore put aside. */
  keepReplacedHours: z.number().int().min(0).max(8_760),
});

export const snapshotSettings = z.object({
  /** Where new ones go. */
  repository: repositoryName,
  retention: snapshotRetention,
  /** Null: no schedule. */
  everyMinutes: z.number().int().min(5).max(44_640).nullable(),
  /** What automatic and scheduled ones take besides files, settings and images. */
  volumes: z.boolean(),
  consistency: z.record(z.string(), consistencyChoice),
});

/** Everything the page shows. */
export const snapshotsStatus = z.object({
  snapshots: z.array(snapshot),
  repositories: z.array(snapshotRepository),
  settings: snapshotSettings,
  /** Deleted ones that can be brought back until `until`. */
  deleted: z.array(z.object({ id: snapshotId, tag: z.string().nullable(), createdAt: z.string(), until: z.string() })),
  /** Volumes that a restore put aside, with when they go. */
  replaced: z.array(z.object({ volume: z.string(), of: z.string(), snapshotId: snapshotId.nullable(), since: z.string(), until: z.string(), sizeBytes: z.number().nullable() })),
  /** Manifests that cannot be read. */
  damaged: z.array(damagedObject),
});

export const createPlan = z.object({
  parts: z.array(
    z.object({
      kind: snapshotPartKind,
      name: z.string(),
      /** Taken without a tick. */
      chosen: z.boolean(),
      consistency: snapshotConsistency,
      /** One sentence: what is held and for how long, or why it is live. */
      detail: z.string(),
      services: z.array(z.string()),
      sizeBytes: z.number().nullable(),
    }),
  ),
  notes: z.array(z.string()),
});

/** What a restore would do with one part. */
export const restoreStep = z.object({
  kind: snapshotPartKind,
  name: z.string(),
  action: z.enum(['same', 'replace', 'create', 'remove', 'skip']),
  detail: z.string(),
  sizeBytes: z.number(),
});

export const restorePlan = z.object({
  snapshotId,
  target: z.object({ projectId: z.string().nullable(), name: z.string(), dir: z.string(), mode: z.string().nullable() }),
  steps: z.array(restoreStep),
  /** Files that change, as a unified diff; values of env files are masked. */
  diff: z.string(),
  /** What stands in the way; error blocks. */
  findings: z.array(z.object({ code: z.string(), severity: z.enum(['error', 'warning', 'info']), message: z.string(), hint: z.string() })),
  /** Services that are down while volumes are exchanged. */
  services: z.array(z.string()),
  bytesToWrite: z.number(),
  freeBytes: z.number().nullable(),
});

export const restored = z.object({
  operationId: z.string(),
  snapshotId,
  project: z.object({ id: z.string(), name: z.string(), dir: z.string() }),
  mode: z.string().nullable(),
  steps: z.array(restoreStep),
  /** The snapshot of what was there before. */
  before: snapshotId.nullable(),
  /** Sentences: what did not go as it should have, although everything that was asked for is there. */
  warnings: z.array(z.string()),
  /** How long a service was down, the longest, in ms. */
  downtimeMs: z.number(),
  durationMs: z.number(),
});

export const snapshotDifference = z.object({
  part: z.object({ kind: snapshotPartKind, name: z.string() }),
  change: z.enum(['added', 'removed', 'changed']),
  /** Empty for the part as a whole. */
  path: z.string(),
  /** content, mode, owner, time, attributes, target, type; or the fact that differs. */
  what: z.array(z.string()),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

export const verifyReport = z.object({
  operationId: z.string(),
  id: snapshotId.nullable(),
  /** Objects read. */
  objects: z.number().int(),
  bytes: z.number(),
  sampled: z.boolean(),
  durationMs: z.number(),
});
