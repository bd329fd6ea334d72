import { expect, it } from 'vitest';
import type { ObservedVolume } from '@shared/domain/engine/observed';
import { serviceGraph, type GraphInput } from '@shared/domain/services/graph';
import { DIR, loaded } from '../modes/world';

const volume = (name: string, project: string | null = 'shop'): ObservedVolume => ({ name, driver: 'local', createdAt: '', labels: project === null ? {} : { 'com.docker.compose.project': project } });
const NETWORKS = { default: { name: 'shop_default', ipam: { config: [{ subnet: '10.9.0.0/24' }, { gateway: '10.9.0.1' }] } }, back: { name: 'shop_back', ipam: {}, external: true } };
const data = { type: 'volume', source: 'data', target: '/var/lib/data' } as const;

const dev = loaded(
  'dev',
  {
    db: { volumes: [data], networks: { back: null } },
    web: { volumes: [{ type: 'bind', source: `${DIR}/web`, target: '/app', read_only: true }, { ...data, read_only: true }], ports: [{ target: 8080, published: '8080', protocol: 'tcp', host_ip: '127.0.0.1' }], depends_on: { db: { condition: 'service_healthy', required: false } } },
    side: { network_mode: 'service:web', ports: [{ target: 53, protocol: 'udp' }] },
  },
  { networks: NETWORKS, volumes: { data: { name: 'shop_data' }, spare: { name: 'spare', external: true } } },
);
const prod = loaded('prod', { db: { volumes: [data], networks: { back: null } } }, { networks: NETWORKS });

function graph(more: Partial<GraphInput> = {}): ReturnType<typeof serviceGraph> {
  return serviceGraph({ dir: DIR, mode: 'dev', compose: dev, loaded: { dev, prod }, statuses: [], volumes: [volume('shop_data'), volume('shop_old'), volume('other_data', 'other'), volume('c'.repeat(64))], sizes: new Map([['shop_data', 42]]), isMeasuring: false, networks: ['shop_back', 'bridge'], ...more });
}

it('says who waits for whom, with the condition', () => {
  expect(graph().dependencies).toEqual([
    { from: 'side', to: 'web', condition: 'service_started', required: true },
    { from: 'web', to: 'db', condition: 'service_healthy', required: false },
  ]);
});

it('shows ports, mounts, volumes and networks of each service', () => {
  expect(graph().services).toEqual([
    { service: 'db', state: 'absent', health: 'none', ports: [], mounts: [], volumes: ['shop_data'], networks: ['shop_back'] },
    { service: 'side', state: 'absent', health: 'none', ports: ['53/udp'], mounts: [], volumes: [], networks: [] },
    { service: 'web', state: 'absent', health: 'none', ports: ['127.0.0.1:8080->8080/tcp'], mounts: ['./web -> /app (read-only)'], volumes: ['shop_data'], networks: ['shop_default'] },
  ]);
  expect(graph().networks).toEqual([
    { name: 'shop_back', external: true, exists: true, subnets: [], services: ['db'] },
    { name: 'shop_default', external: false, exists: false, subnets: ['10.9.0.0/24'], services: ['web'] },
  ]);
});

it('prefers what is bound now to what the file says', () => {
  const status = { name: 'web', state: 'running', health: 'healthy', containerIds: [], image: '', ports: [{ hostIp: '0.0.0.0', hostPort: 9000, containerPort: 8080, protocol: 'tcp' }], mounts: [], startedAt: null, restarts: 0, exitCode: null, mode: 'dev', orphan: false } as const;
  expect(graph({ statuses: [status] }).services[2]).toMatchObject({ state: 'running', health: 'healthy', ports: ['9000->8080/tcp'] });
});

it('lists the project’s volumes with size, users and modes', () => {
  expect(graph().volumes).toEqual([
    { name: 'shop_data', external: false, exists: true, sizeBytes: 42, size: 'known', users: [{ service: 'db', target: '/var/lib/data', readOnly: false }, { service: 'web', target: '/var/lib/data', readOnly: true }], modes: ['dev', 'prod'] },
    { name: 'shop_old', external: false, exists: true, sizeBytes: null, size: 'unknown', users: [], modes: [] },
    { name: 'spare', external: true, exists: false, sizeBytes: null, size: 'none', users: [], modes: [] },
  ]);
  expect(graph({ sizes: null, isMeasuring: true }).volumes.map((one) => [one.sizeBytes, one.size])).toEqual([[null, 'pending'], [null, 'pending'], [null, 'none']]);
  expect(graph({ isMeasuring: true }).volumes.map((one) => one.size)).toEqual(['known', 'pending', 'none']);
});
