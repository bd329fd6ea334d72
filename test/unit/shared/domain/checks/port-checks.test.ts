import { describe, expect, it } from 'vitest';
import { checkHostPorts, checkPortAddresses } from '@shared/domain/checks/port-checks';
import type { ComposePort } from '@shared/domain/compose/model';
import { bound, container, FILE, input, model, observed, type FactParts } from './check-input';

const port = (published: string, parts: Partial<ComposePort> = {}): ComposePort => ({ target: 80, published, protocol: 'tcp', ...parts });
const api = (...ports: ComposePort[]) => model({ api: { ports } });
const taken = (parts: FactParts, ports = [port('8001')]) => checkHostPorts(input(api(...ports), parts));

describe('taken ports', () => {
  it('names a foreign container and proposes the next free port', () => {
    const [result] = taken({ observed: observed({ foreign: [container({ name: 'other-web-1', project: 'other', ports: [bound(8001), bound(8002)] })] }) });
    expect(result?.finding).toMatchObject({ code: 'PORT_TAKEN', severity: 'error', service: 'api', message: 'Port 8001 of api is taken by the container other-web-1 of project other.' });
    expect(result?.fixes[0]).toMatchObject({ title: 'Use port 8003 instead', action: { kind: 'set-host-port', from: 8001, to: 8003, service: 'api', index: 0 } });
  });

  it('proposes none that another mode publishes, nor one proposed before: what the title says is what is written', () => {
    const holder = container({ name: 'x', ports: [bound(8001), bound(8002)] });
    const results = taken({ observed: observed({ foreign: [holder] }), otherModes: { prod: model({ web: { ports: [port('8003'), port('8004-8005')] } }) } }, [port('8001'), port('8002')]);
    expect(results.map(({ fixes }) => fixes[0]?.title)).toEqual(['Use port 8006 instead', 'Use port 8007 instead']);
  });

  it('names a process with its pid, or says that it cannot be told', () => {
    expect(taken({ listeners: [{ protocol: 'tcp', address: '0.0.0.0', port: 8001, pid: 42, processName: 'nc' }] })[0]?.finding.message).toContain('the process nc (pid 42)');
    expect(taken({ listeners: [{ protocol: 'tcp', address: '::', port: 8001 }] })[0]?.finding.message).toContain('another process');
  });

  it.each([
    ['its own running container', { observed: observed({ containers: [container({ name: 'shop-api-1', project: 'shop', service: 'api', ports: [bound(8001)] })] }), listeners: [{ protocol: 'tcp' as const, address: '0.0.0.0', port: 8001, pid: 7, processName: 'docker-proxy' }] }],
    ['a container that the plan stops', { observed: observed({ foreign: [container({ name: 'x', id: 'x1', ports: [bound(8001)] })] }), stopping: new Set(['x1']), listeners: [{ protocol: 'tcp' as const, address: '::', port: 8001 }] }],
    ['the same port of another protocol', { listeners: [{ protocol: 'udp' as const, address: '0.0.0.0', port: 8001 }] }],
    ['another port', { listeners: [{ protocol: 'tcp' as const, address: '0.0.0.0', port: 8002 }] }],
    ['an IPv6-only listener against an IPv4 wish', { listeners: [{ protocol: 'tcp' as const, address: '::', port: 8001, takesIpv4: false }] }],
  ])('is no conflict: %s', (_, facts) => {
    expect(taken(facts, [port('8001', { host_ip: '0.0.0.0' })])).toEqual([]);
  });

  it('attributes a docker-proxy to its container, and one without a container to another engine', () => {
    const proxy = { protocol: 'tcp' as const, address: '0.0.0.0', port: 8001, pid: 9, processName: 'docker-proxy' };
    expect(taken({ listeners: [proxy], observed: observed({ foreign: [container({ name: 'web', ports: [bound(8001)] })] }) })[0]?.finding.message).toContain('the container web');
    expect(taken({ listeners: [proxy] })[0]?.finding.message).toContain('another Docker engine');
  });

  it('only warns, without a fix, while the engine was not asked and the port may be this project’s own', () => {
    const proxy = { protocol: 'tcp' as const, address: '0.0.0.0', port: 8001, pid: 9, processName: 'docker-proxy' };
    for (const listener of [proxy, { protocol: 'tcp' as const, address: '::', port: 8001 }]) {
      const [result] = taken({ observed: null, listeners: [listener] });
      expect(result?.finding).toMatchObject({ code: 'PORT_TAKEN', severity: 'warning', confidence: 'possible', fixes: [] });
    }
    expect(taken({ observed: null, listeners: [{ ...proxy, processName: 'nc' }] })[0]?.finding.severity).toBe('error');
  });

  it('warns of a stopped container that comes back with the engine', () => {
    const [result] = taken({ observed: observed({ foreign: [container({ name: 'x', state: 'exited', restartPolicy: { name: 'always', maximumRetryCount: 0 }, requestedPorts: [bound(8001)] })] }) });
    expect(result?.finding).toMatchObject({ code: 'PORT_CLAIMED', severity: 'warning' });
  });

  it('says of a stopped container without a restart policy that it would clash if it were started', () => {
    const [result, ...more] = taken({ observed: observed({ foreign: [container({ name: 'other-web-1', project: 'other', state: 'exited', requestedPorts: [bound(8001), bound(8002)] })] }) });
    expect(more).toEqual([]);
    expect(result?.finding).toMatchObject({ code: 'PORT_CLAIMED', severity: 'info', service: 'api', message: 'Port 8001 of api is also published by the container other-web-1 of project other, which is stopped now.' });
    expect(result?.finding.why).toContain('would clash if somebody started it');
    expect(result?.fixes[0]?.title).toBe('Use port 8003 instead');
  });

  it.each([
    ['one that the plan stops', [container({ name: 'x', id: 'x1', state: 'exited', requestedPorts: [bound(8001)] })], [port('8001')]],
    ['one that cannot be started any more', [container({ name: 'x', state: 'dead', requestedPorts: [bound(8001)] })], [port('8001')]],
    ['one of a range, which leaves another', [container({ name: 'x', state: 'exited', requestedPorts: [bound(8001)] })], [port('8001-8002')]],
  ])('does not speak of a stopped container without a restart policy: %s', (_, foreign, ports) => {
    expect(taken({ observed: observed({ foreign }), stopping: new Set(['x1']) }, ports)).toEqual([]);
  });

  it('counts a one-off run of the same project', () => {
    expect(taken({ observed: observed({ containers: [container({ name: 'shop-api-run-1', oneOff: true, ports: [bound(8001)] })] }) })).toHaveLength(1);
  });

  it('a range is taken only when each of its ports is', () => {
    const listener = (at: number) => ({ protocol: 'tcp' as const, address: '0.0.0.0', port: at });
    expect(taken({ listeners: [listener(8001)] }, [port('8001-8002')])).toEqual([]);
    expect(taken({ listeners: [listener(8001), listener(8002)] }, [port('8001-8002')])[0]?.finding.code).toBe('PORT_TAKEN');
  });

  it('knows udp and IPv6', () => {
    expect(taken({ listeners: [{ protocol: 'udp', address: '0.0.0.0', port: 53 }] }, [port('53', { protocol: 'udp' })])[0]?.finding.message).toContain('53/udp');
    expect(taken({ listeners: [{ protocol: 'tcp', address: '::1', port: 8001 }] }, [port('8001', { host_ip: '::1' })])).toHaveLength(1);
    expect(taken({ listeners: [{ protocol: 'tcp', address: '::1', port: 8001 }] }, [port('8001', { host_ip: '127.0.0.1' })])).toEqual([]);
  });
});

