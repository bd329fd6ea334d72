import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComposeModel, ComposeService } from '@shared/domain/compose/model';
import { isInside, isSocketPlace, normalHostPath } from '@shared/domain/engine/host-path';
import { hostPathsOfModel, riskyFactsOfFiles, riskyFactsOfModel, riskyFactsOfPayload, riskyFactsOfService } from '@shared/domain/engine/risky-facts';

const DIR = '/home/u/shop';

function model(service: Partial<ComposeService>, more: Partial<ComposeModel> = {}): ComposeModel {
  return { name: 'shop', services: { api: { command: null, entrypoint: null, ...service } }, networks: {}, volumes: {}, secrets: {}, configs: {}, ...more };
}

function keys(facts: readonly { readonly key: string }[]): readonly string[] {
  return facts.map((fact) => fact.key).sort();
}

/** A service and the payload that is made of it: the facts must have the same keys. */
const PAIRS: readonly (readonly [service: Partial<ComposeService>, host: object, expected: readonly string[]])[] = [
  [{ privileged: true }, { Privileged: true }, ['privileged:api']],
  [{ network_mode: 'host' }, { NetworkMode: 'host' }, ['host-namespace:api:network']],
  [{ pid: 'host', ipc: 'host', uts: 'host', userns_mode: 'host', cgroup: 'host' }, { PidMode: 'host', IpcMode: 'host', UTSMode: 'host', UsernsMode: 'host', CgroupnsMode: 'host' }, ['cgroup', 'ipc', 'pid', 'userns', 'uts'].map((name) => `host-namespace:api:${name}`)],
  [{ cap_add: ['SYS_ADMIN', 'CAP_net_admin'] }, { CapAdd: ['CAP_SYS_ADMIN', 'NET_ADMIN'] }, ['capability:api:NET_ADMIN', 'capability:api:SYS_ADMIN']],
  [{ devices: [{ source: '/dev/fuse', target: '/dev/fuse' }], device_cgroup_rules: ['c 1:3 mr'] }, { Devices: [{ PathOnHost: '/dev/fuse' }], DeviceCgroupRules: ['c 1:3 mr'] }, ['device:api:/dev/fuse', 'device:api:rule c 1:3 mr']],
  [{ security_opt: ['apparmor:unconfined', 'no-new-privileges:true', 'seccomp=./p.json'] }, { SecurityOpt: ['apparmor=unconfined', 'no-new-privileges', 'seccomp={"x":1}'] }, ['security-option:api:apparmor=unconfined', 'security-option:api:seccomp=custom']],
  [{ volumes: [{ type: 'bind', source: '/var/run/docker.sock', target: '/s' }] }, { Binds: ['/var/run/docker.sock:/s'] }, ['bind-outside:api:/var/run/docker.sock:rw', 'docker-socket:api']],
  [{ volumes: [{ type: 'bind', source: '/etc', target: '/e', read_only: true }] }, { Mounts: [{ Type: 'bind', Source: '/etc', Target: '/e', ReadOnly: true }] }, ['bind-outside:api:/etc:ro']],
  [{ volumes: [{ type: 'bind', source: `${DIR}/src`, target: '/src' }] }, { Binds: [`${DIR}/src:/src:z`] }, []],
  [{ volumes: [{ type: 'bind', source: `${DIR}-evil`, target: '/x' }] }, { Binds: [`${DIR}-evil:/x`] }, [`bind-outside:api:${DIR}-evil:rw`]],
  [{ volumes: [{ type: 'bind', source: `${DIR}/../../../etc`, target: '/x' }] }, { Binds: [`${DIR}/../../../etc:/x`] }, [`bind-outside:api:${DIR}/../../../etc:rw`]],
  [{ runtime: 'nvidia', cgroup_parent: '/x' }, { Runtime: 'nvidia', CgroupParent: '/x' }, ['cgroup-parent:api:/x', 'runtime:api:nvidia']],
  [{ logging: { driver: 'syslog' } }, { LogConfig: { Type: 'syslog' } }, ['log-driver:api:syslog']],
  [{ network_mode: 'container:other', volumes_from: ['container:other:ro'] }, { NetworkMode: 'container:other', VolumesFrom: ['other:ro'] }, ['joins-container:api:other']],
  [{ gpus: [{ driver: 'cdi', device_ids: ['vendor.com/disk=all'] }] }, { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['vendor.com/disk=all'] }] }, ['device:api:cdi vendor.com/disk=all']],
  [{ annotations: { 'run.oci.handler': 'x' } }, { Annotations: { 'run.oci.handler': 'x' } }, ['annotation:api:run.oci.handler']],
  [{ volumes: [{ type: 'bind', source: `${DIR}/m`, target: '/m', bind: { propagation: 'rshared' } }] }, { Mounts: [{ Type: 'bind', Source: `${DIR}/m`, Target: '/m', BindOptions: { Propagation: 'rshared' } }] }, [`bind-shared:api:${DIR}/m`]],
  [{ volumes: [{ type: 'bind', source: `${DIR}/m`, target: '/m', bind: { propagation: 'rslave' } }] }, { Binds: [`${DIR}/m:/m:rslave,z`] }, []],
  [{ gpus: [{}] }, { DeviceRequests: [{ Count: -1 }] }, ['device:api:gpu']],
  [{ cap_drop: ['ALL'], read_only: true, init: true, tmpfs: ['/tmp'] }, { CapDrop: ['ALL'], ReadonlyRootfs: true, Init: true, Tmpfs: { '/tmp': '' }, LogConfig: { Type: 'json-file' } }, []],
];

