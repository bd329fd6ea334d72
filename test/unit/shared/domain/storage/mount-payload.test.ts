import { dirname, normalize } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MountDefinition, StorageContainer } from '@shared/domain/storage/definition';
import { refusedField } from '@shared/domain/engine/policy';
import { riskyFactsOfPayload } from '@shared/domain/engine/risky-facts';
import {
  cleanUpPayload,
  consumerFolders,
  controlFolder,
  controlSocket,
  hostFolder,
  mountCommand,
  mountFactKeys,
  mountPayload,
  mountRoot,
  mountSlug,
  mountsWithin,
  mountVolumes,
  rcloneDuration,
  rcloneSize,
  remoteEnvironment,
  resourceFields,
  type MountPlace,
} from '@shared/domain/storage/mount-payload';
import { mountObstacle, type MountFacts } from '@shared/domain/storage/mount-possible';
import { durationSeconds, rcloneSizeBytes } from '@shared/domain/storage/quantity';

const OWNER = { projectId: 'p_0000000000001', projectName: 'shop-storage', dir: '/state/storage/p_0000000000001' };
const PLACE: MountPlace = { origin: 'local', endpointInside: 'http://berth-s3:9000', network: 'berth-s3', hostGateway: false, region: 'us-east-1', accessKey: 'shop-key', secretKey: 'very-secret' };
const RESOURCES = { requestMemoryBytes: 134_217_728, requestCpuMillis: 100, limitMemoryBytes: 268_435_456, limitCpuMillis: 200 };
const CONTAINER: StorageContainer = { service: 'rclone-mount', container: 'rclone-mount', role: 'mount', backend: 'rclone', image: 'evil/image', configDir: '/root/.config/rclone-mount', cacheDir: '/root/.cache/rclone-mount', resources: RESOURCES, sources: [] };
const MOUNT: MountDefinition = { id: 'rclone-mount:/mnt/s3/data', service: 'rclone-mount', remote: 's3-data', bucket: 'shop-data', prefix: '', mountPoint: '/mnt/s3/data', readOnly: true, cacheMaxBytes: 1024 ** 3, cacheMaxAgeSeconds: 3_600, dirCacheSeconds: 300 };
const INDEX: MountDefinition = { ...MOUNT, id: 'rclone-mount:/mnt/s3/index', remote: 's3-index', bucket: 'shop-index', prefix: 'a/b', mountPoint: '/mnt/s3/index', readOnly: false };
const payload = mountPayload({ owner: OWNER, container: CONTAINER, mounts: [MOUNT, INDEX], place: PLACE, image: 'berth/rclone:local' });

