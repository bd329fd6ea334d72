import { describe, expect, it } from 'vitest';
import { decidingVariable, engineAddress, engineCandidates, enginePlaces, isLocalAddress, type CandidateInput } from '@shared/domain/engine/candidates';
import { whyEngine } from '@shared/domain/engine/why-engine';

const linux: CandidateInput = {
  env: { XDG_RUNTIME_DIR: '/run/user/1000' },
  platform: 'linux',
  homeDir: '/home/ada',
  userId: 1000,
  contexts: [
    { name: 'colima', host: 'unix:///home/ada/.colima/default/docker.sock' },
    { name: 'far', host: 'ssh://ada@far' },
  ],
  currentContext: 'colima',
};

describe('the list of engines', () => {
  it('has contexts and usual places, each address once and each name once', () => {
    const places = enginePlaces(linux);
    expect(places.slice(0, 4)).toEqual([
      { name: 'colima', uri: 'unix:///home/ada/.colima/default/docker.sock', origin: 'context colima' },
      { name: 'far', uri: 'ssh://ada@far', origin: 'context far' },
      { name: 'default-socket', uri: 'unix:///var/run/docker.sock', origin: 'default socket' },
      { name: 'rootless-socket', uri: 'unix:///run/user/1000/docker.sock', origin: 'rootless socket' },
    ]);
    expect(new Set(places.map((one) => one.name)).size).toBe(places.length);
    expect(new Set(places.map((one) => one.uri)).size).toBe(places.length);
    expect(places.map((one) => one.name)).toEqual(expect.arrayContaining(['podman', 'podman-2', 'colima-2']));
    expect(enginePlaces({ ...linux, env: { DOCKER_HOST: 'tcp://127.0.0.1:2375' } })[0]).toEqual({ name: 'DOCKER_HOST', uri: 'tcp://127.0.0.1:2375', origin: 'DOCKER_HOST' });
    expect(enginePlaces({ ...linux, platform: 'win32' }).map((one) => one.name)).toEqual(['colima', 'far', 'default-pipe', 'docker-desktop', 'docker-desktop-2', 'podman']);
  });

  it('what was chosen is the only candidate, and what is gone stays said', () => {
    expect(engineCandidates({ ...linux, chosen: 'podman' })).toEqual([{ uri: 'unix:///run/user/1000/podman/podman.sock', origin: 'Podman' }]);
    expect(engineCandidates({ ...linux, chosen: 'unix:///tmp/x.sock' })).toEqual([{ uri: 'unix:///tmp/x.sock', origin: 'chosen in Berth' }]);
    const [gone] = engineCandidates({ ...linux, chosen: 'orbit' });
    expect(engineAddress(gone?.uri ?? '', false)).toMatchObject({ kind: 'unsupported', message: expect.stringContaining('orbit') as string });
    expect(engineCandidates({ ...linux, chosen: '' })).toEqual(engineCandidates(linux));
  });

  it('the environment comes before the choice, as with the docker command', () => {
    expect(engineCandidates({ ...linux, chosen: 'podman', env: { DOCKER_HOST: '127.0.0.1:2375' } })).toEqual([{ uri: 'tcp://127.0.0.1:2375', origin: 'DOCKER_HOST' }]);
    expect(engineCandidates({ ...linux, chosen: 'podman', env: { DOCKER_CONTEXT: 'colima' } })).toEqual([{ uri: 'unix:///home/ada/.colima/default/docker.sock', origin: 'context colima' }]);
    expect([decidingVariable({ env: {} }), decidingVariable({ env: { DOCKER_HOST: ' ' } }), decidingVariable({ env: { DOCKER_HOST: 'x' } }), decidingVariable({ env: { DOCKER_CONTEXT: 'default' } }), decidingVariable({ env: { DOCKER_CONTEXT: 'x' } })]).toEqual([null, null, 'DOCKER_HOST', null, 'DOCKER_CONTEXT']);
  });

  it('knows what is of this machine', () => {
    for (const uri of ['unix:///x.sock', 'npipe:////./pipe/x', 'tcp://127.0.0.1:2375', 'tcp://127.3.4.5:1', 'http://localhost:2375', 'tcp://[::1]:2375']) expect(isLocalAddress(uri), uri).toBe(true);
    for (const uri of ['ssh://a', 'tcp://10.0.0.1:2375', 'tcp://127.evil.example:1', 'tcp://localhost.example', 'x', '']) expect(isLocalAddress(uri), uri).toBe(false);
  });

  it('says why one is used', () => {
    const used = { name: 'colima', origin: 'context colima' };
    const none = { decidedBy: null, chosen: '', currentContext: null, used } as const;
    expect(whyEngine({ ...none, currentContext: 'colima' })).toBe('colima is used: it is the current context of the docker command.');
    expect(whyEngine(none)).toBe('colima is used: it is the first of the usual places that answers.');
    expect(whyEngine({ ...none, chosen: 'colima' })).toBe('colima is used: it was chosen in Berth.');
    expect(whyEngine({ ...none, chosen: 'podman', used: null })).toBe('No engine answers: “podman” was chosen in Berth.');
    expect(whyEngine({ ...none, decidedBy: 'DOCKER_HOST' })).toBe('colima is used: DOCKER_HOST is set where Berth was started, and that decides.');
    expect(whyEngine({ ...none, used: null })).toBe('No engine answers in any of these places.');
  });
});
