import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBaseImages } from '../../../scripts/lib/base-images.mjs';
import { engineJson, engineRequest, testSocketPath } from '../../support/images';
import { sampleProject, type TestProject } from '../../support/projects';
import { requireCompose } from '../../support/compose-command';

beforeAll(requireCompose);

const run = promisify(execFile);

interface Inspected {
  readonly Id: string;
  readonly Mounts: readonly { readonly Type: string; readonly Destination: string; readonly Source: string; readonly Name?: string }[];
  readonly State: { readonly StartedAt: string };
}

/** The sample's two files on a real engine, driven by the comparator: what Berth is measured against must itself be right. */
describe('the sample under docker compose', () => {
  let project: TestProject;
  let replacedImage: string | null = null;

  beforeAll(async () => {
    const { image } = await ensureBaseImages({ socketPath: testSocketPath() });
    project = await sampleProject(image);
  });
  afterAll(async () => {
    await project.close();
    // The build of the second mode left the image it replaced without a name.
    if (replacedImage !== null) await engineRequest('DELETE', `/images/${replacedImage}?force=1`);
  });

  const compose = async (file: string, ...args: string[]): Promise<string> => {
    const { stdout } = await run('docker', ['compose', '-f', file, ...args], { cwd: project.dir, env: { ...process.env, DOCKER_BUILDKIT: '0' } });
    return stdout;
  };
  const container = async (service: string): Promise<Inspected> => engineJson<Inspected>('GET', `/containers/${project.name}-${service}-1/json`);
  const api = (path: string): string => `http://127.0.0.1:${project.ports.api}${path}`;

  test('dev: sources are mounted one by one, shared in every service; a saved file is live without a new container', async () => {
    await compose('docker-compose.dev.yml', 'up', '-d', '--build', '--wait');
    for (const service of ['store', 'api', 'worker', 'web']) {
      const { Mounts } = await container(service);
      expect(Mounts.map((mount) => mount.Destination)).toContain('/app/shared');
      // Selective: nothing mounts the folder itself.
      expect(Mounts.map((mount) => mount.Source)).not.toContain(project.dir);
    }
    const upload = await fetch(api('/upload?name=hello.txt'), { method: 'POST', body: 'hello world\n' });
    expect(upload.status).toBe(201);
    const { storage } = (await (await fetch(api('/storage/status'))).json()) as { storage: { path: string; state: string; mounted: boolean; writable: boolean }[] };
    expect(storage).toMatchObject([{ path: '/mnt/efs', state: 'ok', mounted: true, writable: true }]);

    const before = await container('api');
    await project.write('api/src/server.ts', (await project.read('api/src/server.ts')).replace("first === 'upload' &&", "first === 'upload-changed' &&"));
    await expect.poll(async () => fetch(api('/upload-changed?name=live.txt'), { method: 'POST', body: 'x' }).then((reply) => reply.status, () => 0), { timeout: 15_000 }).toBe(201);
    const after = await container('api');
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
  });

  test('clean: nothing but volumes, the data is still there, and the page reaches the api', async () => {
    replacedImage = (await engineJson<{ Id: string }>('GET', `/images/${project.name}-api/json`)).Id;
    await compose('docker-compose.clean.yml', 'up', '-d', '--build', '--wait');
    for (const service of ['store', 'api', 'worker', 'web']) expect((await container(service)).Mounts.filter((mount) => mount.Type !== 'volume')).toEqual([]);
    expect((await container('store')).Mounts.map((mount) => mount.Name)).toEqual([`${project.name}_data`]);
    expect(await (await fetch(api('/files/hello.txt'))).text()).toBe('hello world\n');
    const web = `http://127.0.0.1:${project.ports.web}`;
    expect(await (await fetch(`${web}/mode`)).json()).toEqual({ mode: 'production' });
    expect(await (await fetch(`${web}/`)).text()).toContain('<h1>Portfolio documents</h1>');
    await expect
      .poll(async () => ((await (await fetch(`${web}/api/files?folder=processed`)).json()) as { files: { name: string }[] }).files.map((file) => file.name))
      .toContain('hello.txt.json');
    expect((await fetch(`${web}/live`)).status).toBe(404);
  });

  test('every service ends in order and at once on SIGTERM', async () => {
    const startedMs = performance.now();
    await compose('docker-compose.clean.yml', 'stop');
    expect(performance.now() - startedMs).toBeLessThan(8000);
    for (const service of ['store', 'api', 'worker', 'web']) {
      const { State } = await engineJson<{ State: { ExitCode: number } }>('GET', `/containers/${project.name}-${service}-1/json`);
      expect([service, State.ExitCode]).toEqual([service, 0]);
    }
  });
});
