import * as z from 'zod';
import { entry } from '../define';
import { inProject, projectRef, serviceName } from '../schemas/common';
import { drift, healPolicy } from '../schemas/drift';

/** Drift and what is done about it. */
export const driftEntries = {
  'drift.list': entry({ kind: 'query', summary: 'Where what runs differs from what the files and the chosen mode say, field by field.', input: inProject, output: z.array(drift) }),
  'drift.heal': entry({
    kind: 'operation',
    summary: 'Bring drifted services back to what the files say; all of them when none is named.',
    input: z.object({ project: projectRef, drifts: z.array(z.string()).default([]).describe('ids of drifts; all when none is named') }),
    output: z.object({ operationId: z.string(), healed: z.array(z.string()), left: z.array(z.string()) }),
    positional: ['drifts'],
    asks: true,
  }),
  'drift.accept': entry({ kind: 'command', summary: 'Take what runs now as what is wanted: the drift is not reported any more.', input: z.object({ project: projectRef, drift: z.string().min(1).max(64) }), output: z.array(drift), positional: ['drift'] }),
  'drift.policies': entry({
    kind: 'query',
    summary: 'What is done about drift: notify, ask or heal; for the project and its services.',
    input: inProject,
    output: z.object({ project: healPolicy, services: z.record(z.string(), healPolicy) }),
  }),
  'drift.policy': entry({
    kind: 'command',
    summary: 'Choose what is done about drift. A service without a choice of its own follows the project.',
    input: z.object({ project: projectRef, policy: z.enum(['notify', 'ask', 'heal', 'project']), service: serviceName.optional() }),
    output: z.object({ project: healPolicy, services: z.record(z.string(), healPolicy) }),
    positional: ['policy'],
  }),
} as const;
