import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@shared/kernel/json';
import type { StopReaction } from '@main/docker/types';
import { testProject, type TestProject } from './harness';

const run = promisify(execFile);

/** Waits for signals without ever handling one: what a careless look takes for a program that cannot react. */
const PROGRAMS = {
  sigwait: `#include <signal.h>
#include <stddef.h>
#include <unistd.h>
int main(void){sigset_t s;int got;sigemptyset(&s);sigaddset(&s,SIGTERM);sigprocmask(SIG_BLOCK,&s,NULL);write(1,"ready\\n",6);sigwait(&s,&got);return 7;}`,
  // Waits for the signal without blocking it first: only the wait channel tells.
  sigtimedwait: `#include <signal.h>
#include <stddef.h>
#include <unistd.h>
int main(void){sigset_t s;sigemptyset(&s);sigaddset(&s,SIGTERM);write(1,"ready\\n",6);sigwaitinfo(&s,NULL);return 7;}`,
  // The waiting is done by a second thread; the first one only pauses.
  thread: `#include <signal.h>
#include <stddef.h>
#include <unistd.h>
#include <stdlib.h>
#include <pthread.h>
static void*w(void*p){sigset_t s;sigemptyset(&s);sigaddset(&s,SIGTERM);write(1,"ready\\n",6);sigwaitinfo(&s,NULL);exit(7);return p;}
int main(void){pthread_t t;pthread_create(&t,NULL,w,NULL);for(;;)sleep(1000);}`,
  signalfd: `#include <sys/signalfd.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>
int main(void){sigset_t s;struct signalfd_siginfo i;sigemptyset(&s);sigaddset(&s,SIGTERM);sigprocmask(SIG_BLOCK,&s,NULL);int f=signalfd(-1,&s,0);write(1,"ready\\n",6);read(f,&i,sizeof i);return 7;}`,
  epoll: `#include <sys/epoll.h>
#include <stddef.h>
#include <unistd.h>
int main(void){int e=epoll_create1(0);struct epoll_event v;write(1,"ready\\n",6);epoll_wait(e,&v,1,-1);return 0;}`,
} as const;

let project: TestProject;
let programs: string;
let imageWithPrograms: string;

async function present(program: string, aptPackage: string): Promise<string> {
  const { stdout } = await run('/bin/sh', ['-c', `command -v ${program}`]).catch(() => ({ stdout: '' }));
  if (stdout.trim() === '') throw new Error(`This test needs ${program}: apt-get install ${aptPackage}`);
  return realpath(stdout.trim());
}

/** A program with every library it loads, for a bind of each to its own path. */
async function withLibraries(program: string): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }));
  return [program, ...[...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string)];
}

beforeAll(async () => {
  project = await testProject();
  programs = await mkdtemp(join(tmpdir(), 'bt-dk-c-'));
  const compiler = await present('gcc', 'gcc libc6-dev');
  await writeFile(join(project.dir, 'Dockerfile'), `FROM ${project.image}\nCOPY bin /programs\n`);
  await run('mkdir', ['-p', join(project.dir, 'bin')]);
  for (const [name, source] of Object.entries(PROGRAMS)) {
    await writeFile(join(programs, `${name}.c`), source);
    await run(compiler, ['-static', '-pthread', '-w', '-o', join(project.dir, 'bin', name), join(programs, `${name}.c`)]);
  }
  const tag = `${project.name}-programs:1`;
  await project.engine.build({ contextDir: project.dir, dockerfile: 'Dockerfile', args: {}, labels: project.labels, tags: [tag], noCache: false, pull: false, cacheFrom: [], extraHosts: [] }, () => undefined);
  imageWithPrograms = tag;
});
afterAll(async () => {
  await project.close();
  await rm(programs, { recursive: true, force: true });
});

/** Starts a container, waits for its first line where it prints one, and asks. */
async function reaction(service: string, command: readonly string[], more: JsonObject = {}, ready = false, trusted: readonly string[] = []): Promise<StopReaction> {
  const engine = project.root.as(project.authorization(trusted));
  const { id } = await engine.createContainer(`${project.name}-${service}`, project.payload(service, command, more));
  await engine.startContainer(id);
  if (ready) {
    const abort = new AbortController();
    await engine.followLogs(id, { tail: -1, follow: true }, (line) => line.text === 'ready' && abort.abort(), abort.signal);
  }
  const answer = await engine.stopReaction(await engine.inspectContainer(id));
  await engine.removeContainer(id, { force: true, anonymousVolumes: true });
  return answer;
}

