import { createServer } from 'node:net';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { EngineEvent, LogChunkLine } from '@main/docker/types';
import { removeProject, testProject, until, type TestProject } from './harness';

let project: TestProject;

beforeAll(async () => {
  project = await testProject();
});
afterAll(() => project.close());

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'nothing', (error: unknown) => (error instanceof AppError ? error.code : String(error)));
}

async function tarOf(files: { readonly [name: string]: string }): Promise<Uint8Array> {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('connection', () => {
  it('tells the engine and pins the older of both API versions', async () => {
    const state = await project.root.connect();
    expect(state).toMatchObject({ state: 'connected', info: { os: 'linux', endpoint: { origin: 'DOCKER_HOST' } } });
    const info = await project.root.info();
    expect(info.version).not.toBe('');
    expect(Number(info.apiVersion.split('.')[1])).toBeLessThanOrEqual(47);
  });
});

describe('a container from creation to its end', () => {
  it('is made beside others that fill the same new volume from the same image, all at once', async () => {
    const { engine } = project;
    for (let round = 0; round < 5; round += 1) {
      const volume = `${project.name}_filled${String(round)}`;
      await engine.createVolume(volume, { Labels: { ...project.labels, 'com.docker.compose.volume': volume } });
      const made = await Promise.all(
        Array.from({ length: 8 }, (_, at) => engine.createContainer(`${project.name}-fill${String(round)}-${String(at)}`, project.payload('fill', ['true'], { HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: '/usr' }] } }))),
      );
      for (const { id } of made) await engine.removeContainer(id, { force: true, anonymousVolumes: false });
    }
  });

  it('is created, started, observed, waited for, stopped and removed, each step twice as good as once', async () => {
    const { engine } = project;
    const network = await engine.createNetwork(`${project.name}_default`, { Driver: 'bridge', Labels: { ...project.labels, 'com.docker.compose.network': 'default' } });
    await engine.createVolume(`${project.name}_data`, { Labels: { ...project.labels, 'com.docker.compose.volume': 'data' } });
    const { id, warnings } = await engine.createContainer(`${project.name}-web-1`, project.payload('web', ['sh', '-c', 'trap "exit 5" TERM; while :; do sleep 0.1; done'], {
      Labels: { 'com.docker.compose.container-number': '1', 'com.docker.compose.config-hash': 'abc', 'com.docker.compose.project.config_files': '/a/x.yml,/a/y.yml', 'com.docker.compose.oneoff': 'False' },
      StopSignal: 'SIGTERM',
      StopTimeout: 4,
      Healthcheck: { Test: ['CMD-SHELL', 'echo well'], Interval: 1_000_000_000 },
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        NetworkMode: `${project.name}_default`,
        PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 },
        Mounts: [{ Type: 'volume', Source: `${project.name}_data`, Target: '/data' }, { Type: 'bind', Source: project.dir, Target: '/src', ReadOnly: true }],
      },
      NetworkingConfig: { EndpointsConfig: { [`${project.name}_default`]: { Aliases: ['web'] } } },
    }));
    expect(warnings).toEqual([]);
    await engine.startContainer(id);
    await engine.startContainer(id);
    const [observed] = (await engine.observe(project.name, [])).containers;
    expect(observed).toMatchObject({
      id, name: `${project.name}-web-1`, project: project.name, service: 'web', number: 1, oneOff: false, state: 'running', configHash: 'abc',
      configFiles: ['/a/x.yml', '/a/y.yml'], workingDir: project.dir, stopSignal: 'SIGTERM', stopTimeoutSeconds: 4, hasHealthcheck: true, init: false,
      restartPolicy: { name: 'on-failure', maximumRetryCount: 2 }, imageRef: project.image,
    });
    expect(observed?.ports).toEqual([{ hostIp: '127.0.0.1', hostPort: expect.any(Number) as number, containerPort: 80, protocol: 'tcp' }]);
    expect(observed?.requestedPorts).toEqual([{ hostIp: '127.0.0.1', hostPort: 0, containerPort: 80, protocol: 'tcp' }]);
    expect(observed?.mounts).toContainEqual({ type: 'volume', source: `${project.name}_data`, target: '/data', readOnly: false });
    expect(observed?.mounts).toContainEqual({ type: 'bind', source: project.dir, target: '/src', readOnly: true });
    expect(observed?.networks).toMatchObject([{ networkId: network, name: `${project.name}_default` }]);
    expect(observed?.networks[0]?.aliases).toContain('web');
    expect((await engine.listNetworks()).find((item) => item.id === network)?.containerIds).toEqual([id]);
    expect((await engine.listVolumes()).some((volume) => volume.name === `${project.name}_data`)).toBe(true);

    await engine.setRestartPolicy(id, { name: 'no', maximumRetryCount: 0 });
    const ended = engine.waitContainer(id);
    await engine.stopContainer(id, 10);
    await engine.stopContainer(id, 10);
    expect(await ended).toBe(5);
    await engine.killContainer(id, 'SIGKILL');
    await engine.renameContainer(id, `${project.name}-old`);
    expect(await engine.inspectContainer(id)).toMatchObject({ name: `${project.name}-old`, state: 'exited', exitCode: 5, restartPolicy: { name: 'no' } });
    await engine.restartContainer(id, 1);
    await engine.disconnectNetwork(network, id, true);
    await engine.disconnectNetwork(network, id, true);
    await engine.connectNetwork(network, id, { Aliases: ['again'] });
    await engine.connectNetwork(network, id, { Aliases: ['again'] });
    await engine.removeContainer(id, { force: true, anonymousVolumes: true });
    await engine.removeContainer(id, { force: true, anonymousVolumes: true });
    await engine.removeNetwork(network);
    await engine.removeNetwork(network);
    await engine.removeVolume(`${project.name}_data`);
    await engine.removeVolume(`${project.name}_data`);
    expect(await codeOf(engine.inspectContainer(id))).toBe('not-found');
    expect(await codeOf(engine.startContainer(id))).toBe('not-found');
  });

  it('says which port is taken, by a program or by a container', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => server.listen(0, '0.0.0.0', () => resolve((server.address() as { port: number }).port)));
    const publish = (hostPort: number) => ({ ExposedPorts: { '80/tcp': {} }, HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: String(hostPort) }] } } });
    const { id } = await project.engine.createContainer(`${project.name}-taken`, project.payload('taken', ['sleep', '100'], publish(port)));
    const error = await project.engine.startContainer(id).catch((reason: unknown) => reason as AppError);
    expect(error).toMatchObject({ code: 'port-taken', message: `Port ${port} is already in use.`, details: { port } });
    server.close();
  });

  it('says in the engine\'s words what it refuses', async () => {
    const error = await project.engine.createContainer(`${project.name}-bad`, project.payload('bad', [], { HostConfig: { Mounts: [{ Type: 'bind', Source: `${project.dir}/missing`, Target: '/x' }] } })).catch((reason: unknown) => reason as AppError);
    expect(error).toMatchObject({ code: 'engine-refused' });
    expect((error as AppError).message).toMatch(/^Docker could not create .*: Bind source path does not exist/);
    expect(await codeOf(project.engine.createContainer(`${project.name}-none`, { ...project.payload('none', []), Image: 'bt-dk-none:1' }))).toBe('not-found');
    expect(await project.root.inspectImage('bt-dk-none:1')).toBeNull();
    expect(await project.root.inspectImage('../../etc')).toBeNull();
  });
});

