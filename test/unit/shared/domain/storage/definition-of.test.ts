import { describe, expect, it } from 'vitest';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import { definitionOf, NO_STORAGE } from '@shared/domain/storage/definition-of';
import { AppError } from '@shared/kernel/app-error';
import { loadText } from '../compose/virtual-files';

const ENVIRONMENT = { S3_DATA_BUCKET: 'shop-data', S3_INDEX_BUCKET: 'shop-index', S3_ARCHIVE_BUCKET: 'shop-archive', S3_LOGS_BUCKET: 'shop-logs' };
const FILE = `name: shop
services:
  minio:
    image: quay.io/minio/minio:1
    command: server /data
  rclone-mount:
    image: rclone/rclone:1.71.0
    container_name: rclone-mount
    command: [mount, "s3-data:\${S3_DATA_BUCKET}", /mnt/s3/data, --vfs-cache-mode, full, --vfs-cache-max-size, 5G, --dir-cache-time, 1m, ";", mount, "s3-index:\${S3_INDEX_BUCKET}/search", /mnt/s3/index, --read-only, --vfs-cache-max-age=2h]
    environment:
      RCLONE_CONFIG: /root/.config/rclone-mount/rclone.conf
    deploy: { resources: { reservations: { memory: 128M, cpus: "0.1" }, limits: { memory: 256M, cpus: "0.2" } } }
  s3-sync:
    image: rclone/rclone:1.71.0
    command: [every, "300", copy, /mnt/efs/processed, "s3-archive:\${S3_ARCHIVE_BUCKET}", ";", sync, /mnt/efs/logs, "s3-logs:\${S3_LOGS_BUCKET}/logs"]
    volumes:
      - efs:/mnt/efs
      - ./logs:/mnt/efs/logs:ro
      - /etc:/host-etc
      - cache:/root/.cache
volumes: { efs: , cache: }
`;

const read = async (text: string, environment: { readonly [name: string]: string } = ENVIRONMENT): Promise<StorageDefinition> => definitionOf(await loadText(text, { environment }), 'docker-compose.storage.yml');
const refused = async (text: string, environment = ENVIRONMENT): Promise<string> => {
  const error: unknown = await read(text, environment).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) throw new Error(`It was taken: ${JSON.stringify(error)}`);
  expect(error.code).toBe('compose-invalid');
  expect(error.hint).toBeTruthy();
  expect(error.where?.line).toBeGreaterThan(0);
  return `${String(error.where?.line ?? 0)}: ${error.message}`;
};
const service = (command: string, more = ''): string => `services:\n  one:\n    image: rclone/rclone:1\n    command: ${command}\n${more}`;