describe('the payload of a mount container', () => {
  test('has the flags as they are written everywhere, and one command for all mounts', () => {
    expect(mountCommand(CONTAINER, [MOUNT, INDEX]).join(' ')).toBe(
      'mount s3-data:shop-data /mnt/s3/data --read-only --allow-other --vfs-cache-mode full --vfs-cache-max-size 1G --vfs-cache-max-age 1h --dir-cache-time 5m --vfs-cache-poll-interval 10s --attr-timeout 1s --vfs-fast-fingerprint --use-server-modtime --contimeout 5s --cache-dir /root/.cache/rclone-mount --rc-no-auth' +
        ' ; mount s3-index:shop-index/a/b /mnt/s3/index --allow-other --vfs-cache-mode full --vfs-cache-max-size 1G --vfs-cache-max-age 1h --dir-cache-time 5m --vfs-cache-poll-interval 10s --attr-timeout 1s --vfs-fast-fingerprint --use-server-modtime --contimeout 5s --cache-dir /root/.cache/rclone-mount --rc-no-auth',
    );
    expect(mountCommand({ ...CONTAINER, backend: 's3fs' }, [{ ...MOUNT, prefix: 'x' }])).toEqual(['mount', 'shop-data:/x', '/mnt/s3/data', '-o', 'ro', '-o', 'stat_cache_expire=300', '-o', 'umask=0022', '-o', 'mp_umask=0022']);
  });

  test('reaches FUSE, the right to mount and the folder above, and is never privileged (D27)', () => {
    expect(payload).toMatchObject({
      Image: 'berth/rclone:local',
      User: '0:0',
      HostConfig: {
        Init: true,
        CapAdd: ['SYS_ADMIN'],
        SecurityOpt: ['apparmor=unconfined'],
        Devices: [{ PathOnHost: '/dev/fuse' }],
        RestartPolicy: { Name: 'no' },
        NetworkMode: 'berth-s3',
        Memory: 268_435_456,
        MemoryReservation: 134_217_728,
        NanoCpus: 200_000_000,
        CpuShares: 102,
        Mounts: [
          { Type: 'bind', Source: '/state/storage/p_0000000000001/root/mnt', Target: '/mnt', BindOptions: { Propagation: 'rshared' } },
          { Type: 'bind', Source: '/state/storage/p_0000000000001/run/mount-rclone-mount', Target: '/run/berth' },
          { Type: 'volume', Source: 'shop-storage_rclone-mount-config', Target: '/root/.config/rclone-mount' },
          { Type: 'volume', Source: 'shop-storage_rclone-mount-cache', Target: '/root/.cache/rclone-mount' },
        ],
      },
    });
    expect(JSON.stringify(payload)).not.toMatch(/Privileged|allow-non-empty|evil/);
  });

  test('asks for nothing that its keys of trust do not name, and names nothing that it does not ask for', () => {
    for (const one of [payload, cleanUpPayload(OWNER, 'berth/rclone:local', ['/mnt/s3/data'])]) {
      expect(refusedField('create-container', one)).toBeNull();
      const keys = mountFactKeys(OWNER, ['rclone-mount'], ['/mnt']);
      const facts = riskyFactsOfPayload(one, OWNER.dir, { realPathOf: (path) => path });
      expect(facts.length).toBe(4);
      expect(facts.filter(({ key }) => !keys.includes(key))).toEqual([]);
    }
  });

  test('has keys in the environment only, and not among the settings of a remote', () => {
    const { Env, ...rest } = payload as { readonly Env: readonly string[] };
    expect(JSON.stringify(rest)).not.toContain('very-secret');
    expect(Env).toContain('AWS_SECRET_ACCESS_KEY=very-secret');
    expect(Env).toContain('RCLONE_CONFIG=/root/.config/rclone-mount/rclone.conf');
    expect(Env).toContain('RCLONE_CONFIG_S3-DATA_PROVIDER=Minio');
    expect(Env).toContain('RCLONE_CONFIG_S3-INDEX_ENDPOINT=http://berth-s3:9000');
    expect(remoteEnvironment(['x'], { ...PLACE, origin: 'external', endpointInside: 'https://s3.eu-central-1.amazonaws.com' })).toMatchObject({ RCLONE_CONFIG_X_PROVIDER: 'AWS' });
    expect(remoteEnvironment(['x'], { ...PLACE, origin: 'external', endpointInside: 'https://s3.example.org' })).toMatchObject({ RCLONE_CONFIG_X_PROVIDER: 'Other' });
    const s3fs = mountPayload({ owner: OWNER, container: { ...CONTAINER, backend: 's3fs' }, mounts: [MOUNT], place: { ...PLACE, network: null }, image: 'berth/s3fs:local' });
    expect(s3fs['Env']).toEqual(['AWS_S3_URL=http://berth-s3:9000', 'AWS_S3_REGION=us-east-1', 'AWS_S3_ACCESS_KEY_ID=shop-key', 'AWS_S3_SECRET_ACCESS_KEY=very-secret']);
    expect(s3fs['HostConfig']).not.toHaveProperty('NetworkMode');
    expect(JSON.stringify(s3fs)).not.toContain('/run/berth');
    expect(mountVolumes(OWNER, { ...CONTAINER, backend: 's3fs' })).toEqual([]);
  });

  test('has the figures of sync containers too, and leaves to the engine what the file does not say', () => {
    expect(resourceFields({ requestMemoryBytes: 67_108_864, requestCpuMillis: 50, limitMemoryBytes: 134_217_728, limitCpuMillis: 100 })).toEqual({ Memory: 134_217_728, MemoryReservation: 67_108_864, NanoCpus: 100_000_000, CpuShares: 51 });
    expect(resourceFields({ requestMemoryBytes: null, requestCpuMillis: null, limitMemoryBytes: null, limitCpuMillis: null })).toEqual({});
  });

  test('is found again in the arguments of a container, mount by mount', () => {
    const args = ['/usr/local/bin/berth-storage', ...mountCommand(CONTAINER, [MOUNT, INDEX])];
    expect(mountsWithin(CONTAINER, [MOUNT, INDEX], args)).toEqual([MOUNT, INDEX]);
    expect(mountsWithin(CONTAINER, [{ ...MOUNT, bucket: 'other' }, { ...INDEX, mountPoint: '/mnt/s3/other' }], args)).toEqual([]);
  });

  test('says where folders are', () => {
    expect(hostFolder(OWNER, '/mnt/s3/data')).toBe('/state/storage/p_0000000000001/root/mnt/s3/data');
    expect([...consumerFolders(OWNER, [MOUNT, INDEX, { mountPoint: '/mnt/workspaces' }])]).toEqual([
      ['/mnt', '/state/storage/p_0000000000001/root/mnt'],
      ['/mnt/s3', '/state/storage/p_0000000000001/root/mnt/s3'],
    ]);
    expect([mountRoot('/mnt/s3/data'), mountSlug('/mnt/s3/data')]).toEqual(['/mnt', 'mnt-s3-data']);
  });

  test('has its control in a folder that is in none of those that consumers see', () => {
    const points = fc.array(fc.stringMatching(/^[a-z.]{1,8}$/).filter((name) => name !== '.' && name !== '..'), { minLength: 2, maxLength: 4 }).map((names) => `/${names.join('/')}`);
    fc.assert(
      fc.property(points, fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/), (mountPoint, service) => {
        const control = controlFolder(OWNER, service);
        expect(dirname(control)).toBe('/state/storage/p_0000000000001/run');
        expect(normalize(control)).toBe(control);
        for (const folder of consumerFolders(OWNER, [{ mountPoint }]).values()) expect(`${control}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${control}/`)).toBe(false);
      }),
    );
    expect(controlSocket('/mnt/s3/data')).toBe('mnt-s3-data.sock');
  });

  test('writes sizes and times that are read back as the same', () => {
    expect([1024 ** 3, 5 * 1024 ** 3, 1536 * 1024 ** 2, 1_000].map(rcloneSize)).toEqual(['1G', '5G', '1536M', '1000B']);
    expect([3_600, 300, 60, 90, 0].map(rcloneDuration)).toEqual(['1h', '5m', '1m', '90s', '0s']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 45 }), fc.integer({ min: 0, max: 10_000_000 }), (bytes, seconds) => {
        expect(rcloneSizeBytes(rcloneSize(bytes))).toBe(bytes);
        expect(durationSeconds(rcloneDuration(seconds))).toBe(seconds);
      }),
    );
  });
});

