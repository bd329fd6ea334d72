import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineRequest } from '../../support/images';
import { s3World, type S3World } from '../../support/s3-server';
import { versitygwImage } from '../../support/versitygw';

let image: string;
let world: S3World;

beforeAll(async () => {
  image = await versitygwImage();
  world = await s3World();
});
afterAll(async () => {
  await world?.close();
  await engineRequest('DELETE', `/images/${image}?force=1`);
});

describe('another kind of server', () => {
  test('is a setting: it starts, keeps data, and says that its keys are everybody’s', async () => {
    expect(await world.run('storage.server', { project: 'one', image })).toMatchObject({ state: 'succeeded' });
    await world.start('one');
    await world.server.ensureBuckets(world.context(), 'one', ['data']);
    const door = await world.server.door('one');
    await door.put('data', 'kept.txt', Buffer.from('kept'));
    expect(await world.server.status('one')).toMatchObject({ health: 'healthy', flavour: 'versitygw', image, notices: expect.arrayContaining([expect.stringContaining('one pair of keys')]) });
    expect(await world.run('storage.rotate-credentials', { project: 'one', default: false })).toMatchObject({ state: 'succeeded' });
    await expect(door.bucketNames()).rejects.toMatchObject({ code: 'input-invalid', details: { code: 'XAdminUserNotFound' } });
    door.close();
    const again = await world.server.door('one');
    expect(Buffer.from(await again.get('data', 'kept.txt', 10)).toString()).toBe('kept');
    again.close();
  });

  test('does not give way to one that cannot read its data', async () => {
    const refused = await world.run('storage.server', { project: 'one', image: 'berth/minio:local' });
    expect(refused).toMatchObject({ state: 'rolled-back', error: { code: 'blocked', message: expect.stringContaining('was written by Versity S3 Gateway') } });
    const door = await world.server.door('one');
    expect(Buffer.from(await door.get('data', 'kept.txt', 10)).toString()).toBe('kept');
    door.close();
    expect(await world.server.status('one')).toMatchObject({ health: 'healthy', flavour: 'versitygw', image });
  });
});
