import * as z from 'zod';
import { entry } from '../define';
import { projectRef } from '../schemas/common';
import { comparedFile } from '../schemas/gitops-compare';

const relativeFile = z.string().min(1).max(4_096).describe('relative to the folder');

/** Files of a folder under git beside each other. */
export const gitopsCompareEntries = {
  'gitops.compare': entry({
    kind: 'query',
    summary: 'Two manifests by their text, and by what they mean: order, comments and spelling left out.',
    input: z.object({ project: projectRef.optional(), dir: z.string().min(1).max(4_096).optional().describe('the folder of the manifests; the project’s folder when it is not given'), left: relativeFile, right: relativeFile }),
    output: z.object({ left: comparedFile, right: comparedFile, meansSame: z.boolean().nullable().describe('null when one of them has no meaning that can be compared'), differences: z.array(z.string()).describe('JSON pointers where they do not mean the same; the object stands before them where a file has several') }),
    positional: ['left', 'right'],
    paths: ['dir'],
  }),
} as const;
