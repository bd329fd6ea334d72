import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { showDisk, VolumeSizes } from '@main/monitor';
import { graphHandlers, ServicesService } from '@main/services/index';
import { smallShop } from '../modes/small-shop';
import { openWorld, type World } from '../modes/kit';

const run = promisify(execFile);
let project: Awaited<ReturnType<typeof smallShop>>;
let world: World;

beforeAll(async () => {
  project = await smallShop();
  world = await openWorld();
  await world.projects.open(project.dir, true);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

async function graph(mode?: string): Promise<OutputOf<'services.graph'>> {
  const sizes = new VolumeSizes(() => showDisk({ engine: world.engine, projects: world.projects, clock: world.deps.clock }));
  const handlers = graphHandlers({ engine: world.engine, projects: world.projects, volumeSizes: (waitMs) => sizes.get(waitMs) }, new ServicesService({ engine: world.engine, projects: world.projects }));
  return handlers['services.graph']({ project: project.dir, waitSeconds: 60, ...(mode === undefined ? {} : { mode }) }, { door: 'internal', signal: new AbortController().signal });
}

it('is drawn from the files while nothing is there, and from the engine once it runs', async () => {
  expect(await graph()).toMatchObject({ mode: 'dev', networks: [{ name: `${project.name}_default`, exists: false }], volumes: [{ name: `${project.name}_data`, exists: false, sizeBytes: null, size: 'none', modes: ['dev', 'prod'] }] });
  expect((await world.switchTo(project.dir, 'prod')).error).toBeNull();
  const now = await graph();
  expect(now).toMatchObject({
    mode: 'prod',
    services: [
      { service: 'api', state: 'running', health: 'healthy', ports: [`127.0.0.1:${String(project.port)}->8080/tcp`] },
      { service: 'db', state: 'running', health: 'none', volumes: [`${project.name}_data`], networks: [`${project.name}_default`] },
      { service: 'web', state: 'running' },
    ],
    dependencies: [
      { from: 'api', to: 'db', condition: 'service_started', required: true },
      { from: 'web', to: 'api', condition: 'service_healthy', required: true },
    ],
    networks: [{ name: `${project.name}_default`, external: false, exists: true, services: ['api', 'db', 'web'] }],
    volumes: [{ name: `${project.name}_data`, exists: true, size: 'known', users: [{ service: 'db', target: '/var/lib/data', readOnly: false }] }],
  });
  const listed = (await run('docker', ['volume', 'ls', '-q', '--filter', `label=com.docker.compose.project=${project.name}`])).stdout.trim().split('\n');
  expect(now.volumes.filter((one) => one.exists).map((one) => one.name)).toEqual(listed);
});

it('says that there is no such mode', async () => {
  await expect(graph('nothing')).rejects.toMatchObject({ code: 'mode-not-found' });
});
