import { createSocket } from 'node:dgram';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import type { CheckResult } from '@shared/domain/checks/facts';
import { buildFiles, followChecks, observeMode, watchProjectFiles } from '@main/checks';
import { runProgram } from '@main/platform/process';
import { silentLogger } from '@main/platform/logger';
import { BUSYBOX_IMAGE, engineJson, engineRequest } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { twentyServices, type TestProject } from '../../support/projects';
import { useChecksWorld } from './kit';

const ran: string[] = [];

// Bridges of other tests come and go on this machine.
const { world, cleanup, project } = useChecksWorld('mk', { onCheck: (name) => ran.push(name), hostSubnets: () => Promise.resolve([]) });
beforeEach(() => void (ran.length = 0));

async function results(dir: string, mode = 'default'): Promise<readonly CheckResult[]> {
  const loaded = await world.projects.loadMode(dir, mode);
  return world.checks.results(loaded, await observeMode(world.engine, loaded));
}

const told = (found: readonly CheckResult[]): readonly string[] => found.map(({ finding }) => `${finding.severity} ${finding.code} ${String(finding.where?.line)}`);
const api = (rest: string): string => `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n${rest}`;
const git = async (dir: string, ...argv: readonly string[]): Promise<void> => {
  const { exitCode, stderr } = await runProgram('/usr/bin/git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@t', ...argv], { timeoutMs: 10_000 });
  if (exitCode !== 0) throw new Error(stderr);
};

