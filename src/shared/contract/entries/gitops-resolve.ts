import * as z from 'zod';
import { entry } from '../define';
import { inProject, projectRef } from '../schemas/common';
import { hierarchy, hierarchyConfig, hierarchyPreview, hierarchyVersion, policyRule, resolutionAction, resolutionPlan, resolutionResult, rollbackResult } from '../schemas/gitops-resolve';

const place = z.object({ project: projectRef.optional(), dir: z.string().min(1).max(4_096).optional().describe('the folder of the manifests; the project’s folder when it is not given') });
const groups = z.array(z.string().min(1).max(128)).max(10_000).default([]).describe('only these groups');
const likely = z.boolean().default(false).describe('also what is the same only after defaults');
const file = z.string().min(1).max(1_000);
const ofGit = {
  branch: z.string().min(1).max(200).optional().describe('put it on a new branch with this name'),
  commit: z.boolean().default(false).describe('commit the files that changed'),
  push: z.boolean().default(false).describe('commit and push'),
};

/** What becomes of duplicates: plan, resolution, the way back, and the rules. */
export const gitopsResolveEntries = {
  'gitops.plan': entry({ kind: 'query', summary: 'What a resolution would keep and what it would do with the other copies, and why. Changes nothing.', input: place.extend({ group: groups, likely }), output: resolutionPlan, positional: ['dir'], paths: ['dir'] }),
  'gitops.resolve': entry({
    kind: 'operation',
    summary: 'Resolve duplicates by the rules: backups first, then a check that nothing is missing; all or nothing, and it can be taken back.',
    input: place.extend({ group: groups, likely, ...ofGit }),
    output: resolutionResult,
    positional: ['dir'],
    paths: ['dir'],
    asks: true,
    plans: true,
  }),
  'gitops.resolve-group': entry({
    kind: 'operation',
    summary: 'Resolve one group as you say: which file is kept, and what happens to the others.',
    input: place.extend({
      group: z.string().min(1).max(128),
      keep: file.describe('the file that is kept'),
      document: z.coerce.number().int().min(0).optional().describe('which document of it, counted from 0'),
      actions: z.record(file, resolutionAction).optional().describe('what happens to each of the others: {"old/a.yaml": "archive"}'),
      text: z.string().max(5_000_000).optional().describe('a merged text for the file that is kept'),
      ...ofGit,
    }),
    output: resolutionResult,
    positional: ['group', 'keep'],
    paths: ['dir'],
    contents: ['text'],
    asks: true,
    plans: true,
  }),
  'gitops.rollback': entry({ kind: 'operation', summary: 'Take a resolution back: bytes, modes and times of every file.', input: z.object({ id: z.string().min(1).max(128).describe('the operation') }), output: rollbackResult, positional: ['id'], asks: true, plans: true }),
  'gitops.hierarchy': entry({ kind: 'query', summary: 'The rules that say which copy is kept.', input: inProject, output: hierarchy }),
  'gitops.set-hierarchy': entry({
    kind: 'command',
    summary: 'Change the rules that say which copy is kept, or go back to an earlier version of them.',
    input: inProject.extend({ config: hierarchyConfig.optional(), version: z.coerce.number().int().min(1).optional().describe('go back to this version'), note: z.string().max(500).default('') }),
    output: hierarchy,
  }),
  'gitops.preview-hierarchy': entry({ kind: 'query', summary: 'How many groups would keep another copy under other rules.', input: place.extend({ config: hierarchyConfig }), output: hierarchyPreview, positional: ['dir'], paths: ['dir'] }),
  'gitops.hierarchy-versions': entry({ kind: 'query', summary: 'Earlier versions of the rules.', input: inProject, output: z.array(hierarchyVersion) }),
  'gitops.policies': entry({ kind: 'query', summary: 'What happens to the copies that are not kept, per folder and kind.', input: inProject, output: z.array(policyRule) }),
  'gitops.set-policies': entry({ kind: 'command', summary: 'Change what happens to the copies that are not kept.', input: inProject.extend({ policies: z.array(policyRule).max(100).describe('each as {"directory": "/examples/", "kind": "Deployment", "action": "delete"}; also mode and target. They replace those before; [] for none: then copies are commented out') }), output: z.array(policyRule) }),
} as const;
