import { setTimeout as pause } from 'node:timers/promises';
import { askHost } from '@main/api/client';
import { startLocalApi } from '@main/api/server';
import { statePaths, thisMachine } from '@main/platform/paths';
import { within } from '@main/platform/within';
import { createServices, type Services } from '@main/services';
import type { AppErrorData } from '@shared/kernel/app-error';
import { failed, type Result } from '@shared/kernel/result';
import type { Connection, ConnectOptions } from './connection';
import { HostGate } from './host-gate';
import { version } from './version';

/** What others still do here is only spoken of when it takes longer. */
const STAY_TOLD_MS = 300;
const NEXT_HOST_MS = 10_000;
const NEXT_HOST_RETRY_MS = 100;

/** Hosts the services in this process and opens the socket, so that a second `berth` attaches. Rejects with `state-locked`. */
export async function hostServices(options: ConnectOptions): Promise<Connection> {
  const services = await createServices({ version, live: options.live, host: options.mustHost ? 'serve' : 'command', checkOutput: process.env['BERTH_CHECK_OUTPUT'] === '1' });
  const gate = new HostGate(options.command, options.takesOperations);
  services.attachApi(() => startLocalApi({ ...services.apiParts(), dispatcher: gate.over(services.dispatcher), heldBy: () => gate.holder, version }));
  try {
    for (const one of await services.start()) options.onRecovered(one);
    return hostedConnection(services, gate, options);
  } catch (error) {
    await services.close();
    throw error;
  }
}

function hostedConnection(services: Services, gate: HostGate, options: ConnectOptions): Connection {
  const leaving = new AbortController();
  let gone: Promise<void> | null = null;
  if (options.yields) gate.onYieldAsked(() => (gone !== null || isQuiet(services, gate)) && leave());

  function leave(): boolean {
    // Behind the answer to whoever asked.
    gone ??= new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      gate.end();
      leaving.abort();
      await services.close();
    });
    return true;
  }

  /** This command's own asking goes on with the next host. */
  async function untilLeft<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result<T, AppErrorData>>): Promise<Result<T, AppErrorData>> {
    const result = await work(AbortSignal.any([signal, leaving.signal]));
    return gone === null || signal.aborted ? result : failed({ code: 'interrupted', message: 'Another Berth keeps watch from here on.', details: { notTaken: true } });
  }

  return {
    hosted: true,
    call: (name, input, signal) => untilLeft(signal, (own) => services.dispatcher.call(name, input, { door: 'cli', signal: own })),
    stream: (name, input, signal, push) => untilLeft(signal, (own) => services.dispatcher.stream(name, input, { door: 'cli', signal: own }, push)),
    events(since, signal, push) {
      return new Promise((resolve) => {
        if (since !== undefined) services.events.since(since).events.forEach(push);
        const subscription = services.events.on(push);
        const ends = AbortSignal.any([signal, leaving.signal]);
        const end = (): void => {
          subscription.dispose();
          resolve();
        };
        if (ends.aborted) end();
        ends.addEventListener('abort', end, { once: true });
      });
    },
    takeOperations: (on) => gate.take(on),
    left: () => (gone === null ? Promise.resolve() : gone.then(nextHost)),
    async close(how) {
      if (gone !== null) return gone;
      if (how === 'when-quiet') {
        gate.take(false);
        if (await stayUntilQuiet(services, gate, options)) gate.end();
      }
      await services.close();
    },
  };
}

/** Waits for the process that wanted the state; should it not come up, whoever watches hosts again. */
async function nextHost(): Promise<void> {
  const { socket } = statePaths(thisMachine());
  const endsAtMs = performance.now() + NEXT_HOST_MS;
  while ((await askHost(socket)) === null && performance.now() < endsAtMs) await pause(NEXT_HOST_RETRY_MS);
}

function isQuiet({ operations }: Services, gate: HostGate): boolean {
  const { queued = 0, running = 0 } = operations.counters();
  return gate.heldBy === 0 && queued + running === 0;
}

/** While operations or commands of others are under way in this process, it cannot go. False when the user does not want to wait for them. */
async function stayUntilQuiet({ operations }: Services, gate: HostGate, options: ConnectOptions): Promise<boolean> {
  const quiet = (async () => {
    do await Promise.all([gate.whenQuiet(), operations.whenIdle()]);
    while (gate.heldBy > 0);
    return true;
  })();
  if (await within(STAY_TOLD_MS, quiet, false)) return true;
  const { queued = 0, running = 0 } = operations.counters();
  return Promise.race([quiet, options.onStaying({ operations: queued + running, commands: gate.heldBy }).then(() => false)]);
}