/** A running container of a service of this project, with what a switch gives it. */
async function running(made: TestProject, service: string, more: { readonly Labels?: { readonly [key: string]: string }; readonly Binds?: readonly string[] } = {}): Promise<string> {
  const { Id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${made.name}-${service}-1`, {
    body: {
      Image: BUSYBOX_IMAGE,
      Cmd: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"],
      Labels: { 'com.docker.compose.project': made.name, 'com.docker.compose.service': service, 'com.docker.compose.oneoff': 'False', 'com.docker.compose.project.working_dir': made.dir, ...more.Labels },
      HostConfig: { NetworkMode: 'none', Binds: [...(more.Binds ?? [])] },
    },
  });
  cleanup(() => engineRequest('DELETE', `/containers/${Id}?force=true&v=true`));
  await engineJson('POST', `/containers/${Id}/start`);
  return Id;
}

describe('mounts', () => {
  it('a moved file is found by what git last knew of it, though others have its name', async () => {
    const made = await project({ 'compose.yaml': api('    volumes: ["./old/app.conf:/etc/app.conf"]\n'), 'old/app.conf': 'the real one\n', 'other/app.conf': 'another\n' });
    await git(made.dir, 'init', '-q');
    await git(made.dir, 'add', '.');
    await git(made.dir, 'commit', '-q', '-m', 'all');
    await mkdir(join(made.dir, 'deep/er'), { recursive: true });
    await rename(join(made.dir, 'old/app.conf'), join(made.dir, 'deep/er/renamed.conf'));
    // What a stranger's repository is set up to run is not run for him.
    expect((await results(made.dir))[0]?.fixes[0]?.action).toMatchObject({ kind: 'set-source', to: join(made.dir, 'other/app.conf') });
    await world.projects.trust(made.dir);
    const [found] = await results(made.dir);
    expect(found?.finding).toMatchObject({ code: 'BIND_SOURCE_MISSING', where: { line: 4 } });
    expect(found?.fixes[0]?.action).toMatchObject({ kind: 'set-source', to: join(made.dir, 'deep/er/renamed.conf') });
    expect(found?.finding.why).toContain('what lies there is the same');
  });

  it('without git, the only entry of its name is proposed; of two none is', async () => {
    const made = await project({ 'compose.yaml': api('    volumes: ["./src:/app/src", "./app.conf:/etc/app.conf"]\n'), 'packages/api/src/x': '', 'a/app.conf': '', 'b/app.conf': '' });
    const actions = (await results(made.dir)).map(({ fixes }) => fixes[0]?.action);
    expect(actions).toHaveLength(2);
    expect(actions).toContainEqual({ kind: 'set-source', service: 'api', index: 0, from: join(made.dir, 'src'), to: join(made.dir, 'packages/api/src') });
    expect(actions).toContainEqual({ kind: 'create-file', path: join(made.dir, 'app.conf') });
  });

  it('a file that was replaced while its container runs is stale; made anew it is not', async () => {
    const made = await project({ 'compose.yaml': api('    volumes: ["./app.conf:/etc/app.conf", "./src:/src"]\n'), 'app.conf': 'one\n', 'src/x': '' });
    const binds = [`${join(made.dir, 'app.conf')}:/etc/app.conf`, `${join(made.dir, 'src')}:/src`];
    const id = await running(made, 'api', { Binds: binds });
    expect(told(await results(made.dir))).toEqual([]);
    await writeFile(join(made.dir, 'next'), 'two\n');
    await rename(join(made.dir, 'next'), join(made.dir, 'app.conf'));
    const [found, ...rest] = await results(made.dir);
    expect(rest).toEqual([]);
    expect(found?.finding).toMatchObject({ code: 'BIND_SOURCE_STALE', service: 'api', where: { line: 4 } });
    expect(found?.fixes[0]?.action).toEqual({ kind: 'recreate-service', service: 'api' });
    await engineRequest('DELETE', `/containers/${id}?force=true`);
    await running(made, 'api', { Binds: binds });
    expect(told(await results(made.dir))).toEqual([]);
    // A folder that was made anew, as a checkout does, is not the one that the container holds.
    await rename(join(made.dir, 'src'), join(made.dir, 'old'));
    await mkdir(join(made.dir, 'src'));
    expect((await results(made.dir)).map(({ finding, fixes }) => [finding.code, finding.message, fixes[0]?.action.kind])).toEqual([['BIND_SOURCE_STALE', 'api still sees the old ./src: it was replaced while the container ran.', 'recreate-service']]);
  });

  it('a file that the user of the service may not read', async () => {
    const made = await project({ 'compose.yaml': api('    user: "12345:12345"\n    volumes: ["./key:/key"]\n'), key: 'secret\n' });
    await chmod(join(made.dir, 'key'), 0o640);
    const [found, ...rest] = await results(made.dir);
    expect(rest).toEqual([]);
    expect(found?.finding).toMatchObject({ code: 'BIND_SOURCE_PERMISSIONS', where: { line: 5 } });
    expect(found?.fixes[0]?.action).toEqual({ kind: 'set-permissions', path: join(made.dir, 'key'), mode: 0o644 });
  });
});

describe('builds', () => {
  const built = 'services:\n  api:\n    build: ./api\n';
  it('what a Dockerfile copies is looked for in its context, and in .dockerignore', async () => {
    const made = await project({
      'compose.yaml': built,
      'api/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY a.py *.txt src/?.js /app/\nCOPY gone.py /app/\nCOPY *.rb /app/\nCOPY dist /app/\nCOPY . /app/\nCOPY --from=0 /nowhere /x\n`,
      'api/.dockerignore': 'dist\n*.log\n',
      'api/a.py': '',
      'api/b.txt': '',
      'api/src/c.js': '',
      'api/dist/x': '',
    });
    expect(told(await results(made.dir))).toEqual(['error BUILD_COPY_MISSING 3', 'error BUILD_COPY_MISSING 4', 'error BUILD_COPY_IGNORED 5']);
    await made.write('api/.dockerignore', '*.log\n');
    await made.write('api/gone.py', '');
    await made.write('api/x.rb', '');
    expect(told(await results(made.dir))).toEqual([]);
  });

  it('a changed manifest marks only its own service, and only when the context really differs', async () => {
    const made = await project({
      'compose.yaml': 'services:\n  a:\n    build: ./a\n  b:\n    build: ./b\n',
      ...Object.fromEntries(['a', 'b'].flatMap((name) => [[`${name}/Dockerfile`, `FROM ${BUSYBOX_IMAGE}\nCOPY requirements.txt /\n`], [`${name}/requirements.txt`, 'one\n']])),
    });
    const loaded = await world.projects.loadMode(made.dir, 'default');
    const { buildFingerprint } = await import('@main/modes');
    const { contextFingerprint } = await import('@main/docker/context-fingerprint');
    for (const service of ['a', 'b']) {
      const definition = loaded.compose.model.services[service];
      if (definition === undefined) throw new Error(service);
      await running(made, service, { Labels: { 'dev.berth.build': await buildFingerprint({ fingerprintBuild: contextFingerprint }, service, definition, [loaded.compose.model]) } });
    }
    expect(told(await results(made.dir))).toEqual([]);
    await made.write('a/requirements.txt', 'one\ntwo\n');
    await made.write('b/requirements.txt', 'one\n');
    expect((await results(made.dir)).map(({ finding }) => [finding.code, finding.service, finding.message])).toEqual([['BUILD_OUTDATED', 'a', './a/requirements.txt changed after the running image of a was built.']]);
  });
});

