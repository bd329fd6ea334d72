import * as z from 'zod';
import { entry } from '../define';
import { finding } from '../schemas/checks';
import { projectRef } from '../schemas/common';

/** Manifests checked as the API server would, without one. */
export const gitopsValidateEntries = {
  'gitops.validate': entry({
    kind: 'query',
    summary: 'Check the Kubernetes manifests of a folder: unknown fields, wrong and missing values, kinds a version does not serve.',
    input: z.object({
      dir: z.string().min(1).max(4096).optional().describe('folder of manifests; that of the project when none is named'),
      project: projectRef.optional(),
      kubernetes: z.string().min(1).max(20).optional().describe('minor version to check for, such as 1.35; the newest known when none is named'),
    }),
    output: z.object({ ok: z.boolean(), kubernetes: z.string(), files: z.number().int(), documents: z.number().int(), findings: z.array(finding) }),
    exits: [{ as: 'blocked', when: 'a finding is an error', is: ({ ok }) => !ok }],
    positional: ['dir'],
    paths: ['dir'],
  }),
} as const;
