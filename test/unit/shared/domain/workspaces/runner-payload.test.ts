import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { riskyFactsOfPayload } from '@shared/domain/engine/risky-facts';
import { refusedField } from '@shared/domain/engine/policy';
import { runnerContainerName, runnerFactKeys, runnerNetwork, runnerPayload, runnerSlug, runnersProjectName, type RunnerSource } from '@shared/domain/workspaces/runner-payload';

const OWNER = { projectId: 'p_1', projectName: 'shop-workspaces', dir: '/state/workspaces/p_1' };
const MOUNT: RunnerSource = { kind: 'mount', hostFolder: '/state/storage/p_1/root/mnt', targetFolder: '/mnt', path: '/mnt/workspaces' };
const LOCAL: RunnerSource = { kind: 'local', hostFolder: '/home/me/shop/workspaces' };
const DIRECT: RunnerSource = { kind: 'direct', endpoint: 'http://berth-s3:9000', network: 'berth-s3', region: 'us-east-1', bucket: 'workspaces', prefix: 'team/', accessKey: 'AKIA', secretKey: 'very-secret' };
const VOLUME: RunnerSource = { kind: 'volume', volume: 'shop-workspaces-1a2b3c4d', target: '/berth-volume' };
const payloadOf = (source: RunnerSource, workspace = 'api') => runnerPayload({ owner: OWNER, workspace, source, image: 'berth/workspace:local', user: '1000:1000', variables: {} });

describe('the container of a workspace', () => {
  it('has a fixed shape without privileges', () => {
    const payload = payloadOf(LOCAL);
    expect(payload).toMatchObject({
      User: '1000:1000',
      Labels: { 'com.docker.compose.project': 'shop-workspaces', 'com.docker.compose.service': 'api', 'com.docker.compose.project.working_dir': OWNER.dir, 'dev.berth.workspaces': 'p_1' },
      HostConfig: { CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], PidsLimit: 512, Memory: 1_073_741_824, NetworkMode: 'shop-workspaces', PortBindings: { '47100/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    });
    for (const field of ['Privileged', 'CapAdd', 'Devices', 'PidMode', 'Binds']) expect(payload['HostConfig']).not.toHaveProperty(field);
  });

  it.each([
    ['the mount', MOUNT],
    ['a local folder', LOCAL],
    ['a volume', VOLUME],
    ['Direct S3', DIRECT],
  ])('passes the door with exactly its facts, from %s', (_, source) => {
    const facts = riskyFactsOfPayload(payloadOf(source), OWNER.dir).map(({ key }) => key);
    expect(facts).toEqual(runnerFactKeys('api', source));
    expect(refusedField('create-container', payloadOf(source))).toBeNull();
    expect(refusedField('create-network', { ...runnerNetwork(OWNER).payload, Name: 'x' })).toBeNull();
  });

  it('sees the folder above the mount, so that a mount that is made again is seen', () => {
    expect(payloadOf(MOUNT)).toMatchObject({ HostConfig: { Mounts: [{ Type: 'bind', Source: MOUNT.hostFolder, Target: '/mnt', ReadOnly: true, BindOptions: { Propagation: 'rslave' } }] } });
    expect(payloadOf(MOUNT)['Env']).toContain('BERTH_SOURCE_ROOT=/mnt/workspaces');
  });

  it('reads a volume and cannot write it', () => {
    expect(payloadOf(VOLUME)).toMatchObject({ HostConfig: { Mounts: [{ Type: 'volume', Source: VOLUME.volume, Target: VOLUME.target, ReadOnly: true, VolumeOptions: { NoCopy: true } }] } });
    expect(payloadOf(VOLUME)['Env']).toContain('BERTH_SOURCE_ROOT=/berth-volume');
  });

  it('has what the user gave it in its environment, and nothing given takes the place of what is Berth’s', () => {
    const payload = runnerPayload({ owner: OWNER, workspace: 'api', source: LOCAL, image: 'berth/workspace:local', user: '1000:1000', variables: { TOKEN: 'given-value', BERTH_WORKSPACE: 'other' } });
    const { Env, ...rest } = payload;
    expect(Env).toEqual(expect.arrayContaining(['TOKEN=given-value', 'BERTH_WORKSPACE=api']));
    expect(Env).not.toContain('BERTH_WORKSPACE=other');
    expect(JSON.stringify(rest)).not.toContain('given-value');
  });

  it('has keys of S3 in its environment alone', () => {
    const { Env, ...rest } = payloadOf(DIRECT);
    expect(JSON.stringify(rest)).not.toContain('very-secret');
    expect(Env).toEqual(expect.arrayContaining(['BERTH_S3_SECRET_KEY=very-secret', 'BERTH_S3_PREFIX=team/']));
    expect(rest['HostConfig']).not.toHaveProperty('Mounts');
    expect(payloadOf(LOCAL)['Env']).not.toEqual(expect.arrayContaining([expect.stringContaining('S3')]));
    expect(payloadOf({ ...DIRECT, endpoint: 'http://host.docker.internal:9000' })).toMatchObject({ HostConfig: { ExtraHosts: ['host.docker.internal:host-gateway'] } });
  });
});

describe('names', () => {
  it('are plain where they can be', () => {
    expect(runnersProjectName('My Shop!')).toBe('my-shop-workspaces');
    expect(runnersProjectName('--')).toBe('project-workspaces');
    expect(runnerContainerName(OWNER, 'api')).toBe('shop-ws-api');
  });

  it('are taken by the engine, and different for every two workspaces', () => {
    const name = fc.oneof(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), fc.constantFrom('A', 'a', 'a.', 'a b', 'a-b', 'a_b', '…', '..', '-', `${'x'.repeat(40)}1`, `${'x'.repeat(40)}2`));
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(runnerContainerName(OWNER, one)).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
        expect(runnerSlug(one) === runnerSlug(other)).toBe(one === other);
      }),
      { numRuns: 500 },
    );
  });
});
