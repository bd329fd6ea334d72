import { startLocalApi, type LocalApi } from '@main/api/server';
import { createServices, type Services } from '@main/services';
import type { Connection, ConnectOptions } from './connection';
import { version } from './version';

/** Hosts the services in this process and opens the socket, so that a second `berth` attaches. Rejects with `state-locked`. */
export async function hostServices(options: ConnectOptions): Promise<Connection> {
  const services = await createServices({ version, live: options.live, host: options.mustHost ? 'serve' : 'command', checkOutput: process.env['BERTH_CHECK_OUTPUT'] === '1' });
  let api: LocalApi | null = null;
  services.attachApi(async () => (api = await startLocalApi({ ...services.apiParts(), version })));
  try {
    for (const one of await services.start()) options.onRecovered(one);
    return hostedConnection(services, () => api);
  } catch (error) {
    await services.close();
    throw error;
  }
}

function hostedConnection(services: Services, api: () => LocalApi | null): Connection {
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
    async close(how) {
      // Others may have attached meanwhile: this process is their host until they, too, have what they came for.
      while (how === 'when-quiet' && (api()?.activeRequests() ?? 0) > 0) await Promise.all([api()?.whenQuiet(), services.operations.whenIdle()]);
      if (how === 'when-quiet') await services.operations.whenIdle();
      await services.close();
    },
  };
}
