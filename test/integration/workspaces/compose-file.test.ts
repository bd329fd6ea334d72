import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUNNER_LABELS } from '@shared/domain/workspaces/runner-payload';
import { WORKSPACE_FILES, WORKSPACE_KEYS_FILE } from '@shared/domain/storage/workspace-preset';
import { ensureWorkspaceSyncImage } from '../../../scripts/lib/workspace-sync-image.mjs';
import { requireCompose } from '../../support/compose-command';
import { engineJson, engineRequest } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { execIn, mountsBeneath, waitUntil } from '../../support/storage';
import { storageWorld, type StorageWorld } from '../storage/storage-kit';

const run = promisify(execFile);
const UP_MS = 180_000;
const SEEN_MS = 20_000;
/** The entry of a workspace looks at its source every ten seconds. */
const RUNS_MS = 60_000;
const MOUNTS = { rclone: 'rclone-mount', s3fs: 's3fs-mounter' } as const;

let world: StorageWorld;
let keys = '';
let gatewayPort = 0;

beforeAll(async () => {
  await requireCompose();
  await ensureWorkspaceSyncImage();
  world = await storageWorld('wcf', { 'workspaces/api/app.js': 'one\n', 'workspaces/api/.env': 'SECRET=1\n', 'workspaces/api/node_modules/x/index.js': 'x\n' });
  gatewayPort = await freePort();
  await world.project.write('.env', `S3_PORT=${String(await freePort())}\nS3_CONSOLE_PORT=${String(await freePort())}\nGATEWAY_PORT=${String(gatewayPort)}\n`);
}, UP_MS);

const compose = async (file: string, ...args: readonly string[]): Promise<string> => (await run('docker', ['compose', '-f', file, ...args], { cwd: world.project.dir, timeout: UP_MS })).stdout;

afterAll(async () => {
  for (const id of Object.values(await runners().catch(() => ({})))) await engineRequest('DELETE', `/containers/${id}?force=1&v=1`);
  for (const file of Object.values(WORKSPACE_FILES)) await compose(file, 'down', '--volumes', '--timeout', '20').catch(() => undefined);
  await world.close();
}, UP_MS);

/** Containers of the project, stopped ones too: service by state. */
async function containers(): Promise<Readonly<Record<string, string>>> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${world.project.name}`] }));
  const rows = await engineJson<{ readonly Labels: Record<string, string>; readonly State: string }[]>('GET', `/containers/json?all=1&filters=${filters}`);
  return Object.fromEntries(rows.map((one) => [one.Labels['com.docker.compose.service'] ?? '', one.State]));
}

/** Containers of workspaces that the monitor made: workspace by id. */
async function runners(): Promise<Readonly<Record<string, string>>> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${RUNNER_LABELS.projectId}=compose-${world.project.name}`] }));
  const rows = await engineJson<{ readonly Id: string; readonly Labels: Record<string, string> }[]>('GET', `/containers/json?all=1&filters=${filters}`);
  return Object.fromEntries(rows.map((one) => [one.Labels['com.docker.compose.service'] ?? '', one.Id]));
}

/** Sees the mount as containers of the project would. */
async function consumer(): Promise<string> {
  const { Id } = await engineJson<{ readonly Id: string }>('POST', '/containers/create', {
    body: {
      Image: 'berth/rclone:local',
      Cmd: ['idle'],
      Labels: { 'com.docker.compose.project': world.project.name, 'com.docker.compose.service': 'consumer' },
      HostConfig: { Mounts: [{ Type: 'bind', Source: join(world.project.dir, '.berth/mnt'), Target: '/mnt', ReadOnly: true, BindOptions: { Propagation: 'rslave' } }] },
    },
  });
  await engineJson('POST', `/containers/${Id}/start`);
  return Id;
}

