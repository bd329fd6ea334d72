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

export const doctorCheck = z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string().optional() });
export const doctorReport = z.object({ checks: z.array(doctorCheck) });
