import * as z from 'zod';
import { entry } from '../define';
import { inProject, projectRef } from '../schemas/common';
import { duplicateGroup, duplicateGroupWithTexts, duplicateSettings, duplicateStatus, resolutionStatus, scanReport } from '../schemas/gitops';

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
  'gitops.status': entry({ kind: 'query', summary: 'How far the search for duplicates of a project is: state, groups by status, last and next scan.', input: inProject, output: duplicateStatus }),
  'gitops.groups': entry({
    kind: 'query',
    summary: 'Groups of duplicates that are kept of a project, with where their resolution stands.',
    input: inProject.extend({ status: resolutionStatus.optional() }),
    output: z.array(duplicateGroup),
  }),
  'gitops.group': entry({ kind: 'query', summary: 'One group with the text of its files and where they differ.', input: inProject.extend({ id: z.string().min(1).max(64) }), output: duplicateGroupWithTexts, positional: ['id'] }),
  'gitops.settings': entry({ kind: 'query', summary: 'Settings of a project about duplicates.', input: inProject, output: duplicateSettings }),
  'gitops.configure': entry({
    kind: 'command',
    summary: 'Whether duplicates of a project are searched again by themselves, and how often.',
    input: inProject.extend({ enabled: z.boolean().optional(), interval: z.coerce.number().int().min(5).max(31_536_000).optional().describe('seconds between two scans') }),
    output: duplicateSettings,
  }),
} as const;