describe('a port that is written as part of a range', () => {
  const listener = (at: number) => ({ protocol: 'tcp' as const, address: '0.0.0.0', port: at });
  /** `8001-8002:80-81`: two ports of the model, one place in the file. */
  const ofRange = (services: Parameters<typeof model>[0], facts: FactParts = {}) => checkHostPorts(input(model(services), facts, { locate: (path) => ({ file: FILE, line: path[1] === 'api' ? 5 : 9, column: 9 }) }));
  const range = { ports: [port('8001'), port('8002', { target: 81 })] };
  it('moves with its range, to one of which every port is free', () => {
    const [found, ...rest] = ofRange({ api: range }, { listeners: [listener(8002), listener(8004)] });
    expect(rest).toEqual([]);
    expect(found?.finding).toMatchObject({ code: 'PORT_TAKEN', fixes: [{ title: 'Use ports 8005-8006 instead' }] });
    expect(found?.fixes[0]?.action).toEqual({ kind: 'set-port-range', service: 'api', index: 1, from: 8001, last: 8002, to: 8005 });
  });
  it('keeps nobody else from having one: of two that want a port, the one outside the range', () => {
    const [found] = ofRange({ api: range, web: { ports: [port('8002')] } });
    expect(found?.finding).toMatchObject({ code: 'PORT_DUPLICATE', service: 'web' });
    expect(found?.fixes[0]?.action).toMatchObject({ service: 'web', to: 8003 });
  });
});