describe('observe', () => {
  it('reads twenty containers at little cost, own and foreign ones', async () => {
    const other = await testProject();
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => other.run(`s${index}`, ['sleep', '1000'])));
    const { id: stopped } = await project.engine.createContainer(`${project.name}-held`, project.payload('held', ['true'], { HostConfig: { RestartPolicy: { Name: 'always' }, PortBindings: { '81/tcp': [{ HostPort: '18999' }] } } }));
    await other.root.observe(other.name, [other.image]);
    const spentMs: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const before = process.cpuUsage();
      const observed = await other.root.observe(other.name, [other.image]);
      const { user, system } = process.cpuUsage(before);
      spentMs.push((user + system) / 1000);
      expect(observed.containers.map((item) => item.id).sort()).toEqual([...ids].sort());
      expect(observed.foreign.find((item) => item.id === stopped)).toMatchObject({ restartPolicy: { name: 'always' }, requestedPorts: [{ hostPort: 18999 }] });
    }
    const median = spentMs.sort((left, right) => left - right)[3] ?? 0;
    // What it costs, and not how long it takes: others wait for the same engine. Measured: 10 ms.
    expect(median).toBeLessThan(150);
    await other.close();
  });
});

describe('events', () => {
  it('begins with a gap and tells what happens, without the noise of execs', async () => {
    const events: EngineEvent[] = [];
    const ready = until(() => events.find((event) => event.type === 'gap'));
    let poke = ready.poke;
    const listening = project.root.onEvent((event) => {
      events.push(event);
      poke();
    });
    await ready.done;
    const destroyed = until(() => events.find((event) => event.action === 'destroy' && event.attributes['name'] === `${project.name}-seen`));
    poke = destroyed.poke;
    const id = await project.run('seen', ['sleep', '1000']);
    await project.engine.exec(id, ['true'], () => undefined);
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
    await destroyed.done;
    const own = events.filter((event) => event.id === id);
    expect(own.map((event) => event.action)).toEqual(['create', 'start', 'kill', 'die', 'destroy']);
    expect(own[0]?.attributes['com.docker.compose.project']).toBe(project.name);
    listening.dispose();
  });
});

