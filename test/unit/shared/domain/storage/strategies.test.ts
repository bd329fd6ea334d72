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
      const definition = definitionOf(await loadText(found.text, { mayMissServiceFiles: true }), file);
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

  it('separate containers: no line changes but those that are named', () => {
    const lines = new Set(after('container-separation').text.split('\n'));
    const gone = text.split('\n').filter((line) => !lines.has(line)).map((line) => line.trim());
    expect(gone.filter((line) => !/^(?:image|container_name|RCLONE_CONFIG|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)|- rclone-config|rclone-config):?/.test(line))).toEqual([]);
    expect(after('container-separation').text).not.toContain(': null');
    // In their places: nothing was taken out and put in again somewhere else.
    const keysOf = (all: string): readonly string[] => [...all.matchAll(/^ +(\w+):/gm)].map((one) => one[1] ?? '').filter((key) => key.startsWith('AWS_') || key.startsWith('RCLONE_'));
    expect(keysOf(after('container-separation').text)).toEqual(keysOf(text));
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

describe('one bucket, a folder for each', () => {
  const { text, variables } = preset('legacy');
  const env = environmentOf(variables);
  const separated = applyStrategy(text, 'folder-separation', env);

  it('puts what it does before the path of whoever shares a bucket, and leaves the others', () => {
    expect(separated.byHand).toEqual([]);
    expect(separated.variables).toEqual([]);
    expect(separated.text).toContain('      - s3-backup:${S3_BACKUP_BUCKET}/mount\n');
    expect(separated.text).toContain(`s3-backup:${LEGACY_BUCKET}/sync/processed, `.slice(0, -2));
    expect(separated.text).toContain(`s3-backup:${LEGACY_BUCKET}/sync/logs`);
    expect(separated.text).toContain('      - s3-data:${S3_DATA_BUCKET}\n');
  });

  it('is a warning where the same folder is an error, and a second time changes nothing', () => {
    const rules = (of: string) => analyseStorage(fromCompose(of, variables), { bucketStrategy: 'B' }).findings.filter((one) => one.code === 'BUCKET_OVERLAP').map((one) => [one.severity, one.fixes.map((fix) => fix.id)]);
    expect(rules(text)).toEqual([['error', ['folder-separation']]]);
    expect(rules(separated.text)).toEqual([['warning', ['bucket-separation']]]);
    expect(applyStrategy(separated.text, 'folder-separation', env).text).toBe(separated.text);
  });

  it('is found for a bucket that only may be the same, and for two of a kind by their names', () => {
    const own = (name: string, command: string) => `  ${name}:\n    image: rclone/rclone:1.75.2\n    command: ${command}\n`;
    const written = `services:\n${own('mount', 'mount s3:${OPEN} /mnt/s3/a')}${own('first', 'copy /data/a s3:shop/in')}${own('second', 'copy /data/b s3:shop/in/deep')}${own('other', 'copy /data/c s3:elsewhere')}`;
    const { text: after } = applyStrategy(written, 'folder-separation', environmentOf({}));
    expect(after.split('\n').filter((line) => line.includes('command'))).toEqual([
      '    command: mount s3:${OPEN}/mount /mnt/s3/a',
      '    command: copy /data/a s3:shop/first/in',
      '    command: copy /data/b s3:shop/second/in/deep',
      '    command: copy /data/c s3:elsewhere/other',
    ]);
  });

  it('is how a preset is written where it was chosen', async () => {
    const one = presetFile({ preset: 'complementary', backend: 'rclone', only: 'all', project: 'shop', oneBucket: true });
    const definition = definitionOf(await loadText(one.text, { environment: one.variables }), one.file);
    expect([...definition.mounts, ...definition.jobs].map((part) => `${part.bucket}/${part.prefix}`)).toEqual(['shop-data/mount/data', 'shop-data/mount/index', 'shop-data/mount/realtime', 'shop-data/sync/processed', 'shop-data/sync/logs']);
    expect(analyseStorage(fromCompose(one.text, one.variables), { bucketStrategy: 'B' }).findings).toEqual([]);
  });

  it('takes the place of separate buckets in all of them where it was chosen', () => {
    const all = applyStrategy(text, 'all', env, 'folder-separation');
    expect(all.text).toContain('s3-backup:${S3_BACKUP_BUCKET}/mount');
    expect(analyseStorage(fromCompose(all.text, variables), { bucketStrategy: 'B' }).findings.map((one) => `${one.rule ?? ''} ${one.severity}`)).toEqual(['B1 warning']);
  });
});

describe('variables of one preset after another', () => {
  it('take the place of what the other one wrote, and of nothing that somebody chose', () => {
    const [first, second] = [preset('complementary').variables, preset('legacy').variables];
    const written = withVariables('', first, 'Buckets of storage');
    expect(envValues(withVariables(written, second, 'Buckets of storage', first))['S3_BACKUP_BUCKET']).toBe(LEGACY_BUCKET);
    const chosen = written.replace(/S3_BACKUP_BUCKET=.*/, 'S3_BACKUP_BUCKET=mine');
    expect(withVariables(chosen, second, 'Buckets of storage', first)).toBe(chosen);
  });
});
