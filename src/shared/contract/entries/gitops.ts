import * as z from 'zod';
import { entry } from '../define';
import { projectRef } from '../schemas/common';
import { scanReport } from '../schemas/gitops';

const dir = z.string().min(1).max(4_096).optional().describe('the folder of the manifests; the project’s folder when it is not given');

/** Folders of manifests and compose files under git. */
export const gitopsEntries = {
  'gitops.scan': entry({
    kind: 'operation',
    summary: 'Find manifests and compose files that say the same, or say different things of the same object. Changes nothing.',
    input: z.object({ project: projectRef.optional(), dir, fresh: z.boolean().default(false).describe('read every file anew') }),
    output: scanReport,
    positional: ['dir'],
    paths: ['dir'],
  }),
} as const;
