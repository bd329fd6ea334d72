import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { analyseStorage } from '@shared/domain/storage/analyse-storage';
import { definitionOf } from '@shared/domain/storage/definition-of';
import { WORKSPACE_FILES, WORKSPACE_KEYS_FILE, workspaceKeysText, workspaceText } from '@shared/domain/storage/workspace-preset';
import { loadText } from '../compose/virtual-files';
import { fromCompose } from './accesses-kit';

interface Service {
  readonly image: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly [key: string]: unknown;
}

const servicesOf = (backend: 'rclone' | 's3fs'): Readonly<Record<string, Service>> => (parse(workspaceText(backend)) as { readonly services: Readonly<Record<string, Service>> }).services;

describe.each([['rclone', 'rclone-mount', 'workspace-rclone'], ['s3fs', 's3fs-mounter', 'workspace-s3fs']] as const)('the workspaces file with %s', (backend, mount, container) => {
  const text = workspaceText(backend);

  it('says what it is, what runs it and where its keys are', () => {
    expect(text.split('\n').slice(0, 6)).toEqual([
      '# Workspaces of this project in S3: source is sent to a bucket as it is saved, and the bucket is a folder. It is no mode of the project.',
      '# Berth reads the mount from this file and never runs it: `berth storage start` and `berth workspaces sync` do the same with containers of their own.',
      `# Without Berth: docker compose -f ${WORKSPACE_FILES[backend]} up -d (or docker-compose). While that runs, Berth neither mounts nor syncs a second time.`,
      `# There is no key in here. \`berth storage setup workspace\` makes them up and keeps them in ${WORKSPACE_KEYS_FILE}, for your eyes only and not in version control.`,
      '# In .env may be chosen: S3_PORT, S3_CONSOLE_PORT, S3_MOUNT_PARENT, GATEWAY_PORT, STORAGE_PULL and the images by MINIO_IMAGE, RCLONE_IMAGE, S3FS_IMAGE, WORKSPACE_SYNC_IMAGE, WORKSPACE_IMAGE.',
      'services:',
    ]);
  });

  it('has a server, its bucket, the sync, the mount and the monitor, each once the one before is ready', () => {
    const services = servicesOf(backend);
    expect(Object.keys(services)).toEqual(['minio', 'bucket', 'workspace-sync', mount, 'monitor']);
    const after = Object.entries(services).map(([name, one]) => [name, Object.entries(one.depends_on ?? {}).map(([other, { condition }]) => `${other} ${condition}`)]);
    expect(after).toEqual([['minio', []], ['bucket', ['minio service_started']], ['workspace-sync', ['bucket service_completed_successfully']], [mount, ['workspace-sync service_healthy']], ['monitor', [`${mount} service_healthy`]]]);
    expect(services['workspace-sync']).toMatchObject({ container_name: 'workspace-sync', volumes: expect.arrayContaining(['./workspaces:/workspaces:ro']) as unknown });
    expect(services[mount]).toMatchObject({ container_name: container, devices: ['/dev/fuse'], ...(backend === 's3fs' ? { privileged: true } : { cap_add: ['SYS_ADMIN'] }), volumes: expect.arrayContaining(['${S3_MOUNT_PARENT:-./.berth/mnt}:/mnt:rshared']) as unknown });
    for (const name of ['workspace-sync', mount]) expect(services[name]).toHaveProperty('healthcheck.test');
  });

  it('holds no key, publishes on this machine only, and fetches nothing unless asked', () => {
    expect(text).not.toMatch(/(?:SECRET|PASSWORD|ACCESS_KEY)\w*\s*[:=]/);
    const { monitor, ...others } = servicesOf(backend);
    for (const one of Object.values(servicesOf(backend))) expect(one['pull_policy']).toBe('${STORAGE_PULL:-never}');
    for (const one of Object.values(others)) expect(one['env_file']).toEqual([WORKSPACE_KEYS_FILE]);
    // Whoever makes containers needs no key of the bucket.
    expect(monitor).not.toHaveProperty('env_file');
    const ports = Object.values(servicesOf(backend)).flatMap((one) => (one['ports'] ?? []) as readonly string[]);
    expect(ports).toHaveLength(2);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('is one that version 1 of docker compose takes too', () => {
    expect(Object.keys(parse(text) as object)).toEqual(['services', 'volumes']);
  });

  it('is read by Berth as one mount and nothing else, without its keys file too, and collides with nothing', async () => {
    const definition = definitionOf(await loadText(text, { mayMissServiceFiles: true }), WORKSPACE_FILES[backend]);
    expect(definition.containers.map((one) => [one.service, one.container, one.role, one.backend])).toEqual([[mount, container, 'mount', backend]]);
    expect(definition.mounts.map((one) => [one.remote, one.bucket, one.prefix, one.mountPoint, one.readOnly])).toEqual([['minio', 'workspaces', '', '/mnt/workspaces', true]]);
    expect(definition.jobs).toEqual([]);
    await expect(loadText(text)).rejects.toMatchObject({ code: 'compose-invalid' });
    expect(analyseStorage(fromCompose(text)).findings).toEqual([]);
  });
});

it('the keys file has one pair under the names that each program knows', () => {
  const lines = workspaceKeysText({ accessKey: 'key', secretKey: 'secret' }).trim().split('\n').slice(1);
  expect(lines).toEqual(['MINIO_ROOT_USER=key', 'MINIO_ROOT_PASSWORD=secret', 'AWS_ACCESS_KEY_ID=key', 'AWS_SECRET_ACCESS_KEY=secret', 'AWS_S3_ACCESS_KEY_ID=key', 'AWS_S3_SECRET_ACCESS_KEY=secret', 'S3_ACCESS_KEY=key', 'S3_SECRET_KEY=secret']);
});
