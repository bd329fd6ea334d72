import * as z from 'zod';

/** What is told of Berth itself: the bundle for a report, how the start went, newer versions. */

export const bundleFile = z.object({
  path: z.string(),
  sizeBytes: z.number().int(),
  /** One sentence: what stands in it. */
  what: z.string(),
});

export const bundleList = z.object({
  files: z.array(bundleFile),
  /** Sentences: what is never in it. */
  leftOut: z.array(z.string()),
  /** What could not be read, and why; the rest is there all the same. */
  missing: z.array(z.string()),
});

export const startupReport = z.object({
  /** When the process began. */
  startedAt: z.string(),
  /** Moments of the start, in milliseconds since the process began. */
  marks: z.array(z.object({ name: z.string(), atMs: z.number() })),
  steps: z.array(z.object({ step: z.number().int(), name: z.string(), ok: z.boolean(), tookMs: z.number(), detail: z.string() })),
});

export const updateReport = z.object({
  /** off: switched off; no-source: nobody is asked; current: nothing newer; newer; failed: no answer that can be used. */
  state: z.enum(['off', 'no-source', 'current', 'newer', 'failed']),
  current: z.string(),
  /** The newest version; null while it is not known. */
  latest: z.string().nullable(),
  /** Where it is described or fetched; null where the source names none. */
  page: z.string().nullable(),
  /** One sentence. */
  message: z.string(),
  /** Null: never asked by this process. */
  checkedAt: z.string().nullable(),
});
