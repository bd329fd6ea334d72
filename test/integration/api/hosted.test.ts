import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLocalApi, type LocalApi } from '@main/api/server';
import { createServices, type Services } from '@main/services';
import { readPrometheus } from '../../support/prometheus-text';
import { ask, bearer, freePort, JSON_TYPE } from './kit';

let home: string;
let services: Services;
let api: LocalApi | null;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-api-'));
  services = await createServices({ home, version: '1.2.3', checkOutput: true, live: false, host: 'serve' });
  services.attachApi(async () => (api = await startLocalApi({ ...services.apiParts(), version: '1.2.3' })));
  await services.start();
});
afterEach(async () => {
  await services.close();
  await rm(home, { recursive: true, force: true });
});

it('the services are offered on 127.0.0.1 from the moment the setting says so, with their components and what their work takes', async () => {
  const { socketPath } = services.apiParts();
  const call = async (name: string, input: object): Promise<unknown> => {
    const answer = await ask({ socketPath }, 'POST', `/v1/${name}`, { body: JSON.stringify(input), headers: JSON_TYPE });
    const body = JSON.parse(answer.text) as { readonly ok: boolean; readonly value: unknown };
    expect(body.ok, answer.text).toBe(true);
    return body.value;
  };
  await call('settings.set', { key: 'api.port', value: await freePort() });
  await call('settings.set', { key: 'api.tcp', value: true });
  await api?.tcpSettled();
  const status = (await call('runtime.status', {})) as { readonly api: { readonly tcp: { readonly url: string; readonly tokenFile: string } }; readonly components: readonly { readonly name: string }[] };
  const port = Number(new URL(status.api.tcp.url).port);
  const token = (await readFile(status.api.tcp.tokenFile, 'utf8')).trim();
  const health = JSON.parse((await ask({ port }, 'GET', '/health')).text) as { readonly components: readonly { readonly name: string }[] };
  expect(health.components.map((one) => one.name).sort()).toEqual(['api-server', 'drift-reconciler', 'operation-worker', 'status-reconciler']);
  const metrics = readPrometheus((await ask({ port }, 'GET', '/metrics', { headers: bearer(token) })).text);
  expect(metrics.get('berth_work_duration_seconds')?.samples).toContainEqual(expect.objectContaining({ name: 'berth_work_duration_seconds_count', labels: { work: 'api settings.set' }, value: 2 }));
  expect(await call('runtime.metrics', {})).toMatchObject({ durations: expect.arrayContaining([expect.objectContaining({ name: 'api settings.set', count: 2, failed: 0 })]) as unknown });
  expect(await call('api.rotate-token', {})).toEqual({ tokenFile: status.api.tcp.tokenFile });
  expect(await ask({ port }, 'POST', '/v1/settings.list', { headers: bearer(token) })).toMatchObject({ status: 401 });
  expect(await ask({ port }, 'POST', '/v1/modes.list', { body: '{"project":"nobody"}', headers: { ...JSON_TYPE, ...bearer((await readFile(status.api.tcp.tokenFile, 'utf8')).trim()) } })).toMatchObject({ status: 404 });
  await call('runtime.pause', { component: 'api-server' });
  expect(await ask({ socketPath }, 'POST', '/v1/settings.list')).toMatchObject({ status: 503 });
  await call('runtime.resume', { component: 'api-server' });
  await call('settings.set', { key: 'api.tcp', value: false });
  await api?.tcpSettled();
  await expect(ask({ port }, 'GET', '/health')).rejects.toThrow('ECONNREFUSED');
});
