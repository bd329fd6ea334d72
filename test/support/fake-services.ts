import { access } from 'node:fs/promises';
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { createDispatcher } from '@main/dispatch/index';
import type { Handlers } from '@main/dispatch/types';
import { createEventStream, createOperations, operationHandlers } from '@main/operations/index';
import type { OperationKind } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { openStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { AppError } from '@shared/kernel/app-error';

/** Stands in for the composition root under the real command line: no engine, and outcomes by the name of the mode. */
export async function createServices(options: { readonly version: string; readonly live: boolean }) {
  const store = await openStore({ version: options.version });
  const events = createEventStream(systemClock);
  const operations = await createOperations({ store, events, clock: systemClock, failpoints: createFailpoints(process.env), logger: silentLogger, redact: (text) => text });
  operations.register(switchKind);
  operations.register(cleanKind);
  const finding = { id: 'bind-missing-1', code: 'BIND_MISSING', severity: 'error' as const, area: 'mounts' as const, message: 'The folder ./x is missing.', why: 'It is mounted.', fixes: [], where: { file: '/p/compose.yml', line: 3 } };
  const handlers: Partial<Handlers> = {
    ...operationHandlers(operations, events, { projectIdOf: async (reference) => reference, limits: () => ({ keepCount: 200, keepDays: 30, keepFailedDays: 90 }), structural: { planOf: () => Promise.resolve(null) } }),
    'runtime.yield': async () => ({ yields: false }),
    'projects.list': async () => [{ id: 'p_0123456789abc', name: 'shop', dir: `/pid/${process.pid}`, modes: [], activeMode: null, trusted: true, trustQuestions: [] }],
    'modes.list': async () => [{ name: 'dev', files: ['a.yml'], envFiles: [], profiles: [], active: true }],
    'modes.plan': async () => {
      throw new AppError('compose-invalid', 'Line 3 is not YAML.', { where: { file: '/p/compose.yml', line: 3 } });
    },
    'checks.run': async (input) => ({ ok: input.mode === 'clean', mode: 'dev', areas: [], findings: input.mode === 'clean' ? [] : [finding], trustQuestions: [] }),
    'services.list': async () => {
      throw new TypeError('a bug');
    },
    'services.exec': async (input, _call, push) => {
      push({ type: 'output', stream: 'stdout', text: input.command.join(' ') });
      push({ type: 'output', stream: 'stderr', text: 'warned' });
      push({ type: 'exit', code: 7 });
    },
    'services.attach': async (input, _call, push) => {
      const bytes = (text: string): string => Buffer.from(text).toString('base64');
      push({ type: 'started' });
      push({ type: 'output', stream: 'stdout', base64: bytes(input.command.join(' ')) });
      push({ type: 'output', stream: 'stderr', base64: bytes('warned') });
      push({ type: 'exit', code: 7 });
    },
    'services.attach-input': async () => ({ open: false }),
    'services.attach-resize': async () => ({ open: false }),
    'services.attach-taken': async () => ({ open: false }),
    'services.logs': async (input, call, push) => {
      push({ service: input.service ?? 'api', containerId: 'c', stream: 'stdout', time: '2026-01-01T00:00:00Z', text: 'one\u001b]0;title\u0007' });
      if (input.follow) await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
    },
  };
  const dispatcher = createDispatcher({ handlers: handlers as Handlers, operations, logger: silentLogger, onBug: () => undefined, checkOutput: true });
  let startApi: (() => Promise<{ close(graceMs: number): Promise<void> }>) | null = null;
  let api: { close(graceMs: number): Promise<void> } | null = null;
  return {
    dispatcher,
    operations,
    events,
    store,
    log: silentLogger,
    apiParts: () => ({ dispatcher, events, socketPath: store.paths.socket, logger: silentLogger }),
    attachApi: (starter: () => Promise<{ close(graceMs: number): Promise<void> }>) => void (startApi = starter),
    async start() {
      api = (await startApi?.()) ?? null;
      return operations.recover();
    },
    async close() {
      await operations.shutdown(5_000);
      await api?.close(5_000);
      events.close();
      await store.close();
    },
  };
}

const switchKind: OperationKind = {
  kind: 'modes.switch',
  key: (input) => String(input['project']),
  title: (input) => `Switch to ${String(input['mode'])}`,
  projectId: () => null,
  async run(context, input) {
    const mode = String(input['mode']);
    context.progress({ step: 1, of: 2, message: `Working on ${mode}` });
    context.log('a line of the build', 'api');
    if (mode === 'blocked') throw new AppError('blocked', 'There is an error.', { details: { findings: [{ id: 'x', code: 'PORT_TAKEN', severity: 'error', message: 'Port 80 is taken.', why: '', fixes: [] }] } });
    if (mode === 'unreachable') throw new AppError('engine-unreachable', 'No Docker engine answers.');
    await context.effect('toy.act', {}, async () => null);
    if (mode === 'unhealthy') throw new AppError('unhealthy', 'The service api did not get healthy.');
    if (mode === 'wait') await appears(process.env['FAKE_GATE'] ?? '', context.signal);
    await context.commit();
    return { operationId: context.operationId, state: 'succeeded', from: null, to: mode, durationMs: 5, healthyMs: 4, services: [], warnings: [] };
  },
  rollback: async (context) => void (await context.effect('toy.undo', {}, async () => null)),
  finish: async (context, input) => ({ operationId: context.operationId, state: 'succeeded', from: null, to: String(input['mode']), durationMs: 5, healthyMs: 4, services: [], warnings: [] }),
};

/** Only looks: here is nothing to clean. */
const cleanKind: OperationKind = {
  kind: 'projects.clean',
  key: (input) => String(input['project']),
  title: () => 'Clean shop',
  projectId: () => null,
  run: async (context, input) => {
    if (input['dryRun'] !== true) throw new AppError('internal', 'Nobody agreed to it.');
    return { operationId: context.operationId, containers: ['shop-api-1'], networks: [], images: [], volumes: [], freedBytes: 0, snapshot: null, kept: [], mode: input['start'] === false ? null : 'dev', started: false, follow: null };
  },
  rollback: async () => undefined,
  finish: async () => null,
};

/** Resolves once a file is there; rejects as cancelled. */
function appears(file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(file), look);
    function look(): void {
      access(file).then(done, () => undefined);
    }
    function done(): void {
      watcher.close();
      resolve();
    }
    const cancelled = (): void => {
      watcher.close();
      reject(new AppError('cancelled', 'Cancelled.'));
    };
    // Its line of progress is out before it waits: whoever reads it may have cancelled already.
    if (signal.aborted) cancelled();
    signal.addEventListener('abort', cancelled);
    look();
  });
}
