import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildRequest } from '@main/docker/types';
import { startDockerProxy, type DockerProxy } from '../../support/docker-proxy';
import { buildContext, buildRequest, failureOf } from '../../support/builds';
import { testProject, type TestProject } from './harness';

let project: TestProject;
let proxy: DockerProxy;

beforeAll(async () => {
  proxy = await startDockerProxy();
  project = await testProject({ env: { DOCKER_HOST: proxy.uri } });
});
afterAll(async () => {
  await project.close();
  await proxy.close();
});

const context = (name: string, files: { readonly [path: string]: string }): Promise<string> => buildContext(project, name, files);
const request = (contextDir: string, more: Partial<BuildRequest> = {}): BuildRequest => buildRequest(project, contextDir, more);

describe('build', () => {
  it('builds with BuildKit, streams lines, honours .dockerignore, labels, args, target and tags, and tells the image', async () => {
    const dir = await context('plain', {
      Dockerfile: `FROM ${project.image} AS base\nARG WHO=nobody\nCOPY . /app\nRUN --mount=type=cache,target=/cache echo "hello $WHO" && ls /app > /list\nFROM base AS last\nRUN echo never > /never\n`,
      '.dockerignore': '*.log\nnode_modules\n!keep.log\n',
      'a.txt': 'a',
      'drop.log': 'x',
      'keep.log': 'x',
      'node_modules/big/index.js': 'x',
      'deep/folder/file': 'y',
    });
    await symlink('/etc/hostname', join(dir, 'link'));
    const lines: string[] = [];
    const { imageId } = await project.engine.build(request(dir, { args: { WHO: 'berth' }, target: 'base', labels: { ...project.labels, 'dev.berth.build': 'x1' }, noCache: true }), (line) => lines.push(line));
    expect(imageId).toMatch(/^sha256:/);
    const image = await project.root.inspectImage(`${project.name}-web:berth-dev`);
    expect(image).toMatchObject({ id: imageId, labels: { 'dev.berth.build': 'x1' } });
    expect(lines.join('\n')).toContain('hello berth');
    const id = await project.run('look', ['sh', '-c', 'cat /list; ls /never 2>/dev/null; readlink /app/link'], { Image: imageId });
    await project.engine.waitContainer(id);
    const logs = (await project.engine.logTail(id, 50)).map((line) => line.text);
    expect(logs).toEqual(['Dockerfile', 'a.txt', 'deep', 'keep.log', 'link', '/etc/hostname']);
  });

  it('says the line, the command and the last output of a failing Dockerfile', async () => {
    const dir = await context('fails', { Dockerfile: `# first\nFROM ${project.image}\n\nRUN echo before \\\n  && echo broken >&2 \\\n  && exit 3\n` });
    const error = await failureOf(project.engine.build(request(dir), () => undefined));
    expect(error).toMatchObject({ code: 'build-failed', where: { file: join(dir, 'Dockerfile'), line: 4 }, details: { line: 4 } });
    expect(error.message).toContain('exit code 3');
    expect((error.details?.['tail'] as string[]).join('\n')).toContain('broken');
  });

  it('says the line of a Dockerfile that cannot be read', async () => {
    const dir = await context('broken', { Dockerfile: `FROM ${project.image}\nRUN true\nFROBNICATE now\n` });
    const error = await failureOf(project.engine.build(request(dir), () => undefined));
    expect(error).toMatchObject({ code: 'build-failed', details: { line: 3 } });
    expect(error.message).toContain('line 3');
  });

  it('says which file a COPY misses, and that a base image cannot be fetched', async () => {
    const dir = await context('missing', { Dockerfile: `FROM ${project.image}\nCOPY absent.txt /x\n` });
    const error = await failureOf(project.engine.build(request(dir), () => undefined));
    expect(error).toMatchObject({ code: 'build-failed', details: { line: 2 } });
    expect(error.message).toContain('absent.txt');
    const base = await context('base', { Dockerfile: 'FROM registry.invalid/none:1\n' });
    const offline = await failureOf(project.engine.build(request(base), () => undefined));
    expect(offline.code).toBe('build-failed');
    expect(offline.message).toMatch(/cannot be reached|does not exist/);
  });

  it('builds an inline Dockerfile and one from outside the context', async () => {
    const dir = await context('inline', { 'x.txt': '1' });
    const inline = await project.engine.build(request(dir, { dockerfileInline: `FROM ${project.image}\nCOPY x.txt /x.txt\n` }), () => undefined);
    expect(inline.imageId).toMatch(/^sha256:/);
    await writeFile(join(project.dir, 'Other.Dockerfile'), `FROM ${project.image}\nCOPY x.txt /y.txt\n`);
    const outside = await project.engine.build(request(dir, { dockerfile: join(project.dir, 'Other.Dockerfile') }), () => undefined);
    expect(outside.imageId).toMatch(/^sha256:/);
  });

  it('stops when it is cancelled', async () => {
    const dir = await context('slow', { Dockerfile: `FROM ${project.image}\nRUN echo begun && sleep 60\n` });
    const abort = new AbortController();
    const error = await failureOf(project.engine.build(request(dir, { noCache: true }), (line) => line.includes('begun') && abort.abort(), abort.signal));
    expect(error.code).toBe('cancelled');
  });

  it('falls back to the classic builder, with the line of the failing step', async () => {
    const rule = proxy.addRule({ method: 'POST', path: '/session', action: { kind: 'status', status: 404, message: 'page not found' } });
    const dir = await context('classic', { Dockerfile: `FROM ${project.image}\nRUN echo classic\n` });
    const lines: string[] = [];
    await project.engine.build(request(dir), (line) => lines.push(line));
    expect(lines.join('\n')).toContain(': RUN echo classic');
    const failing = await context('classic-fails', { Dockerfile: `FROM ${project.image}\n\nRUN exit 4\n` });
    const error = await failureOf(project.engine.build(request(failing), () => undefined));
    expect(error).toMatchObject({ code: 'build-failed', details: { line: 3 } });
    rule.dispose();
  });

  it('never takes a build for done whose output was cut', async () => {
    const dir = await context('cut', { Dockerfile: `FROM ${project.image}\nRUN echo cut\n` });
    for (const afterBytes of [0, 1, 200, 900]) {
      const rule = proxy.addRule({ method: 'POST', path: '/build', action: { kind: 'cut', afterBytes } });
      const error = await failureOf(project.engine.build(request(dir, { tags: [`${project.name}-cut:${afterBytes}`], noCache: true }), () => undefined));
      expect(['engine-unreachable', 'build-failed']).toContain(error.code);
      rule.dispose();
    }
  });

  it('refuses a context outside the project unless that was agreed to, and a folder that is not there', async () => {
    const error = await failureOf(project.engine.build(request('/usr/share'), () => undefined));
    expect(error).toMatchObject({ code: 'trust-required' });
    expect((await failureOf(project.engine.build(request(join(project.dir, 'nowhere')), () => undefined))).code).toBe('build-failed');
    expect((await failureOf(project.root.build(request(project.dir), () => undefined))).code).toBe('policy-refused');
  });
});
