import { startLocalApi } from '@main/api/server';
import { within } from '@main/platform/within';
import { createServices, type Services } from '@main/services';
import type { Connection, ConnectOptions } from './connection';
import { HostGate } from './host-gate';
import { version } from './version';

/** What others still do here is only spoken of when it takes longer. */
const STAY_TOLD_MS = 300;

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
  return {
    hosted: true,
    call: (name, input, signal) => services.dispatcher.call(name, input, { door: 'cli', signal }),
    stream: (name, input, signal, push) => services.dispatcher.stream(name, input, { door: 'cli', signal }, push),
    events(since, signal, push) {
      return new Promise((resolve) => {
        if (since !== undefined) services.events.since(since).events.forEach(push);
        const subscription = services.events.on(push);
        const end = (): void => {
          subscription.dispose();
          resolve();
        };
        if (signal.aborted) end();
        signal.addEventListener('abort', end, { once: true });
      });
    },
    takeOperations: (on) => gate.take(on),
    async close(how) {
      if (how === 'when-quiet') {
        gate.take(false);
        if (await stayUntilQuiet(services, gate, options)) gate.end();
      }
      await services.close();
    },
  };
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
