import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { s3World, type S3World } from '../../support/s3-server';
import { engineJson, engineRequest } from '../../support/images';
import { waitUntil } from '../../support/storage';

const exec = promisify(execFile);
const worlds: S3World[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const one of worlds.splice(0)) await one.close();
  for (const one of servers.splice(0)) await new Promise((done) => one.close(done));
});

async function world(changed: Parameters<typeof s3World>[0] = {}): Promise<S3World> {
  const made = await s3World(changed);
  worlds.push(made);
  return made;
}
/** Takes a port of this machine, unless something else has it. */
async function take(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((done) => server.once('error', () => done()).listen(port, '127.0.0.1', done));
}
const inspect = (name: string): Promise<{ Id: string; Config: { Env: string[]; Labels: Record<string, string> }; State: { Running: boolean }; HostConfig: { PortBindings: Record<string, { HostIp: string }[]> } }> => engineJson('GET', `/containers/${name}/json`);
/** Addresses and ports of this machine somebody listens at. */
async function listening(): Promise<readonly string[]> {
  const { stdout } = await exec('ss', ['-Hltn']);
  return stdout.split('\n').flatMap((line) => line.trim().split(/\s+/)[3] ?? []);
}

describe('the S3 server', () => {
  test('starts, keeps its data over stop and start, and listens at this machine only', async () => {
    const one = await world();
    expect(await one.server.status('one')).toMatchObject({ health: 'stopped', endpoint: null, credentials: 'none' });
    await expect(one.server.door('one')).rejects.toMatchObject({ code: 'service-unreachable' });
    const before = await listening();
    await one.start();
    await one.server.ensureBuckets(one.context(), 'one', ['workspaces', 'data']);
    const status = await one.server.status('one');
    expect(status).toMatchObject({ health: 'healthy', origin: 'local', flavour: 'minio', image: 'berth/minio:local', credentials: 'generated', volume: `${one.baseName}-data` });
    const port = (url: string | null): string => new URL(url ?? '').port;
    const ours = [`127.0.0.1:${port(status.endpoint)}`, `127.0.0.1:${port(status.consoleUrl)}`];
    expect((await listening()).filter((place) => ours.includes(place)).toSorted()).toEqual([...ours].sort());
    expect(before).not.toContain(ours[0]);
    expect(Object.values((await inspect(one.baseName)).HostConfig.PortBindings).flat().map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1', '127.0.0.1']);
    expect((await fetch(`${status.endpoint ?? ''}/minio/health/live`)).status).toBe(200);
    expect((await fetch(status.consoleUrl ?? '')).status).toBe(200);
    const door = await one.server.door('one');
    expect([...(await door.bucketNames())].sort()).toEqual(['data', 'workspaces']);
    await door.put('data', 'kept.txt', Buffer.from('kept'));
    const { Id } = await inspect(one.baseName);
    await one.start();
    expect((await inspect(one.baseName)).Id).toBe(Id);
    await one.server.stop(one.context(), 'one');
    expect(await one.server.status('one')).toMatchObject({ health: 'stopped' });
    expect((await listening()).filter((place) => ours.includes(place))).toEqual([]);
    await one.start();
    expect(Buffer.from(await door.get('data', 'kept.txt', 10)).toString()).toBe('kept');
    door.close();
  });

  test('moves aside when its ports are taken, and says so; a port that was asked for is refused by name', async () => {
    await take(9000);
    await take(9001);
    const one = await world();
    await one.start();
    const status = await one.server.status('one');
    expect(new URL(status.endpoint ?? '').port).not.toBe('9000');
    expect(status.notices.filter((notice) => /^Port 900[01] is used by .+, so .+ is at 127\.0\.0\.1:\d+\.$/.test(notice))).toHaveLength(2);
    const taken = await one.run('storage.server', { project: 'one', apiPort: 9000 });
    expect(taken).toMatchObject({ state: 'rolled-back', error: { code: 'port-taken', message: expect.stringMatching(/^Port 9000 is used by /) } });
    expect(await one.server.status('one')).toMatchObject({ health: 'healthy' });
  });

  test('takes other names where its own are somebody else’s, and other Berths have their own', async () => {
    const one = await world();
    const other = await world({ baseName: one.baseName });
    await one.start();
    await other.start();
    const [mine, theirs] = [await one.server.place('one'), await other.server.place('one')];
    expect([mine.network, theirs.network]).toEqual([one.baseName, `${one.baseName}-2`]);
    expect(mine.endpoint).not.toBe(theirs.endpoint);
    expect(mine.secretKey).not.toBe(theirs.secretKey);
  });

  test('is not started on data that another kind of server wrote', async () => {
    const one = await world();
    await engineJson('POST', '/volumes/create', { body: { Name: `${one.baseName}-data`, Labels: { 'dev.berth.s3-home': `${one.home}/storage`, 'dev.berth.s3-flavour': 'versitygw', 'com.docker.compose.project': 'berth-storage' } } });
    const set = await one.run('storage.server', { project: 'one', image: 'berth/minio:local' });
    expect(set.state).toBe('succeeded');
    await expect(one.start()).rejects.toMatchObject({ code: 'blocked', message: expect.stringContaining('was written by Versity S3 Gateway') });
    expect((await one.server.records.state()).wanted).toBe(false);
  });

  test('is found again by another Berth on the same state, and its data with it', async () => {
    const one = await world();
    await one.start();
    await one.server.ensureBuckets(one.context(), 'one', ['data']);
    const { Id } = await inspect(one.baseName);
    const again = await one.restarted();
    worlds.push(again);
    expect(await again.server.status('one')).toMatchObject({ health: 'healthy' });
    await again.start();
    expect((await inspect(one.baseName)).Id).toBe(Id);
    expect(await (await again.server.door('one')).bucketNames()).toEqual(['data']);
  });

  test('stays while another project uses it', async () => {
    const one = await world();
    await one.start('one');
    await one.start('two');
    await one.server.stop(one.context(), 'one');
    expect(await one.server.status('two')).toMatchObject({ health: 'healthy' });
    expect(one.lines.join()).toContain('another project');
    await one.server.stop(one.context(), 'two');
    expect(await one.server.status('two')).toMatchObject({ health: 'stopped' });
  });
});

describe('healing', () => {
  test('a server that dies comes back, also when its container is gone; one that was stopped stays so', async () => {
    const one = await world();
    await one.start();
    await one.server.ensureBuckets(one.context(), 'one', ['data']);
    await one.server.supervisor.start();
    const isHealthy = async (): Promise<boolean> => (await one.server.status('one')).health === 'healthy';
    const { Id } = await inspect(one.baseName);
    await engineRequest('POST', `/containers/${Id}/kill?signal=KILL`);
    await waitUntil(async () => !(await inspect(one.baseName)).State.Running || (await isHealthy()), 10_000, 'it was killed');
    await waitUntil(isHealthy, 30_000, 'it is back');
    await engineRequest('DELETE', `/containers/${Id}?force=1`);
    await waitUntil(async () => (await isHealthy()) && (await inspect(one.baseName)).Id !== Id, 40_000, 'it was made again');
    expect(await (await one.server.door('one')).bucketNames()).toEqual(['data']);
    await one.server.stop(one.context(), 'one');
    await one.server.supervisor.stop();
    await one.server.supervisor.start();
    expect(await one.server.status('one')).toMatchObject({ health: 'stopped' });
  });

  test('a server that died while no Berth ran is brought back by the next one', async () => {
    const one = await world();
    await one.start();
    const { Id } = await inspect(one.baseName);
    const again = await one.restarted();
    worlds.push(again);
    await engineRequest('POST', `/containers/${Id}/kill?signal=KILL`);
    expect(await again.server.status('one')).toMatchObject({ health: 'unhealthy', detail: expect.stringContaining('storage start') });
    await again.server.supervisor.start();
    await waitUntil(async () => (await again.server.status('one')).health === 'healthy', 30_000, 'it is back');
  });
});

describe('strangers', () => {
  test('without keys see nothing, whatever they say of themselves', async () => {
    const one = await world();
    await one.start();
    await one.server.ensureBuckets(one.context(), 'one', ['data']);
    const door = await one.server.door('one');
    await door.put('data', 'secret.txt', Buffer.from('what nobody reads'));
    door.close();
    const { endpoint } = await one.server.place('one');
    const tried: string[] = [];
    for (const host of ['127.0.0.1:9000', 'evil.example', 'localhost', 'data.evil.example', '169.254.169.254']) {
      for (const origin of ['https://evil.example', new URL(endpoint).origin]) {
        for (const method of ['GET', 'OPTIONS', 'PUT']) {
          for (const path of ['/data', '/data/secret.txt']) {
            const { stdout } = await exec('curl', ['-s', '-i', '-m', '10', '-X', method, '-H', `Host: ${host}`, '-H', `Origin: ${origin}`, '-H', 'Access-Control-Request-Method: PUT', '-H', 'Content-Length: 0', `${endpoint}${path}`]);
            const [head = ''] = stdout.split('\r\n\r\n');
            const status = Number(/^HTTP\/\S+ (\d+)/.exec(head)?.[1]);
            if ((status < 400 && method !== 'OPTIONS') || /access-control-allow/i.test(head) || /<Contents>|<Bucket><Name>|what nobody/.test(stdout)) tried.push(`${method} ${host} ${origin} ${path}: ${head}`);
          }
        }
      }
    }
    expect(tried).toEqual([]);
  });
});
