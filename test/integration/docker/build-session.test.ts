import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppError } from '@shared/kernel/app-error';
import type { BuildProgress, BuildRequest, Engine } from '@main/docker/types';
import { ensureBaseImages } from '../../../scripts/lib/base-images.mjs';
import { startDockerProxy, type DockerProxy } from '../../support/docker-proxy';
import { engineJson } from '../../support/images';
import { buildContext, buildRequest, failureOf } from '../../support/builds';
import { testProject, type TestProject } from './harness';

const run = promisify(execFile);
const SECRET = `s3cr3t-${randomBytes(12).toString('hex')}`;
let project: TestProject;
let proxy: DockerProxy;
let agent: { readonly socket: string; readonly pid: number };

beforeAll(async () => {
  proxy = await startDockerProxy();
  const { stdout } = await run('ssh-agent', ['-s']);
  agent = { socket: /SSH_AUTH_SOCK=([^;]+)/.exec(stdout)?.[1] ?? '', pid: Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1]) };
  project = await testProject({ env: { DOCKER_HOST: proxy.uri, SSH_AUTH_SOCK: agent.socket } });
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'berth-test-key', '-f', join(project.dir, 'key')]);
  await run('ssh-add', ['-q', join(project.dir, 'key')], { env: { ...process.env, SSH_AUTH_SOCK: agent.socket } });
});
afterAll(async () => {
  process.kill(agent.pid);
  await project.close();
  await proxy.close();
});

const context = (name: string, files: { readonly [path: string]: string }): Promise<string> => buildContext(project, name, files);
const request = (contextDir: string, more: Partial<BuildRequest> = {}): BuildRequest => buildRequest(project, contextDir, { noCache: true, ...more });

/** An engine whose user said yes to whatever this build asks for. */
async function agreed(asked: BuildRequest): Promise<Engine> {
  const error: unknown = await project.engine.build(asked, () => undefined).then(() => null, (reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'trust-required' });
  const keys = ((error as AppError).details?.['facts'] as readonly { readonly key: string }[]).map((fact) => fact.key);
  return project.root.as(project.authorization(keys));
}

