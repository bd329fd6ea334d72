import { describe, expect, it } from 'vitest';
import type { ComposeService } from '@shared/domain/compose/model';
import { followersOf, joinedServices, lostNamespace } from '@shared/domain/modes/lost-namespaces';
import { container } from './world';

const joins = (field: 'network_mode' | 'ipc' | 'pid' | 'uts', service = 'web'): ComposeService => ({ command: null, entrypoint: null, [field]: `service:${service}` });
const at = (second: number, more: object = {}) => ({ startedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(), ...more });

describe('a namespace that is gone', () => {
  it.each(['network_mode', 'ipc', 'pid'] as const)('is that of a service which was started after what joined it by %s', (field) => {
    const [web, side] = [container('web', at(5)), container('side', at(2))];
    expect(lostNamespace([web, side], joins(field), side)).toBe('web');
    expect(lostNamespace([web, container('side', at(6))], joins(field), container('side', at(6)))).toBeNull();
  });

  it('is none where either does not run, and where only names or volumes are shared', () => {
    const side = container('side', at(2));
    expect(lostNamespace([container('web', at(5, { state: 'exited' })), side], joins('network_mode'), side)).toBeNull();
    expect(lostNamespace([container('web', at(5)), side], joins('network_mode'), { ...side, state: 'exited' })).toBeNull();
    expect(lostNamespace([container('web', at(5)), side], { ...joins('uts'), volumes_from: ['web'] }, side)).toBeNull();
    expect(joinedServices({ ...joins('uts'), network_mode: 'host' })).toEqual([]);
  });

  it('is told from times of unequal precision', () => {
    const side = container('side', { startedAt: '2026-01-01T00:00:05.12Z' });
    expect(lostNamespace([container('web', { startedAt: '2026-01-01T00:00:05.119999999Z' }), side], joins('network_mode'), side)).toBeNull();
    expect(lostNamespace([container('web', { startedAt: '2026-01-01T00:00:05.123456789Z' }), side], joins('network_mode'), side)).toBe('web');
  });
});

it('followers are found in any depth, each once, and only where they run', () => {
  const own = ['web', 'side', 'deep', 'other', 'ended'].map((name) => container(name, name === 'ended' ? { state: 'exited' } : {}));
  const idOf = (name: string): string => own.find((one) => one.service === name)?.id ?? '';
  const owner: { readonly [service: string]: string } = { side: 'web', deep: 'side', ended: 'web', web: 'deep' };
  const found = followersOf(own, own.filter((one) => one.service === 'web'), (one) => [idOf(owner[one.service] ?? '')]);
  expect(found.map((one) => one.service)).toEqual(['side', 'deep']);
});
