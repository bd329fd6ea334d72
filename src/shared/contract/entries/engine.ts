import * as z from 'zod';
import { entry } from '../define';
import { nothing } from '../schemas/common';
import { doctorReport, engineList, engineStatus } from '../schemas/engine';

/** The engine, and what Berth needs on this machine. */
export const engineEntries = {
  'engine.status': entry({ kind: 'query', summary: 'The Docker engine Berth speaks to.', input: nothing, output: engineStatus, exits: [{ as: 'engine-unreachable', when: 'it cannot be reached', is: ({ state }) => state === 'unreachable' }] }),
  'engine.list': entry({ kind: 'query', summary: 'Every place of this machine where a Docker engine may be: sockets, docker contexts, DOCKER_HOST; which one is used, and why.', input: nothing, output: engineList }),
  'engine.use': entry({
    kind: 'command',
    summary: 'Work with another engine of this machine from now on; "automatic" takes the first that answers.',
    input: z.object({ name: z.string().min(1).max(1_000).describe('a name of `engine list`, or automatic') }),
    output: engineStatus,
    positional: ['name'],
  }),
  'engine.connect': entry({ kind: 'command', summary: 'Look for a Docker engine again now.', input: nothing, output: engineStatus, hidden: true }),
  'doctor.run': entry({ kind: 'query', summary: 'Check what Berth needs on this machine: engine, disk, versions.', input: nothing, output: doctorReport }),
  'doctor.fix': entry({
    kind: 'operation',
    summary: 'Do what a doctor check proposes, for example start the engine.',
    input: z.object({ name: z.string().min(1).max(64) }),
    output: z.object({ detail: z.string() }),
    positional: ['name'],
    asks: true,
  }),
} as const;