describe('ports', () => {
  const taken = async (listen: (port: number) => Promise<() => void>): Promise<number> => {
    const port = await freePort();
    const close = await listen(port);
    cleanup(() => Promise.resolve(close()));
    return port;
  };
  const tcp = (host: string) => (port: number) =>
    new Promise<() => void>((resolve, reject) => {
      const server = createServer().once('error', reject).listen(port, host, () => resolve(() => server.close()));
    });
  const udp = (port: number): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const socket = createSocket('udp4').once('error', reject);
      socket.bind(port, '127.0.0.1', () => resolve(() => socket.close()));
    });

  it('UDP, IPv6, a whole range and a variable are all seen, and only what is really taken', async () => {
    const [one, two, three] = [await taken(udp), await taken(tcp('::1')), await taken(tcp('127.0.0.1'))];
    const ports = ['"127.0.0.1:${UDP}:53/udp"', '"[::1]:${V6}:80"', '"127.0.0.1:${RANGE}:81"', '"127.0.0.1:${V6}:82"'];
    const made = await project({ 'compose.yaml': `${api('    healthcheck: { test: ["CMD", "true"] }\n    ports:\n')}${ports.map((port) => `      - ${port}\n`).join('')}`, '.env': `UDP=${one}\nV6=${two}\nRANGE=${three}-${three}\n` });
    expect((await results(made.dir)).map(({ finding }) => [finding.code, finding.where?.line])).toEqual([['PORT_TAKEN', 6], ['PORT_TAKEN', 7], ['PORT_TAKEN', 8]]);
  });
});

describe('networks', () => {
  it('a subnet that another network of the engine has, and none after it is gone', async () => {
    const made = await project({ 'compose.yaml': `${api('    networks: [own]\n')}networks:\n  own:\n    ipam:\n      config:\n        - subnet: 10.213.77.0/24\n` });
    const { Id } = await engineJson<{ Id: string }>('POST', '/networks/create', { body: { Name: `${made.name}-foreign`, IPAM: { Config: [{ Subnet: '10.213.0.0/16' }] } } });
    try {
      const [found, ...rest] = await results(made.dir);
      expect(rest).toEqual([]);
      expect(found?.finding).toMatchObject({ code: 'SUBNET_OVERLAP', severity: 'error', where: { line: 9 }, message: `The subnet 10.213.77.0/24 of the network own overlaps with the network ${made.name}-foreign (10.213.0.0/16).` });
    } finally {
      await engineRequest('DELETE', `/networks/${Id}`);
    }
    expect(told(await results(made.dir))).toEqual([]);
  });
});

describe('modes and variables', () => {
  it('says which data another mode has, and which variable is not set', async () => {
    const file = (volume: string, tag: string): string => `services:\n  db:\n    image: ${BUSYBOX_IMAGE}${tag}\n    volumes: ["${volume}:/data"]\nvolumes: { ${volume}: {} }\n`;
    const made = await project({ 'docker-compose.dev.yml': file('dev', '${NOTHING}'), 'docker-compose.prod.yml': file('prod', '') });
    expect(told(await results(made.dir, 'dev'))).toEqual(['warning ENV_UNSET 3', 'warning DATA_NOT_IN_MODE 4']);
    expect(told(await results(made.dir, 'prod'))).toEqual(['warning DATA_NOT_IN_MODE 4']);
  });
});