describe('risky facts', () => {
  it.each(PAIRS)('are the same for %j and its payload', (service, host, expected) => {
    const payload = { Labels: { 'com.docker.compose.service': 'api' }, HostConfig: host };
    expect(keys(riskyFactsOfService('api', model(service), DIR))).toEqual([...expected].sort());
    expect(keys(riskyFactsOfPayload(payload, DIR))).toEqual([...expected].sort());
  });

  it('see secrets, configs, volumes that are folders, networks, builds and hooks', () => {
    const loaded = model(
      {
        secrets: [{ source: 's' }], configs: [{ source: 'c' }], networks: { lan: null }, build: { context: '/elsewhere', network: 'host' },
        volumes: [{ type: 'volume', source: 'data', target: '/d' }, { type: 'volume', source: 'cloud', target: '/c' }, { type: 'volume', source: 'ext', target: '/x' }],
        post_start: [{ command: ['sh', '-c', 'x'] }],
      },
      {
        secrets: { s: { file: '/root/key' } }, configs: { c: { file: `${DIR}/nginx.conf` } },
        networks: { lan: { name: 'shop_lan', driver: 'macvlan', ipam: {} } },
        volumes: { data: { name: 'shop_data', driver_opts: { type: 'none', o: 'bind', device: '/srv' } }, cloud: { name: 'shop_cloud', driver: 'rexray' }, ext: { name: 'x', external: true, driver_opts: { device: '/' } } },
      },
    );
    const facts = riskyFactsOfModel(loaded, DIR);
    expect(keys(facts).filter((key) => !key.startsWith('hook:'))).toEqual(['bind-outside:api:/root/key:ro', 'build-network:host', 'build-outside:/elsewhere', 'foreign-volume:api:x', 'network-driver:lan:macvlan', 'volume-device:data:/srv', 'volume-driver:cloud:rexray']);
    expect(facts.filter((fact) => fact.kind === 'hook')).toHaveLength(1);
    for (const fact of facts) expect(fact.text).toMatch(/^\S.*\.$/);
    expect(hostPathsOfModel(loaded)).toEqual(['/root/key', `${DIR}/nginx.conf`, '/srv', '/elsewhere']);
  });

  it('see through a volume that only says it is something else', () => {
    const asked = (driver_opts: { readonly [name: string]: string }) => keys(riskyFactsOfModel(model({ volumes: [{ type: 'volume', source: 'v', target: '/v' }] }, { volumes: { v: { name: 'shop_v', driver_opts } } }), DIR));
    // The engine mounts /etc for it: with `bind` among the options the type counts for nothing.
    expect(asked({ type: 'tmpfs', o: 'bind', device: '/etc' })).toEqual(['volume-device:v:/etc']);
    expect(asked({ type: 'tmpfs', o: 'size=1m,rbind', device: '/var/run' })).toEqual(['docker-socket:volume:v', 'volume-device:v:/var/run']);
    expect(asked({ type: 'none', o: 'bind', device: 'etc' })).toEqual(['volume-device:v:none:etc:bind']);
    expect(asked({ type: 'overlay', o: 'lowerdir=/etc,upperdir=/tmp/u,workdir=/tmp/w', device: 'overlay' })).toEqual(['volume-device:v:overlay:overlay:lowerdir=/etc,upperdir=/tmp/u,workdir=/tmp/w']);
    expect(asked({ type: 'overlay', o: 'lowerdir=/etc', device: '' })).toEqual(['volume-device:v:overlay:lowerdir=/etc']);
    expect(asked({ type: 'tmpfs', o: 'size=64m,uid=1000,mode=0700,noexec', device: 'tmpfs' })).toEqual([]);
    expect(asked({ type: 'none', o: 'bind', device: `${DIR}/data` })).toEqual([]);
  });

  it('see files that are read from outside, also through a link, and volumes that are not of the project', () => {
    const files = [`${DIR}/compose.yml`, `${DIR}/../common/compose.yml`, `${DIR}/link.env`, '/etc/env', '/etc/env'];
    expect(keys(riskyFactsOfFiles(files, DIR, (path) => (path.endsWith('link.env') ? '/root/secret.env' : path)))).toEqual(['reads-outside:/etc/env', 'reads-outside:/home/u/common/compose.yml', 'reads-outside:/root/secret.env']);
    const foreign = model({ volumes: [{ type: 'volume', source: 'v', target: '/v' }] }, { volumes: { v: { name: 'other_data', external: true } } });
    const payload = { Labels: { 'com.docker.compose.service': 'api' }, HostConfig: { Mounts: [{ Type: 'volume', Source: 'other_data', Target: '/v' }, { Type: 'volume', Source: 'f'.repeat(64), Target: '/w' }] } };
    expect(keys(riskyFactsOfModel(foreign, DIR))).toEqual(['foreign-volume:api:other_data']);
    expect(keys(riskyFactsOfPayload(payload, DIR, { foreignVolume: () => true }))).toEqual(['foreign-volume:api:other_data']);
    expect(keys(riskyFactsOfPayload(payload, DIR))).toEqual([]);
  });

  it('names what a build reads beside its context, by where it comes from', () => {
    const shop = (links: { readonly [path: string]: string } = {}) =>
      riskyFactsOfModel(
        model(
          { build: { context: DIR, secrets: [{ source: 'inside' }, { source: 'outside', target: 'k' }, { source: 'variable' }], ssh: ['default', 'work=/run/agent'], additional_contexts: { lib: `${DIR}/lib`, etc: '/etc', base: 'service:base', img: 'docker-image://a:1' } } },
          { secrets: { inside: { file: `${DIR}/t.txt` }, outside: { file: '/root/key' }, variable: { environment: 'NPM_TOKEN' } } },
        ),
        DIR,
        (path) => links[path] ?? path,
      );
    expect(keys(shop())).toEqual(['build-outside:/etc', `build-secret:api:inside:file:${DIR}/t.txt`, 'build-secret:api:k:file:/root/key', 'build-secret:api:variable:variable:NPM_TOKEN', 'build-ssh:api:default', 'build-ssh:api:work:/run/agent']);
    // A link that leads out is another secret, and another question.
    expect(keys(shop({ [`${DIR}/t.txt`]: '/etc/shadow', [`${DIR}/lib`]: '/srv' }))).toEqual(expect.arrayContaining(['build-secret:api:inside:file:/etc/shadow', `build-outside:${DIR}/lib`]));
    expect(shop().map((fact) => fact.text)).toContain('The build of api reads the variable NPM_TOKEN of this computer, as the secret variable.');
  });

  it('see a Dockerfile from outside, and a network that is an interface of this computer', () => {
    const built = (build: object) => keys(riskyFactsOfModel(model({ build }), DIR));
    expect(built({ context: `${DIR}/api`, dockerfile: 'Dockerfile' })).toEqual([]);
    expect(built({ context: `${DIR}/api`, dockerfile: '../../../../etc/passwd' })).toEqual([`build-outside:${DIR}/api/../../../../etc/passwd`]);
    expect(built({ context: `${DIR}/api`, dockerfile: '/root/.ssh/id_rsa' })).toEqual(['build-outside:/root/.ssh/id_rsa']);
    expect(built({ context: `${DIR}/api`, dockerfile: 'Dockerfile', dockerfile_inline: 'FROM x' })).toEqual([]);
    const lan = model({ networks: { lan: null } }, { networks: { lan: { name: 'shop_lan', driver_opts: { 'com.docker.network.bridge.name': 'virbr0' }, ipam: {} } } });
    expect(keys(riskyFactsOfModel(lan, DIR))).toEqual(['network-bridge:lan:virbr0']);
  });

  it('see a link that leads out of the project, by where it leads', () => {
    const linked = model({ volumes: [{ type: 'bind', source: `${DIR}/out`, target: '/x' }] });
    expect(riskyFactsOfService('api', linked, DIR)).toEqual([]);
    expect(keys(riskyFactsOfService('api', linked, DIR, () => '/etc'))).toEqual(['bind-outside:api:/etc:rw']);
  });

  it('survive any payload', () => {
    fc.assert(fc.property(fc.anything(), (payload) => Array.isArray(riskyFactsOfPayload(payload, DIR))));
    fc.assert(fc.property(fc.object(), (host) => Array.isArray(riskyFactsOfPayload({ HostConfig: host }, DIR))));
  });
});

