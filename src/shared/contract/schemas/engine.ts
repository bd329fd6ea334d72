import * as z from 'zod';

/** The engine, and what Berth needs on this machine. */

export const engineStatus = z.object({
  state: z.enum(['connecting', 'connected', 'unreachable']),
  /** Where: "unix:///var/run/docker.sock (default socket)"; empty while none is found. */
  endpoint: z.string(),
  version: z.string(),
  apiVersion: z.string(),
  /** One sentence when unreachable: what was tried, what to do. */
  message: z.string(),
});

/** Where engines are on this machine. */
export const engineList = z.object({
  /** What was chosen in Berth, by name or address; empty: the first that answers. */
  chosen: z.string(),
  /** One sentence: which is used, and why. */
  reason: z.string(),
  places: z.array(
    z.object({
      name: z.string(),
      uri: z.string(),
      origin: z.string(),
      used: z.boolean(),
      /** False for what Berth does not work with: another machine, SSH. */
      usable: z.boolean(),
      state: z.enum(['answers', 'refuses', 'absent']),
      /** Empty while it does not answer. */
      apiVersion: z.string(),
      /** Why it does not answer; empty when it does. */
      detail: z.string(),
    }),
  ),
});

export const doctorCheck = z.object({
  name: z.string(),
  group: z.enum(['engine', 'storage', 'ports', 'disk', 'permissions', 'versions']),
  /** warn: it works, and yet somebody should know. */
  level: z.enum(['ok', 'warn', 'fail']),
  /** False for fail alone. */
  ok: z.boolean(),
  detail: z.string(),
  fix: z.string().optional(),
  /** What Berth would do itself, in one sentence; absent where only the user can do it. */
  change: z.string().optional(),
});
export const doctorReport = z.object({ checks: z.array(doctorCheck) });
