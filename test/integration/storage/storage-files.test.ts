import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { LEGACY_BUCKET } from '@shared/domain/storage/presets';
import { storageWorld, type StorageWorld } from './storage-kit';

const FILE = 'docker-compose.storage.yml';
const ENV = '# mine\nOTHER=1\n';
let world: StorageWorld;

beforeAll(async () => {
  world = await storageWorld('stf', { '.env': ENV });
});
afterAll(() => world.close());

const conflicts = () => world.call<OutputOf<'storage.conflicts'>>('storage.conflicts');
const rules = async (): Promise<readonly string[]> => (await conflicts()).findings.map((one) => `${one.rule ?? ''} ${one.severity}`).sort();
const undo = async (operationId: unknown): Promise<void> => {
  await world.done('operations.undo', { id: String(operationId) });
};

test('the setup writes a file of its own, names its buckets in .env, and is undone byte for byte', async () => {
  const plan = await world.call<{ document: string; files: { path: string; change: string }[] }>('operations.preview', { name: 'storage.setup', input: { project: world.id, preset: 'complementary' } });
  expect(plan.files).toEqual([{ path: FILE, change: 'create' }, { path: '.env', change: 'change' }]);
  const { operationId, files } = await world.done('storage.setup', { preset: 'complementary' });
  expect(files).toEqual([FILE, '.env']);
  const env = await world.project.read('.env');
  for (const name of ['DATA', 'INDEX', 'REALTIME', 'ARCHIVE', 'LOGS', 'BACKUP']) expect(env).toContain(`S3_${name}_BUCKET=${world.project.name}-${name.toLowerCase()}`);
  expect(env.startsWith(ENV)).toBe(true);
  expect(await world.project.read(FILE)).not.toMatch(/secret_?key: [a-z0-9]/i);
  const project = (await world.call<OutputOf<'projects.list'>>('projects.list', {})).find((one) => one.id === world.id);
  expect(project?.modes.map((one) => one.name)).toEqual(['default']);
  const found = await conflicts();
  expect(found.findings).toEqual([]);
  expect(found.overlap).toEqual([]);
  expect(found.added).toEqual({ memoryBytes: 201_326_592, cpuMillis: 150, containers: 2 });
  expect((await world.status()).added).toEqual({ memoryBytes: 201_326_592, cpuMillis: 150, containers: 2 });
  await undo(operationId);
  expect(await world.project.read('.env')).toBe(ENV);
  await expect(stat(join(world.project.dir, FILE))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the legacy preset has every conflict; each strategy mends its own, all of them every one; undo brings them back', async () => {
  await world.done('storage.setup', { preset: 'legacy' });
  const before = { file: await world.project.read(FILE), env: await world.project.read('.env') };
  expect(before.env).toContain(`S3_BACKUP_BUCKET=${LEGACY_BUCKET}`);
  expect(await rules()).toEqual(['B1 error', 'C1 error', 'C3 warning', 'I1 info', 'R1 warning']);
  const overlap = (await conflicts()).findings.find((one) => one.rule === 'B1');
  expect(overlap).toMatchObject({ code: 'BUCKET_OVERLAP' });
  expect(overlap?.message).toContain('rclone-sidecar');
  expect(overlap?.message).toContain('s3-sync');
  expect((await conflicts()).added).toEqual({ memoryBytes: 268_435_456, cpuMillis: 200, containers: 2 });
  const checked = await world.call<OutputOf<'checks.run'>>('checks.run');
  expect(checked.findings.map((one) => one.code)).toContain('BUCKET_OVERLAP');
  for (const [strategy, left] of [
    ['bucket-separation', ['C1 error', 'C3 warning', 'I1 info', 'R1 warning']],
    ['container-separation', ['B1 error', 'R1 warning']],
    ['resource-optimization', ['B1 error', 'C1 error', 'C3 warning', 'I1 info']],
    ['all', []],
  ] as const) {
    const { operationId } = await world.done('storage.apply-strategy', { strategy });
    expect(await rules(), strategy).toEqual(left);
    await undo(operationId);
    expect({ file: await world.project.read(FILE), env: await world.project.read('.env') }, strategy).toEqual(before);
  }
  await world.done('storage.apply-strategy', { strategy: 'all' });
  expect((await conflicts()).added).toEqual({ memoryBytes: 201_326_592, cpuMillis: 150, containers: 2 });
});

test("a variable that names another bucket ends the overlap; another endpoint's bucket of the same name is none", async () => {
  await world.done('storage.setup', { preset: 'legacy' });
  await world.project.write('.env', (await world.project.read('.env')).replace(`S3_BACKUP_BUCKET=${LEGACY_BUCKET}`, 'S3_BACKUP_BUCKET=elsewhere'));
  expect((await rules()).filter((one) => one.startsWith('B'))).toEqual([]);
  await world.project.write('.env', (await world.project.read('.env')).replace('S3_BACKUP_BUCKET=elsewhere', `S3_BACKUP_BUCKET=${LEGACY_BUCKET}`));
  expect((await rules()).filter((one) => one.startsWith('B'))).toEqual(['B1 error']);
  const text = await world.project.read(FILE);
  const mount = text.indexOf('RCLONE_CONFIG_S3-BACKUP_ENDPOINT');
  await world.project.write(FILE, `${text.slice(0, mount)}${text.slice(mount).replace('${S3_ENDPOINT:-http://berth-s3:9000}', 'http://other:9000')}`);
  expect((await rules()).filter((one) => one.startsWith('B'))).toEqual([]);
});

test('manifests of the project are read too, and other presets take the place of the one before', async () => {
  await world.project.write('k8s/sync.yaml', `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: nightly }\nspec:\n  template:\n    spec:\n      containers:\n        - name: nightly\n          image: rclone/rclone:1.75.2\n          args: [copy, /data, "s3:${world.project.name}-data"]\n          env:\n            - { name: RCLONE_CONFIG_S3_TYPE, value: s3 }\n            - { name: RCLONE_CONFIG_S3_PROVIDER, value: Minio }\n            - { name: RCLONE_CONFIG_S3_ENDPOINT, value: "http://berth-s3:9000" }\n`);
  const { operationId } = await world.done('storage.setup', { preset: 'workspace' });
  expect((await world.status()).file).toBe('docker-compose.rclone.yml');
  expect((await world.status()).mounts.map((one) => [one.bucket, one.mountPoint, one.container, one.state])).toEqual([['workspaces', '/mnt/workspaces', 'workspace-rclone', 'absent']]);
  await expect(stat(join(world.project.dir, FILE))).rejects.toMatchObject({ code: 'ENOENT' });
  await undo(operationId);
  await world.done('storage.setup', { preset: 'complementary' });
  expect((await conflicts()).accesses.filter((one) => one.container === 'nightly')).toHaveLength(1);
});

test('a mount is tuned where it is written', async () => {
  await world.project.write('k8s/sync.yaml', '');
  await world.done('storage.setup', { preset: 'complementary' });
  const before = await world.project.read(FILE);
  const { operationId } = await world.done('storage.tune', { mount: '/mnt/s3/data', preset: 'bigger-cache' });
  expect((await world.status()).mounts.map((one) => one.cache.maxBytes)).toEqual([5 * 1024 ** 3, 1024 ** 3, 1024 ** 3]);
  await undo(operationId);
  expect(await world.project.read(FILE)).toBe(before);
  expect(await world.run('storage.tune', { mount: '/nowhere', preset: 'fresher' }).catch((error: unknown) => error)).toMatchObject({ code: 'not-found' });
});

test('the decisions score four of five until it is chosen how buckets are shared', async () => {
  const plan = await world.call<OutputOf<'storage.plan'>>('storage.plan');
  expect([plan.score, plan.of]).toEqual([4, 5]);
  expect(plan.decisions.slice(0, 5).map((one) => one.chosen)).toEqual(['A', 'A', 'both', 'A', 'A']);
  expect((await world.call<OutputOf<'storage.plan'>>('storage.choose', { decision: 'bucketStrategy', option: 'A' })).score).toBe(5);
  await world.call('storage.choose', { decision: 'resourceAllocation', option: 'B' });
  await world.done('storage.setup', { preset: 'complementary' });
  expect((await world.status()).added).toEqual({ memoryBytes: 268_435_456, cpuMillis: 200, containers: 2 });
  expect(await rules()).toEqual([]);
});

test('one bucket with a folder for each: a warning, one change that is undone byte for byte, and what the next set-up writes', async () => {
  await world.call('storage.choose', { decision: 'resourceAllocation', option: 'A' });
  await world.done('storage.setup', { preset: 'legacy' });
  const before = { file: await world.project.read(FILE), env: await world.project.read('.env') };
  expect((await world.call<OutputOf<'storage.plan'>>('storage.choose', { decision: 'bucketStrategy', option: 'B' })).score).toBe(5);
  expect((await conflicts()).findings[0]).toMatchObject({ severity: 'error', code: 'BUCKET_OVERLAP', fixes: [{ id: 'folder-separation' }] });
  const plan = await world.call<{ document: string }>('operations.preview', { name: 'storage.apply-strategy', input: { project: world.id, strategy: 'folder-separation' } });
  expect(plan.document).toContain('s3-backup:${S3_BACKUP_BUCKET}/mount');
  const { operationId } = await world.done('storage.apply-strategy', { strategy: 'folder-separation' });
  expect(await world.project.read(FILE)).toContain(`s3-backup:${LEGACY_BUCKET}/sync/logs`);
  expect((await rules()).filter((one) => one.startsWith('B'))).toEqual(['B1 warning']);
  await undo(operationId);
  expect({ file: await world.project.read(FILE), env: await world.project.read('.env') }).toEqual(before);
  await world.done('storage.apply-strategy', { strategy: 'all' });
  expect(await rules()).toEqual(['B1 warning']);
  await world.done('storage.setup', { preset: 'complementary' });
  expect((await world.status()).mounts.map((one) => [one.bucket, one.prefix])).toEqual(['data', 'index', 'realtime'].map((name) => [`${world.project.name}-data`, `mount/${name}`]));
  expect(await rules()).toEqual([]);
  await world.call('storage.choose', { decision: 'bucketStrategy', option: 'A' });
});
