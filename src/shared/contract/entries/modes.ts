import * as z from 'zod';
import { entry } from '../define';
import { inProject, modeName, projectRef } from '../schemas/common';
import { modePlan, switchResult } from '../schemas/modes';
import { modeDefinition } from '../schemas/projects';

/** Modes and the switch between them. */
export const modesEntries = {
  'modes.list': entry({
    kind: 'query',
    summary: 'The modes of a project and which one runs.',
    input: inProject,
    output: z.array(modeDefinition.extend({ active: z.boolean() })),
  }),
  'modes.plan': entry({
    kind: 'query',
    summary: 'What a switch to a mode would do, service by service. Changes nothing.',
    input: z.object({ project: projectRef, mode: modeName.optional().describe('default: the one that runs, or the only one') }),
    output: modePlan,
    positional: ['mode'],
  }),
  'modes.switch': entry({
    kind: 'operation',
    summary: 'Switch the whole project to a mode as one transaction; on any failure the old mode is back.',
    input: z.object({ project: projectRef, mode: modeName, planId: z.string().optional().describe('refuse unless the plan is still this one') }),
    output: switchResult,
    positional: ['mode'],
    asks: true,
  }),
} as const;