describe('secrets of a build', () => {
  it('are asked for first, reach the command, and are nowhere afterwards: no output, no image, no history, no error, no request', async () => {
    const dir = await context('secret', { Dockerfile: `FROM ${project.image}\nRUN --mount=type=secret,id=token cat /run/secrets/token && sha256sum /run/secrets/token | cut -c1-64 > /sum\n`, 'token.txt': `${SECRET}\n` });
    const asked = request(dir, { secrets: [{ id: 'token', from: 'file', path: join(dir, 'token.txt') }] });
    const engine = await agreed(asked);
    const lines: string[] = [];
    const { imageId } = await engine.build(asked, (line) => lines.push(line));
    expect(lines.join('\n')).toContain('••••••');
    expect(lines.join('\n')).not.toContain(SECRET);
    const id = await project.run('sum', ['cat', '/sum'], { Image: imageId });
    await project.engine.waitContainer(id);
    const [sum] = (await project.engine.logTail(id, 1)).map((line) => line.text);
    const { stdout } = await run('sha256sum', [join(dir, 'token.txt')]);
    expect(sum).toBe(stdout.slice(0, 64));
    const [inspect, history] = await Promise.all([engineJson('GET', `/images/${imageId}/json`), engineJson('GET', `/images/${imageId}/history`)]);
    expect(JSON.stringify([inspect, history, proxy.requests])).not.toContain(SECRET);
    // Layers and configuration as they are stored; a save that fails is no image without secrets.
    const saved = await run('bash', ['-o', 'pipefail', '-c', `docker save ${imageId} | tar -xO --wildcards '*.tar' '*.json'`], { maxBuffer: 1e9, encoding: 'latin1' });
    expect(saved.stdout.includes('"rootfs"')).toBe(true);
    expect(saved.stdout.includes(SECRET)).toBe(false);
  });

  it('are taken out of what a failing build says, too', async () => {
    const dir = await context('secret-fails', { Dockerfile: `FROM ${project.image}\nRUN --mount=type=secret,id=token cat /run/secrets/token >&2; exit 7\n`, 'token.txt': SECRET });
    const asked = request(dir, { secrets: [{ id: 'token', from: 'file', path: join(dir, 'token.txt') }] });
    const error = await failureOf((await agreed(asked)).build(asked, () => undefined));
    expect(error).toMatchObject({ code: 'build-failed', where: { file: join(dir, 'Dockerfile'), line: 2 } });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(SECRET);
    expect((error.details?.['tail'] as string[]).join('\n')).toContain('••••••');
  });

  it('may be values of variables; one that is not there is none, which a Dockerfile may insist on', async () => {
    const dir = await context('secret-variable', { Dockerfile: `FROM ${project.image}\nRUN --mount=type=secret,id=a wc -c < /run/secrets/a > /count\nRUN --mount=type=secret,id=b test ! -e /run/secrets/b\n` });
    const asked = request(dir, { secrets: [{ id: 'a', from: 'variable', variable: 'A_TOKEN', value: SECRET }, { id: 'b', from: 'variable', variable: 'B_TOKEN', value: undefined }] });
    const { imageId } = await (await agreed(asked)).build(asked, () => undefined);
    expect(imageId).toMatch(/^sha256:/);
    await writeFile(join(dir, 'Dockerfile'), `FROM ${project.image}\nRUN --mount=type=secret,id=b,required true\n`);
    const error = await failureOf((await agreed(asked)).build(asked, () => undefined));
    expect(error).toMatchObject({ code: 'build-failed' });
    expect(error.message).toContain('it needs the secret b, which it was not given');
  });

  it('are not offered to a build that was not given them', async () => {
    const dir = await context('secret-none', { Dockerfile: `FROM ${project.image}\nRUN --mount=type=secret,id=token,required cat /run/secrets/token\n` });
    expect((await failureOf(project.engine.build(request(dir), () => undefined))).code).toBe('build-failed');
  });

  it('say plainly what is wrong: no file, too large, no BuildKit', async () => {
    const dir = await context('secret-wrong', { Dockerfile: `FROM ${project.image}\nRUN --mount=type=secret,id=token cat /run/secrets/token\n`, 'token.txt': SECRET, 'large.txt': 'x'.repeat(600 * 1024) });
    const of = (path: string) => request(dir, { secrets: [{ id: 'token', from: 'file', path: join(dir, path) }] });
    const missing = of('nothing.txt');
    expect((await failureOf((await agreed(missing)).build(missing, () => undefined))).message).toContain('cannot be read');
    const large = of('large.txt');
    expect((await failureOf((await agreed(large)).build(large, () => undefined))).message).toContain('larger than 500 KB');
    const rule = proxy.addRule({ method: 'POST', path: '/session', action: { kind: 'status', status: 404, message: 'page not found' } });
    const classic = of('token.txt');
    expect((await failureOf((await agreed(classic)).build(classic, () => undefined))).message).toContain('without BuildKit');
    rule.dispose();
  });

  it('outlive the moments at which the engine asks whether the session is still there', async () => {
    const dir = await context('secret-late', { Dockerfile: `FROM ${project.image}\nRUN sleep 12\nRUN --mount=type=secret,id=token,required test -s /run/secrets/token\n`, 'token.txt': SECRET });
    const asked = request(dir, { secrets: [{ id: 'token', from: 'file', path: join(dir, 'token.txt') }] });
    expect((await (await agreed(asked)).build(asked, () => undefined)).imageId).toMatch(/^sha256:/);
  });
});

