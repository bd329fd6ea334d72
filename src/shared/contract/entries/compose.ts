import * as z from 'zod';
import { entry } from '../define';
import { json, modeName, projectRef, serviceName } from '../schemas/common';
import { filesChanged, portEntry, variableEntry } from '../schemas/compose';

/** The compose files: what they say, and edits of them. */
export const composeEntries = {
  'compose.config': entry({
    kind: 'query',
    summary: 'The resolved compose model, as `docker compose config --format json` prints it, with the config hashes.',
    input: z.object({
      dir: z.string().max(4096).optional(),
      file: z.array(z.string()).default([]),
      envFile: z.array(z.string()).default([]),
      profile: z.array(z.string()).default([]),
    }),
    output: z.object({ model: json, hashes: z.record(z.string(), z.string()), warnings: z.array(z.string()) }),
    paths: ['dir', 'file', 'envFile'],
  }),
  'compose.ports': entry({
    kind: 'query',
    summary: 'The port map: every published port of every mode, and who has it now.',
    input: z.object({ project: projectRef, mode: modeName.optional() }),
    output: z.object({ entries: z.array(portEntry), markdown: z.string() }),
  }),
  'compose.variables': entry({
    kind: 'query',
    summary: 'Where the value of each variable comes from, and what it hides.',
    input: z.object({ project: projectRef, mode: modeName.optional(), service: serviceName.optional() }),
    output: z.array(variableEntry),
    positional: ['service'],
  }),
  'compose.source': entry({
    kind: 'query',
    summary: 'The text of one of the files a project is made from.',
    input: z.object({ project: projectRef, file: z.string().min(1).max(4096) }),
    output: z.object({ file: z.string(), text: z.string() }),
    positional: ['file'],
  }),
  'compose.healthcheck': entry({
    kind: 'operation',
    summary: 'Give a service a health check, in every mode that declares it, or take it away.',
    input: z.object({
      project: projectRef,
      service: serviceName,
      kind: z.enum(['http', 'tcp', 'command', 'none']),
      port: z.coerce.number().int().min(1).max(65_535).optional().describe('inside the container; http and tcp'),
      path: z.string().max(1024).default('/').describe('http'),
      command: z.string().max(4096).optional().describe('as a shell would run it'),
      intervalSeconds: z.coerce.number().int().min(1).max(3_600).default(10),
      timeoutSeconds: z.coerce.number().int().min(1).max(600).default(5),
      retries: z.coerce.number().int().min(1).max(100).default(3),
      startPeriodSeconds: z.coerce.number().int().min(0).max(3_600).default(10),
    }),
    output: filesChanged,
    positional: ['service', 'kind'],
    asks: true,
    plans: true,
  }),
  'compose.remap-ports': entry({
    kind: 'operation',
    summary: 'Move every published port by an offset, in every mode, with the environment values that point to them.',
    input: z.object({ project: projectRef, offset: z.coerce.number().int().min(-60_000).max(60_000), services: z.array(serviceName).default([]) }),
    output: filesChanged,
    positional: ['offset', 'services'],
    asks: true,
    plans: true,
  }),
  'compose.rename-network': entry({
    kind: 'operation',
    summary: 'Rename a network in every file that names it.',
    input: z.object({ project: projectRef, network: z.string().min(1).max(255), to: z.string().min(1).max(255) }),
    output: filesChanged,
    positional: ['network', 'to'],
    asks: true,
    plans: true,
  }),
  'compose.resubnet': entry({
    kind: 'operation',
    summary: 'Give a network another range of addresses in every mode, with the addresses of services in it.',
    input: z.object({ project: projectRef, network: z.string().min(1).max(255), to: z.string().min(1).max(64).describe('as large as the one it has, for example 10.20.0.0/16') }),
    output: filesChanged,
    positional: ['network', 'to'],
    asks: true,
    plans: true,
  }),
  'compose.relocate': entry({
    kind: 'operation',
    summary: 'After folders were moved: rewrite every context, mount and Dockerfile path that pointed to the old place, in every mode.',
    input: z.object({ project: projectRef, from: z.string().min(1).max(4096), to: z.string().min(1).max(4096), targets: z.boolean().default(false).describe('paths inside containers that are called as the folder was follow too') }),
    output: filesChanged,
    positional: ['from', 'to'],
    asks: true,
    plans: true,
  }),
} as const;
