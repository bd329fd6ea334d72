import { describe, expect, it } from 'vitest';
import { buildError } from '@shared/domain/engine/build-error';
import { engineAddress, engineCandidates, type CandidateInput } from '@shared/domain/engine/candidates';
import { baseImagesOf, failingInstruction, instructionsOf } from '@shared/domain/engine/dockerfile-lines';
import { cleanEngineMessage, engineRefusal, engineUnreachable } from '@shared/domain/engine/engine-error';
import { pullError } from '@shared/domain/engine/pull-error';

describe('where an engine is looked for', () => {
  const base: CandidateInput = { env: {}, platform: 'linux', homeDir: '/home/u', userId: 1000, contexts: [{ name: 'lab', host: 'tcp://lab:2376' }], currentContext: undefined };

  it('only where DOCKER_HOST or DOCKER_CONTEXT says, when they say something', () => {
    expect(engineCandidates({ ...base, env: { DOCKER_HOST: 'unix:///x.sock', DOCKER_CONTEXT: 'lab' } })).toEqual([{ uri: 'unix:///x.sock', origin: 'DOCKER_HOST' }]);
    expect(engineCandidates({ ...base, env: { DOCKER_CONTEXT: 'lab' } })).toEqual([{ uri: 'tcp://lab:2376', origin: 'context lab' }]);
    expect(engineCandidates({ ...base, env: { DOCKER_CONTEXT: 'none' } })).toEqual([{ uri: 'context://none', origin: 'context none' }]);
  });

  it('the current context first, then the usual sockets, each once', () => {
    const list = engineCandidates({ ...base, currentContext: 'lab' });
    expect(list[0]).toEqual({ uri: 'tcp://lab:2376', origin: 'context lab' });
    expect(list[1]).toEqual({ uri: 'unix:///var/run/docker.sock', origin: 'default socket' });
    expect(new Set(list.map((item) => item.uri)).size).toBe(list.length);
    for (const origin of ['rootless socket', 'Docker Desktop', 'Colima', 'Rancher Desktop', 'OrbStack', 'Podman']) expect(list.some((item) => item.origin === origin), origin).toBe(true);
    expect(engineCandidates({ ...base, platform: 'win32', userId: undefined })[0]?.uri).toBe('npipe:////./pipe/docker_engine');
  });

  it('reads addresses, and says what it does not do', () => {
    expect(engineAddress('unix:///run/x.sock', false)).toEqual({ kind: 'socket', socketPath: '/run/x.sock' });
    expect(engineAddress('npipe:////./pipe/docker_engine', false)).toEqual({ kind: 'socket', socketPath: '//./pipe/docker_engine' });
    expect(engineAddress('tcp://10.0.0.1:2375', false)).toEqual({ kind: 'tcp', host: '10.0.0.1', port: 2375, tls: false });
    expect(engineAddress('tcp://[::1]', true)).toEqual({ kind: 'tcp', host: '::1', port: 2376, tls: true });
    for (const uri of ['ssh://u@h', 'context://x', 'gopher://x', 'tcp://a/b']) expect(engineAddress(uri, false).kind).toBe('unsupported');
  });
});