describe.each(['rclone', 's3fs'] as const)('the workspaces file with %s, run by docker compose', (backend) => {
  const file = WORKSPACE_FILES[backend];
  let looker = '';

  it('is written with its keys beside it', async () => {
    const preview = await world.call<{ readonly document: string }>('operations.preview', { name: 'storage.setup', input: { project: world.id, preset: 'workspace', backend } });
    await world.done('storage.setup', { preset: 'workspace', backend });
    const text = await readFile(join(world.project.dir, WORKSPACE_KEYS_FILE), 'utf8');
    // The server keeps its data under them: another backend does not change them.
    if (keys !== '') expect(text).toBe(keys);
    keys = text;
    expect((await stat(join(world.project.dir, WORKSPACE_KEYS_FILE))).mode & 0o777).toBe(0o600);
    expect(await world.project.read('.berth/.gitignore')).toBe('*\n');
    const secret = /MINIO_ROOT_PASSWORD=(\w{40})\n/.exec(text)?.[1] ?? 'none';
    expect(text.split(secret)).toHaveLength(5);
    expect((await world.project.read(file)) + preview.document + JSON.stringify(world.events)).not.toContain(secret);
    await world.project.write(file, (await world.project.read(file)).replace(/container_name: ([\w-]+)/g, `container_name: ${world.project.name}-$1`));
    expect(await compose(file, 'config', '--services')).toContain(MOUNTS[backend]);
    expect((await compose(file, 'config')).includes('privileged: true')).toBe(backend === 's3fs');
    // Test machines start no privileged containers: the line is checked above, and run as its comment says.
    await world.project.write(file, (await world.project.read(file)).replace('    privileged: true\n', '    cap_add: [SYS_ADMIN]\n    security_opt: [apparmor:unconfined]\n'));
    expect((await world.status()).mounts).toMatchObject([{ bucket: 'workspaces', mountPoint: '/mnt/workspaces' }]);
  });

  it('starts in order, and shows what is saved to a container', async () => {
    await compose(file, 'up', '-d');
    await waitUntil(async () => (await containers())[MOUNTS[backend]] === 'running' && (await mountsBeneath(world.project.dir)).length > 0, SEEN_MS, 'it is mounted');
    expect(await containers()).toMatchObject({ minio: 'running', bucket: 'exited', 'workspace-sync': 'running', [MOUNTS[backend]]: 'running' });
    looker = await consumer();
    const shows = async (path: string, content: string): Promise<boolean> => (await execIn(looker, 'cat', `/mnt/workspaces/${path}`)).stdout === content;
    await waitUntil(() => shows('api/app.js', 'one\n'), SEEN_MS, 'what was there is seen');
    expect((await execIn(looker, 'ls', '-a', '/mnt/workspaces/api')).stdout.trim().split('\n')).toEqual(['.', '..', 'app.js']);
    await world.project.write('workspaces/www/public/index.html', `<p>${backend}</p>\n`);
    await world.project.write('workspaces/api/app.js', 'two and more\n');
    await waitUntil(async () => (await shows('www/public/index.html', `<p>${backend}</p>\n`)) && (await shows('api/app.js', 'two and more\n')), SEEN_MS, 'what was saved is seen');
    expect(await compose(file, 'logs', 'workspace-sync')).toMatch(/api: 1 sent, 0 removed\./);
    expect((await execIn(`${world.project.name}-workspace-sync`, 'node', '/opt/berth/workspace-sync.cjs', 'sync', 'nope')).stderr).toContain('There are api, www.');
    await world.project.write('workspaces/api/app.js', 'one\n');
  });

  it('keeps a container for each workspace, also while the mount is away', async () => {
    const answer = async (path: string): Promise<string> => fetch(`http://127.0.0.1:${String(gatewayPort)}${path}`).then((one) => one.text(), () => '');
    await waitUntil(async () => (await answer('/www/')).includes(`<p>${backend}`), RUNS_MS, 'www answers');
    await waitUntil(async () => (await answer('/monitor')).includes('>api<'), SEEN_MS, 'the page has api');
    const before = await runners();
    expect(Object.keys(before).sort()).toEqual(['api', 'www']);
    await compose(file, 'stop', MOUNTS[backend]);
    await waitUntil(async () => (await compose(file, 'logs', 'monitor')).includes('The mount is not there'), SEEN_MS, 'the monitor sees that the mount is away');
    expect(await runners()).toEqual(before);
    await compose(file, 'start', MOUNTS[backend]);
    await world.project.write('workspaces/www/public/index.html', `<p>again</p>\n`);
    await waitUntil(async () => (await answer('/www/')).includes('<p>again'), RUNS_MS, 'what was saved is answered');
    await rm(join(world.project.dir, 'workspaces/www'), { recursive: true });
    await waitUntil(async () => Object.keys(await runners()).join() === 'api', RUNS_MS, 'the container of a folder that is gone is removed');
    expect((await runners())['api']).toBe(before['api']);
  });

  it('is left alone by Berth, which says so', async () => {
    const before = await containers();
    await expect(world.run('workspaces.sync')).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining(`${world.project.name}-workspace-sync`) as string });
    await expect(world.run('storage.start')).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining(file) as string });
    expect((await world.status()).mounts[0]?.detail).toContain('Berth does not start a second one.');
    expect((await world.call<{ readonly findings: readonly unknown[] }>('storage.conflicts')).findings).toEqual([]);
    expect(await containers()).toEqual(before);
  });

  it('ends in order and leaves nothing', async () => {
    await compose(file, 'stop', 'workspace-sync');
    const { State } = await engineJson<{ readonly State: { readonly ExitCode: number } }>('GET', `/containers/${world.project.name}-workspace-sync/json`);
    expect(State.ExitCode).toBe(0);
    await engineJson('DELETE', `/containers/${looker}?force=1`);
    await compose(file, 'down', '--volumes', '--timeout', '20');
    expect(await containers()).toEqual({});
    expect(await runners()).toEqual({});
    expect(await mountsBeneath(world.project.dir)).toEqual([]);
    expect(await readdir(join(world.project.dir, '.berth/mnt/workspaces'))).toEqual([]);
  });
});
