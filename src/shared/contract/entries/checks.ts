import * as z from 'zod';
import { entry } from '../define';
import { checkAreaState, connectivityCell, finding, leftError, robustnessReport } from '../schemas/checks';
import { modeName, projectRef, serviceName } from '../schemas/common';

/** Checks, their fixes, and what is tried for real. */
export const checksEntries = {
  'checks.run': entry({
    kind: 'query',
    summary: 'Check mounts, ports, Dockerfiles, networks and dependencies of a mode.',
    input: z.object({ project: projectRef, mode: modeName.optional() }),
    output: z.object({ ok: z.boolean(), mode: z.string(), areas: z.array(checkAreaState), findings: z.array(finding), trustQuestions: z.array(z.string()) }),
    exits: [{ as: 'blocked', when: 'a finding is an error', is: ({ findings }) => findings.some(({ severity }) => severity === 'error') }],
  }),
  'checks.fix': entry({
    kind: 'operation',
    summary: 'Apply the fixes of findings (their fix ids; without any, those of errors and unreadable mounts that lose nothing), or show what they would change with --dry-run.',
    input: z.object({ project: projectRef, mode: modeName.optional(), fixes: z.array(z.string()).default([]), dryRun: z.boolean().default(false) }),
    output: z.object({ applied: z.array(z.string()), diff: z.string(), left: z.array(leftError).describe('errors and unreadable mounts that are still there') }),
    positional: ['fixes'],
    asks: true,
    plans: true,
  }),
  'checks.connectivity': entry({
    kind: 'operation',
    summary: 'Try from inside each running service whether its dependencies answer.',
    input: z.object({ project: projectRef, services: z.array(serviceName).default([]).describe('from these services; all when none is named') }),
    output: z.object({ operationId: z.string(), ok: z.boolean(), cells: z.array(connectivityCell) }),
    exits: [{ as: 'blocked', when: 'a dependency does not answer', is: ({ ok }) => !ok }],
    positional: ['services'],
  }),
  'checks.robustness': entry({
    kind: 'operation',
    summary: 'Delete, add, move and replace services on an isolated copy of the project, and score out of ten how well it recovers.',
    input: z.object({ project: projectRef, only: z.array(z.string()).default([]).describe('ids of points; all ten when none is named') }),
    output: robustnessReport,
    exits: [{ as: 'blocked', when: 'a point is lost', is: ({ score, of }) => score !== of }],
    positional: ['only'],
    asks: true,
  }),
} as const;
