import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planConnectivity, portsOf, probedCell } from '@shared/domain/checks/connectivity';
import type { ComposeService } from '@shared/domain/compose/model';
import { container, model, observed, service } from './check-input';

const waits = { condition: 'service_started' as const, required: true };
const onFront = { networks: { front: null } };
const plan = (services: { [name: string]: Partial<ComposeService> }, running: readonly string[] = Object.keys(services), only: readonly string[] = []) => {
  const { cells, probes } = planConnectivity(model(services), observed({ containers: running.map((name) => container({ name, service: name })) }), only);
  return [...cells.map((cell) => `${cell.from}->${cell.to}:${cell.port} ${cell.state}`), ...probes.map((probe) => `${probe.from}->${probe.to} ${probe.host}:${probe.port}`)];
};

describe('what is tried', () => {
  it('every port of every dependency, by the name the service knows', () => {
    expect(plan({ api: { ...onFront, depends_on: { db: waits } }, db: { ...onFront, expose: ['5432', '6000-6010'] } })).toEqual(['api->db db:5432', 'api->db db:6000']);
  });
  it('what cannot be tried says why', () => {
    const db = { expose: ['5432'] };
    expect(plan({ api: { ...onFront, depends_on: { db: waits } }, db: { ...db, networks: { back: null } } })).toEqual(['api->db:5432 no-network']);
    expect(plan({ api: { ...onFront, depends_on: { db: waits } }, db: onFront })).toEqual(['api->db:0 no-port']);
    expect(plan({ api: { ...onFront, depends_on: { db: waits } }, db: { ...db, ...onFront } }, ['api'])).toEqual(['api->db:5432 not-running']);
  });
  it('a shared network is itself, the host’s is reached through published ports', () => {
    const ports = [{ target: 80, published: '8080', protocol: 'tcp' }];
    expect(plan({ api: { network_mode: 'service:db', depends_on: { db: waits } }, db: { ...onFront, ports } })).toEqual(['api->db 127.0.0.1:80']);
    expect(plan({ api: { network_mode: 'host', depends_on: { db: waits } }, db: { ...onFront, ports } })).toEqual(['api->db 127.0.0.1:8080']);
  });
  it('a job that ended well talks to nobody any more; one that failed, and what should run on, does', () => {
    const services = { migrate: { ...onFront, depends_on: { db: waits } }, db: { ...onFront, expose: ['1'] } };
    const cells = (exitCode: number, more: Partial<ComposeService> = {}) =>
      planConnectivity(
        model({ ...services, migrate: { ...services.migrate, ...more } }),
        observed({ containers: [container({ name: 'db', service: 'db' }), container({ name: 'migrate', service: 'migrate', state: 'exited', exitCode })] }),
        [],
      ).cells.map(({ detail }) => detail);
    expect(cells(0)).toEqual([]);
    expect(cells(1)).toEqual(['migrate has no running container.']);
    expect(cells(0, { restart: 'always' })).toEqual(['migrate has no running container.']);
  });
  it('jobs that ended are nobody to talk to, and services can be chosen', () => {
    const db = { ...onFront, expose: ['1'] };
    expect(plan({ api: { ...onFront, depends_on: { db: { condition: 'service_completed_successfully', required: true } } }, db })).toEqual([]);
    expect(plan({ api: { ...onFront, depends_on: { db: waits } }, web: { ...onFront, depends_on: { db: waits } }, db }, undefined, ['web'])).toEqual(['web->db db:1']);
  });
});

describe('ports', () => {
  const image = (exposedPorts: readonly string[]) => ({ id: 'i', tags: [], labels: {}, volumes: [], exposedPorts, architecture: '', os: '', hasHealthcheck: false });
  it('of the files go before the health check’s, those before the image’s; UDP cannot be tried', () => {
    const check = { healthcheck: { test: ['CMD-SHELL', 'wget -q http://localhost:3000/health'] } };
    expect(portsOf(service({ expose: ['80', '53/udp'], ports: [{ target: 81, published: '1', protocol: 'tcp' }, { target: 82, published: '2', protocol: 'udp' }], ...check }), image(['90/tcp']), false)).toEqual([80, 81]);
    expect(portsOf(service(check), image(['90/tcp']), false)).toEqual([3000]);
    expect(portsOf(service(), image(['90/tcp', '91/udp']), false)).toEqual([90]);
    expect(portsOf(service(), image(['1/tcp', '2/tcp', '3/tcp', '4/tcp']), false)).toEqual([]);
  });
  it('are always ports', () => {
    fc.assert(fc.property(fc.array(fc.string()), fc.array(fc.string()), (expose, exposed) => portsOf(service({ expose }), image(exposed), false).every((port) => port >= 1 && port <= 65_535)));
  });
});

describe('a cell', () => {
  it('is one sentence either way', () => {
    const probe = { from: 'api', containerId: 'x', to: 'db', host: 'db', port: 5432 };
    expect(probedCell(probe, true, 3)).toEqual({ from: 'api', to: 'db', host: 'db', port: 5432, state: 'open', detail: 'api reaches db at db:5432.', tookMs: 3 });
    expect(probedCell(probe, false, 2000).detail).toBe('api does not reach db at db:5432: nothing answers there from inside its network.');
  });
});
