import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineJson } from '../../support/images';
import { execIn, mountsBeneath, storageStage, waitUntil, type StorageStage } from '../../support/storage';
import { API_FILES, runnersStage, type RunnersStage } from './runners-kit';

let here: RunnersStage;
let s3: StorageStage;

const put = async (): Promise<void> => void (await s3.rclone('sync', here.root, 't:workspaces'));
const took = async (what: string, work: () => Promise<unknown>): Promise<void> => {
  const began = performance.now();
  await work();
  process.stdout.write(`runners: ${what}: ${String(Math.round(performance.now() - began))} ms\n`);
};

beforeAll(async () => {
  [here, s3] = await Promise.all([runnersStage('src'), storageStage('rsrc')]);
  await s3.rclone('mkdir', 't:workspaces');
  for (const [path, text] of Object.entries(API_FILES)) await here.write(`api/${path}`, text);
  await here.write('api/public/a b+c (ü).txt', 'odd');
  await put();
}, 300_000);
afterAll(async () => {
  await here?.close();
  await s3?.close();
});

describe('Direct S3', () => {
  const source = () => ({ kind: 'direct' as const, endpoint: s3.endpointInside, network: s3.network, region: 'us-east-1', bucket: 'workspaces', prefix: '', accessKey: s3.accessKey, secretKey: s3.secretKey });

  test('gives the same answer without a FUSE device, and its keys are in no argument and no label', async () => {
    await took('direct: made, downloaded, installed and listening', () => here.start('api', source()));
    expect((await here.get('/api/')).text).toBe('hello one /');
    const raw = await engineJson<{ Path: string; Args: string[]; Config: { Labels: Record<string, string> }; HostConfig: { Devices: unknown; Mounts?: unknown; Binds: unknown } }>('GET', `/containers/${await here.container('api')}/json`);
    expect(raw.HostConfig).toMatchObject({ Devices: null, Binds: null });
    expect(raw.HostConfig.Mounts).toBeUndefined();
    expect(JSON.stringify([raw.Path, raw.Args, raw.Config.Labels])).not.toContain(s3.secretKey);
    expect((await here.get('/api/environment')).text).not.toContain(s3.secretKey);
    expect((await execIn(await here.container('api'), 'cat', '/app/public/a b+c (ü).txt')).stdout).toBe('odd');
  });

  test('follows the bucket, and an emptied one takes nothing away', async () => {
    await here.write('api/text.js', "module.exports = 'two';\n");
    await put();
    await took('direct: update to the new answer', async () => {
      await here.runners.update(here.projectId, 'api');
      expect((await here.get('/api/')).text).toBe('hello two /');
    });
    await s3.rclone('purge', 't:workspaces/api');
    await expect(here.runners.update(here.projectId, 'api')).rejects.toMatchObject({ message: expect.stringContaining('is empty') });
    expect((await here.get('/api/')).text).toBe('hello two /');
    await put();
    await here.runners.update(here.projectId, 'api');
    expect((await here.runners.status(here.projectId)).get('api')).toMatchObject({ state: 'running', detail: 'node app.js on port 3000' });
  });
});

describe('the mount', () => {
  test('is read, seen again after it was made anew, and its death takes nothing away', async () => {
    const parent = await s3.mountParent();
    const mounter = await s3.mounter({ name: 'mount', image: s3.images.rclone, parent, command: ['mount', 't:workspaces', '/mnt/workspaces', '--read-only', '--allow-other', '--vfs-cache-mode', 'full', '--dir-cache-time', '1s', '--attr-timeout', '1s', '--use-server-modtime'], env: s3.remote('t') });
    const mounted = async (): Promise<boolean> => (await mountsBeneath(parent)).some(({ type }) => type === 'fuse.rclone');
    await waitUntil(mounted, 30_000, 'the bucket is mounted');
    await took('mount: made, copied, installed and listening', () => here.start('api', { kind: 'mount', hostFolder: `${parent}/mnt`, targetFolder: '/mnt', path: '/mnt/workspaces' }));
    expect((await here.get('/api/')).text).toBe('hello two /');
    const name = await here.container('api');
    expect((await execIn(name, 'touch', '/workspaces/x')).stderr).toMatch(/read-only/i);
    await engineJson('POST', `/containers/${mounter}/stop?t=10`);
    await waitUntil(async () => !(await mounted()), 10_000, 'the mount is gone');
    await expect(here.runners.update(here.projectId, 'api')).rejects.toMatchObject({ code: 'start-failed' });
    expect((await here.get('/api/')).text).toBe('hello two /');
    await here.write('api/text.js', "module.exports = 'three';\n");
    await put();
    await engineJson('POST', `/containers/${mounter}/start`);
    await waitUntil(mounted, 30_000, 'the bucket is mounted again');
    await took('mount: update to the new answer', async () => {
      await here.runners.update(here.projectId, 'api');
      expect((await here.get('/api/')).text).toBe('hello three /');
    });
    await here.stop('api');
  });

  test('that is not there is waited for', async () => {
    const parent = await s3.mountParent();
    const end = new AbortController();
    const started = here.runners.start(here.context(end.signal), { projectId: here.projectId, projectName: here.projectName, projectDir: here.root, workspace: 'api', source: { kind: 'mount', hostFolder: `${parent}/mnt`, targetFolder: '/mnt', path: '/mnt/workspaces' }, variables: {} });
    await waitUntil(async () => (await here.runners.status(here.projectId)).get('api')?.state === 'waiting', 20_000, 'it waits');
    expect((await here.runners.status(here.projectId)).get('api')?.detail).toBe('/mnt/workspaces/api is not there.');
    expect(await here.get('/api/')).toMatchObject({ status: 502, text: expect.stringContaining('waiting') });
    end.abort();
    await expect(started).rejects.toThrow();
    await here.stop('api');
  });
});
