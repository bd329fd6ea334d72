import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointOf, unknownField, updateAllowed } from '@shared/domain/engine/policy';

describe('endpoints', () => {
  it.each([
    ['GET', '/containers/json', 'read'],
    ['POST', '/containers/abc/wait', 'read'],
    ['POST', '/containers/create', 'create-container'],
    ['DELETE', '/containers/abc', 'change-container'],
    ['PUT', '/containers/abc/archive', 'change-container'],
    ['POST', '/images/create', 'pull'],
    ['DELETE', '/images/registry:5000/a/b:c', 'untag'],
    ['POST', '/exec/abc/start', 'start-exec'],
    ['POST', '/session', 'session'],
    ['POST', '/build/prune', 'prune-build-cache'],
  ])('%s %s is %s', (method, path, effect) => {
    expect(endpointOf(method, path)?.effect).toBe(effect);
  });

  it.each([
    ['POST', '/containers/prune'], ['POST', '/volumes/prune'], ['POST', '/system/prune'], ['POST', '/images/prune'],
    ['GET', '/plugins'], ['POST', '/plugins/pull'], ['POST', '/swarm/init'], ['GET', '/services'], ['GET', '/secrets'], ['POST', '/grpc'],
    ['POST', '/containers/abc/attach'], ['POST', '/commit'], ['GET', '/containers/abc/export'], ['POST', '/images/load'], ['POST', '/auth'],
    ['DELETE', '/containers/../volumes/x'], ['DELETE', '/images/../volumes/x'], ['PUT', '/volumes/x'], ['POST', '/containers/a/b/start'], ['GET', '/containers/a%2fb/json'],
  ])('%s %s is none Berth uses', (method, path) => {
    expect(endpointOf(method, path)).toBeNull();
  });

  it('never takes a path with dots for another', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('..', '.', 'containers', 'volumes', 'x', 'prune', ''), { maxLength: 6 }), fc.constantFrom('GET', 'POST', 'DELETE', 'PUT'), (segments, method) => {
        if (segments.includes('..') || segments.includes('.')) expect(endpointOf(method, `/${segments.join('/')}`)).toBeNull();
      }),
    );
  });
});

describe('fields', () => {
  it('are refused unless they have a rule', () => {
    expect(unknownField('create-container', { Image: 'x', HostConfig: { Memory: 1, Mounts: [{ Type: 'bind', BindOptions: { Propagation: 'rprivate' } }] } })).toBeNull();
    expect(unknownField('create-container', { Image: 'x', New: 1 })).toBe('New');
    expect(unknownField('create-container', { HostConfig: { ContainerIDFile: '/x' } })).toBe('HostConfig.ContainerIDFile');
    expect(unknownField('create-container', { HostConfig: { Mounts: [{ Type: 'bind' }, { Other: 1 }] } })).toBe('HostConfig.Mounts[1].Other');
    expect(unknownField('create-container', { HostConfig: 'x' })).toBe('HostConfig');
    expect(unknownField('create-container', { HostConfig: { Mounts: {} } })).toBe('HostConfig.Mounts');
    expect(unknownField('create-network', { Name: 'x', ConfigFrom: {} })).toBe('ConfigFrom');
    expect(unknownField('create-exec', { Cmd: [], Privileged: true })).toBe('Privileged');
    expect(unknownField('create-volume', { ClusterVolumeSpec: {} })).toBe('ClusterVolumeSpec');
    expect(unknownField('create-container', JSON.parse('{"__proto__": {"a": 1}}'))).toBe('__proto__');
  });

  it('a container is updated in its restart policy only', () => {
    expect(updateAllowed({ RestartPolicy: { Name: 'no' } })).toBe(true);
    expect(updateAllowed({ RestartPolicy: { Name: 'no' }, Memory: 1 })).toBe(false);
    expect(updateAllowed({})).toBe(false);
  });
});
