import * as z from 'zod';
import { entry } from '../define';
import { done, nothing, projectRef } from '../schemas/common';
import { filesChanged } from '../schemas/compose';
import { cleanResult, closedProject, project } from '../schemas/projects';

/** Projects and the scripts they are given. */
export const projectsEntries = {
  'projects.open': entry({
    kind: 'command',
    summary: 'Open a folder with compose files. Opening runs nothing; --trust allows it to be built, run and mounted.',
    input: z.object({ dir: z.string().min(1).max(4096), trust: z.boolean().default(false) }),
    output: project,
    positional: ['dir'],
    paths: ['dir'],
  }),
  'projects.list': entry({ kind: 'query', summary: 'The opened projects.', input: nothing, output: z.array(project) }),
  'projects.trust': entry({
    kind: 'command',
    summary: 'Trust a project for what it contains now: it may be built, run and mounted.',
    input: z.object({ id: projectRef }),
    output: project,
    positional: ['id'],
  }),
  'projects.close': entry({
    kind: 'command',
    summary: 'Take a project out of the list of open ones: it is watched no more. What runs goes on, and trust, settings and snapshots are kept for when it is opened again.',
    input: z.object({ id: projectRef }),
    output: done,
    positional: ['id'],
  }),
  'projects.recent': entry({ kind: 'query', summary: 'Projects that were closed, the last one first.', input: nothing, output: z.array(closedProject) }),
  'projects.reopen': entry({
    kind: 'command',
    summary: 'Open a project again that was closed, as it was.',
    input: z.object({ id: projectRef }),
    output: project,
    positional: ['id'],
  }),
  'projects.forget': entry({
    kind: 'command',
    summary: 'Remove a project from the list, and what Berth knows of it. Containers, volumes and files stay.',
    input: z.object({ id: projectRef }),
    output: done,
    positional: ['id'],
  }),
  'projects.clean': entry({
    kind: 'operation',
    summary: 'Remove the containers, networks and images of this project and start it again. Volumes with a name stay unless --volumes is given; then they are in a snapshot first (berth snapshots list), and nothing is removed when that cannot be made. Volumes without a name go with their containers and are in no snapshot; neither are the files of images.',
    input: z.object({ project: projectRef, volumes: z.boolean().default(false).describe('remove volumes with a name too, kept in a snapshot first; the answer names it'), start: z.boolean().default(true).describe('start the mode again that ran'), dryRun: z.boolean().default(false).describe('only list what would go, and what stays') }),
    output: cleanResult,
    asks: true,
  }),
  'scripts.install': entry({
    kind: 'operation',
    summary: 'Write the scripts (dev-mode.sh, prod-mode.sh …) into a folder of the project.',
    input: z.object({ project: projectRef, dir: z.string().min(1).max(1024).default('scripts') }),
    output: filesChanged,
    asks: true,
    plans: true,
  }),
} as const;
