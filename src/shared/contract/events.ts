import * as z from 'zod';
import { doctorReport, engineStatus, operation, project, serviceList } from './schemas';

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
  z.object({ type: z.literal('doctor.changed'), report: doctorReport }),
  /** An unexpected error: a bug. The app goes on. */
  z.object({ type: z.literal('bug.reported'), message: z.string() }),
]);

export type BerthEvent = z.infer<typeof event>;
export type SequencedEvent = { readonly seq: number; readonly at: string; readonly event: BerthEvent };

export const sequencedEvent = z.object({ seq: z.number().int(), at: z.string(), event });
