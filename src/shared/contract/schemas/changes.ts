import * as z from 'zod';
import { connectivityCell, finding } from './checks';
import { plannedChange } from './modes';

/** Changes on disk: pending, tested, deployed. */

/** One service of an isolated test or of a deployment. */
export const changedService = z.object({ service: z.string(), action: z.string(), state: z.string(), health: z.string(), tookMs: z.number(), detail: z.string() });

/** The changes on disk that are not running yet, and whether they may be deployed (S3.32, S3.33). */
export const changeSet = z.object({
  mode: z.string(),
  /** Hash of everything the change consists of: model, build contexts, bind sources' configuration. A test is bound to it. */
  hash: z.string(),
  pending: z.boolean(),
  changes: z.array(plannedChange),
  tested: z.object({ operationId: z.string(), at: z.string(), ok: z.boolean() }).nullable().describe('the last test of exactly this hash'),
  deployable: z.boolean(),
  /** One sentence: why it may or may not be deployed. */
  reason: z.string(),
});

export const changeTest = z.object({
  operationId: z.string(),
  mode: z.string(),
  hash: z.string(),
  ok: z.boolean(),
  tookMs: z.number(),
  findings: z.array(finding),
  services: z.array(changedService),
  connectivity: z.array(connectivityCell),
  /** One sentence: what failed first, or that everything is healthy. */
  summary: z.string(),
});

export const deployResult = z.object({ operationId: z.string(), mode: z.string(), hash: z.string(), services: z.array(changedService), outageMs: z.number(), summary: z.string() });
