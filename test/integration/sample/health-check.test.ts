import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import { createServices, type Services } from '@main/services';
import { ensureBaseImages } from '../../../scripts/lib/base-images.mjs';
import { testSocketPath } from '../../support/images';
import { sampleProject, type TestProject } from '../../support/projects';
import { idsOf } from '../modes/small-shop';

const run = promisify(execFile);

let home: string;
let project: TestProject;
let services: Services;

beforeAll(async () => {
  const { image } = await ensureBaseImages({ socketPath: testSocketPath() });
  home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  project = await sampleProject(image);
  services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
  await services.start();
  await call('projects.open', { dir: project.dir, trust: true });
});
afterAll(async () => {
  await services.close();
  await project.close();
  await rm(home, { recursive: true, force: true });
});

async function call(name: string, input: unknown): Promise<unknown> {
  const result = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value;
}

async function operate(name: string, input: { readonly [key: string]: unknown }): Promise<Operation> {
  const { operationId } = (await call(name, input)) as { operationId: string };
  return services.operations.wait(operationId, 240_000);
}

async function healthOf(service: string): Promise<string> {
  return (await run('docker', ['inspect', '--format', '{{.State.Health.Status}}', (await idsOf(project))[service] ?? ''])).stdout.trim();
}

/** The image of the sample has a shell and Node, and neither wget nor curl. */
test('a health check set on a service of the sample gets healthy, and unhealthy when its endpoint breaks', async () => {
  expect((await operate('modes.switch', { project: project.dir, mode: 'dev' })).error).toBeNull();
  const files = ['docker-compose.dev.yml', 'docker-compose.clean.yml'];
  const before = await Promise.all(files.map((file) => project.read(file)));
  const set = await operate('compose.healthcheck', { project: project.dir, service: 'api', kind: 'http', path: '/healthz', intervalSeconds: 1, timeoutSeconds: 30, retries: 2, startPeriodSeconds: 0 });
  expect(set.error).toBeNull();
  expect(set.result).toMatchObject({ files });
  // Berth's own run of the check has passed; the engine says so when its own has.
  await expect.poll(() => healthOf('api'), { timeout: 180_000, interval: 500 }).toBe('healthy');
  const server = await project.read('shared/service.ts');
  await project.write('shared/service.ts', server.replace("'healthz'", "'nothing'"));
  await expect.poll(() => healthOf('api'), { timeout: 180_000, interval: 500 }).toBe('unhealthy');
  await project.write('shared/service.ts', server);
  await expect.poll(() => healthOf('api'), { timeout: 180_000, interval: 500 }).toBe('healthy');
  const undone = await operate('operations.undo', { id: set.id });
  expect(undone.error).toBeNull();
  await services.operations.whenIdle();
  expect(await Promise.all(files.map((file) => project.read(file)))).toEqual(before);
}, 400_000);
