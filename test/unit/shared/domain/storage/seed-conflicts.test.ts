import { describe, expect, it } from 'vitest';
import { finding as findingSchema } from '@shared/contract/schemas/checks';
import { storageConflicts } from '@shared/contract/schemas/storage';
import { analyseStorage, type StorageConflicts } from '@shared/domain/storage/analyse-storage';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import { definitionOf } from '@shared/domain/storage/definition-of';
import { presetFile, type PresetFile, type StoragePreset } from '@shared/domain/storage/presets';
import { loadText } from '../compose/virtual-files';
import { fromCompose, fromKubernetes } from './accesses-kit';
import { BACKUP_BUCKET, COMPOSE_AFTER, COMPOSE_BEFORE, configMap, KUBERNETES_AFTER, KUBERNETES_BEFORE, VARIABLES } from './seed-texts';

const rules = (report: StorageConflicts): readonly string[] => report.findings.map((one) => `${one.rule ?? ''} ${one.code} ${one.severity} ${one.confidence ?? ''}`).sort();
const fallback = { endpoint: 'aws:us-east-1', credentials: null };
const { S3_BACKUP_BUCKET: _unset, ...withoutBackup } = VARIABLES;
const separated = { ...VARIABLES, S3_BACKUP_BUCKET: 'demo-backup', S3_ARCHIVE_BUCKET: 'demo-archive', S3_LOGS_BUCKET: 'demo-logs' };
const both: readonly (readonly [string, (variables: { readonly [name: string]: string }) => StorageConflicts, (variables: { readonly [name: string]: string }) => StorageConflicts])[] = [
  ['as a compose file', (variables) => analyseStorage(fromCompose(COMPOSE_BEFORE, variables)), (variables) => analyseStorage(fromCompose(COMPOSE_AFTER, variables, { fallback }))],
  ['as Kubernetes manifests', (variables) => analyseStorage(fromKubernetes(`${configMap(variables)}---\n${KUBERNETES_BEFORE}`)), (variables) => analyseStorage(fromKubernetes(`${configMap(variables)}---\n${KUBERNETES_AFTER}`))],
];

describe.each(both)('the two S3 services %s', (_name, before, after) => {
  it('conflict in exactly these ways', () => {
    const report = before(VARIABLES);
    expect(rules(report)).toEqual(['B1 BUCKET_OVERLAP error certain', 'C1 CONFIG_OVERLAP error certain', 'C3 CONFIG_OVERLAP warning certain', 'I1 CONFIG_OVERLAP info certain', 'R1 RESOURCE_COMPETITION warning certain']);
    expect(report.added).toEqual({ memoryBytes: 268_435_456, cpuMillis: 200, containers: 2 });
    expect(report.findings.find((one) => one.rule === 'R1')?.message).toContain('256Mi (268435456 bytes) of memory and 200m of CPU');
    expect(report.findings.find((one) => one.rule === 'B1')?.message).toBe(`rclone-sidecar (/mnt/s3/backup) and s3-sync (/mnt/efs/logs and /mnt/efs/processed) write to the same bucket ${BACKUP_BUCKET}.`);
    for (const one of report.findings) {
      expect(one.message).toContain('rclone-sidecar');
      expect(one.message).toContain('s3-sync');
      expect(one.area).toBe('storage');
      expect(one.where?.line).toBeGreaterThan(1);
      expect(findingSchema.parse(one)).toEqual(one);
    }
    expect(report.mountBuckets).toEqual(['demo-data', 'demo-index', BACKUP_BUCKET]);
    expect(report.syncBuckets).toEqual([BACKUP_BUCKET]);
    expect(report.overlap).toEqual([BACKUP_BUCKET]);
    expect(() => storageConflicts.parse(report)).not.toThrow();
  });

  it('may conflict in their bucket while the variable is not known', () => {
    const report = before(withoutBackup);
    expect(rules(report).map((one) => one.slice(0, 2))).toEqual(['B5', 'C1', 'C3', 'I1', 'R1']);
    const [found] = report.findings.filter((one) => one.rule === 'B5');
    expect(found).toMatchObject({ severity: 'warning', confidence: 'possible' });
    expect(found?.message).toContain('${S3_BACKUP_BUCKET}');
    expect(found?.message).toContain(BACKUP_BUCKET);
    expect(report.accesses.filter((one) => !one.certain).map((one) => one.bucket)).toEqual(['${S3_BACKUP_BUCKET}']);
  });

  it('do so once, whichever variables are missing', () => {
    expect(rules(before({})).filter((one) => one.startsWith('B'))).toEqual(['B5 BUCKET_OVERLAP warning possible']);
  });

  it('do not share a bucket when the variable names another one', () => {
    expect(rules(before({ ...VARIABLES, S3_BACKUP_BUCKET: 'another' })).filter((one) => one.startsWith('B'))).toEqual([]);
  });

  it('have nothing left to say once the three strategies were applied', () => {
    const report = after(separated);
    expect(report.findings).toEqual([]);
    expect(report.added).toEqual({ memoryBytes: 201_326_592, cpuMillis: 150, containers: 2 });
    expect(report.mountBuckets).toEqual(['demo-backup', 'demo-data', 'demo-index']);
    expect(report.syncBuckets).toEqual(['demo-archive', 'demo-logs']);
    expect(report.overlap).toEqual([]);
  });

  it('have nothing to say either while no variable is known', () => {
    expect(after({}).findings).toEqual([]);
  });
});