describe('what the engine says', () => {
  it('is cleaned', () => {
    expect(cleanEngineMessage('Error response from daemon: OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "x": not found: unknown')).toBe('Starting container process caused: exec: "x": not found.');
    expect(cleanEngineMessage('')).toBe('The engine gave no reason.');
  });

  it.each([
    ['driver failed programming external connectivity on endpoint a (0123abcd): Bind for 0.0.0.0:8080 failed: port is already allocated', 8080],
    ['driver failed programming external connectivity on endpoint a (0123abcd): Error starting userland proxy: listen tcp4 0.0.0.0:9000: bind: address already in use', 9000],
    ['Ports are not available: exposing port TCP 0.0.0.0:5432 -> 0.0.0.0:0: listen tcp 0.0.0.0:5432: bind: Only one usage of each socket address', 5432],
    ['listen tcp6 [::]:3000: bind: address already in use', 3000],
  ])('%s', (message, port) => {
    expect(engineRefusal(500, message, 'start x')).toMatchObject({ code: 'port-taken', message: `Port ${port} is already in use.`, details: { port } });
  });

  it('says what to do where no range of addresses is left, whatever the version calls it', () => {
    for (const [status, message] of [[404, 'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network'], [500, 'all predefined address pools have been fully subnetted']] as const) {
      expect(engineRefusal(status, message, 'create the network shop_default')).toMatchObject({ code: 'engine-refused', message: 'Docker could not create the network shop_default: it has no range of addresses left for another network.', hint: expect.stringContaining('docker network prune') as string });
    }
  });

  it('has codes for a full disk, for what is not there, for no permission', () => {
    expect(buildError({ file: '/p/Dockerfile', text: 'FROM x\nRUN dd of=/big\n' }, { message: 'The command returned a non-zero code: 1' }, ['dd: error writing /big: No space left on device', 'exit 1']).code).toBe('disk-full');
    expect(buildError({ file: '/p/Dockerfile', text: 'FROM x\nRUN false\n' }, { message: 'The command returned a non-zero code: 1' }, ['no']).code).toBe('build-failed');
    expect(engineRefusal(500, 'write /var/lib/x: no space left on device', 'create x').code).toBe('disk-full');
    expect(engineRefusal(404, 'No such container: x', 'start x')).toMatchObject({ code: 'not-found', message: 'No such container: x.' });
    expect(engineUnreachable('EACCES', '/var/run/docker.sock').hint).toContain('usermod');
  });

  it.each([
    ['pull access denied for x, repository does not exist or may require \'docker login\'', /does not exist, or you may not/],
    ['manifest for x:9 not found: manifest unknown', /does not exist\./],
    ['toomanyrequests: You have reached your pull rate limit', /no more downloads/],
    ['Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host', /cannot be reached/],
    ['unauthorized: authentication required', /may not download/],
    ['no matching manifest for linux/arm64', /kind of computer/],
  ])('of a pull: %s', (message, expected) => {
    expect(pullError('x', message)).toMatchObject({ code: 'pull-failed' });
    expect(pullError('x', message).message).toMatch(expected);
  });
});

const DOCKERFILE = ['# syntax', 'ARG BASE=a', 'FROM ${BASE} AS build', '', 'RUN one \\', '  # within', '  && two', 'COPY <<EOF /x', 'RUN not an instruction', 'EOF', 'FROM scratch', 'COPY --from=build /a /b', 'RUN three'].join('\n');

describe('lines of a Dockerfile', () => {
  it('reads instructions with continuations, comments, heredocs and stages', () => {
    expect(instructionsOf(DOCKERFILE).map((item) => [item.line, item.keyword, item.stage])).toEqual([
      [2, 'ARG', ''], [3, 'FROM', 'build'], [5, 'RUN', 'build'], [8, 'COPY', 'build'], [11, 'FROM', 'stage-1'], [12, 'COPY', 'stage-1'], [13, 'RUN', 'stage-1'],
    ]);
    expect(instructionsOf(DOCKERFILE)[2]?.text).toBe('RUN one && two');
  });

  it('finds the failing one by line, by text, by step and by number', () => {
    expect(failingInstruction(DOCKERFILE, { message: 'dockerfile parse error line 6: x' })?.line).toBe(5);
    expect(failingInstruction(DOCKERFILE, { message: '', vertex: '[build 2/3] RUN one   && two' })?.line).toBe(5);
    expect(failingInstruction(DOCKERFILE, { message: '', vertex: '[stage-1 2/3] COPY --from=build /a /filled-in' })?.line).toBe(12);
    expect(failingInstruction(DOCKERFILE, { message: '', step: 7 })?.line).toBe(13);
    expect(failingInstruction(DOCKERFILE, { message: 'who knows' })).toBeUndefined();
  });

  it('knows the base images', () => {
    expect(baseImagesOf('FROM --platform=linux/amd64 node:20 AS a\nFROM a\nFROM scratch\nFROM reg.io/x\n')).toEqual(['node:20', 'reg.io/x']);
  });

  it('says it in one sentence', () => {
    const error = buildError({ file: '/p/Dockerfile', text: DOCKERFILE }, { message: 'executor failed running [/bin/sh -c three]: exit code: 2', vertex: '[stage-1 3/3] RUN three' }, ['a', 'b']);
    expect(error).toMatchObject({ code: 'build-failed', message: 'The build failed at line 13 of the Dockerfile: "RUN three" ended with exit code 2.', where: { file: '/p/Dockerfile', line: 13 }, details: { tail: ['a', 'b'] } });
  });
});
