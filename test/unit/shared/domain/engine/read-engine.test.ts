import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerFromInspect, containerFromList } from '@shared/domain/engine/read-container';
import { imageFromInspect, networkFromList, volumeFromList, withNetworkIds } from '@shared/domain/engine/read-objects';

describe('reading the engine', () => {
  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const read of [containerFromInspect, containerFromList, imageFromInspect, volumeFromList]) read(value);
        networkFromList(value, []);
      }),
    );
  });

  it('reads ports of a list, both families, and what the status text says', () => {
    const container = containerFromList({
      Id: 'a', Names: ['/other/link', '/web'], State: 'running', Status: 'Up 2 minutes (unhealthy)', Created: 1,
      Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }, { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }, { PrivatePort: 90, Type: 'tcp' }],
    });
    expect(container).toMatchObject({ name: 'web', health: 'unhealthy', hasHealthcheck: true });
    expect(container.ports).toHaveLength(2);
    expect(containerFromList({ State: 'exited', Status: 'Exited (137) 3 minutes ago' }).exitCode).toBe(137);
    expect(containerFromList({ State: 'running', Status: 'Up 1 second (health: starting)' }).health).toBe('starting');
  });

  it('does not take a container that went on after a pause for one whose check failed', () => {
    const health = (Status: string, FailingStreak: number | undefined, Running = true) => containerFromInspect({ State: { Status: 'running', Running, Health: { Status, FailingStreak, Log: [] } } }).health;
    expect(health('unhealthy', 0)).toBe('starting');
    expect(health('unhealthy', 3)).toBe('unhealthy');
    expect(health('unhealthy', undefined)).toBe('unhealthy');
    expect(health('unhealthy', 0, false)).toBe('unhealthy');
    expect(health('healthy', 0)).toBe('healthy');
  });

  it('keeps labels that are called like parts of objects apart from them', () => {
    const labels = JSON.parse('{"__proto__": "x", "constructor": "y"}') as object;
    const container = containerFromInspect({ Config: { Labels: labels } });
    expect(Object.keys(container.labels)).toEqual(['__proto__', 'constructor']);
    expect(container.project).toBe('');
    expect(({} as { x?: string }).x).toBeUndefined();
  });

  it('takes the name of a network for its id where the engine gives the name, and knows who is attached', () => {
    const listed = { State: 'running', NetworkSettings: { Networks: { shop_default: { NetworkID: 'shop_default' }, other: { NetworkID: 'abc' } } } };
    const networks = [{ Name: 'shop_default', Id: 'def' }, { Name: 'other', Id: 'abc' }];
    const [attached] = withNetworkIds([containerFromList(listed)], networks);
    expect(attached?.networks.map((one) => one.networkId)).toEqual(['def', 'abc']);
    expect(networkFromList(networks[0], attached === undefined ? [] : [attached]).containerIds).toHaveLength(1);
    const docker = containerFromList({ NetworkSettings: { Networks: { other: { NetworkID: 'abc' }, gone: { NetworkID: 'xyz' } } } });
    expect(withNetworkIds([docker], networks)[0]).toBe(docker);
  });

  it('reads a range of host ports as any of them', () => {
    expect(containerFromInspect({ HostConfig: { PortBindings: { '80/udp': [{ HostIp: '', HostPort: '8000-8010' }] } } }).requestedPorts).toEqual([{ hostIp: '0.0.0.0', hostPort: 0, containerPort: 80, protocol: 'udp' }]);
  });
});
