import { expect, it } from 'vitest';
import { portMap, portMapMarkdown } from '@shared/domain/checks/port-map';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { bound, container, DIR, input, model, observed } from './check-input';

const shop = model({
  web: { ports: [{ target: 80, published: '8000', host_ip: '127.0.0.1', protocol: 'tcp' }] },
  api: { ports: [{ target: 81, published: '8001', protocol: 'tcp' }, { target: 82, published: '8100-8101', protocol: 'udp' }] },
  job: { ports: [{ target: 83, protocol: 'tcp' }] },
});
const { compose } = input(shop);
const facts = (seen: ObservedProject | null) => input(shop, { observed: seen }).facts;

it('names every published port with who has it now', () => {
  const held = observed({
    containers: [container({ name: 'shop-web-1', project: 'shop', service: 'web', ports: [bound(8000, { hostIp: '127.0.0.1' })] })],
    foreign: [container({ name: 'other', project: 'x', ports: [bound(8001)] })],
  });
  const entries = portMap('dev', compose, facts(held));
  expect(entries.map((one) => [one.service, one.hostPort, one.containerPort, one.protocol, one.state, one.holder])).toEqual([
    ['web', 8000, 80, 'tcp', 'own', ''],
    ['api', 8001, 81, 'tcp', 'taken', 'the container other of project x'],
    ['api', 8100, 82, 'udp', 'free', ''],
    ['api', 8101, 82, 'udp', 'free', ''],
  ]);
  expect(entries[0]?.where?.file).toBe(`${DIR}/compose.yaml`);
  const page = portMapMarkdown('shop', entries);
  expect(page).toContain('# Ports of shop\n\n## dev\n\n| Service |');
  expect(page).toContain('| web | 127.0.0.1 | 8000 | 80 | tcp | in use by this service |');
  expect(page).toContain('| api | every | 8001 | 81 | tcp | taken by the container other of project x |');
});

it('says what is not known, and keeps to its table', () => {
  expect(portMap('dev', compose, facts(null)).map((one) => one.state)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  expect(portMapMarkdown('a|b', [])).toBe('# Ports of a\\|b\n\nNo port is published.\n');
  const other = observed({ containers: [container({ name: 'shop-old-1', project: 'shop', service: 'old', ports: [bound(8000, { hostIp: '127.0.0.1' })] })] });
  expect(portMap('dev', compose, facts(other))[0]).toMatchObject({ state: 'taken', holder: 'the container shop-old-1 of old' });
});
