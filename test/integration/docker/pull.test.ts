import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { PullBytes } from '@shared/domain/engine/pull-progress';
import { createEngine } from '@main/docker/engine';
import { BUSYBOX_IMAGE, engineRequest, ensureBusybox, testSocketPath } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { dockerConfig, pushImage, startLocalRegistry, startRegistryProxy, tooManyRequests, type LocalRegistry } from '../../support/registry';
import { failureOf } from '../../support/builds';
import { testProject, type TestProject } from './harness';

const NAME = `bt-pull/${randomBytes(4).toString('hex')}`;
const closings: (() => Promise<unknown>)[] = [];
const made: string[] = [];
let open: LocalRegistry;
let closed: LocalRegistry;
let project: TestProject;

beforeAll(async () => {
  await ensureBusybox();
  [open, closed] = await Promise.all([startLocalRegistry({ closed: false }), startLocalRegistry({ closed: true })]);
  project = await testProject();
  const config = await dockerConfig({ auths: { [closed.host]: { auth: basic() } } });
  closings.push(config.remove);
  await pushImage(BUSYBOX_IMAGE, `${open.host}/${NAME}:1`, config.dir);
  await writeFile(join(project.dir, 'blob'), randomBytes(6_000_000));
  // Imported, not built: a build's cache would keep the layer.
  const fresh = `${project.name}-fresh:1`;
  await promisify(execFile)('sh', ['-c', `tar c blob | docker import - ${fresh}`], { cwd: project.dir });
  await pushImage(fresh, `${open.host}/${NAME}:fresh`, config.dir);
  await engineRequest('DELETE', `/images/${fresh}`);
  await pushImage(BUSYBOX_IMAGE, `${closed.host}/${NAME}:1`, config.dir);
}, 300_000);
afterAll(async () => {
  for (const reference of made) await engineRequest('DELETE', `/images/${reference}`);
  for (const close of closings.reverse()) await close();
  await project?.close();
  await Promise.all([open?.stop(), closed?.stop()]);
});

const basic = (): string => Buffer.from(`${closed.user.name}:${closed.user.password}`).toString('base64');

interface Pulled {
  readonly lines: readonly string[];
  readonly bytes: readonly PullBytes[];
}

/** Pulls with this docker configuration; what was there under the name is taken off before. */
async function pull(reference: string, config: object = {}, env: { readonly [name: string]: string } = {}): Promise<Pulled> {
  const { dir, remove } = await dockerConfig(config);
  closings.push(remove);
  await engineRequest('DELETE', `/images/${reference}`);
  made.push(reference);
  const root = createEngine({ env: { DOCKER_HOST: `unix://${testSocketPath()}`, DOCKER_CONFIG: dir, PATH: process.env['PATH'], ...env } });
  closings.push(() => Promise.resolve(root.close()));
  const lines: string[] = [];
  const bytes: PullBytes[] = [];
  try {
    await root.as(project.authorization()).pull(reference, undefined, (line) => lines.push(line), undefined, (told) => bytes.push(told));
  } catch (error) {
    if (error instanceof AppError) Object.assign(error, { lines });
    throw error;
  }
  return { lines, bytes };
}

