import * as z from 'zod';
import { drift } from './schemas/drift';
import { doctorReport, engineStatus } from './schemas/engine';
import { projectStats, watchedMount } from './schemas/monitor';
import { pipelineRun } from './schemas/gitops-pipeline';
import { operation, schedule } from './schemas/operations';
import { project } from './schemas/projects';
import { alert, logEntry, runtimeStatus } from './schemas/runtime';
import { serviceList } from './schemas/services';
import { snapshotsStatus } from './schemas/snapshots';
import { storageStatus } from './schemas/storage';
import { workspacesStatus } from './schemas/workspaces';

/** What is: one ordered stream, each event with a rising `seq`. Events never ask for anything. */
export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('engine.changed'), engine: engineStatus }),
  z.object({ type: z.literal('projects.changed'), projects: z.array(project) }),
  z.object({ type: z.literal('services.changed'), projectId: z.string(), services: serviceList }),
  z.object({ type: z.literal('operation.changed'), operation }),
  /** A line of an operation's log (build output, what a step did). */
  z.object({ type: z.literal('operation.logged'), operationId: z.string(), service: z.string().nullable(), text: z.string() }),
  /** The project's files changed on disk: plans and findings shown are out of date. */
  z.object({ type: z.literal('files.changed'), projectId: z.string(), files: z.array(z.string()) }),
  /** Something changed that images of the project are built from; `changes.show` has what it means. */
  z.object({ type: z.literal('sources.changed'), projectId: z.string() }),
  /** The checks of the running mode (else the first) say something else than before; `checks.run` has it. */
  z.object({ type: z.literal('checks.changed'), projectId: z.string(), mode: z.string(), errors: z.number().int(), warnings: z.number().int() }),
  z.object({ type: z.literal('doctor.changed'), report: doctorReport }),
  z.object({ type: z.literal('runtime.changed'), runtime: runtimeStatus }),
  z.object({ type: z.literal('drift.changed'), projectId: z.string(), drifts: z.array(drift) }),
  /** Every alert that stands. */
  z.object({ type: z.literal('alerts.changed'), alerts: z.array(alert) }),
  z.object({ type: z.literal('stats.changed'), stats: projectStats }),
  /** Sizes of volumes that were asked for before they were known are known now: `services.graph` has them. */
  z.object({ type: z.literal('volumes.measured') }),
  z.object({ type: z.literal('mounts.changed'), projectId: z.string(), mounts: z.array(watchedMount) }),
  /** Something about the storage of a project is otherwise than before. */
  z.object({ type: z.literal('storage.changed'), projectId: z.string(), status: storageStatus }),
  /** Something about the workspaces of a project is otherwise than before: files, bucket, mount or containers. */
  z.object({ type: z.literal('workspaces.changed'), projectId: z.string(), workspaces: workspacesStatus }),
  /** Something about the manifests of a folder is otherwise: files changed, a scan ended, or a resolution went on. `moved`: one file under another name. */
  z.object({ type: z.literal('gitops.changed'), projectId: z.string(), dir: z.string(), reason: z.enum(['files', 'scan', 'resolution']), files: z.array(z.object({ change: z.enum(['added', 'changed', 'removed', 'moved']), file: z.string(), from: z.string().optional() })) }),
  /** A snapshot was made, removed, pinned or verified, or where they are kept is otherwise. */
  z.object({ type: z.literal('snapshots.changed'), projectId: z.string(), snapshots: snapshotsStatus }),
  /** A changed file is at another stage of the pipeline. */
  z.object({ type: z.literal('pipeline.changed'), run: pipelineRun }),
  /** New entries of the event log. */
  z.object({ type: z.literal('log.appended'), entries: z.array(logEntry) }),
  /** Every schedule: one was made, changed or removed, or its next time moved on. */
  z.object({ type: z.literal('schedules.changed'), schedules: z.array(schedule) }),
  z.object({ type: z.literal('settings.changed'), key: z.string(), value: z.json() }),
  /** An unexpected error: a bug. The app goes on. */
  z.object({ type: z.literal('bug.reported'), message: z.string() }),
]);

export type BerthEvent = z.infer<typeof event>;
export type SequencedEvent = { readonly seq: number; readonly at: string; readonly event: BerthEvent };

export const sequencedEvent = z.object({ seq: z.number().int(), at: z.string(), event });
