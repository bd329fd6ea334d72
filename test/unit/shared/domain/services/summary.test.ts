import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerHealth, ContainerState } from '@shared/domain/engine/observed';
import { fingerprintsOf } from '@shared/domain/modes/switch-input';
import { summariseServices } from '@shared/domain/services/summary';
import { container, DIR, loaded, MODES } from '../modes/world';

const dev = loaded('dev', { db: { restart: 'always' }, api: { depends_on: { migrate: { condition: 'service_completed_successfully', required: true } }, restart: 'always' }, migrate: {}, seed: {} });
const known = fingerprintsOf({ dev });

function summary(containers: Parameters<typeof summariseServices>[0]['containers'], active: string | null = 'dev'): ReturnType<typeof summariseServices> {
  return summariseServices({ dir: DIR, modes: MODES, active, compose: dev, known, containers });
}
const exited = (code: number) => ({ state: 'exited' as const, exitCode: code });
const all = [container('db', { health: 'healthy' }), container('api', { health: 'healthy' }), container('migrate', exited(0)), container('seed')];

describe('summariseServices', () => {
  it.each([
    ['nothing there', [], null, 'empty', 'Nothing of this project exists yet'],
    ['all running', [container('db', { health: 'healthy' }), container('api', { health: 'healthy' }), container('migrate', exited(0)), container('seed', { health: 'healthy' })], 'dev', 'healthy', '3 services run in dev, all healthy'],
    ['a job that is done', all, 'dev', 'healthy', '3 services run in dev, 2 with a health check and healthy'],
    ['one that ended with 0', [...all.slice(0, 3), container('seed', exited(0))], 'dev', 'healthy', '2 of 3 services run in dev, all healthy'],
    ['one stopped', [container('db', exited(137)), ...all.slice(1)], 'dev', 'degraded', '2 of 3 services run in dev: db is stopped'],
    ['one failed', [container('db', exited(1)), ...all.slice(1)], 'dev', 'failed', '2 of 3 services run in dev: db failed (code 1)'],
    ['one unhealthy', [container('db', { health: 'unhealthy' }), ...all.slice(1)], 'dev', 'degraded', '3 services run in dev: db is unhealthy'],
    ['one starting', [container('db', { health: 'starting' }), ...all.slice(1)], 'dev', 'starting', '3 services run in dev, 1 still starting'],
    ['one missing', all.slice(1), 'dev', 'degraded', '2 of 3 services run in dev: db is not there'],
    ['several down, the worst first', [container('db', exited(137)), container('api', exited(1)), container('seed')], 'dev', 'failed', '1 of 4 services run in dev: api failed (code 1), db is stopped, migrate is not there'],
    ['more down than are named', [container('db', exited(2)), container('api', exited(1)), container('migrate', exited(3)), container('seed', { health: 'unhealthy' })], 'dev', 'failed', '1 of 4 services run in dev: api failed (code 1), db failed (code 2), migrate failed (code 3), and 1 more'],
    ['all stopped', [container('db', exited(0)), container('api', exited(137))], null, 'stopped', 'Nothing runs'],
  ] as const)('says how a project is: %s', (_, containers, active, health, text) => {
    expect(summary(containers, active)).toMatchObject({ health, summary: text });
  });

  it('calls what was stopped on purpose stopped, however it had ended', () => {
    const containers = [container('db', exited(3)), ...all.slice(1)];
    const { health, services } = summariseServices({ dir: DIR, modes: MODES, active: 'dev', compose: dev, known, containers, stopped: new Set(['db']) });
    expect([health, services.find((one) => one.name === 'db')?.state]).toEqual(['degraded', 'exited']);
  });

  it('gives each service its state, and shows what the mode no longer has as orphans', () => {
    const list = summary([...all, container('old'), container('api', { number: 2, ...exited(0) })]).services;
    expect(Object.fromEntries(list.map((one) => [one.name, one.state]))).toEqual({ api: 'partial', db: 'running', migrate: 'done', old: 'running', seed: 'running' });
    expect(list.filter((one) => one.orphan).map((one) => one.name)).toEqual(['old']);
  });

  it('lists a port once for both address families', () => {
    const port = { hostPort: 80, containerPort: 8080, protocol: 'tcp' };
    expect(summary([container('db', { ports: [{ ...port, hostIp: '::' }, { ...port, hostIp: '0.0.0.0' }] })]).services.find((one) => one.name === 'db')?.ports).toEqual([{ ...port, hostIp: '0.0.0.0' }]);
  });

  it('never calls a project healthy in which something failed, whatever the rest does', () => {
    const any = fc.record({ service: fc.constantFrom('db', 'api', 'migrate', 'seed'), state: fc.constantFrom<ContainerState>('created', 'running', 'paused', 'restarting', 'exited', 'dead'), health: fc.constantFrom<ContainerHealth>('none', 'starting', 'healthy', 'unhealthy'), exitCode: fc.constantFrom(0, 1, 137) });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), (given) => {
        const containers = given.map((one, index) => container(one.service, { ...one, number: index + 1, id: String(index).padStart(64, '0') }));
        const result = summary(containers);
        expect(result.summary).not.toBe('');
        if (result.health === 'healthy') expect(result.services.filter((one) => !one.orphan && (one.state === 'failed' || one.health === 'unhealthy'))).toEqual([]);
        if (containers.length === 0) expect(result.health).toBe('empty');
      }),
    );
  });
});
