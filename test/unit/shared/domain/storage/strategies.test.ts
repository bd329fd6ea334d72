import { describe, expect, it } from 'vitest';
import { environmentOf } from '@shared/domain/compose/environment';
import { analyseStorage } from '@shared/domain/storage/analyse-storage';
import { definitionOf } from '@shared/domain/storage/definition-of';
import { envValues, withVariables } from '@shared/domain/storage/env-variables';
import { LEGACY_BUCKET, presetFile, bucketNameOf } from '@shared/domain/storage/presets';
import { applyStrategy, type StorageStrategy } from '@shared/domain/storage/strategies';
import { loadText } from '../compose/virtual-files';
import { fromCompose } from './accesses-kit';
import { COMPOSE_BEFORE, VARIABLES } from './seed-texts';

const preset = (name: 'complementary' | 'legacy' | 'workspace', backend: 'rclone' | 's3fs' = 'rclone', only: 'all' | 'mounts' | 'sync' = 'all') => presetFile({ preset: name, backend, only, project: 'shop' });
const rulesOf = (text: string, variables: Readonly<Record<string, string>>): readonly string[] => analyseStorage(fromCompose(text, variables)).findings.map((one) => `${one.rule ?? ''} ${one.severity}`).sort();

describe('presets', () => {
  it('complementary: three mounts and two jobs, nothing in conflict, 192Mi and 150m in two containers', async () => {
    const { file, text, variables } = preset('complementary');
    expect(file).toBe('docker-compose.storage.yml');
    const definition = definitionOf(await loadText(text, { environment: variables }), file);
    expect(definition.mounts.map((one) => [one.remote, one.bucket, one.mountPoint, one.readOnly])).toEqual([
      ['s3-data', 'shop-data', '/mnt/s3/data', true],
      ['s3-index', 'shop-index', '/mnt/s3/index', true],
      ['s3-realtime', 'shop-realtime', '/mnt/s3/realtime', true],
    ]);
    expect(definition.jobs.map((one) => [one.source, one.remote, one.bucket, one.everySeconds, one.semantics])).toEqual([
      ['/mnt/efs/processed', 's3-archive', 'shop-archive', 300, 'archive'],
      ['/mnt/efs/logs', 's3-logs', 'shop-logs', 300, 'archive'],
    ]);
    expect(definition.containers.map((one) => [one.container, one.configDir])).toEqual([['rclone-mount', '/root/.config/rclone-mount'], ['s3-sync', '/root/.config/rclone-sync']]);
    const { findings, overlap, added } = analyseStorage(fromCompose(text, variables));
    expect(findings).toEqual([]);
    expect(overlap).toEqual([]);
    expect(added).toEqual({ memoryBytes: 201_326_592, cpuMillis: 150, containers: 2 });
  });

  it('say where their buckets are, and hold no key', () => {
    const { text, variables } = preset('complementary');
    expect(Object.keys(variables).sort()).toEqual(['S3_ARCHIVE_BUCKET', 'S3_BACKUP_BUCKET', 'S3_DATA_BUCKET', 'S3_INDEX_BUCKET', 'S3_LOGS_BUCKET', 'S3_REALTIME_BUCKET']);
    expect(text).toMatch(/AWS_SECRET_ACCESS_KEY: \$\{S3_MOUNT_SECRET_KEY\}/);
  });

  it('workspace: one bucket that is only read, by rclone or by s3fs', async () => {
    for (const [backend, file, container] of [['rclone', 'docker-compose.rclone.yml', 'workspace-rclone'], ['s3fs', 'docker-compose.s3fs.yml', 'workspace-s3fs']] as const) {
      const found = preset('workspace', backend);
      expect(found.file).toBe(file);
      const definition = definitionOf(await loadText(found.text), file);
      expect(definition.containers.map((one) => [one.container, one.backend])).toEqual([[container, backend]]);
      expect(definition.mounts.map((one) => [one.remote, one.bucket, one.mountPoint, one.readOnly])).toEqual([['minio', 'workspaces', '/mnt/workspaces', true]]);
    }
  });

  it('write only one half when asked', async () => {
    const mounts = definitionOf(await loadText(preset('complementary', 'rclone', 'mounts').text, { environment: preset('complementary').variables }), 'f');
    expect([mounts.mounts.length, mounts.jobs.length]).toEqual([3, 0]);
    const sync = definitionOf(await loadText(preset('complementary', 'rclone', 'sync').text, { environment: preset('complementary').variables }), 'f');
    expect([sync.mounts.length, sync.jobs.length]).toEqual([0, 2]);
  });

  it('make names of buckets from any name of a project', () => {
    expect(bucketNameOf('My_Shop!', 'data')).toBe('my-shop-data');
    expect(bucketNameOf('日本', 'logs')).toBe('berth-logs');
    expect(bucketNameOf('a'.repeat(90), 'archive')).toHaveLength(63);
  });
});

