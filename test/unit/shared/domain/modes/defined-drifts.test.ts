import { describe, expect, it } from 'vitest';
import { definedDrifts } from '@shared/domain/modes/defined-drifts';
import type { JsonObject } from '@shared/kernel/json';

const ID = 'abcdef123456'.padEnd(64, '0');
const payload: JsonObject = {
  Hostname: 'box', WorkingDir: '/app', StopSignal: 'SIGINT',
  Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Retries: 3 },
  Labels: { a: '1', b: '2', 'com.docker.compose.service': 'web', 'dev.berth.tx': 'new' },
  HostConfig: { CapAdd: ['CAP_NET_ADMIN'], CapDrop: null, Privileged: false, ReadonlyRootfs: true },
  NetworkingConfig: { EndpointsConfig: { n: { Aliases: ['p-web-1', 'web', 'www'], IPAMConfig: { IPv4Address: '10.0.0.9' } }, fresh: { Aliases: ['web'] } } },
};
const made = (change: { config?: JsonObject; host?: JsonObject; network?: JsonObject } = {}): JsonObject => ({
  Id: ID, Name: '/p-web-1',
  Config: { Hostname: 'box', WorkingDir: '/app', StopSignal: 'SIGINT', Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Timeout: 0, Retries: 3 }, Labels: { a: '1', b: '2', ofImage: 'x', 'dev.berth.tx': 'old' }, ...change.config },
  HostConfig: { CapAdd: ['NET_ADMIN'], CapDrop: null, Privileged: false, ReadonlyRootfs: true, NetworkMode: 'n', ...change.host },
  NetworkSettings: { Networks: { n: { Aliases: ['web', 'www', 'p-web-1', ID.slice(0, 12)], IPAMConfig: { IPv4Address: '10.0.0.9' }, ...change.network } } },
});
const said = (raw: JsonObject, wanted: JsonObject = payload): readonly string[] => definedDrifts(wanted, raw).map((one) => `${one.field}: ${one.actual} > ${one.desired}`);

describe('what only another definition changes', () => {
  it('is nothing where all is as the file says, whatever engine and image add', () => {
    expect(said(made())).toEqual([]);
  });

  it.each([
    ['a host name', made({ config: { Hostname: 'other' } }), 'hostname: other > box'],
    ['a host name where there was none', made({ config: { Hostname: ID.slice(0, 12) } }), 'hostname: none > box'],
    ['a working directory', made({ config: { WorkingDir: '/' } }), 'working directory: / > /app'],
    ['a signal', made({ config: { StopSignal: 'SIGTERM' } }), 'stop signal: SIGTERM > SIGINT'],
    ['a health check', made({ config: { Healthcheck: { Test: ['CMD', 'true'], Interval: 1e9, StartPeriod: 2e9, Retries: 3 } } }), 'health check: CMD true, interval 1 s, start period 2 s, retries 3 > CMD true, interval 5 s, retries 3'],
    ['a health check where there was none', made({ config: { Healthcheck: null } }), 'health check: none > CMD true, interval 5 s, retries 3'],
    ['capabilities', made({ host: { CapAdd: null, CapDrop: ['MKNOD'] } }), 'capabilities: -MKNOD > +NET_ADMIN'],
    ['its own file system', made({ host: { ReadonlyRootfs: false } }), 'read only: no > yes'],
    ['labels', made({ config: { Labels: { a: '0' } } }), 'labels: a (other values) > a, b'],
    ['aliases', made({ network: { Aliases: ['web', 'old'] } }), 'aliases: old on n > www on n'],
    ['an address', made({ network: { IPAMConfig: null } }), 'address: none > 10.0.0.9 on n'],
  ])('is %s', (_, raw, text) => {
    expect(said(raw)).toEqual([text]);
  });

  it('is nothing of what the file does not say', () => {
    expect(said(made({ config: { Hostname: ID.slice(0, 12), Labels: { x: 'y' } } }), { Labels: {}, HostConfig: { CapAdd: ['NET_ADMIN'], ReadonlyRootfs: true } })).toEqual([]);
  });
});
