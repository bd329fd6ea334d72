import * as z from 'zod';
import { entry } from '../define';
import { inProject, projectRef } from '../schemas/common';
import { consistencyChoice, createPlan, repositoryName, restored, restorePlan, snapshot, snapshotDifference, snapshotId, snapshotName, snapshotRetention, snapshotsStatus, verifyReport } from '../schemas/snapshots';

const ref = snapshotName.describe('an id or the beginning of one, a tag, or last-good: the newest whose services were all well');
const named = snapshotName.describe('an id or the beginning of one, or a tag');
const inSnapshot = z.object({ project: projectRef, id: ref });
const tag = z.string().max(128).regex(/^[^\p{Cc}]*$/u, 'a tag is one line of text');
const only = z.array(z.string().min(1).max(512)).optional().describe('parts: files, settings, containers, volumes, binds, buckets, or kind:name, for example volume:shop_data or service:api');

/** Snapshots: the whole environment, restored as one. */
export const snapshotsEntries = {
  'snapshots.list': entry({ kind: 'query', summary: 'The snapshots of a project, where they are and what they take.', input: inProject, output: snapshotsStatus }),
  'snapshots.show': entry({ kind: 'query', summary: 'One snapshot with its parts.', input: inSnapshot, output: snapshot, positional: ['id'] }),
  'snapshots.plan-create': entry({ kind: 'query', summary: 'What a snapshot would hold, and what is stopped or paused for it.', input: inProject, output: createPlan }),
  'snapshots.create': entry({
    kind: 'operation',
    summary: 'Keep files, settings, containers, images and volumes as they are now.',
    input: z.object({
      project: projectRef,
      tag: tag.optional(),
      only,
      binds: z.array(z.string().min(1).max(4_096)).optional().describe('bind mounts whose contents are taken too; data folders always are'),
      buckets: z.array(z.string().min(1).max(63)).optional().describe('buckets whose contents are taken too'),
      consistency: consistencyChoice.optional().describe('for every volume; as settings and images say when it is not given'),
      repository: repositoryName.optional(),
    }),
    output: snapshot.extend({ operationId: z.string() }),
  }),
  'snapshots.verify': entry({ kind: 'operation', summary: 'Read a snapshot and compare every byte with what was written.', input: z.object({ project: projectRef, id: ref, sample: z.coerce.number().min(0.1).max(100).optional().describe('percent of the objects; all when it is not given') }), output: verifyReport, positional: ['id'] }),
  'snapshots.drill': entry({ kind: 'operation', summary: 'Restore the volumes of a snapshot into volumes of their own, compare them, and remove them.', input: inSnapshot, output: verifyReport, positional: ['id'] }),
  'snapshots.compare': entry({
    kind: 'query',
    summary: 'What differs between two snapshots, or between one and now.',
    input: z.object({ project: projectRef, id: ref, with: snapshotName.optional().describe('an id or the beginning of one, or a tag; now when it is not given'), limit: z.coerce.number().int().min(1).max(10_000).default(1_000) }),
    output: z.object({ differences: z.array(snapshotDifference), more: z.number().int() }),
    positional: ['id', 'with'],
  }),
  'snapshots.plan-restore': entry({ kind: 'query', summary: 'What a restore would change; changes nothing.', input: z.object({ project: projectRef, id: ref, only }), output: restorePlan, positional: ['id'] }),
  'snapshots.restore': entry({
    kind: 'operation',
    summary: 'Bring a project back to a snapshot, whole or in part; it is rolled back when it does not get healthy.',
    input: z.object({ project: projectRef, id: ref.default('last-good'), only, force: z.boolean().default(false).describe('go on although a database has another version') }),
    output: restored,
    positional: ['id'],
    asks: true,
  }),
  'snapshots.branch': entry({
    kind: 'operation',
    summary: 'Start a copy of a snapshot beside what runs, with names, ports and volumes of its own.',
    input: z.object({ project: projectRef, id: ref, name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'the name of a compose project: a-z, 0-9, _ and -'), dir: z.string().min(1).max(4_096).describe('a folder that does not exist yet') }),
    output: restored,
    positional: ['id', 'name', 'dir'],
    paths: ['dir'],
    asks: true,
  }),
  'snapshots.pin': entry({ kind: 'command', summary: 'Keep a snapshot whatever the retention says, or no longer.', input: z.object({ project: projectRef, id: named, pinned: z.boolean().default(true) }), output: snapshot, positional: ['id'] }),
  'snapshots.delete': entry({ kind: 'command', summary: 'Remove a snapshot from the list; it can be brought back for a day, then prune frees its space.', input: z.object({ project: projectRef, id: named }), output: snapshotsStatus, positional: ['id'], asks: true }),
  'snapshots.undelete': entry({ kind: 'command', summary: 'Bring back a snapshot that was deleted.', input: z.object({ project: projectRef, id: named }), output: snapshotsStatus, positional: ['id'] }),
  'snapshots.prune': entry({ kind: 'operation', summary: 'Remove what the retention no longer keeps, and free its space.', input: z.object({ project: projectRef, dryRun: z.boolean().default(false) }), output: z.object({ operationId: z.string(), removed: z.array(snapshotId), freedBytes: z.number(), volumes: z.array(z.string()) }), asks: true }),
  'snapshots.export': entry({
    kind: 'operation',
    summary: 'Write a snapshot into one tar that any tool can read.',
    input: z.object({ project: projectRef, id: ref, file: z.string().min(1).max(4_096), secrets: z.boolean().default(false).describe('with env files and containers: their values stand in it readable') }),
    output: z.object({ operationId: z.string(), file: z.string(), sizeBytes: z.number(), sha256: z.string() }),
    positional: ['id', 'file'],
    paths: ['file'],
  }),
  'snapshots.import': entry({ kind: 'operation', summary: 'Take in a snapshot that was exported, after every byte of it was compared.', input: z.object({ project: projectRef, file: z.string().min(1).max(4_096), tag: tag.optional() }), output: snapshot.extend({ operationId: z.string() }), positional: ['file'], paths: ['file'] }),
  'snapshots.configure': entry({
    kind: 'command',
    summary: 'How often snapshots are made, what they hold and how long they stay.',
    input: z.object({
      project: projectRef,
      everyMinutes: z.coerce.number().int().min(0).max(44_640).optional().describe('0: no schedule'),
      volumes: z.boolean().optional().describe('scheduled snapshots take volumes too'),
      repository: repositoryName.optional(),
      ...snapshotRetention.partial().shape,
    }),
    output: snapshotsStatus,
  }),
  'snapshots.consistency': entry({ kind: 'command', summary: 'How the contents of a volume are read.', input: z.object({ project: projectRef, volume: z.string().min(1).max(255), choice: consistencyChoice }), output: snapshotsStatus, positional: ['volume', 'choice'] }),
  'snapshots.add-repository': entry({
    kind: 'operation',
    summary: 'Keep snapshots in a bucket of the S3 that this project uses.',
    input: z.object({ project: projectRef, bucket: z.string().min(3).max(63), prefix: z.string().max(512).default('berth-snapshots'), passphrase: z.string().min(12).max(1_024).optional().describe('encrypts everything there; without one secrets stay on this machine') }),
    output: snapshotsStatus,
    positional: ['bucket'],
    secrets: { passphrase: 'BERTH_SNAPSHOT_PASSPHRASE' },
  }),
} as const;