/** A credential helper that keeps its questions in a file beside it. */
async function helper(name: string, script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bt-helper-'));
  closings.push(() => rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  const path = join(folder, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return `${folder}:${process.env['PATH'] ?? ''}`;
}

describe('a download', () => {
  it('tells its layers and how many bytes are here', async () => {
    const { lines, bytes } = await pull(`${open.host}/${NAME}:fresh`);
    expect(lines.join('\n')).toMatch(/[0-9a-f]{12}: Pulling fs layer[^]*[0-9a-f]{12}: Downloading[^]*[0-9a-f]{12}: Pull complete/);
    expect(lines.length).toBeLessThan(60);
    expect(bytes.at(-1)).toMatchObject({ done: bytes.at(-1)?.total });
    expect(bytes.at(-1)?.total).toBeGreaterThan(5_000_000);
    expect(lines.join('\n')).toContain('Status: Downloaded newer image');
    for (const one of bytes) expect(one.done).toBeLessThanOrEqual(one.total);
    expect(await project.root.inspectImage(`${open.host}/${NAME}:fresh`)).not.toBeNull();
  });

  it('says what is not there, where nobody answers, and that there were too many', async () => {
    expect(await failureOf(pull(`${open.host}/${NAME}:2`))).toMatchObject({ code: 'pull-failed', message: `The image ${open.host}/${NAME}:2 does not exist.`, details: { kind: 'not-found' } });
    expect(await failureOf(pull(`${open.host}/bt-pull/nothing:1`))).toMatchObject({ code: 'pull-failed', details: { kind: 'not-found' } });
    expect(await failureOf(pull(`127.0.0.1:${String(await freePort())}/${NAME}:1`))).toMatchObject({ code: 'pull-failed', details: { kind: 'offline' } });
    const busy = await startRegistryProxy(open.host, (_request, response) => {
      tooManyRequests(response);
      return true;
    });
    closings.push(busy.stop);
    expect(await failureOf(pull(`${busy.host}/${NAME}:1`))).toMatchObject({ code: 'pull-failed', details: { kind: 'rate-limited' }, hint: expect.stringContaining('docker login') });
  });

  it('is tried again where the registry stumbled, and given up after the third time', async () => {
    let stumbles = 0;
    const wobbly = await startRegistryProxy(open.host, (request, response) => {
      if (!request.url?.includes('/manifests/') || stumbles >= 2) return false;
      stumbles += 1;
      response.writeHead(503).end('busy');
      return true;
    });
    closings.push(wobbly.stop);
    const { lines } = await pull(`${wobbly.host}/${NAME}:1`);
    expect(lines.filter((line) => line.includes('Trying again'))).not.toHaveLength(0);
    const broken = await startRegistryProxy(open.host, (request, response) => {
      if (!request.url?.includes('/manifests/')) return false;
      response.writeHead(503).end('busy');
      return true;
    });
    closings.push(broken.stop);
    const error = await failureOf(pull(`${broken.host}/${NAME}:1`));
    expect(error.code).toBe('pull-failed');
    expect((error as AppError & { readonly lines: readonly string[] }).lines.filter((line) => line.includes('Trying again'))).toHaveLength(2);
  });

  it('stops waiting for another try when it is cancelled', async () => {
    const broken = await startRegistryProxy(open.host, (request, response) => {
      if (!request.url?.includes('/manifests/')) return false;
      response.writeHead(503).end('busy');
      return true;
    });
    closings.push(broken.stop);
    const abort = new AbortController();
    const error = await failureOf(project.engine.pull(`${broken.host}/${NAME}:1`, undefined, (line) => line.includes('Trying again') && abort.abort(), abort.signal));
    expect(error.code).toBe('cancelled');
  });
});

describe('credentials', () => {
  const reference = () => `${closed.host}/${NAME}:1`;

  it('are those of the docker configuration; without them it is said that the download is not allowed', async () => {
    expect(await failureOf(pull(reference()))).toMatchObject({ code: 'pull-failed', details: { kind: 'denied' }, hint: expect.stringContaining('docker login') });
    expect(await failureOf(pull(reference(), { auths: { [closed.host]: { auth: Buffer.from('somebody:wrong').toString('base64') } } }))).toMatchObject({ details: { kind: 'denied' } });
    await pull(reference(), { auths: { [closed.host]: { auth: basic() } } });
    await pull(reference(), { auths: { [`https://${closed.host}/v1/`]: { username: closed.user.name, password: closed.user.password } } });
  });

  it('come from the helper of the registry or of all of them, asked as docker asks', async () => {
    const answer = JSON.stringify({ ServerURL: closed.host, Username: closed.user.name, Secret: closed.user.password });
    const path = await helper('bt', `[ "$1" = get ] && read server && [ "$server" = "${closed.host}" ] && echo '${answer}'`);
    await pull(reference(), { credHelpers: { [closed.host]: 'bt' } }, { PATH: path });
    await pull(reference(), { credsStore: 'bt' }, { PATH: path });
  });

  it('of a helper that is missing, fails, knows nothing or says nonsense are none, which is said', async () => {
    const said = async (name: string, script: string | null): Promise<readonly string[]> => {
      const path = script === null ? (process.env['PATH'] ?? '') : await helper(name, script);
      const error = await failureOf(pull(reference(), { credHelpers: { [closed.host]: name } }, { PATH: path }));
      expect(error).toMatchObject({ details: { kind: 'denied' } });
      return (error as AppError & { readonly lines: readonly string[] }).lines;
    };
    expect((await said('bt-absent', null)).join()).toContain('docker-credential-bt-absent is not on this computer');
    expect((await said('bt-fails', 'echo secret-output; exit 3')).join()).toContain('failed with exit code 3');
    expect((await said('bt-empty', 'echo "credentials not found in native keychain"; exit 1')).join()).not.toContain('bt-empty');
    const nonsense = (await said('bt-nonsense', 'echo not-json')).join();
    expect(nonsense).toContain('not JSON');
    expect(nonsense).not.toContain('not-json');
    expect((await said('../bt', null)).join()).toContain('no name of a program');
  });

  it('are handed to a build for exactly the registry that asks', async () => {
    const { dir, remove } = await dockerConfig({ auths: { [closed.host]: { auth: basic() }, [open.host]: { auth: Buffer.from('somebody:wrong').toString('base64') } } });
    closings.push(remove);
    for (const base of [reference(), `${open.host}/${NAME}:1`]) {
      await engineRequest('DELETE', `/images/${base}`);
      made.push(base);
    }
    const root = createEngine({ env: { DOCKER_HOST: `unix://${testSocketPath()}`, DOCKER_CONFIG: dir } });
    closings.push(() => Promise.resolve(root.close()));
    await writeFile(join(project.dir, 'Dockerfile'), `FROM ${open.host}/${NAME}:1 AS first\nFROM ${reference()}\nCOPY --from=first /bin/busybox /copy\n`);
    const { imageId } = await root.as(project.authorization()).build({ contextDir: project.dir, dockerfile: 'Dockerfile', args: {}, labels: project.labels, tags: [`${project.name}-auth:1`], noCache: true, pull: true, cacheFrom: [], extraHosts: [] }, () => undefined);
    expect(imageId).toMatch(/^sha256:/);
    const nobody = await failureOf(project.engine.build({ contextDir: project.dir, dockerfile: 'Dockerfile', args: {}, labels: project.labels, tags: [`${project.name}-auth:2`], noCache: true, pull: true, cacheFrom: [], extraHosts: [] }, () => undefined));
    expect(nobody).toMatchObject({ code: 'build-failed' });
    expect(nobody.message).toContain('You may not download');
  });
});