describe('strategies', () => {
  const { text, variables } = preset('legacy');
  const env = environmentOf(variables);
  const after = (strategy: StorageStrategy) => applyStrategy(text, strategy, env);

  it('start from every conflict of the analysis', () => {
    expect(variables['S3_BACKUP_BUCKET']).toBe(LEGACY_BUCKET);
    expect(rulesOf(text, variables)).toEqual(['B1 error', 'C1 error', 'C3 warning', 'I1 info', 'R1 warning']);
    expect(analyseStorage(fromCompose(text, variables)).added).toEqual({ memoryBytes: 268_435_456, cpuMillis: 200, containers: 2 });
  });

  it('separate buckets: archive and logs, the mounts stay', () => {
    const outcome = after('bucket-separation');
    expect(outcome.byHand).toEqual([]);
    expect(outcome.variables).toEqual(['S3_ARCHIVE_BUCKET', 'S3_LOGS_BUCKET']);
    expect(rulesOf(outcome.text, variables)).toEqual(['C1 error', 'C3 warning', 'I1 info', 'R1 warning']);
    expect(outcome.text).toContain('- s3-archive:${S3_ARCHIVE_BUCKET}\n');
    expect(outcome.text).toContain('- s3-logs:${S3_LOGS_BUCKET}\n');
    expect(outcome.text).not.toContain(LEGACY_BUCKET);
  });

  it('separate containers: configuration, volume, image, name and keys', async () => {
    const outcome = after('container-separation');
    expect(outcome.byHand).toEqual([]);
    expect(rulesOf(outcome.text, variables)).toEqual(['B1 error', 'R1 warning']);
    const definition = definitionOf(await loadText(outcome.text, { environment: variables }), 'f');
    expect(definition.containers.map((one) => [one.container, one.configDir, one.image])).toEqual([['rclone-mount', '/root/.config/rclone-mount', 'berth/rclone:local'], ['s3-sync', '/root/.config/rclone-sync', 'berth/rclone:local']]);
    expect(outcome.text).toContain('AWS_ACCESS_KEY_ID: ${S3_SYNC_ACCESS_KEY}');
    expect(outcome.text).not.toContain('rclone-config:/root');
  });

  it('optimize resources: 192Mi and 150m asked for, 384Mi and 300m at most', async () => {
    const outcome = after('resource-optimization');
    expect(rulesOf(outcome.text, variables)).not.toContain('R1 warning');
    const definition = definitionOf(await loadText(outcome.text, { environment: variables }), 'f');
    expect(definition.containers.map((one) => one.resources)).toEqual([
      { requestMemoryBytes: 134_217_728, requestCpuMillis: 100, limitMemoryBytes: 268_435_456, limitCpuMillis: 200 },
      { requestMemoryBytes: 67_108_864, requestCpuMillis: 50, limitMemoryBytes: 134_217_728, limitCpuMillis: 100 },
    ]);
  });

  it('all of them leave nothing, keep the comments, and change nothing a second time', () => {
    const outcome = after('all');
    expect(outcome.byHand).toEqual([]);
    expect(rulesOf(outcome.text, variables)).toEqual([]);
    for (const comment of text.split('\n').filter((line) => line.trim().startsWith('#'))) expect(outcome.text).toContain(comment);
    expect(applyStrategy(outcome.text, 'all', env).text).toBe(outcome.text);
  });

  it("say what must be done by hand in somebody's own file, and mend the rest of it", () => {
    const outcome = applyStrategy(COMPOSE_BEFORE, 'resource-optimization', environmentOf(VARIABLES));
    expect(outcome.text).toContain('256M');
    const scripts = applyStrategy('services:\n  s3-sync:\n    image: rclone/rclone\n    entrypoint: [sh, -c]\n    command: ["rclone copy /a b:c"]\n', 'all', environmentOf({}));
    expect(scripts.byHand.join()).toContain('s3-sync runs a script');
  });

  it('work on a file that was written otherwise', () => {
    const own = `services:
  up: # mine
    image: rclone/rclone:latest
    command: ["copy", "/srv/reports", "s3:shared/x"]
  view:
    image: rclone/rclone:latest
    command: mount s3:shared /mnt/s3/shared --read-only
`;
    const outcome = applyStrategy(own, 'all', environmentOf({}));
    expect(outcome.text).toContain('up: # mine');
    expect(outcome.text).toContain('"s3-archive:${S3_ARCHIVE_BUCKET}/reports"');
    expect(outcome.text).toContain('image: rclone/rclone:1.75.2');
  });
});

describe('variables of an env file', () => {
  it('are added behind what is there, and never changed', () => {
    expect(withVariables('', { A: '1' }, 'Buckets')).toBe('# Buckets\nA=1\n');
    expect(withVariables('# x\nA=2', { A: '1', B: '2' }, 'Buckets')).toBe('# x\nA=2\n\n# Buckets\nB=2\n');
    expect(withVariables('A=\n', { A: '1' }, 'Buckets')).toBe('A=1\n');
    expect(withVariables('A=2\n', { A: '1' }, 'Buckets')).toBe('A=2\n');
    expect(envValues('A=2\n')['A']).toBe('2');
  });
});
