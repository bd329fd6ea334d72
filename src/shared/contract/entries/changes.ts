import * as z from 'zod';
import { entry } from '../define';
import { changeSet, changeTest, deployResult } from '../schemas/changes';
import { inProject, modeName, projectRef } from '../schemas/common';

/** Changes on disk: show, try on a copy, deploy, roll back. */
export const changesEntries = {
  'changes.show': entry({ kind: 'query', summary: 'What changed in the files and does not run yet, and whether it was tested.', input: z.object({ project: projectRef, mode: modeName.optional() }), output: changeSet }),
  'changes.test': entry({
    kind: 'operation',
    summary: 'Build and run the changed project beside the running one, with own networks, ports and copies of volumes; check it and remove it.',
    input: z.object({ project: projectRef, mode: modeName.optional() }),
    output: changeTest,
    exits: [
      { as: 'blocked', when: 'the checks stop it', is: ({ ok, findings }) => !ok && findings.some(({ severity }) => severity === 'error') },
      { as: 'unhealthy', when: 'something did not get healthy', is: ({ ok }) => !ok },
    ],
    asks: true,
  }),
  'changes.deploy': entry({
    kind: 'operation',
    summary: 'Apply exactly the changes whose test passed; back to the last good state on failure.',
    input: z.object({ project: projectRef, mode: modeName.optional() }),
    output: deployResult,
    asks: true,
  }),
  'changes.rollback': entry({
    kind: 'operation',
    summary: 'Bring files and services back to the last state that was healthy.',
    input: inProject,
    output: deployResult,
    asks: true,
    plans: true,
  }),
} as const;
