import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { realBerth, type Berth } from './host-process';

const obstacle = await privateEngineObstacle();

let engine: PrivateEngine;
let berth: Berth;
let project: TestProject;

beforeAll(async () => {
  if (obstacle !== null) return;
  engine = await startPrivateEngine();
  await ensureBusybox({ socketPath: engine.socketPath });
  berth = await realBerth({ DOCKER_HOST: engine.dockerHost });
  project = await emptyProject('eb', { socketPath: engine.socketPath, files: { 'docker-compose.dev.yml': stringify({ services: { one: { image: BUSYBOX_IMAGE, network_mode: 'none', command: ['sleep', '1000'], stop_grace_period: '1s' } } }) } });
}, 120_000);
afterAll(async () => {
  if (obstacle !== null) return;
  await berth?.close();
  await project?.close();
  await engine?.close();
}, 60_000);

test.skipIf(obstacle !== null)('Berth opens without an engine; everything starts by itself within ten seconds of its return', { timeout: 120_000 }, async () => {
  await berth.json('projects', 'open', project.dir);
  await berth.json('projects', 'trust', project.dir);
  expect((await berth.json('modes', 'switch', 'dev', '--project', project.dir, '--yes')).code).toBe(0);
  await engine.stop();

  const serve = berth.start(['serve']);
  await serve.says('"type":"ready"');
  const down = await berth.json<OutputOf<'runtime.status'>>('runtime', 'status');
  expect(down.value.components.map((one) => [one.name, one.state])).toEqual([['api-server', 'running'], ['operation-worker', 'waiting'], ['status-reconciler', 'waiting'], ['drift-reconciler', 'waiting']]);
  expect(down.value.lifespan.find((one) => one.name === 'engine')?.ok).toBe(false);
  await engine.start();
  const sinceMs = performance.now();
  let up = down;
  while (!up.value.components.every((one) => one.state === 'running') && performance.now() - sinceMs < 30_000) up = await berth.json<OutputOf<'runtime.status'>>('runtime', 'status');
  expect(performance.now() - sinceMs).toBeLessThan(10_000);
  expect(up.value.components.map((one) => one.state)).toEqual(['running', 'running', 'running', 'running']);
  expect((await berth.json('services', 'start', '--project', project.dir, '--yes')).code).toBe(0);
  expect(up.value.lifespan.every((one) => one.ok)).toBe(true);
  serve.child.kill('SIGTERM');
  expect((await serve.ended).code).toBe(0);
});