describe('the presets of storage files', () => {
  const preset = (name: StoragePreset, backend: 'rclone' | 's3fs' = 'rclone'): PresetFile => presetFile({ preset: name, backend, only: 'all', project: 'shop' });
  const conflicts = ({ text, variables }: PresetFile, more: { readonly [name: string]: string } = {}): StorageConflicts => analyseStorage(fromCompose(text, { ...variables, ...more }));
  const buckets = (definition: StorageDefinition): readonly string[] => [...definition.mounts, ...definition.jobs].map((one) => one.bucket);

  it('legacy has all five, before there are keys and after', () => {
    for (const keys of [{}, { S3_ACCESS_KEY: 'k', S3_SECRET_KEY: 's' }]) expect(rules(conflicts(preset('legacy'), keys)).map((one) => one.slice(0, 2))).toEqual(['B1', 'C1', 'C3', 'I1', 'R1']);
    expect(conflicts(preset('legacy'), { S3_BACKUP_BUCKET: 'other' }).findings.map((one) => one.rule)).not.toContain('B1');
  });
  it('complementary and workspace have none', () => {
    const report = conflicts(preset('complementary'));
    expect(report).toMatchObject({ findings: [], overlap: [], added: { memoryBytes: 201_326_592, cpuMillis: 150, containers: 2 }, mountBuckets: ['shop-data', 'shop-index', 'shop-realtime'], syncBuckets: ['shop-archive', 'shop-logs'] });
    expect(conflicts(preset('workspace')).findings).toEqual([]);
    const [s3fs] = fromCompose(preset('workspace', 's3fs').text);
    expect(s3fs).toMatchObject({ mode: 'mount', verbs: ['read'], endpoint: 'http://minio:9000', bucket: { text: 'workspaces' }, place: '/mnt/workspaces' });
  });
  it('are read as definitions', async () => {
    const read = async (file: PresetFile): Promise<StorageDefinition> => definitionOf(await loadText(file.text, { environment: file.variables, mayMissServiceFiles: true }), file.file);
    expect(buckets(await read(preset('complementary')))).toEqual(['shop-data', 'shop-index', 'shop-realtime', 'shop-archive', 'shop-logs']);
    expect(buckets(await read(preset('legacy')))).toEqual(['shop-data', 'shop-index', BACKUP_BUCKET, BACKUP_BUCKET, BACKUP_BUCKET]);
    expect((await read(preset('workspace'))).mounts).toMatchObject([{ remote: 'minio', bucket: 'workspaces', readOnly: true, cacheMaxBytes: 1024 ** 3 }]);
    expect((await read(preset('workspace', 's3fs'))).mounts).toMatchObject([{ bucket: 'workspaces', mountPoint: '/mnt/workspaces', readOnly: true }]);
  });
});

describe('the strategies one by one', () => {
  const apply = (text: string, variables = VARIABLES): readonly string[] => rules(analyseStorage(fromCompose(text, variables))).map((one) => one.slice(0, 2));

  it('other buckets end the overlap only', () => {
    expect(apply(COMPOSE_BEFORE.replaceAll(`s3-backup:${BACKUP_BUCKET}`, 's3-backup:archive'))).toEqual(['C1', 'C3', 'I1', 'R1']);
  });
  it('other configurations and images end what is about configurations only', () => {
    const own = COMPOSE_BEFORE.replace('rclone-config:/root/.config/rclone', 'mount-config:/root/.config/rclone-mount').replaceAll('rclone/rclone:latest', 'rclone/rclone:1.71.0');
    expect(apply(own)).toEqual(['B1', 'R1']);
  });
  it('smaller requests end the competition only', () => {
    const head = COMPOSE_BEFORE.lastIndexOf('memory: 128M, cpus: "0.1"');
    expect(apply(`${COMPOSE_BEFORE.slice(0, head)}memory: 64M, cpus: "0.05"${COMPOSE_BEFORE.slice(head + 'memory: 128M, cpus: "0.1"'.length)}`)).toEqual(['B1', 'C1', 'C3', 'I1']);
  });
  it('a sync that deletes makes it worse', () => {
    expect(apply(COMPOSE_BEFORE.replaceAll('rclone copy', 'rclone sync'))).toEqual(['B2', 'C1', 'C3', 'I1', 'R1']);
  });
});