describe('logs, exec and copies', () => {
  it('separates streams, keeps long lines whole, and carries times', async () => {
    const script = 'echo one; echo two >&2; head -c 40000 /dev/zero | tr "\\0" x; echo; printf "no newline"';
    const id = await project.run('logs', ['sh', '-c', script]);
    await project.engine.waitContainer(id);
    const lines = await project.engine.logTail(id, 100);
    const out = lines.filter((line) => line.stream === 'stdout').map((line) => line.text);
    expect(out).toEqual(['one', 'x'.repeat(40000), 'no newline']);
    expect(lines.filter((line) => line.stream === 'stderr').map((line) => line.text)).toEqual(['two']);
    for (const line of lines) expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect((await project.engine.logTail(id, 1)).map((line) => line.text)).toHaveLength(1);
  });

  it('reads a terminal\'s log and follows until the end or until told', async () => {
    const id = await project.run('tty', ['sh', '-c', 'echo first; read x; echo "got $x"; sleep 1000'], { Tty: true, OpenStdin: true });
    const seen: LogChunkLine[] = [];
    const abort = new AbortController();
    await project.engine.followLogs(id, { tail: -1, follow: true }, (line) => {
      seen.push(line);
      if (line.text === 'first') abort.abort();
    }, abort.signal);
    expect(seen[0]).toMatchObject({ stream: 'stdout', text: 'first' });
    expect(seen[0]?.time).not.toBe('');
    const rest = project.engine.followLogs(id, { tail: -1, follow: true }, () => undefined, new AbortController().signal);
    await project.engine.killContainer(id, 'SIGKILL');
    await rest;
  });

  it('runs a command with its output and exit code, and copies files in', async () => {
    const { id } = await project.engine.createContainer(`${project.name}-exec`, project.payload('exec', ['sleep', '1000']));
    await project.engine.putArchive(id, '/', await tarOf({ 'note.txt': 'hello from a tar\n' }));
    await project.engine.startContainer(id);
    const output = { stdout: '', stderr: '' };
    const code = await project.engine.exec(id, ['sh', '-c', 'cat /note.txt; echo wrong >&2; exit 7'], (stream, data) => (output[stream] += Buffer.from(data).toString()));
    expect(code).toBe(7);
    expect(output).toEqual({ stdout: 'hello from a tar\n', stderr: 'wrong\n' });
    const abort = new AbortController();
    const long = project.engine.exec(id, ['sh', '-c', 'echo go; sleep 1000'], () => abort.abort(), abort.signal);
    expect(await codeOf(long)).toBe('cancelled');
  });

  it('stops waiting when told', async () => {
    const id = await project.run('waiting', ['sleep', '1000']);
    const abort = new AbortController();
    const waiting = project.engine.waitContainer(id, abort.signal);
    abort.abort();
    expect(await codeOf(waiting)).toBe('cancelled');
  });
});

describe('images', () => {
  it('gives names and takes them, never by id', async () => {
    const image = await project.root.inspectImage(project.image);
    await project.engine.tagImage(image?.id ?? '', `${project.name}-web:berth-dev`);
    expect(await project.root.inspectImage(`${project.name}-web:berth-dev`)).toMatchObject({ id: image?.id });
    await project.engine.removeImage(`${project.name}-web:berth-dev`);
    await project.engine.removeImage(`${project.name}-web:berth-dev`);
    expect(await project.root.inspectImage(`${project.name}-web:berth-dev`)).toBeNull();
    expect(await codeOf(project.engine.removeImage(image?.id ?? ''))).toBe('policy-refused');
    expect(await codeOf(project.engine.removeImage(project.image))).toBe('policy-refused');
    expect(await project.root.inspectImage(project.image)).not.toBeNull();
  });

  it('says in plain words why an image cannot be fetched', async () => {
    const error = await project.engine.pull('registry.invalid/none:1', undefined, () => undefined).catch((reason: unknown) => reason as AppError);
    expect(error).toMatchObject({ code: 'pull-failed', message: 'The registry of registry.invalid/none:1 cannot be reached.' });
  });
});

it('leaves nothing behind', async () => {
  await removeProject(project.name);
  expect((await project.root.observe(project.name, [])).containers).toEqual([]);
});