describe('the SSH agent of a build', () => {
  it('tells its keys and signs, and takes no orders beyond that', { timeout: 600_000 }, async () => {
    const { image } = await ensureBaseImages();
    // Speaks the agent's protocol by hand: which keys there are (11), forget them all (19), which keys there are.
    const ask = `
      const socket = require('node:net').connect(process.env.SSH_AUTH_SOCK);
      let got = Buffer.alloc(0);
      const answers = [];
      const orders = [11, 19, 11];
      const next = () => { const order = orders.shift(); if (order === undefined) socket.end(() => console.log(JSON.stringify(answers))); else socket.write(Buffer.from([0, 0, 0, 1, order])); };
      socket.on('connect', next).on('data', (chunk) => {
        got = Buffer.concat([got, chunk]);
        if (got.length < 4 || got.length < 4 + got.readUInt32BE(0)) return;
        answers.push([got[4], got.includes('berth-test-key')]);
        got = got.subarray(4 + got.readUInt32BE(0));
        next();
      });`;
    const dir = await context('agent', { Dockerfile: `FROM ${image}\nCOPY ask.cjs /ask.cjs\nRUN --mount=type=ssh node /ask.cjs\n`, 'ask.cjs': ask });
    const asked = request(dir, { ssh: [{ id: 'default', socket: undefined }] });
    const lines: string[] = [];
    await (await agreed(asked)).build(asked, (line) => lines.push(line));
    expect(lines).toContain('[[12,true],[5,false],[12,true]]');
    const { stdout } = await run('ssh-add', ['-l'], { env: { ...process.env, SSH_AUTH_SOCK: agent.socket } });
    expect(stdout).toContain('berth-test-key');
  });

  it('may be a key file: what it signs OpenSSH verifies, the key stays here', { timeout: 600_000 }, async () => {
    const { image } = await ensureBaseImages();
    const ask = `
      const { createPublicKey, verify } = require('node:crypto');
      const string = (bytes) => { const length = Buffer.alloc(4); length.writeUInt32BE(bytes.length); return Buffer.concat([length, bytes]); };
      const socket = require('node:net').connect(process.env.SSH_AUTH_SOCK);
      let got = Buffer.alloc(0);
      let blob;
      socket.on('connect', () => socket.write(string(Buffer.from([11])))).on('data', (chunk) => {
        got = Buffer.concat([got, chunk]);
        if (got.length < 4 || got.length < 4 + got.readUInt32BE(0)) return;
        const answer = got.subarray(4);
        got = Buffer.alloc(0);
        if (answer[0] === 12) {
          blob = answer.subarray(9, 9 + answer.readUInt32BE(5));
          socket.write(string(Buffer.concat([Buffer.from([13]), string(blob), string(Buffer.from('signed in a build')), Buffer.alloc(4)])));
        } else {
          const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: blob.subarray(-32).toString('base64url') }, format: 'jwk' });
          console.log('verified', verify(null, Buffer.from('signed in a build'), key, answer.subarray(-64)), blob.toString('base64'));
          socket.end();
        }
      });`;
    const dir = await context('key-file', { Dockerfile: `FROM ${image}\nCOPY ask.cjs /ask.cjs\nRUN --mount=type=ssh,id=deploy node /ask.cjs\n`, 'ask.cjs': ask });
    const asked = request(dir, { ssh: [{ id: 'deploy', socket: join(project.dir, 'key') }] });
    const lines: string[] = [];
    await (await agreed(asked)).build(asked, (line) => lines.push(line));
    const publicKey = (await readFile(join(project.dir, 'key.pub'), 'utf8')).split(' ')[1] ?? '';
    expect(lines).toContain(`verified true ${publicKey}`);
    const secret = (await readFile(join(project.dir, 'key'), 'utf8')).split('\n')[2] ?? '';
    expect(JSON.stringify([lines, proxy.requests])).not.toContain(secret);
  });

  it('is said to be missing where none runs, and what is no key to be none', async () => {
    const dir = await context('agent-missing', { Dockerfile: `FROM ${project.image}\nRUN --mount=type=ssh true\n` });
    const key = request(dir, { ssh: [{ id: 'default', socket: join(project.dir, 'key.pub') }] });
    expect((await failureOf((await agreed(key)).build(key, () => undefined))).message).toContain('it holds no private key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a passphrase', '-f', join(project.dir, 'locked')]);
    const locked = request(dir, { ssh: [{ id: 'default', socket: join(project.dir, 'locked') }] });
    expect((await failureOf((await agreed(locked)).build(locked, () => undefined))).message).toContain('it is locked with a passphrase');
    const gone = request(dir, { ssh: [{ id: 'default', socket: join(project.dir, 'gone') }] });
    expect((await failureOf((await agreed(gone)).build(gone, () => undefined))).message).toContain('is not there');
  });
});

