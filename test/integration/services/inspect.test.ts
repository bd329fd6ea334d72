import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServices, type Services } from '@main/services';
import type { OutputOf } from '@shared/contract/contract';
import { render } from '../../../src/cli/render/render';
import { smallShop } from '../modes/small-shop';

const run = promisify(execFile);
let home: string;
let project: Awaited<ReturnType<typeof smallShop>>;
let services: Services;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  project = await smallShop({
    dev: {
      api: {
        environment: { APP_MODE: 'dev', DB_PASSWORD: '${SHOP_PASSWORD}', DB_URL: 'postgres://db/${SHOP_DB:-shop}' },
        env_file: ['api.env'],
        mem_limit: '64m',
        cpus: 0.5,
        healthcheck: { test: ['CMD-SHELL', 'echo the page does not answer; exit 3'], interval: '1s', timeout: '2s', retries: 2 },
      },
      web: { depends_on: ['api'] },
    },
  });
  await project.write('.env', 'SHOP_PASSWORD=correct-horse-battery\n');
  await project.write('api.env', 'LOG_LEVEL=debug\nAPP_MODE=from-the-file\n');
  services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
  await services.start();
  await ask('projects.open', { dir: project.dir, trust: true });
  // Without waiting for its health, which never comes.
  await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: project.dir });
});
afterAll(async () => {
  await services.close();
  await project.close();
  await rm(home, { recursive: true, force: true });
});

async function ask(name: string, input: unknown): Promise<unknown> {
  const result = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw Object.assign(new Error(`${name}: ${result.error.message}`), { code: result.error.code });
  return result.value;
}

async function inspect(service: string): Promise<OutputOf<'services.inspect'>> {
  return (await ask('services.inspect', { project: project.dir, service })) as OutputOf<'services.inspect'>;
}

it('says why a service is unhealthy, what it may use, and where it is', async () => {
  await expect.poll(async () => (await inspect('api')).health?.failingStreak ?? 0, { timeout: 20_000 }).toBeGreaterThan(1);
  const detail = await inspect('api');
  expect(detail.health).toMatchObject({ check: ['echo the page does not answer; exit 3'] });
  expect(detail.health?.probes[0]).toMatchObject({ exitCode: 3, output: 'the page does not answer' });
  expect(detail.limits).toEqual({ cpus: 0.5, memoryBytes: 67_108_864, reservedMemoryBytes: null, processes: null });
  expect(detail.networks).toMatchObject([{ name: `${project.name}_default`, ipAddress: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) as string }]);
  expect(detail.image).toMatchObject({ id: expect.stringMatching(/^sha256:/) as string, sizeBytes: expect.any(Number) as number });
  expect(detail.containers[0]).toMatchObject({ state: 'running', exitCode: null, restartPolicy: 'no' });
});

it('says where each value of the environment comes from, and keeps secrets masked', async () => {
  const { environment } = await inspect('api');
  const of = (name: string): (typeof environment)[number] | undefined => environment.find((one) => one.name === name);
  expect(of('DB_PASSWORD')).toMatchObject({ masked: true, from: 'file', through: ['SHOP_PASSWORD from .env:1'] });
  expect(of('DB_PASSWORD')?.value).not.toContain('horse');
  expect(of('DB_PASSWORD')?.where).toMatchObject({ file: expect.stringContaining('docker-compose.dev.yml') as string });
  expect(of('DB_URL')).toMatchObject({ value: 'postgres://db/shop', through: ['SHOP_DB by its default'] });
  expect(of('APP_MODE')).toMatchObject({ value: 'dev', shadowed: [{ source: 'env_file api.env:2', value: 'from-the-file' }] });
  expect(of('LOG_LEVEL')).toMatchObject({ value: 'debug', from: 'file', source: 'env_file api.env:1' });
  expect(of('PATH')).toMatchObject({ masked: false });
  expect(await ask('services.variable', { project: project.dir, service: 'api', name: 'DB_PASSWORD' })).toEqual({ name: 'DB_PASSWORD', value: 'correct-horse-battery' });
  await expect(ask('services.variable', { project: project.dir, service: 'api', name: 'NOTHING' })).rejects.toMatchObject({ code: 'not-found' });
});

it('tells sizes of volumes, and of a service without a container what the files say', async () => {
  expect((await inspect('db')).mounts).toMatchObject([{ type: 'volume', source: `${project.name}_data`, target: '/var/lib/data', readOnly: false }]);
  await expect(inspect('nobody')).rejects.toMatchObject({ code: 'service-not-found' });
});

it('is told by the command line as text for people', async () => {
  const terminal = { out: () => undefined, err: () => undefined, stdoutIsTty: false, stderrIsTty: false, canAsk: false, color: false, columns: 80 };
  const text = render('services.inspect', await inspect('api'), terminal);
  expect(text).toMatch(/^api: running/);
  expect(text).toContain('limits    0.5 CPUs, 64');
  expect(text).toContain('the page does not answer');
  expect(text).toMatch(/^APP_MODE +dev +environment of api, docker-compose\.dev\.yml:\d+$/m);
  expect(text).not.toContain('correct-horse');
});
