import * as z from 'zod';
import { entry } from './define';
import { sequencedEvent } from './events';
import {
  doctorReport,
  engineStatus,
  finding,
  json,
  journalStep,
  logLine,
  modeDefinition,
  modeName,
  modePlan,
  operation,
  project,
  projectRef,
  serviceList,
  serviceName,
  switchResult,
} from './schemas';

const nothing = z.object({});
const inProject = z.object({ project: projectRef });
const done = z.object({ done: z.literal(true) });
const toServices = z.object({ project: projectRef, services: z.array(serviceName).default([]).describe('services; all when none is named') });
const serviceResult = z.object({ operationId: z.string(), services: z.array(z.string()) });

/**
 * Everything Berth can do, once. Keys are `noun.verb`; the CLI's `berth noun verb` and the API's
 * `POST /v1/noun.verb` follow from them.
 */
export const contract = {
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
  'projects.forget': entry({
    kind: 'command',
    summary: 'Remove a project from the list. Containers, volumes and files stay.',
    input: z.object({ id: projectRef }),
    output: done,
    positional: ['id'],
  }),
  'modes.list': entry({
    kind: 'query',
    summary: 'The modes of a project and which one runs.',
    input: inProject,
    output: z.array(modeDefinition.extend({ active: z.boolean() })),
  }),
  'modes.plan': entry({
    kind: 'query',
    summary: 'What a switch to a mode would do, service by service. Changes nothing.',
    input: z.object({ project: projectRef, mode: modeName }),
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
  'services.list': entry({ kind: 'query', summary: 'The services of a project: state, health, ports, mounts.', input: inProject, output: serviceList }),
  'services.logs': entry({
    kind: 'stream',
    summary: 'The logs of a service.',
    input: z.object({
      project: projectRef,
      service: serviceName,
      follow: z.boolean().default(false),
      tail: z.coerce.number().int().min(0).max(100_000).default(200).describe('lines from the end'),
    }),
    output: logLine,
    positional: ['service'],
  }),
  'services.exec': entry({
    kind: 'stream',
    summary: 'Run a command in a running service; the exit code is the command’s.',
    input: z.object({ project: projectRef, service: serviceName, command: z.array(z.string()).min(1) }),
    output: z.discriminatedUnion('type', [
      z.object({ type: z.literal('output'), stream: z.enum(['stdout', 'stderr']), text: z.string() }),
      z.object({ type: z.literal('exit'), code: z.number().int() }),
    ]),
    positional: ['service', 'command'],
  }),
  'services.restart': entry({ kind: 'operation', summary: 'Restart services.', input: toServices, output: serviceResult, positional: ['services'], asks: true }),
  'services.stop': entry({ kind: 'operation', summary: 'Stop services; containers and data stay.', input: toServices, output: serviceResult, positional: ['services'], asks: true }),
  'services.start': entry({ kind: 'operation', summary: 'Start stopped services in dependency order.', input: toServices, output: serviceResult, positional: ['services'], asks: true }),
  'checks.run': entry({
    kind: 'query',
    summary: 'Check mounts, ports, Dockerfiles, networks and dependencies of a mode.',
    input: z.object({ project: projectRef, mode: modeName.optional() }),
    output: z.object({ ok: z.boolean(), mode: z.string(), findings: z.array(finding), trustQuestions: z.array(z.string()) }),
  }),
  'checks.fix': entry({
    kind: 'operation',
    summary: 'Apply the fixes of findings (their fix ids), or show what they would change with --dry-run.',
    input: z.object({ project: projectRef, mode: modeName.optional(), fixes: z.array(z.string()).default([]), dryRun: z.boolean().default(false) }),
    output: z.object({ applied: z.array(z.string()), diff: z.string() }),
    positional: ['fixes'],
    asks: true,
  }),
  'operations.list': entry({
    kind: 'query',
    summary: 'Operations, newest first.',
    input: z.object({ project: projectRef.optional(), limit: z.coerce.number().int().min(1).max(500).default(50) }),
    output: z.array(operation),
  }),
  'operations.show': entry({
    kind: 'query',
    summary: 'One operation with its journaled steps.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: operation.extend({ steps: z.array(journalStep), log: z.array(z.string()) }),
    positional: ['id'],
  }),
  'operations.cancel': entry({
    kind: 'command',
    summary: 'Cancel a queued or running operation; what it changed is undone. After its commit there is nothing to cancel.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: operation,
    positional: ['id'],
  }),
  'operations.retry': entry({
    kind: 'command',
    summary: 'Run a failed operation again with the same input.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: operation,
    positional: ['id'],
    asks: true,
  }),
  'operations.wait': entry({
    kind: 'query',
    summary: 'Wait until an operation has ended.',
    input: z.object({ id: z.string().min(1).max(64), timeoutMs: z.coerce.number().int().min(0).max(3_600_000).default(3_600_000) }),
    output: operation,
    positional: ['id'],
    hidden: true,
  }),
  'engine.status': entry({ kind: 'query', summary: 'The Docker engine Berth speaks to.', input: nothing, output: engineStatus }),
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
  'events.since': entry({
    kind: 'query',
    summary: 'Events after a sequence number, for a window that was reloaded.',
    input: z.object({ seq: z.coerce.number().int().min(0) }),
    output: z.object({ complete: z.boolean(), seq: z.number().int(), events: z.array(sequencedEvent) }),
    hidden: true,
  }),
} as const;

export type Contract = typeof contract;
export type ContractName = keyof Contract;
export type InputOf<N extends ContractName> = z.input<Contract[N]['input']>;
export type ParsedInputOf<N extends ContractName> = z.output<Contract[N]['input']>;
export type OutputOf<N extends ContractName> = z.output<Contract[N]['output']>;

/** The names of one kind, for handler tables that must be complete. */
export type NamesOfKind<K extends string> = { [N in ContractName]: Contract[N] extends { kind: K } ? N : never }[ContractName];
