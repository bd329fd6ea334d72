import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ComposeService } from '@shared/domain/compose/model';
import { scaleObstacle, stillNeeded, withDependencies } from '@shared/domain/services/scale';

const service = (more: Partial<ComposeService>): ComposeService => ({ command: null, entrypoint: null, ...more });
const published = (port: string): Partial<ComposeService> => ({ ports: [{ target: 80, published: port, protocol: 'tcp' }] });

it('lets one container of anything, and any number of what has nothing fixed', () => {
  expect(scaleObstacle('web', service({ container_name: 'one', ...published('80') }), 1)).toBeNull();
  expect(scaleObstacle('web', service({ ports: [{ target: 80, protocol: 'tcp' }] }), 9)).toBeNull();
});

it('says what only one container can have', () => {
  expect(scaleObstacle('web', service({ container_name: 'one' }), 2)?.message).toBe('web has the fixed name one, which only one container can have.');
  expect(scaleObstacle('web', service(published('8080')), 2)?.message).toBe('web publishes port 8080 of this computer: not enough for 2 containers.');
  expect(scaleObstacle('web', service(published('8080-8081')), 3)?.message).toBe('web publishes ports 8080 to 8081 of this computer: not enough for 3 containers.');
  expect(scaleObstacle('web', service(published('8080-8082')), 3)).toBeNull();
  expect(scaleObstacle('web', service({ networks: { front: { ipv4_address: '10.0.0.9' } } }), 2)?.message).toContain('10.0.0.9');
});

it('takes along everything a service needs, also in a circle', () => {
  const needs: { readonly [name: string]: readonly string[] } = { web: ['api'], api: ['db', 'web'], db: [], other: ['db'] };
  expect([...withDependencies(['web'], (name) => needs[name] ?? [])].sort()).toEqual(['api', 'db', 'web']);
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.array(fc.constantFrom('a', 'b', 'c', 'd'))), fc.array(fc.constantFrom('a', 'b', 'c', 'd')), (edges, names) => {
      const all = withDependencies(names, (name) => edges[name] ?? []);
      expect(names.every((name) => all.has(name))).toBe(true);
      for (const name of all) for (const need of edges[name] ?? []) expect(all.has(need)).toBe(true);
    }),
  );
});

it('says who needs what is removed', () => {
  const dependents = [{ service: 'api', needs: ['db'] }, { service: 'web', needs: ['api'] }, { service: 'job', needs: ['db'] }];
  expect(stillNeeded(new Set(['db']), dependents)).toBe('api and job need what is removed.');
  expect(stillNeeded(new Set(['db', 'job']), dependents)).toBe('api needs what is removed.');
  expect(stillNeeded(new Set(['web']), dependents)).toBeNull();
});
