import { setTimeout as pause } from 'node:timers/promises';
import { app } from 'electron';
import { AppError } from '@shared/kernel/app-error';
import type { StatePaths } from '../platform/paths';
import type { AppServices } from './app-services';
import { utilityChild } from './utility-child';

const LEASE_WAIT_MS = 10_000;
const LEASE_RETRY_MS = 100;

/** Makes the services in this process; they open the socket the CLI speaks to. Loaded only now, so that the window never waits for their code. */
export async function startServices(paths: StatePaths): Promise<AppServices> {
  const [{ createServices }, { askToYield, startLocalApi }] = await Promise.all([import('../services'), import('../api')]);
  const version = app.getVersion();
  const services = await onceFree(() => createServices({ home: paths.home, version, spawn: utilityChild, host: 'app' }), () => askToYield(paths.socket));
  services.attachApi(() => startLocalApi({ ...services.apiParts(), version }));
  await services.start();
  return services;
}

/** A command in a terminal that only watches lets go of the state when it is asked; anything else that has it keeps it. */
async function onceFree<T>(make: () => Promise<T>, askToYield: () => Promise<boolean>): Promise<T> {
  const endsAtMs = performance.now() + LEASE_WAIT_MS;
  for (let lettingGo = false; ; ) {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'state-locked' || performance.now() > endsAtMs) throw error;
      lettingGo = (await askToYield()) || lettingGo;
      if (!lettingGo) throw error;
    }
    await pause(LEASE_RETRY_MS);
  }
}
