import { app } from 'electron';
import type { StatePaths } from '../platform/paths';
import type { AppServices } from './app-services';
import { utilityChild } from './utility-child';

/** How long callers of the socket may take to end when the app quits. */
const API_CLOSE_MS = 2_000;

/** Makes the services in this process and opens the socket the CLI speaks to. Loaded only now, so that the window never waits for their code. */
export async function startServices(paths: StatePaths): Promise<AppServices> {
  const [{ createServices }, { startLocalApi }] = await Promise.all([import('../services'), import('../api')]);
  const version = app.getVersion();
  const services = await createServices({ home: paths.home, version, spawn: utilityChild });
  const api = await startLocalApi({ dispatcher: services.dispatcher, events: services.events, socketPath: paths.socket, version, logger: services.log });
  await services.start();
  return {
    dispatcher: services.dispatcher,
    events: services.events,
    async close() {
      await api.close(API_CLOSE_MS);
      await services.close();
    },
  };
}
