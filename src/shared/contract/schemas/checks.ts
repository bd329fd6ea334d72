import * as z from 'zod';
import { where } from './common';

/** What checks find. */

/** What a finding is about: the rows of the checks page (S3.15). */
export const checkArea = z.enum(['files', 'mounts', 'ports', 'builds', 'networks', 'dependencies', 'environment', 'data', 'resources', 'storage', 'engine']);

/** With `opens` nothing is changed by itself: a person decides in that dialog of the window, or with that command. */
export const findingFix = z.object({
  id: z.string(),
  title: z.string(),
  opens: z.object({ dialog: z.enum(['healthcheck', 'relocate', 'rebuild']), service: z.string().optional(), command: z.string() }).optional(),
});

export const finding = z.object({
  id: z.string(),
  code: z.string(),
  /** Which rule of the code said it, where a code has several: B1, C3. */
  rule: z.string().optional(),
  severity: z.enum(['error', 'warning', 'info']),
  area: checkArea,
  service: z.string().optional(),
  where: where.optional(),
  message: z.string(),
  why: z.string(),
  fixes: z.array(findingFix),
  confidence: z.enum(['certain', 'possible']).optional(),
});

/** An error, or a mount that cannot be read, that a fix left: in which modes, why, and the ids of the fixes that can be named for it. */
export const leftError = z.object({ finding: z.string(), code: z.string(), severity: z.enum(['error', 'warning', 'info']), modes: z.array(z.string()), service: z.string().optional(), message: z.string(), reason: z.string(), fixes: z.array(findingFix) });

/** One area of the checks: worst severity of its findings, 'unknown' when what it needs could not be asked. */
export const checkAreaState = z.object({ area: checkArea, title: z.string(), state: z.enum(['pass', 'warning', 'error', 'unknown']), findings: z.number().int() });

/** One way from a service to another, tried from inside the first one's network (S3.18). */
export const connectivityCell = z.object({
  from: z.string(),
  to: z.string(),
  host: z.string(),
  port: z.number().int(),
  /** not-running: one of the two has no running container. no-network: they share none. no-port: the dependency is not known to listen anywhere. */
  state: z.enum(['open', 'closed', 'no-network', 'no-port', 'not-running']),
  /** One sentence. */
  detail: z.string(),
  tookMs: z.number(),
});

/** One of the ten points of the robustness run (S3.38). */
export const robustnessPoint = z.object({ id: z.string(), title: z.string(), ok: z.boolean(), tookMs: z.number(), detail: z.string() });

export const robustnessReport = z.object({ operationId: z.string(), score: z.number().int(), of: z.number().int(), tookMs: z.number(), points: z.array(robustnessPoint), markdown: z.string() });
