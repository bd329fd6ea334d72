import { describe, expect, it } from 'vitest';
import type { ComposeService } from '@shared/domain/compose/model';
import { containerPayload, type PayloadContext } from '@shared/domain/modes/container-payload';
import { inlineFiles } from '@shared/domain/modes/file-objects';
import { durationMs } from '@shared/domain/modes/go-duration';
import { expectationOf, gateTimeoutMs, judge, lateReason, STABLE_MS } from '@shared/domain/modes/health-gate';
import { maskText } from '@shared/domain/modes/service-differences';
import { container, DIR, loaded, type ServiceParts } from './world';

function making(parts: ServiceParts, more: Partial<PayloadContext> = {}, networks?: Parameters<typeof loaded>[2]): ReturnType<typeof containerPayload> {
  const compose = loaded('dev', { api: parts }, networks);
  return containerPayload({ compose, service: 'api', definition: compose.model.services['api'] as ComposeService, configHash: 'h', number: 1, imageReference: 'app:1', imageId: 'sha256:1', inherited: [], mode: 'dev', transaction: 'op_1', allNetworksAtOnce: false, ...more });
}

describe('containerPayload', () => {
  it('never lets the engine create a bind source: only relabelled binds go the old way', () => {
    const { payload } = making({ volumes: [{ type: 'bind', source: `${DIR}/a`, target: '/a', bind: { create_host_path: true } }, { type: 'bind', source: `${DIR}/b`, target: '/b', read_only: true, bind: { selinux: 'z' } }] });
    expect(payload['HostConfig']).toMatchObject({ Binds: [`${DIR}/b:/b:ro,z`], Mounts: [{ Type: 'bind', Source: `${DIR}/a`, Target: '/a' }] });
  });

  it('asks for no more CPUs and memory than the machine has', () => {
    const deploy = { placement: {}, resources: { limits: { cpus: 2, memory: '2147483648' }, reservations: { cpus: 1, memory: '1073741824' } } };
    expect(making({ deploy }).payload['HostConfig']).toMatchObject({ NanoCpus: 2e9, Memory: 2147483648, MemoryReservation: 1073741824 });
    expect(making({ deploy }, { host: { cpus: 1, memoryBytes: 8e9 } }).payload['HostConfig']).toMatchObject({ NanoCpus: 1e9, Memory: 2147483648 });
    expect(making({ deploy }, { host: { cpus: 8, memoryBytes: 1e9 } }).payload['HostConfig']).toMatchObject({ NanoCpus: 2e9, Memory: 1e9, MemoryReservation: 1e9 });
  });

  it('connects the network of the highest priority first, the others afterwards', () => {
    const networks = { networks: { a: { name: 'shop_a', ipam: {} }, b: { name: 'shop_b', ipam: {} } } };
    const parts = { networks: { a: null, b: { priority: 5, aliases: ['x'], ipv4_address: '10.0.0.9' } } };
    const old = making(parts, {}, networks);
    expect(old.payload['NetworkingConfig']).toEqual({ EndpointsConfig: { shop_b: { Aliases: ['shop-api-1', 'api', 'x'], IPAMConfig: { IPv4Address: '10.0.0.9' } } } });
    expect(old.connect.map((one) => one.network)).toEqual(['shop_a']);
    const fresh = making(parts, { allNetworksAtOnce: true }, networks);
    expect(fresh.connect).toEqual([]);
    expect(Object.keys((fresh.payload['NetworkingConfig'] as { EndpointsConfig: object }).EndpointsConfig)).toEqual(['shop_b', 'shop_a']);
  });

  it('takes no label from a file that says whose a thing is', () => {
    const { payload } = making({ labels: { mine: '1', 'com.docker.compose.project': 'other', 'com.docker.compose.service': 'db', 'Com.Docker.Compose.oneoff': 'True', 'dev.berth.anon': 'other_data' } });
    const labels = payload['Labels'] as { readonly [name: string]: string };
    expect(labels).toMatchObject({ mine: '1', 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api' });
    expect(Object.keys(labels).filter((name) => name === 'Com.Docker.Compose.oneoff' || name === 'dev.berth.anon')).toEqual([]);
  });

  it('carries the labels docker compose looks for, and its own', () => {
    const { payload } = making({ labels: { mine: '1' }, depends_on: { db: { condition: 'service_healthy', required: true, restart: true } } }, { replaces: 'shop-api-1', inherited: [{ volume: 'f'.repeat(64), target: '/d' }] });
    expect(payload['Labels']).toEqual({
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'api',
      'com.docker.compose.version': '5.0.2',
      'com.docker.compose.config-hash': 'h',
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.image': 'sha256:1',
      'com.docker.compose.depends_on': 'db:service_healthy:true',
      'com.docker.compose.project.working_dir': DIR,
      'com.docker.compose.project.config_files': `${DIR}/docker-compose.dev.yml`,
      'com.docker.compose.replace': 'shop-api-1',
      mine: '1',
      'dev.berth.tx': 'op_1',
      'dev.berth.mode': 'dev',
      'dev.berth.anon': 'f'.repeat(64),
    });
    expect(payload['HostConfig']).toMatchObject({ Mounts: [{ Type: 'volume', Source: 'f'.repeat(64), Target: '/d' }] });
  });
});

it('copies secrets and configs that have content, and mounts those that are files', () => {
  const base = loaded('dev', { api: { secrets: [{ source: 'key' }, { source: 'file' }], configs: [{ source: 'motd', target: '/etc/motd', mode: '0400' }] } });
  const compose = { ...base, model: { ...base.model, secrets: { key: { environment: 'KEY' }, file: { file: `${DIR}/s` } }, configs: { motd: { content: 'hi' } } }, variableContents: { 'secrets.key': 'v' } };
  expect(inlineFiles(compose, 'api')).toEqual([
    { path: '/run/secrets/key', content: 'v', uid: 0, gid: 0, mode: 0o444 },
    { path: '/etc/motd', content: 'hi', uid: 0, gid: 0, mode: 0o400 },
  ]);
});

it.each([['1m30s', 90_000], ['500ms', 500], ['2h0m0s', 7_200_000], ['0', 0], ['x', undefined], ['-1s', -1000]])('reads the duration %s', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

describe('the health gate', () => {
  it('waits for healthy, and fails on what cannot become it', () => {
    expect(judge('healthy', container('a', { health: 'starting' }), 0).kind).toBe('wait');
    expect(judge('healthy', container('a', { health: 'healthy' }), 0).kind).toBe('good');
    expect(judge('healthy', container('a', { health: 'unhealthy', healthLog: [{ exitCode: 1, output: 'first\nno database\n' }] }), 0)).toEqual({ kind: 'bad', reason: 'its health check fails: no database' });
    expect(judge('healthy', container('a', { state: 'exited', exitCode: 3 }), 0)).toEqual({ kind: 'bad', reason: 'it ended with code 3' });
    expect(judge('running', container('a', { restartCount: 1, exitCode: 2 }), 9999)).toEqual({ kind: 'bad', reason: 'it keeps restarting (it ended with code 2)' });
    expect(judge('running', container('a', { state: 'exited', oomKilled: true, exitCode: 137 }), 0)).toEqual({ kind: 'bad', reason: 'it ran out of memory' });
  });

  it('goes on waiting while checks only did not answer in time', () => {
    const late = { exitCode: -1, output: 'Health check exceeded timeout (2s)' };
    const unhealthy = (...healthLog: readonly { readonly exitCode: number; readonly output: string }[]) => container('a', { health: 'unhealthy', healthLog });
    expect(judge('healthy', unhealthy(late, late), 0).kind).toBe('wait');
    expect(judge('healthy', unhealthy({ exitCode: 1, output: 'no' }, { exitCode: 0, output: '' }, late, { ...late, output: '' }), 0).kind).toBe('wait');
    expect(judge('healthy', unhealthy(late, { exitCode: 1, output: 'no database' }), 0)).toEqual({ kind: 'bad', reason: 'its health check fails: no database' });
    expect(judge('healthy', unhealthy({ exitCode: 1, output: 'no database' }, late), 0).kind).toBe('bad');
    expect(judge('healthy', unhealthy({ exitCode: -1, output: 'OCI runtime exec failed: "curl": executable file not found in $PATH' }), 0).kind).toBe('bad');
    expect(judge('healthy', unhealthy(), 0).kind).toBe('bad');
    expect(judge('healthy', container('a', { state: 'exited', exitCode: 1, health: 'unhealthy', healthLog: [late] }), 0).kind).toBe('bad');
    expect(lateReason(unhealthy(late), 'it was not ready after 39 seconds')).toBe('it was not ready after 39 seconds: its health check fails: Health check exceeded timeout (2s)');
    expect(lateReason(container('a', { health: 'starting' }), 'it was not ready after 39 seconds')).toBe('it was not ready after 39 seconds');
  });

  it('calls a container without a check up once it stayed up', () => {
    expect(judge('running', container('a'), STABLE_MS - 1).kind).toBe('wait');
    expect(judge('running', container('a'), STABLE_MS).kind).toBe('good');
    expect(judge('running', container('a', { state: 'exited' }), 0).kind).toBe('bad');
    expect(judge('running-or-done', container('a', { state: 'exited' }), 0).kind).toBe('good');
    expect(judge('completed', container('a'), 99_999).kind).toBe('wait');
  });

  it('expects a job to end and anything that ran before to stay up', () => {
    const plain: ComposeService = { command: null, entrypoint: null };
    const facts = { declaredJob: false, looksLikeJob: true, wasRunning: false, awaited: false, imageHasHealthcheck: false };
    expect(expectationOf(plain, { ...facts, declaredJob: true })).toBe('completed');
    expect(expectationOf(plain, facts)).toBe('running-or-done');
    expect(expectationOf(plain, { ...facts, wasRunning: true })).toBe('running');
    expect(expectationOf(plain, { ...facts, imageHasHealthcheck: true })).toBe('healthy');
    expect(expectationOf({ ...plain, healthcheck: { disable: true } }, { ...facts, imageHasHealthcheck: true })).toBe('running-or-done');
    expect(gateTimeoutMs({ ...plain, healthcheck: { interval: '1s', timeout: '2s', retries: 2, start_period: '10s' } }, 'healthy')).toBe(10_000 + 3 * 3000 + 30_000);
  });
});

it('does not show what looks like a secret', () => {
  expect(maskText('serve --password hunter2 --port 80')).toBe('serve --password ••• --port 80');
  expect(maskText('postgres://u:hunter2@db/x')).toBe('postgres://u:•••@db/x');
});