describe('running again', () => {
  it('makes a check again only when what it looks at changed', async () => {
    const text = (port: number): string => api(`    ports: ["127.0.0.1:${port}:80"]\n    volumes: ["./src:/src"]\n    healthcheck: { test: ["CMD", "true"] }\n  built:\n    build: ./built\n`);
    const made = await project({ 'compose.yaml': text(31_001), 'src/x': '', 'built/Dockerfile': `FROM ${BUSYBOX_IMAGE}\n` });
    const observed = await observeMode(world.engine, await world.projects.loadMode(made.dir, 'default'));
    const again = async (): Promise<readonly string[]> => {
      ran.length = 0;
      await world.checks.results(await world.projects.loadMode(made.dir, 'default'), observed);
      // Other tests make networks meanwhile, and then the addresses of this machine are others.
      return ran.filter((name) => name !== 'port addresses');
    };
    expect((await again()).length).toBeGreaterThan(15);
    expect(await again()).toEqual([]);
    await made.write('built/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nCOPY gone /\n`);
    expect(await again()).toEqual(['builds', 'dependency health', 'plain dependencies', 'own health']);
    await made.write('compose.yaml', text(31_002));
    expect(await again()).toEqual(['ports', 'dependency health', 'own health']);
    expect(await again()).toEqual([]);
  });

  it('twenty services take well under two seconds', async () => {
    const made = await twentyServices();
    cleanup(() => made.close());
    await results(made.dir, 'dev');
    const beganMs = performance.now();
    const found = await results(made.dir, 'dev');
    expect(performance.now() - beganMs).toBeLessThan(2000);
    expect(found.filter(({ finding }) => finding.severity === 'error')).toEqual([]);
  });

  it('a save is told as an event, once, when the answer is another one', async () => {
    const made = await project({ 'compose.yaml': 'services:\n  api:\n    build: ./api\n', 'api/Dockerfile': `FROM ${BUSYBOX_IMAGE}\n` });
    const view = await world.projects.resolve(made.dir);
    const seen: BerthEvent[] = [];
    let wake: () => void = () => undefined;
    const subscription = world.events.subscribe((batch) => {
      seen.push(...batch.map((one) => one.event).filter((event) => event.type === 'checks.changed' && event.projectId === view.id));
      wake();
    });
    const until = async (count: number): Promise<void> => {
      while (seen.length < count) await new Promise<void>((resolve) => void (wake = resolve));
    };
    const watch = await watchProjectFiles((event) => world.events.publish(event));
    const loaded = await world.projects.loadMode(view.id, 'default');
    await watch.watch(view.id, [...loaded.compose.inputFiles, ...buildFiles(loaded.compose)]);
    const follow = followChecks({ checks: world.checks, projects: world.projects, observe: (one) => observeMode(world.engine, one), defaultMode: () => Promise.resolve('default'), events: world.events, timed: (work) => work(), log: silentLogger });
    try {
      await until(1);
      expect(seen[0]).toMatchObject({ errors: 0, warnings: 0, mode: 'default' });
      await made.write('api/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nCOPY gone /x\n`);
      await until(2);
      expect(seen[1]).toMatchObject({ errors: 1, warnings: 0 });
      await rm(join(made.dir, 'api/Dockerfile'));
      await until(3);
      expect(seen[2]).toMatchObject({ errors: 1, warnings: 0 });
      await made.write('api/Dockerfile', `FROM ${BUSYBOX_IMAGE}\n`);
      await until(4);
      expect(seen[3]).toMatchObject({ errors: 0, warnings: 0 });
    } finally {
      follow.dispose();
      watch.dispose();
      subscription.dispose();
    }
  });
});
