import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { WebSocket } from 'ws';
import { engineJson, engineRequest } from '../../support/images';
import { execIn, waitUntil } from '../../support/storage';
import { API_FILES, ask, runnersStage, type RunnersStage } from './runners-kit';

let here: RunnersStage;
const took = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await work();
  process.stdout.write(`runners: ${what}: ${String(Math.round(performance.now() - began))} ms\n`);
  return result;
};

beforeAll(async () => {
  here = await runnersStage('run');
  for (const [path, text] of Object.entries(API_FILES)) await here.write(`api/${path}`, text);
  await here.write('www/public/index.html', '<h1>www</h1>');
  await here.write('www/public/style.css', 'h1{}');
  await here.write('www/package.json', '{"name":"www"}');
}, 300_000);
afterAll(async () => here?.close());

describe('containers of workspaces', () => {
  test('run what the folder says, reached through the gateway', async () => {
    onTestFailed(() => void process.stdout.write(`${here.log.join('\n')}\n`));
    await took('api: made, installed and listening', () => here.start('api'));
    await took('www: made and listening', () => here.start('www'));
    const status = await here.runners.status(here.projectId);
    expect(status.get('api')).toMatchObject({ state: 'running', command: 'node app.js', containerName: `${here.projectName}-ws-api`, url: `${here.url}/api/` });
    expect(status.get('www')).toMatchObject({ state: 'running', command: 'static files of public/' });
    expect(status.get('api')?.copiedAt).toMatch(/^\d{4}-/);
    const direct = await ask(`http://127.0.0.1:${String(status.get('api')?.port)}`, '/x?y=1');
    expect(await here.get('/api/x?y=1')).toMatchObject({ status: 200, text: direct.text });
    expect(direct.text).toBe('hello one /x?y=1');
    expect(await here.get('/www/')).toMatchObject({ status: 200, text: '<h1>www</h1>', headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect((await ask(here.url, '/www/style.css', {}, { method: 'HEAD' })).headers['content-length']).toBe('4');
    expect((await here.get('/www/../../etc/passwd')).status).toBe(404);
    expect((await here.get('/www/%2e%2e/%2e%2e/etc/passwd')).status).toBe(404);
    expect((await ask(here.url, '/api/', {}, { method: 'POST', body: 'x'.repeat(300_000) })).text).toHaveLength(300_000);
    expect((await here.get('/api/login')).headers['location']).toBe('/api/home');
    expect(JSON.parse((await here.get('/api/headers', { 'x-forwarded-prefix': '/evil', connection: 'x-drop', 'x-drop': '1' })).text)).toMatchObject({ 'x-forwarded-prefix': '/api' });
    expect((await here.get('/api/environment')).text).not.toContain('BERTH_');
  });

  test('are hardened, and see their source read-only', async () => {
    const name = await here.container('api');
    const { HostConfig, Config } = await engineJson<{ HostConfig: Record<string, unknown>; Config: { User: string } }>('GET', `/containers/${name}/json`);
    expect(HostConfig).toMatchObject({ Privileged: false, CapAdd: null, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], PidsLimit: 512, Memory: 1_073_741_824, Devices: null });
    expect(Config.User).toBe('1000:1000');
    expect(JSON.stringify(HostConfig['PortBindings'])).toContain('"HostIp":"127.0.0.1"');
    expect((await execIn(name, 'touch', '/workspaces/x')).stderr).toMatch(/read-only/i);
    expect((await execIn(name, 'ls', '/workspaces')).stdout.split('\n')).toContain('api');
    expect((await execIn(name, 'ls', '/app/node_modules')).stdout).toContain('greet');
    expect((await execIn(name, 'id', '-u')).stdout.trim()).toBe('1000');
    await expect(rm(join(here.root, 'api', 'node_modules'))).rejects.toThrow(/ENOENT/);
    const { text } = await engineRequest('GET', `/containers/${name}/logs?stdout=1`);
    expect(text).toMatch(/berth: copying: 5 changed[\s\S]*berth: installing: npm install[\s\S]*berth: starting[\s\S]*berth: running/);
  });

  test('pass WebSockets on', async () => {
    const socket = new WebSocket(`${here.url.replace('http', 'ws')}/api/live`);
    const said = new Promise<string>((resolve, reject) => {
      socket.on('open', () => socket.send('ping'));
      socket.on('message', (data) => resolve(String(data)));
      socket.on('error', reject);
    });
    expect(await said).toBe('echo ping');
    socket.terminate();
    const refused = new WebSocket(`${here.url.replace('http', 'ws')}/api/live`, { headers: { host: 'evil.example' } });
    await expect(new Promise((_, reject) => refused.on('error', reject))).rejects.toThrow('403');
  });

  test('give the new answer after an update, and leave what is installed alone', async () => {
    const name = await here.container('api');
    const before = (await execIn(name, 'stat', '-c', '%i %Z', '/app/node_modules')).stdout;
    await here.write('api/text.js', "module.exports = 'two';\n");
    await took('update to the new answer', async () => {
      await here.runners.update(here.projectId, 'api');
      expect((await here.get('/api/')).text).toBe('hello two /');
    });
    expect((await execIn(name, 'stat', '-c', '%i %Z', '/app/node_modules')).stdout).toBe(before);
    // Without being told, it sees the change by itself.
    await here.write('api/text.js', "module.exports = 'san';\n");
    await took('save to the new answer, not told', () => waitUntil(async () => (await here.get('/api/')).text === 'hello san /', 30_000, 'the change is seen'));
    await here.write('api/more.txt', 'x');
    await here.runners.update(here.projectId, 'api');
    expect((await execIn(name, 'ls', '/app')).stdout).toContain('more.txt');
    await rm(join(here.root, 'api', 'more.txt'));
    await here.runners.update(here.projectId, 'api');
    expect((await execIn(name, 'ls', '/app')).stdout).not.toContain('more.txt');
  });

  test('say how the application ended, and start it after the next change', async () => {
    await here.write('api/text.js', "throw new Error('broken on purpose');\n");
    await expect(here.runners.update(here.projectId, 'api')).rejects.toMatchObject({ code: 'start-failed', message: expect.stringContaining('ended with code 1') });
    await waitUntil(async () => (await here.runners.status(here.projectId)).get('api')?.state === 'failed', 10_000, 'it is failed');
    expect((await here.runners.status(here.projectId)).get('api')).toMatchObject({ detail: expect.stringContaining('node app.js ended with code 1.'), port: null });
    expect(await here.get('/api/', { accept: 'text/html' })).toMatchObject({ status: 502, text: expect.stringContaining('does not answer now') });
    await here.write('api/text.js', "module.exports = 'back';\n");
    await here.runners.update(here.projectId, 'api');
    expect((await here.get('/api/')).text).toBe('hello back /');
  });

  test('keep what they run when the source is empty', async () => {
    await rm(join(here.root, 'api'), { recursive: true });
    await expect(here.runners.update(here.projectId, 'api')).rejects.toMatchObject({ message: expect.stringContaining('is not there') });
    expect((await here.get('/api/')).text).toBe('hello back /');
    await waitUntil(async () => (await here.runners.status(here.projectId)).get('api')?.detail.includes('runs on') === true, 10_000, 'it says so');
    expect((await here.runners.status(here.projectId)).get('api')?.state).toBe('running');
    for (const [path, text] of Object.entries(API_FILES)) await here.write(`api/${path}`, text);
    await here.runners.update(here.projectId, 'api');
    expect((await here.get('/api/')).text).toBe('hello one /');
  });

  test('are found again by another Berth, and not made anew by a start', async () => {
    const before = (await here.runners.status(here.projectId)).get('api')?.containerId;
    const again = here.restarted();
    await waitUntil(async () => (await again.status(here.projectId)).get('api')?.state === 'running', 20_000, 'it is found');
    await here.start('api');
    expect((await again.status(here.projectId)).get('api')?.containerId).toBe(before);
  });

  test('have everything fresh when they are made again', async () => {
    const before = (await execIn(await here.container('api'), 'stat', '-c', '%i %Z', '/app/node_modules')).stdout;
    await here.stop('api');
    await here.start('api');
    expect((await execIn(await here.container('api'), 'stat', '-c', '%i %Z', '/app/node_modules')).stdout).not.toBe(before);
    expect((await here.get('/api/')).text).toBe('hello one /');
  });

  test('are named so that no two are one', async () => {
    for (const name of ['a b;rm -rf $(x)', 'A-b']) await here.write(`${name}/public/index.html`, `page of ${name}`);
    await Promise.all(['a b;rm -rf $(x)', 'A-b'].map((name) => here.start(name)));
    const status = await here.runners.status(here.projectId);
    for (const name of ['a b;rm -rf $(x)', 'A-b']) {
      expect(status.get(name)?.containerName).toMatch(new RegExp(`^${here.projectName}-ws-a-b[a-z0-9-]*$`));
      expect((await here.get(`/${encodeURIComponent(name)}/`)).text).toBe(`page of ${name}`);
    }
    await expect(here.start('monitor')).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test('show on the monitor page, which nothing else is served from', async () => {
    const monitor = await here.get('/monitor', { accept: 'text/html' });
    expect(monitor).toMatchObject({ status: 200, headers: { 'content-security-policy': expect.stringContaining("default-src 'none'") } });
    expect(monitor.text).toContain('<a href="/api/">api</a>');
    expect(monitor.text).not.toContain('$(x)</a><script');
    const { workspaces } = JSON.parse((await here.get('/monitor.json')).text) as { workspaces: { name: string }[] };
    expect(workspaces.map(({ name }) => name).sort()).toEqual(['A-b', 'a b;rm -rf $(x)', 'api', 'www']);
    expect((await here.get('/monitor/logs/api')).text).toContain('berth: running');
    const unknown = await here.get('/none/');
    expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('api') });
    expect(await here.get('/api')).toMatchObject({ status: 308, headers: { location: '/api/' } });
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '127.0.0.1@evil']) expect((await here.get('/monitor', { host })).status, host).toBeGreaterThanOrEqual(400);
    for (const path of ['http://evil.example/', '//evil.example/', '/%2f%2fevil/', '/..%2fapi/']) expect((await here.get(path)).status, path).toBeGreaterThanOrEqual(400);
  });

  test('leave nothing behind when they are stopped', async () => {
    for (const name of (await here.runners.status(here.projectId)).keys()) await here.stop(name);
    const filters = encodeURIComponent(JSON.stringify({ label: [`dev.berth.workspaces=${here.projectId}`] }));
    expect(await engineJson('GET', `/containers/json?all=1&filters=${filters}`)).toEqual([]);
    expect(await engineJson('GET', `/networks?filters=${filters}`)).toEqual([]);
    expect((await here.get('/api/')).status).toBe(404);
  });
});