describe('the port that several modes propose', () => {
  const listener = (at: number) => ({ protocol: 'tcp' as const, address: '0.0.0.0', port: at });
  const proposed = (here: ReturnType<typeof model>, otherModes: FactParts['otherModes']) => checkHostPorts(input(here, { listeners: [listener(8001), listener(8005)], ...(otherModes === undefined ? {} : { otherModes }) })).map(({ finding, fixes }) => [finding.service, fixes[0]?.title]);
  const dev = model({ api: { ports: [port('8001')] }, web: { ports: [port('8005')] } });
  const clean = model({ web: { ports: [port('8005')] }, zoo: { ports: [port('8006')] } });
  it('is the same one in each of them', () => {
    expect(proposed(dev, { clean })).toEqual([['api', 'Use port 8002 instead'], ['web', 'Use port 8007 instead']]);
    expect(proposed(clean, { dev })).toEqual([['web', 'Use port 8007 instead']]);
  });
  it('is the one that the service has in a mode which is in order already', () => {
    expect(proposed(clean, { dev: model({ web: { ports: [port('8007')] } }) })).toEqual([['web', 'Use port 8007 instead']]);
  });
});

describe('duplicate ports', () => {
  const duplicates = (composeModel = model({ a: { ports: [port('8001')] }, b: { ports: [port('8001', { host_ip: '127.0.0.1' })] } })) => checkHostPorts(input(composeModel));

  it('finds a wildcard against an address, says where the other one is, and proposes another port', () => {
    const [result] = duplicates();
    expect(result?.finding).toMatchObject({ code: 'PORT_DUPLICATE', severity: 'error', service: 'b' });
    expect(result?.finding.why).toContain('line');
    expect(result?.fixes[0]?.action).toMatchObject({ to: 8002 });
  });

  it('is silent for other addresses, protocols and families', () => {
    expect(duplicates(model({ a: { ports: [port('53'), port('53', { protocol: 'udp' })] } }))).toEqual([]);
    expect(duplicates(model({ a: { ports: [port('80', { host_ip: '127.0.0.1' })] }, b: { ports: [port('80', { host_ip: '127.0.0.2' })] } }))).toEqual([]);
    expect(duplicates(model({ a: { ports: [port('80', { host_ip: '0.0.0.0' }), port('80', { host_ip: '::' })] } }))).toEqual([]);
  });

  it('never proposes one port twice', () => {
    const found = duplicates(model({ a: { ports: [port('8001')] }, b: { ports: [port('8001')] }, c: { ports: [port('8001'), port('8002')] } }));
    const proposed = new Map(found.flatMap((result) => result.fixes.flatMap((fix) => (fix.action.kind === 'set-host-port' ? [[`${fix.action.service}:${fix.action.index}`, fix.action.to] as const] : []))));
    expect([...proposed]).toEqual([
      ['b:0', 8003],
      ['c:0', 8004],
    ]);
  });

  it('a service with more copies than ports', () => {
    expect(duplicates(model({ a: { scale: 2, ports: [port('80')] } }))).toHaveLength(1);
    expect(duplicates(model({ a: { scale: 2, ports: [port('80-81')] } }))).toEqual([]);
  });
});

describe('port addresses', () => {
  const addresses = (parts: Partial<ComposePort>) => checkPortAddresses(input(api(port('8001', parts)))).map((result) => result.finding);
  it('beyond loopback is information with a fix', () => {
    expect(addresses({})[0]).toMatchObject({ code: 'PORT_NOT_LOOPBACK', severity: 'info', fixes: [{ title: 'Publish on 127.0.0.1 only' }] });
    expect(addresses({ host_ip: '192.168.1.5' })[0]?.code).toBe('PORT_NOT_LOOPBACK');
  });
  it('loopback says nothing', () => expect([...addresses({ host_ip: '127.0.0.1' }), ...addresses({ host_ip: '::1' })]).toEqual([]));
  it('an address of no interface is an error', () => expect(addresses({ host_ip: '10.1.2.3' })[0]).toMatchObject({ code: 'PORT_ADDRESS_UNKNOWN', severity: 'error' }));
});
