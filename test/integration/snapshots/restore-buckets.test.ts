import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { EffectRecord, OperationContext, RecoveryContext } from '@main/operations/types';
import type { S3Door } from '@main/platform/s3/types';
import { asidePrefix, putBuckets, putBucketsBack } from '@main/snapshots/restore-buckets';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import { s3World, type S3World } from '../../support/s3-server';
import { folderRepository, manifestOf, scratchFolder, storePart } from '../../support/snapshot-repository';

const never = new AbortController().signal;
const LARGE = randomBytes(17 * 1024 * 1024);
let world: S3World;
let door: S3Door;
let scratch: Awaited<ReturnType<typeof scratchFolder>>;

beforeAll(async () => {
  scratch = await scratchFolder();
  world = await s3World();
  await world.start();
  door = await world.server.door('one');
}, 120_000);
afterAll(async () => {
  door.close();
  await world.close();
  await scratch.remove();
}, 60_000);

const text = async (key: string): Promise<string> => door.get('pictures', key, 100).then((bytes) => Buffer.from(bytes).toString(), (error: { code: string }) => error.code);
const keys = async (): Promise<readonly string[]> => (await door.list({ bucket: 'pictures', prefix: '', delimiter: '', after: null, limit: 100 })).objects.map((one) => one.key);

it('puts objects back, keeps what they replace and what is there besides, and undoes all of it', async () => {
  await world.server.ensureOwnBucket(world.context(), 'one', 'pictures');
  await door.put('pictures', 'a', Buffer.from('changed since'));
  await door.put('pictures', 'same', Buffer.from('same'));
  await door.put('pictures', 'new', Buffer.from('made since'));
  const repository = await folderRepository(scratch.dir);
  const writer = await repository.begin(never);
  const part: ManifestPart = await storePart(writer, { kind: 'bucket', name: 'pictures', files: { a: Buffer.from('as it was'), gone: Buffer.from('was removed'), large: LARGE, same: Buffer.from('same') } });
  await writer.finish(manifestOf([part]));

  const records: EffectRecord[] = [];
  const effect: OperationContext['effect'] = async (name, intent, act) => {
    const result = await act();
    records.push({ seq: records.length + 1, name, intent, result, undone: false });
    return result;
  };
  const context = { operationId: 'op_1', signal: never, effect, progress: () => undefined } as unknown as OperationContext;
  const deps = { s3: () => world.server.door('one'), transfers: join(scratch.dir, 'transfers') };
  await repository.reading((reader) => putBuckets(deps, context, reader, 'one', [part]));

  expect(await text('a')).toBe('as it was');
  expect(await text('gone')).toBe('was removed');
  expect(await text('new')).toBe('made since');
  expect(Buffer.from(await door.get('pictures', 'large', LARGE.length)).equals(LARGE)).toBe(true);
  expect(await keys()).toEqual(['a', `${asidePrefix('op_1')}a`, 'gone', 'large', 'new', 'same']);
  expect(await text(`${asidePrefix('op_1')}a`)).toBe('changed since');
  expect(records.filter((one) => one.name === 'object.put').map((one) => one.intent['key'])).toEqual(['a', 'gone', 'large']);

  const undoing = { operationId: 'op_1', reason: 'failed', records, effect: (_name: string, _intent: unknown, act: () => Promise<unknown>) => act() } as unknown as RecoveryContext;
  await putBucketsBack(deps, undoing, 'one');
  await putBucketsBack(deps, undoing, 'one');
  expect(await text('a')).toBe('changed since');
  expect(await keys()).toEqual(['a', `${asidePrefix('op_1')}a`, 'new', 'same']);
}, 120_000);