describe('further contexts of a build', () => {
  it('are folders and images, taken with FROM, COPY --from and RUN --mount, with the lines of the file in errors', async () => {
    const dir = await context('contexts/app', {
      Dockerfile: `# syntax-free\nARG BASE=${project.image}\nFROM base AS build\nCOPY --from=shared lib.txt /lib.txt\nRUN --mount=type=bind,from=shared,target=/s ls -A /s > /listed && readlink /s/link >> /listed\nCOPY . /app\n`,
      'own.txt': 'own',
    });
    const shared = await context('contexts/shared', { 'lib.txt': 'lib', 'drop.log': 'x', '.dockerignore': '*.log\n.dockerignore\n' });
    await run('ln', ['-sf', 'lib.txt', join(shared, 'link')]);
    const asked = request(dir, { contexts: [{ name: 'shared', from: 'folder', dir: shared }, { name: 'base', from: 'image', reference: project.image }] });
    const { imageId } = await project.engine.build(asked, () => undefined);
    const id = await project.run('listed', ['sh', '-c', 'cat /lib.txt /listed; ls -A /app | grep -v dockerfile'], { Image: imageId });
    await project.engine.waitContainer(id);
    expect((await project.engine.logTail(id, 50)).map((line) => line.text)).toEqual(['lib.dockerignore', 'lib.txt', 'link', 'lib.txt', 'Dockerfile', 'own.txt']);
    // The names of the folders' images were for the build only.
    const images = await engineJson<{ RepoTags: string[] | null }[]>('GET', '/images/json');
    expect(images.flatMap((one) => one.RepoTags ?? []).filter((tag) => tag.startsWith(`${project.name}-`) && tag.includes('context'))).toEqual([]);
    await writeFile(join(dir, 'Dockerfile'), 'FROM base\nCOPY --from=shared lib.txt /\n\nRUN exit 9\n');
    expect(await failureOf(project.engine.build(asked, () => undefined))).toMatchObject({ code: 'build-failed', where: { line: 4 }, details: { line: 4 } });
    await writeFile(join(dir, 'Dockerfile'), 'FROM base\nFRUN\n');
    expect(await failureOf(project.engine.build(asked, () => undefined))).toMatchObject({ code: 'build-failed', where: { line: 2 } });
    await writeFile(join(dir, 'Dockerfile'), 'FROM base AS shared\nRUN true\n');
    expect(await failureOf(project.engine.build(asked, () => undefined))).toMatchObject({ code: 'build-failed', where: { line: 1 } });
  });

  it('outside of the project are asked for first', async () => {
    const dir = await context('contexts/outside', { Dockerfile: `FROM ${project.image}\n` });
    expect(await failureOf(project.engine.build(request(dir, { contexts: [{ name: 'etc', from: 'folder', dir: '/etc' }] }), () => undefined))).toMatchObject({ code: 'trust-required' });
  });
});

describe('progress of a build', () => {
  it('is told step by step, by both builders', async () => {
    const dir = await context('steps', { Dockerfile: `FROM ${project.image}\nRUN echo one\nRUN echo two\n` });
    const seen = async (): Promise<readonly BuildProgress[]> => {
      const told: BuildProgress[] = [];
      await project.engine.build(request(dir), () => undefined, undefined, (progress) => told.push(progress));
      return told;
    };
    const kit = await seen();
    expect(kit.map((one) => one.step).join('\n')).toMatch(/RUN echo one[^]*RUN echo two/);
    expect(kit.every((one) => one.done < one.of)).toBe(true);
    const rule = proxy.addRule({ method: 'POST', path: '/session', action: { kind: 'status', status: 404, message: 'page not found' } });
    expect((await seen()).slice(0, 3)).toMatchObject([{ done: 0, step: expect.stringContaining('FROM') }, { done: 1, step: 'RUN echo one' }, { done: 2, step: 'RUN echo two' }]);
    rule.dispose();
  });
});