describe('host paths', () => {
  it('are inside by whole segments', () => {
    expect(isInside('/a/b', '/a')).toBe(true);
    expect(isInside('/ab', '/a')).toBe(false);
    expect(isInside('/a/../b', '/a')).toBe(false);
    expect(isInside('/', '/a')).toBe(false);
    expect(isInside('/x', '/')).toBe(true);
    expect(isInside('C:\\Shop\\x', 'c:/Shop')).toBe(true);
  });

  it('know what leads to an engine\'s socket', () => {
    for (const path of ['/', '/var/run', '/run/', '/var/run/docker.sock', '/home/u/.docker/run/docker.sock', '/run/user/1000/podman/podman.sock']) expect(isSocketPlace(path), path).toBe(true);
    for (const path of ['/var/lib', '/home/u/shop', '/run/secrets']) expect(isSocketPlace(path), path).toBe(false);
  });

  it('normalise to a fixed point', () => {
    fc.assert(fc.property(fc.string(), (path) => normalHostPath(normalHostPath(path)) === normalHostPath(path)));
    const segment = fc.stringMatching(/^[a-z.]{1,4}$/);
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const path = `/p/${segments.join('/')}`;
        const normal = normalHostPath(path);
        expect(normal.split('/')).not.toContain('..');
        expect(isInside(path, '/p')).toBe(normal === '/p' || normal.startsWith('/p/'));
      }),
    );
  });
});