describe('stopReaction', () => {
  it('says that a plain sleep and a shell loop cannot react', async () => {
    expect(await reaction('sleep', ['sleep', '1000'])).toMatchObject({ cannotReact: true });
    expect(await reaction('loop', ['sh', '-c', 'echo ready; while :; do sleep 1000; done'], {}, true)).toMatchObject({ cannotReact: true });
    expect(await reaction('tail', ['tail', '-f', '/dev/null'])).toMatchObject({ cannotReact: true });
  });

  it('is right about it: the stop signal of such a container is lost', async () => {
    const id = await project.run('lost', ['sleep', '1000']);
    await project.engine.killContainer(id, 'SIGTERM');
    const before = Date.now();
    await project.engine.stopContainer(id, 1);
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
    expect((await project.engine.inspectContainer(id)).exitCode).toBe(137);
  });

  it('gives the grace to a shell with a trap', async () => {
    expect(await reaction('trap', ['sh', '-c', 'trap "exit 0" TERM; echo ready; while :; do sleep 1; done'], {}, true)).toMatchObject({ cannotReact: false, reason: 'it handles its stop signal' });
  });

  it('gives the grace under init: true, tini and dumb-init', async () => {
    expect((await reaction('init', ['sleep', '1000'], { HostConfig: { Init: true } })).reason).toContain('init process');
    for (const [name, apt] of [['tini', 'tini'], ['dumb-init', 'dumb-init']] as const) {
      const files = await withLibraries(await present(name, apt));
      const answer = await reaction(
        name,
        [files[0] as string, '--', 'sleep', '1000'],
        { HostConfig: { Mounts: files.map((file) => ({ Type: 'bind', Source: file, Target: file, ReadOnly: true })) } },
        false,
        files.map((file) => `bind-outside:${name}:${file}:ro`),
      );
      expect(answer.cannotReact, name).toBe(false);
      // Hidden under another name, the way it waits gives it away.
      const renamed = await reaction(
        `${name}-hidden`,
        ['/app', '--', 'sleep', '1000'],
        { HostConfig: { Mounts: files.map((file, index) => ({ Type: 'bind', Source: file, Target: index === 0 ? '/app' : file, ReadOnly: true })) } },
        false,
        files.map((file) => `bind-outside:${name}-hidden:${file}:ro`),
      );
      expect(renamed.cannotReact, `${name} under another name`).toBe(false);
    }
  });

  it('gives the grace to programs that wait for the signal without handling it', async () => {
    for (const name of Object.keys(PROGRAMS)) {
      const answer = await reaction(name, [`/programs/${name}`], { Image: imageWithPrograms }, true);
      expect(answer, name).toMatchObject({ cannotReact: false });
    }
  });

  it('gives the grace to a container with a writable named volume, not for a read-only or an anonymous one', async () => {
    const volume = `${project.name}-data`;
    await project.engine.createVolume(volume, { Labels: project.labels });
    const mount = (more: JsonObject) => ({ HostConfig: { Mounts: [{ Type: 'volume', Target: '/data', ...more }] } });
    expect((await reaction('volume', ['sleep', '1000'], mount({ Source: volume }))).reason).toContain(volume);
    expect(await reaction('volume-ro', ['sleep', '1000'], mount({ Source: volume, ReadOnly: true }))).toMatchObject({ cannotReact: true });
    expect(await reaction('volume-anon', ['sleep', '1000'], mount({}))).toMatchObject({ cannotReact: true });
  });

  it('gives the grace when the processes cannot be read, and to what is not running', async () => {
    const id = await project.run('gone', ['sleep', '1000']);
    const seen = await project.engine.inspectContainer(id);
    await project.engine.stopContainer(id, 0);
    expect(await project.engine.stopReaction(seen)).toMatchObject({ cannotReact: false });
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
    expect(await project.engine.stopReaction(seen)).toMatchObject({ cannotReact: false });
  });

  it('looks at the stop signal the container has', async () => {
    const usr1 = ['sh', '-c', 'trap "exit 0" USR1; echo ready; while :; do sleep 1000; done'];
    expect(await reaction('usr1', usr1, { StopSignal: 'SIGUSR1' }, true)).toMatchObject({ cannotReact: false });
    expect(await reaction('usr1-term', usr1, {}, true)).toMatchObject({ cannotReact: true });
  });
});