describe('the storage file', () => {
  it('says mounts, jobs and their containers, and nothing of other services', async () => {
    const definition = await read(FILE);
    expect(definition.mounts).toEqual([
      { id: 'rclone-mount:/mnt/s3/data', service: 'rclone-mount', remote: 's3-data', bucket: 'shop-data', prefix: '', mountPoint: '/mnt/s3/data', readOnly: false, cacheMaxBytes: 5 * 1024 ** 3, cacheMaxAgeSeconds: 3_600, dirCacheSeconds: 60 },
      { id: 'rclone-mount:/mnt/s3/index', service: 'rclone-mount', remote: 's3-index', bucket: 'shop-index', prefix: 'search', mountPoint: '/mnt/s3/index', readOnly: true, cacheMaxBytes: 1024 ** 3, cacheMaxAgeSeconds: 7_200, dirCacheSeconds: 300 },
    ]);
    expect(definition.jobs).toEqual([
      { id: 's3-sync:/mnt/efs/processed', service: 's3-sync', source: '/mnt/efs/processed', remote: 's3-archive', bucket: 'shop-archive', prefix: '', semantics: 'archive', everySeconds: 300 },
      { id: 's3-sync:/mnt/efs/logs', service: 's3-sync', source: '/mnt/efs/logs', remote: 's3-logs', bucket: 'shop-logs', prefix: 'logs', semantics: 'mirror', everySeconds: 300 },
    ]);
    expect(definition.containers).toEqual([
      {
        service: 'rclone-mount',
        container: 'rclone-mount',
        role: 'mount',
        backend: 'rclone',
        image: 'rclone/rclone:1.71.0',
        configDir: '/root/.config/rclone-mount',
        cacheDir: '/root/.cache/rclone-mount',
        resources: { requestMemoryBytes: 134_217_728, requestCpuMillis: 100, limitMemoryBytes: 268_435_456, limitCpuMillis: 200 },
        sources: [],
      },
      {
        service: 's3-sync',
        container: 's3-sync',
        role: 'sync',
        backend: 'rclone',
        image: 'rclone/rclone:1.71.0',
        configDir: '/root/.config/rclone-sync',
        cacheDir: '/root/.cache/rclone-sync',
        resources: { requestMemoryBytes: null, requestCpuMillis: null, limitMemoryBytes: null, limitCpuMillis: null },
        sources: [
          { type: 'volume', source: 'shop_efs', target: '/mnt/efs', readOnly: false },
          { type: 'bind', source: '/shop/logs', target: '/mnt/efs/logs', readOnly: true },
        ],
      },
    ]);
  });

  it('takes what the plain rclone image takes', async () => {
    const { mounts } = await read(service('mount minio:workspaces /mnt/workspaces --vfs-cache-mode full --read-only'));
    expect(mounts).toMatchObject([{ remote: 'minio', bucket: 'workspaces', mountPoint: '/mnt/workspaces', readOnly: true }]);
  });

  it('reads s3fs, from its command and from its variables', async () => {
    const command = await read('services:\n  s3fs-mounter:\n    image: efrecon/s3fs:latest\n    privileged: true\n    command: s3fs workspaces:/team /mnt/workspaces -f -o url=http://minio:9000,ro,stat_cache_expire=30\n');
    expect(command).toMatchObject({ containers: [{ backend: 's3fs', role: 'mount' }], mounts: [{ bucket: 'workspaces', prefix: 'team', mountPoint: '/mnt/workspaces', readOnly: true, dirCacheSeconds: 30 }] });
    const variables = await read('services:\n  m:\n    image: efrecon/s3fs:latest\n    environment: { AWS_S3_BUCKET: workspaces, AWS_S3_MOUNT: /mnt/workspaces }\n');
    expect(variables.mounts).toMatchObject([{ bucket: 'workspaces', readOnly: false }]);
  });

  it('has nothing where nothing is defined', async () => {
    expect(await read('services:\n  web:\n    image: nginx\n  waiting:\n    image: rclone/rclone:1\n    command: idle\n')).toEqual({ ...NO_STORAGE, file: 'docker-compose.storage.yml' });
  });

  it('refuses what is missing or out of the ordinary, with its line', async () => {
    expect(await refused(FILE, { ...ENVIRONMENT, S3_DATA_BUCKET: '' })).toBe('9: rclone-mount names no bucket for /mnt/s3/data.');
    expect(await refused(service('mount s3:Bad_Name /mnt/s3/x'))).toBe('4: "Bad_Name" cannot be the name of a bucket.');
    expect(await refused(service('mount /data /mnt/s3/x'))).toContain('is not a bucket of a remote');
    expect(await refused(service('[mount, ":s3,endpoint=http://evil:data", /mnt/s3/x]'))).toContain('is not a bucket of a remote');
    expect(await refused(service('mount s3:data /data'))).toContain('is not two folders deep');
    expect(await refused(service('mount s3:data /run/berth/data'))).toContain('lies in /run');
    expect(await refused(service('mount s3:data /mnt/../etc'))).toContain('is not an absolute folder');
    expect(await refused(service('[mount, "s3:data", "/mnt/a:b"]'))).toContain('is not an absolute folder');
    expect(await refused(service('mount s3:data'))).toContain('names no folder');
    expect(await refused(service('mount s3:data/../x /mnt/s3/x'))).toContain('is not a plain path');
    expect(await refused(service('mount s3:data /mnt/s3/x --vfs-cache-max-size lots'))).toContain('--vfs-cache-max-size');
    expect(await refused(service('mount s3:data /mnt/s3/x --vfs-cache-max-size off'))).toContain('--vfs-cache-max-size');
    expect(await refused(service('mount s3:data /mnt/s3/x --config ../rclone.conf'))).toContain('is not an absolute path');
    expect(await refused(service('[mount, "s3:data", /mnt/s3/x, ";", mount, "s3:index", /mnt/s3/x/y]'))).toContain('one hides the other');
    expect(await refused(service('[mount, "s3:data", /mnt/s3/x, ";", copy, /mnt/efs, "s3:index"]', '    volumes: [efs:/mnt/efs]\nvolumes: { efs: }\n'))).toContain('a container of its own');
    expect(await refused(service('serve webdav s3:data'))).toContain('cannot read as mounts or copies');
    expect(await refused(service('every 300 move /mnt/efs s3:data'))).toContain('one way only');
    expect(await refused(service('every 300 copy s3:data /mnt/efs'))).toContain('is not an absolute folder');
    expect(await refused(service('every often copy /mnt/efs s3:data'))).toContain('is not a number of seconds');
    expect(await refused(service('every 300 copy /mnt/efs s3:data'))).toContain('nothing is mounted there');
    expect(await refused(service('[copy, /mnt/efs, "s3:data", ";", copy, /mnt/efs, "s3:index"]', '    volumes: [efs:/mnt/efs]\nvolumes: { efs: }\n'))).toContain('copies /mnt/efs twice');
    expect(await refused(service('every 300 copy /mnt/efs s3:data', '    volumes: [/etc:/mnt/efs]\n'))).toBe('5: one copies /etc, which lies outside the project.');
  });

  it('refuses a limit below what is asked for, where it is written', async () => {
    const limited = (limits: string, reservations: string): Promise<string> => refused(service('mount s3:data /mnt/s3/x', `    deploy:\n      resources:\n        limits: ${limits}\n        reservations: ${reservations}\n`));
    expect(await limited('{ memory: 80M }', '{ memory: 96M }')).toBe('5: one asks for 96Mi of memory and may take 80Mi at most.');
    expect(await limited('{ cpus: "0.05" }', '{ cpus: "0.1" }')).toBe('5: one asks for 100m of CPU and may take 50m at most.');
    const { containers } = await read(service('mount s3:data /mnt/s3/x', '    deploy:\n      resources:\n        limits: { memory: 80M }\n        reservations: { memory: 80M, cpus: "1" }\n'));
    expect(containers[0]?.resources).toEqual({ requestMemoryBytes: 80 * 1024 ** 2, requestCpuMillis: 1_000, limitMemoryBytes: 80 * 1024 ** 2, limitCpuMillis: null });
  });
});
