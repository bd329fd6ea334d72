import * as z from 'zod';
import { entry } from '../define';
import { inProject, modeName, projectRef, serviceName } from '../schemas/common';
import { modePlan, switchWarning } from '../schemas/modes';
import { logLine, presentHealthcheck, resourcePreset, serviceDetail, serviceGraph, serviceList } from '../schemas/services';

const toServices = z.object({ project: projectRef, services: z.array(serviceName).default([]).describe('services; all when none is named') });
/** Chosen by the caller, and only known to it. */
const execInputName = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, '16 to 64 letters, digits, dashes and underscores');
/** A moment, or how long ago it was. */
const logMoment = z.string().min(1).max(64);
const terminalSize = { columns: z.number().int().min(1).max(10_000), rows: z.number().int().min(1).max(10_000) };
const serviceResult = z.object({ operationId: z.string(), services: z.array(z.string()) });
const ownMode = modeName.optional().describe('the one that runs when it is not given');
const dryRun = z.boolean().default(false).describe('only say what would be done');
/** plan: of a dry run; null once it is done. volumes: those without a name that go. notes: what to know before agreeing. */
const verbResult = serviceResult.extend({ mode: z.string(), plan: modePlan.nullable(), volumes: z.array(z.object({ service: z.string(), target: z.string() })), notes: z.array(z.string()), warnings: z.array(switchWarning) });