describe('whether buckets can be folders', () => {
  const facts: MountFacts = { platform: 'linux', hostName: 'box', engine: { local: true, os: 'linux', name: 'box', rootless: false }, hasFuseDevice: true, isShared: true };
  const engine = { local: true, os: 'linux', name: 'box', rootless: false };

  test.each<[string, MountFacts, RegExp | null]>([
    ['here', facts, null],
    ['propagation not known', { ...facts, isShared: null }, null],
    ['macOS', { ...facts, platform: 'darwin' }, /machine of its own/],
    ['elsewhere', { ...facts, engine: { ...engine, local: false } }, /another computer/],
    ['Docker Desktop', { ...facts, engine: { ...engine, name: 'docker-desktop' } }, /docker-desktop/],
    ['another machine', { ...facts, engine: { ...engine, name: 'lima-default' } }, /machine of its own/],
    ['Windows containers', { ...facts, engine: { ...engine, os: 'windows' } }, /no FUSE/],
    ['rootless', { ...facts, engine: { ...engine, rootless: true } }, /without root/],
    ['no device', { ...facts, hasFuseDevice: false }, /modprobe fuse/],
    ['private mounts', { ...facts, isShared: false }, /make-rshared/],
    ['no engine', { ...facts, engine: null }, /not connected/],
  ])('%s', (_, given, reason) => {
    if (reason === null) expect(mountObstacle(given)).toBeNull();
    else expect(mountObstacle(given)).toMatch(reason);
  });
});
