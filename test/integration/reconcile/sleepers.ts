import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { BerthEvent } from '@shared/contract/events';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { openObserving, type Observing } from './observing';

const run = promisify(execFile);
const SLEEP = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];

/** A project of services that do nothing, in two modes. */
export async function sleepers(services: { readonly [name: string]: object }, options: { readonly socketPath?: string; readonly files?: Readonly<Record<string, string>> } = {}): Promise<TestProject> {
  const made = await emptyProject('st', options);
  const whole = Object.fromEntries(Object.entries(services).map(([name, parts]) => [name, { image: BUSYBOX_IMAGE, command: SLEEP, stop_grace_period: '1s', ...parts }]));
  for (const mode of ['dev', 'clean']) await made.write(`docker-compose.${mode}.yml`, stringify({ services: whole }));
  return made;
}

/** The state of a service in an event that tells of it. */
export function stateOf(service: string, state: string): (event: BerthEvent) => true | undefined {
  return (event) => (event.type === 'services.changed' && event.services.services.some((one) => one.name === service && one.state === state) ? true : undefined);
}

/** A project on an engine of its own, observed. */
export interface PrivateWorld {
  readonly engine: PrivateEngine;
  readonly shop: TestProject;
  readonly seen: Observing;
  close(): Promise<void>;
}

/** Two services run, one of which the engine starts again. */
export async function privateWorld(): Promise<PrivateWorld> {
  const open: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of open.reverse()) await one();
  };
  try {
    const engine = await startPrivateEngine();
    open.push(() => engine.close());
    const { socketPath } = engine;
    await ensureBusybox({ socketPath });
    const shop = await sleepers({ stays: { restart: 'always', network_mode: 'none' }, ends: { network_mode: 'none' } }, { socketPath });
    open.push(() => shop.close());
    await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: shop.dir, env: { ...process.env, DOCKER_HOST: engine.dockerHost } });
    const seen = await openObserving({ socketPath });
    open.push(() => seen.close());
    await seen.world.projects.open(shop.dir, true);
    await seen.until((event) => stateOf('stays', 'running')(event) && stateOf('ends', 'running')(event));
    return { engine, shop, seen, close };
  } catch (error) {
    await close();
    throw error;
  }
}
