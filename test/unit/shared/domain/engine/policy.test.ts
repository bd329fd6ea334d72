import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointOf, refusedField, refusedParameter, updateAllowed } from '@shared/domain/engine/policy';

describe('endpoints', () => {
  it.each([
    ['GET', '/containers/json', 'read'],
    ['POST', '/containers/abc/wait', 'read'],
    ['POST', '/containers/create', 'create-container'],
    ['DELETE', '/containers/abc', 'change-container'],
    ['PUT', '/containers/abc/archive', 'change-container'],
    ['POST', '/containers/abc/attach', 'attach-container'],
    ['POST', '/images/create', 'pull'],
    ['DELETE', '/images/registry:5000/a/b:c', 'untag'],
    ['POST', '/exec/abc/start', 'start-exec'],
    ['POST', '/exec/abc/resize', 'resize-exec'],
    ['POST', '/session', 'session'],
    ['POST', '/build/prune', 'prune-build-cache'],
  ])('%s %s is %s', (method, path, effect) => {
    expect(endpointOf(method, path)?.effect).toBe(effect);
  });

  it.each([
    ['POST', '/containers/prune'], ['POST', '/volumes/prune'], ['POST', '/system/prune'], ['POST', '/images/prune'],
    ['GET', '/plugins'], ['POST', '/plugins/pull'], ['POST', '/swarm/init'], ['GET', '/services'], ['GET', '/secrets'], ['POST', '/grpc'],
    ['GET', '/containers/abc/attach/ws'], ['POST', '/commit'], ['GET', '/containers/abc/export'], ['POST', '/images/load'], ['POST', '/auth'],
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

const bodies = (effect: Parameters<typeof refusedField>[0], body: unknown) => refusedField(effect, body)?.field ?? null;
const host = (more: object) => bodies('create-container', { Image: 'x', HostConfig: more });

describe('fields', () => {
  it('are refused unless they have a rule', () => {
    expect(bodies('create-container', { Image: 'x', HostConfig: { Memory: 1, Mounts: [{ Type: 'bind', BindOptions: { Propagation: 'rprivate' } }] } })).toBeNull();
    expect(bodies('create-container', { Image: 'x', New: 1 })).toBe('New');
    expect(bodies('create-container', { HostConfig: { ContainerIDFile: '/x' } })).toBe('HostConfig.ContainerIDFile');
    expect(bodies('create-container', { HostConfig: { Mounts: [{ Type: 'bind' }, { Other: 1 }] } })).toBe('HostConfig.Mounts[1].Other');
    expect(bodies('create-container', { HostConfig: 'x' })).toBe('HostConfig');
    expect(bodies('create-container', { HostConfig: { Mounts: {} } })).toBe('HostConfig.Mounts');
    expect(bodies('create-network', { Name: 'x', ConfigFrom: { Network: 'y' } })).toBe('ConfigFrom');
    expect(bodies('create-exec', { Cmd: [], Privileged: true })).toBe('Privileged');
    expect(bodies('create-volume', { ClusterVolumeSpec: {} })).toBe('ClusterVolumeSpec');
    expect(bodies('create-container', JSON.parse('{"__proto__": {"a": 1}}'))).toBe('__proto__');
    expect(bodies('create-container', JSON.parse('{"HostConfig": {"constructor": {"prototype": 1}}}'))).toBe('HostConfig.constructor');
    expect(bodies('change-container', { HostConfig: { Privileged: true } })).toBe('body');
  });

  it('one without a value hides none after it', () => {
    expect(bodies('create-container', { Nothing: undefined, Evil: 1 })).toBe('Evil');
  });

  it('with a rule that says never pass only empty', () => {
    for (const empty of [undefined, null, false, '', [], {}]) expect(host({ Links: empty, Cgroup: empty, PublishAllPorts: empty })).toBeNull();
    expect(host({ Links: ['db:db'] })).toBe('HostConfig.Links');
    expect(host({ Cgroup: 'container:x' })).toBe('HostConfig.Cgroup');
    expect(host({ Mounts: [{ Type: 'bind', BindOptions: { CreateMountpoint: true } }] })).toBe('HostConfig.Mounts[0].BindOptions.CreateMountpoint');
    expect(bodies('create-exec', { DetachKeys: 'ctrl-p' })).toBe('DetachKeys');
  });

  it('host folders go through the mounts API, unless they carry a SELinux label', () => {
    expect(host({ Binds: null })).toBeNull();
    expect(host({ Binds: ['/a:/b:ro,z', '/a:/b:Z'] })).toBeNull();
    for (const bind of ['/a:/b', '/a:/b:ro', 'volume:/b:z', './a:/b:z', '/a:/b:zz']) expect(host({ Binds: [bind] }), bind).toBe('HostConfig.Binds');
    for (const type of ['npipe', 'cluster', 'x', '']) expect(host({ Mounts: [{ Type: type }] }), type).toBe('HostConfig.Mounts[0].Type');
  });

  it('restart policies are the five of the engine; masks are whole or none; isolation is the usual one', () => {
    for (const name of ['', 'no', 'always', 'unless-stopped', 'on-failure']) expect(host({ RestartPolicy: { Name: name, MaximumRetryCount: 3 } })).toBeNull();
    expect(host({ RestartPolicy: { Name: 'sometimes' } })).toBe('HostConfig.RestartPolicy.Name');
    expect(host({ MaskedPaths: [], ReadonlyPaths: [] })).toBeNull();
    expect(host({ MaskedPaths: ['/proc/kcore'] })).toBe('HostConfig.MaskedPaths');
    expect(host({ Isolation: 'process' })).toBe('HostConfig.Isolation');
  });

  it('labels that say whose a thing is are the known ones', () => {
    expect(bodies('create-container', { Labels: { 'com.docker.compose.project': 'x', 'dev.berth.mode': 'dev', mine: '1', 'com.docker.composer': '1' } })).toBeNull();
    expect(bodies('create-volume', { Labels: { 'com.docker.compose.owner': 'x' } })).toBe('Labels');
    expect(bodies('create-network', { Labels: { 'Com.Docker.Compose.project': 'x' } })).toBe('Labels');
  });

  it('of an address have rules too', () => {
    const query = (effect: Parameters<typeof refusedParameter>[0], given: { readonly [name: string]: unknown }) => refusedParameter(effect, given)?.field ?? null;
    expect(query('build', { dockerfile: 'Dockerfile', t: ['a'], networkmode: 'host' })).toBeNull();
    expect(query('build', { remote: 'http://evil/x.tar' })).toBe('remote');
    expect(query('build', { networkmode: 'container:db' })).toBe('networkmode');
    expect(query('build', { outputs: '[{"type":"local"}]' })).toBe('outputs');
    expect(query('pull', { fromImage: 'a', tag: 'b' })).toBeNull();
    expect(query('pull', { fromSrc: '-' })).toBe('fromSrc');
    expect(query('change-container', { v: true, link: true })).toBe('link');
    expect(query('remove-volume', { force: true })).toBe('force');
    expect(query('create-network', { a: undefined })).toBeNull();
  });

  it('a container is updated in its restart policy only', () => {
    expect(updateAllowed({ RestartPolicy: { Name: 'no' } })).toBe(true);
    expect(updateAllowed({ RestartPolicy: { Name: 'no' }, Memory: 1 })).toBe(false);
    expect(updateAllowed({})).toBe(false);
  });

  it('survive any payload', () => {
    fc.assert(fc.property(fc.anything(), (payload) => (refusedField('create-container', payload)?.field ?? '') !== null));
  });
});
