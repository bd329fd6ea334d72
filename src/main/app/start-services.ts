import { app } from 'electron';
import type { StatePaths } from '../platform/paths';
import type { AppServices } from './app-services';
import { utilityChild } from './utility-child';

/** Makes the services in this process; they open the socket the CLI speaks to. Loaded only now, so that the window never waits for their code. */
export async function startServices(paths: StatePaths): Promise<AppServices> {
  const [{ createServices }, { startLocalApi }] = await Promise.all([import('../services'), import('../api')]);
  const version = app.getVersion();
  const services = await createServices({ home: paths.home, version, spawn: utilityChild, host: 'app' });
  services.attachApi(() => startLocalApi({ ...services.apiParts(), version }));
  await services.start();
  return services;
}
