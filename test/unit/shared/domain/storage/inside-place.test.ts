import { describe, expect, test } from 'vitest';
import { insidePlace, type InsideFacts, type PublishingContainer } from '@shared/domain/storage/inside-place';

const server = (changed: Partial<PublishingContainer> = {}): PublishingContainer => ({
  name: 'minio',
  state: 'running',
  ports: [{ hostIp: '127.0.0.1', hostPort: 9100, containerPort: 9000, protocol: 'tcp' }],
  networks: [{ name: 'bridge', ipAddress: '172.17.0.5' }],
  ...changed,
});
const place = (facts: Partial<InsideFacts>, endpoint = 'http://127.0.0.1:9100') => insidePlace(endpoint, { containers: [], listeners: [], engineName: 'box', ...facts });

describe('where containers find an endpoint', () => {
  test('elsewhere: as it is', () => {
    expect(place({}, 'https://s3.example.org')).toEqual({ endpointInside: 'https://s3.example.org', network: null, hostGateway: false, unreachable: { containers: null, services: null } });
  });

  test('a container in a network with names: by its name, in that network', () => {
    expect(place({ containers: [server({ networks: [{ name: 'bridge', ipAddress: '172.17.0.5' }, { name: 'shop_default', ipAddress: '172.20.0.2' }] })] })).toMatchObject({ endpointInside: 'http://minio:9000', network: 'shop_default', hostGateway: false, unreachable: { containers: null, services: null } });
  });

  test('a plain container: by its address; services cannot, and are told what to do', () => {
    const found = place({ containers: [server()], listeners: ['127.0.0.1'] });
    expect(found).toMatchObject({ endpointInside: 'http://172.17.0.5:9000', network: null, hostGateway: false, unreachable: { containers: null } });
    expect(found.unreachable.services).toMatchObject({ message: expect.stringContaining('minio') as string, hint: expect.stringContaining('docker network connect s3 minio') as string });
  });

  test('published for everybody: by the machine, for services too', () => {
    const found = place({ containers: [server({ ports: [{ hostIp: '0.0.0.0', hostPort: 9100, containerPort: 9000, protocol: 'tcp' }] })] });
    expect(found).toMatchObject({ endpointInside: 'http://host.docker.internal:9100', hostGateway: true, unreachable: { containers: null, services: null } });
  });

  test('one that has ended, or publishes another port, is none of it', () => {
    expect(place({ containers: [server({ state: 'exited' }), server({ ports: [] })] }).endpointInside).toBe('http://host.docker.internal:9100');
  });

  test.each([
    [['127.0.0.1'], 'box', false],
    [['::1'], 'box', false],
    [['127.0.0.1', '172.17.0.1'], 'box', true],
    [['0.0.0.0'], 'box', true],
    [['::'], 'box', true],
    // Nobody listens: that it is away says the look at it.
    [[], 'box', true],
    // There every port of this computer is passed on.
    [['127.0.0.1'], 'docker-desktop', true],
  ])('a program that listens at %j (engine %s): reached %s', (listeners, engineName, isReached) => {
    const { unreachable, hostGateway } = place({ listeners, engineName });
    expect(hostGateway).toBe(true);
    expect(unreachable.containers === null).toBe(isReached);
    expect(unreachable.services === null).toBe(isReached);
  });

  test('the usual port is not written', () => {
    expect(place({ listeners: ['0.0.0.0'] }, 'http://localhost').endpointInside).toBe('http://host.docker.internal');
  });
});