/** Services: list, logs, commands inside, restarts, resources. */
export const servicesEntries = {
  'services.list': entry({ kind: 'query', summary: 'The services of a project: state, health, ports, mounts.', input: inProject, output: serviceList }),
  'services.inspect': entry({
    kind: 'query',
    summary: 'Everything about one service: why it is unhealthy, mounts, environment with the source of each value, image, limits, networks.',
    input: z.object({ project: projectRef, service: serviceName }),
    output: serviceDetail,
    positional: ['service'],
  }),
  'services.variable': entry({
    kind: 'query',
    summary: 'The value of one variable of a service, unmasked; of a trusted project only.',
    input: z.object({ project: projectRef, service: serviceName, name: z.string().min(1).max(1_000) }),
    output: z.object({ name: z.string(), value: z.string() }),
    positional: ['service', 'name'],
  }),
  'services.logs': entry({
    kind: 'stream',
    summary: 'The logs of a service, of several, or of all of them, merged by time.',
    input: z.object({
      project: projectRef,
      service: serviceName.optional().describe('all services when none is named'),
      services: z.array(serviceName).max(200).default([]).describe('more of them'),
      follow: z.boolean().default(false),
      tail: z.coerce.number().int().min(0).max(100_000).default(200).describe('lines from the end, of each container'),
      since: logMoment.optional().describe('from then on: 15m, 1h30m or 2026-01-31T10:00:00Z'),
      until: logMoment.optional().describe('up to then'),
      timestamps: z.boolean().default(false).describe('print the time before each line'),
    }),
    output: logLine,
    positional: ['service', 'services'],
  }),
  'services.save-logs': entry({
    kind: 'operation',
    summary: 'Write everything the engine still has of the logs of services to a file that does not exist yet.',
    input: z.object({
      project: projectRef,
      file: z.string().min(1).max(4_096),
      services: z.array(serviceName).max(200).default([]).describe('all services when none is named'),
      since: logMoment.optional().describe('from then on: 15m, 1h30m or 2026-01-31T10:00:00Z'),
      until: logMoment.optional().describe('up to then'),
      timestamps: z.boolean().default(true).describe('with the time before each line'),
    }),
    output: z.object({ operationId: z.string(), file: z.string(), lines: z.number().int(), sizeBytes: z.number().int() }),
    positional: ['file', 'services'],
    paths: ['file'],
  }),
  'services.exec': entry({
    kind: 'stream',
    summary: 'Run a command in a running service; the exit code is the command’s. On the command line it reads what is piped or typed, and has a terminal where there is one; with </dev/null it reads nothing. Over the API it gets no input.',
    input: z.object({ project: projectRef, service: serviceName, command: z.array(z.string()).min(1) }),
    output: z.discriminatedUnion('type', [
      z.object({ type: z.literal('output'), stream: z.enum(['stdout', 'stderr']), text: z.string() }),
      z.object({ type: z.literal('exit'), code: z.number().int() }),
    ]),
    positional: ['service', 'command'],
  }),
  /**
   * What `services exec` of the command line and the terminals of the window do: with an input, and every byte as it is. Without a command it
   * is the shell of the container. `owned`: it ends with whoever listens; `paced`: it writes no faster than `services.attach-taken` is told.
   */
  'services.attach': entry({
    kind: 'stream',
    summary: 'Run a command in a running service with an input of its own.',
    input: z.object({ project: projectRef, service: serviceName, command: z.array(z.string()).default([]), input: execInputName, tty: z.strictObject(terminalSize).optional(), owned: z.boolean().default(false), paced: z.boolean().default(false) }),
    output: z.discriminatedUnion('type', [
      z.object({ type: z.literal('started') }),
      z.object({ type: z.literal('output'), stream: z.enum(['stdout', 'stderr']), base64: z.string() }),
      z.object({ type: z.literal('exit'), code: z.number().int() }),
    ]),
    hidden: true,
  }),
  'services.attach-input': entry({
    kind: 'command',
    summary: 'Give a command that was attached to more of its input, or its end; answered when the command can take it.',
    input: z.object({ input: execInputName, base64: z.base64().max(131_072).default(''), end: z.boolean().default(false) }),
    output: z.object({ open: z.boolean() }),
    hidden: true,
  }),
  'services.attach-resize': entry({
    kind: 'command',
    summary: 'Tell a command that was attached to with a terminal how large that is now.',
    input: z.object({ input: execInputName, ...terminalSize }),
    output: z.object({ open: z.boolean() }),
    hidden: true,
  }),
  'services.attach-taken': entry({
    kind: 'command',
    summary: 'Tell how much was taken of what a paced command wrote, so that it may write on.',
    input: z.object({ input: execInputName, bytes: z.number().int().min(0) }),
    output: z.object({ open: z.boolean() }),
    hidden: true,
  }),
  'services.restart': entry({ kind: 'operation', summary: 'Restart services; what does not stay up for services.settleSeconds fails it.', input: toServices, output: serviceResult, positional: ['services'], asks: true }),
  'services.stop': entry({ kind: 'operation', summary: 'Stop services; containers and data stay.', input: toServices, output: serviceResult, positional: ['services'], asks: true }),
  'services.start': entry({ kind: 'operation', summary: 'Start stopped services in dependency order; what does not stay up for services.settleSeconds fails it.', input: toServices, output: serviceResult, positional: ['services'], asks: true }),
  'services.rebuild': entry({
    kind: 'operation',
    summary: 'Build the images of services anew and recreate them; volumes stay.',
    input: z.object({ project: projectRef, services: z.array(serviceName).default([]), mode: modeName.optional().describe('the one that runs when it is not given'), cache: z.boolean().default(false).describe('use the build cache'), pull: z.boolean().default(false).describe('look for newer base images') }),
    output: serviceResult.extend({ images: z.record(z.string(), z.string()), warnings: z.array(switchWarning) }),
    positional: ['services'],
    asks: true,
  }),
  'services.up': entry({
    kind: 'operation',
    summary: 'Create what is missing, make anew what differs from the files, and start services with everything they depend on; the whole mode when none is named.',
    input: z.object({ ...toServices.shape, mode: ownMode, dryRun }),
    output: verbResult,
    positional: ['services'],
    asks: true,
  }),
  'services.remove': entry({
    kind: 'operation',
    summary: 'Stop and remove the containers of services, and their volumes without a name; volumes with a name, networks and images stay.',
    input: z.object({ ...toServices.shape, mode: ownMode, dryRun }),
    output: verbResult,
    positional: ['services'],
    asks: true,
  }),
  'services.scale': entry({
    kind: 'operation',
    summary: 'Run so many containers of a service, until the next switch goes back to what the files say.',
    input: z.object({ project: projectRef, service: serviceName, count: z.coerce.number().int().min(0).max(100), mode: ownMode, dryRun }),
    output: verbResult,
    positional: ['service', 'count'],
    asks: true,
  }),
  'services.pull': entry({
    kind: 'operation',
    summary: 'Pull the images of services anew; containers stay as they are until the next up or switch.',
    input: z.object({ ...toServices.shape, mode: modeName.optional().describe('the one that runs when it is not given') }),
    output: serviceResult.extend({ images: z.record(z.string(), z.string()), newer: z.array(z.string()) }),
    positional: ['services'],
    asks: true,
  }),
  'services.watch': entry({
    kind: 'operation',
    summary: 'Follow develop.watch of the compose files: copy what is saved into the containers, restart or rebuild services, until it is cancelled.',
    input: toServices,
    output: serviceResult.extend({ synced: z.number().int(), removed: z.number().int(), commands: z.number().int(), restarted: z.number().int(), rebuilt: z.number().int() }),
    positional: ['services'],
    asks: true,
  }),
  'services.graph': entry({ kind: 'query', summary: 'Who waits for whom, on which networks, with which volumes; what only the files say is marked as planned.', input: z.object({ project: projectRef, mode: modeName.optional(), waitSeconds: z.coerce.number().min(0).max(120).default(2).describe('how long to wait for the sizes of volumes; 0 takes those of the last time') }), output: serviceGraph }),
  'services.healthcheck': entry({
    kind: 'query',
    summary: 'The health check a service has now, from its files or else from its image.',
    input: z.object({ project: projectRef, service: serviceName, mode: modeName.optional().describe('the first that has the service when it is not given') }),
    output: z.object({ healthcheck: presentHealthcheck.nullable() }),
    positional: ['service'],
  }),
  'services.presets': entry({
    kind: 'query',
    summary: 'The resource presets as they would be on this machine, and which one a service has.',
    input: z.object({ project: projectRef, service: serviceName }),
    output: z.object({ current: resourcePreset, presets: z.array(resourcePreset) }),
    positional: ['service'],
  }),
  'services.resources': entry({
    kind: 'operation',
    summary: 'Give a service a resource preset: its compose files are changed, and it is recreated when it runs.',
    input: z.object({ project: projectRef, service: serviceName, preset: z.enum(['current', 'combined', 'none']).describe('current: 1 CPU and 1 GiB; combined: 2 CPUs and 2 GiB (recommended); none: no limits') }),
    output: z.object({ operationId: z.string(), files: z.array(z.string()), preset: resourcePreset, recreated: z.boolean() }),
    positional: ['service', 'preset'],
    asks: true,
    plans: true,
  }),
} as const;
