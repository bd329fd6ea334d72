import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import type { JsonObject } from '@shared/kernel/json';
import { storageWorld, type StorageWorld } from '../storage/storage-kit';

type Status = OutputOf<'snapshots.list'>;
type Made = OutputOf<'snapshots.create'>;
const PASSPHRASE = 'correct horse battery staple';
const SECRET = 'planted-7f3a91c2';
let world: StorageWorld;
let safe: string;

beforeAll(async () => {
  world = await storageWorld('sbk', { '.env': `API_TOKEN=${SECRET}\n` });
  safe = `${world.project.name}-safe`;
  await world.done('storage.setup', { preset: 'complementary' });
  await world.done('storage.start', { component: 's3' });
});
afterAll(() => world.close());

const input = (more: JsonObject = {}): JsonObject => ({ project: world.id, ...more });
const made = async (more: JsonObject = {}): Promise<Made> => (await world.done('snapshots.create', input(more))) as unknown as Made;

test('a bucket of the project keeps snapshots, encrypted with a passphrase that stands nowhere', async () => {
  const { id } = await world.services.operations.wait((await world.call<{ operationId: string }>('snapshots.add-repository', input({ bucket: safe, passphrase: PASSPHRASE }))).operationId, 60_000);
  expect(JSON.stringify([await world.services.operations.get(id), await world.services.operations.steps(id), await world.services.operations.logOf(id), world.events])).not.toContain('correct horse');
  const status = await world.call<Status>('snapshots.configure', input({ repository: safe }));
  expect(status.repositories).toMatchObject([{ name: 'local' }, { name: safe, kind: 'bucket', state: 'ready', encrypted: 'everything', passphrase: true }]);

  const snapshot = await made({ tag: 'in the bucket' });
  expect(snapshot.repository).toBe(safe);
  expect(snapshot.parts.map(({ kind, name }) => `${kind} ${name}`)).toContain('files env');
  const { id: verified } = (await world.done('snapshots.verify', input({ id: snapshot.id }))) as { id: string };
  expect(verified).toBe(snapshot.id);

  await world.project.write('.env', 'API_TOKEN=changed\n');
  await world.done('snapshots.restore', input({ id: snapshot.id, only: ['files'] }));
  expect(await world.project.read('.env')).toContain(SECRET);
});

test('without a passphrase it has no secrets', async () => {
  await world.done('snapshots.add-repository', input({ bucket: safe, prefix: 'open' }));
  const snapshot = await made({ repository: `${safe}/open` });
  expect(snapshot.parts.filter(({ secret }) => secret)).toEqual([]);
  expect(snapshot.notes.join(' ')).toMatch(/secret|env/i);
});

test('with the folder of this machine gone, what is in the bucket is there', async () => {
  await rm(join(world.home, 'snapshots'), { recursive: true, force: true });
  const { snapshots } = await world.call<Status>('snapshots.list', input());
  expect(snapshots.map(({ tag }) => tag)).toContain('in the bucket');
});
