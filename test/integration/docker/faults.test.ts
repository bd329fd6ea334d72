import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { EngineEvent, EngineState } from '@main/docker/types';
import { startDockerProxy, type DockerProxy } from '../../support/docker-proxy';
import { testProject, until, type TestProject } from './harness';

let project: TestProject;
let proxy: DockerProxy;

beforeAll(async () => {
  proxy = await startDockerProxy();
  project = await testProject({ env: { DOCKER_HOST: proxy.uri }, timing: { heartbeatMs: 300, heartbeatDeadlineMs: 500 } });
  await project.root.connect();
});
beforeEach(() => proxy.clearRules());
afterAll(async () => {
  await project.close();
  await proxy.close();
});

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(() => new Error('it did not fail'), (reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** Resolves once the engine's state is the wanted one. */
function stateIs(wanted: EngineState['state']): Promise<EngineState> {
  const watch = until(() => (project.root.state().state === wanted ? project.root.state() : undefined));
  project.root.onStateChanged(watch.poke);
  watch.poke();
  return watch.done;
}

describe('an engine that fails in the middle', () => {
  it('reports a broken connection before and after the engine acted, and a second look decides', async () => {
    proxy.addRule({ method: 'POST', path: '/containers/create', times: 1, action: { kind: 'reset-before' } });
    expect((await errorOf(project.engine.createContainer(`${project.name}-a`, project.payload('a', ['sleep', '9'])))).code).toBe('engine-unreachable');
    expect((await project.engine.observe(project.name, [])).containers).toEqual([]);
    proxy.addRule({ method: 'POST', path: '/containers/create', times: 1, action: { kind: 'reset-after' } });
    expect((await errorOf(project.engine.createContainer(`${project.name}-a`, project.payload('a', ['sleep', '9'])))).code).toBe('engine-unreachable');
    // The engine made it: found by its label, not made twice, and it may be removed.
    const [made] = (await project.engine.observe(project.name, [])).containers;
    expect(made?.name).toBe(`${project.name}-a`);
    await project.engine.removeContainer(made?.id ?? '', { force: true, anonymousVolumes: true });
  });

  it('turns error answers, garbage and silence into AppErrors, never into success', async () => {
    const id = await project.run('b', ['sleep', '1000']);
    proxy.addRule({ path: /\/start$/, times: 1, action: { kind: 'status', status: 500, message: 'Error response from daemon: something broke' } });
    expect(await errorOf(project.engine.startContainer(id))).toMatchObject({ code: 'engine-refused', message: 'Docker could not start the container: Something broke.' });
    proxy.addRule({ path: /\/start$/, times: 1, action: { kind: 'status', status: 503, message: '' } });
    expect((await errorOf(project.engine.startContainer(id))).code).toBe('engine-refused');
    proxy.addRule({ method: 'DELETE', times: 1, action: { kind: 'status', status: 500, message: 'write /x: no space left on device' } });
    expect((await errorOf(project.engine.removeContainer(id, { force: true, anonymousVolumes: true }))).code).toBe('disk-full');
    for (const [path, ask] of [
      [/\/json$/, () => project.engine.inspectContainer(id)],
      ['/containers/json', () => project.engine.observe(project.name, [])],
      ['/containers/create', () => project.engine.createContainer(`${project.name}-g`, project.payload('g', ['true']))],
    ] as const) {
      proxy.addRule({ path, times: 1, action: { kind: 'garbage' } });
      expect((await errorOf(ask())).code).toBe('engine-refused');
    }
    proxy.addRule({ path: /\/stop$/, times: 1, action: { kind: 'freeze', forward: false } });
    const before = performance.now();
    expect((await errorOf(project.engine.stopContainer(id, 0))).code).toBe('engine-timeout');
    expect(performance.now() - before).toBeLessThan(7000);
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
  });

  it('removes a container that ends while it is being killed', async () => {
    const id = await project.run('ending', ['sleep', '1000']);
    const rule = proxy.addRule({ method: 'DELETE', times: 1, action: { kind: 'status', status: 409, message: `Could not kill running container ${id}, cannot remove - Container ${id} is not running` } });
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
    rule.dispose();
    expect((await errorOf(project.engine.inspectContainer(id))).code).toBe('not-found');
  });

  it('waits for its turn while the disk is measured for somebody else', async () => {
    const rule = proxy.addRule({ path: '/system/df', times: 2, action: { kind: 'status', status: 500, message: 'a disk usage operation is already running' } });
    const [one, other] = await Promise.all([project.root.diskUse(), project.root.diskUse()]);
    expect([one.images.length, other.images.length].every((count) => count > 0)).toBe(true);
    rule.dispose();
    proxy.addRule({ path: '/system/df', times: 1, action: { kind: 'status', status: 500, message: 'something else' } });
    expect((await errorOf(project.root.diskUse())).message).toBe('Docker could not measure its disk use: Something else.');
  });

  it('reads answers that come in small pieces', async () => {
    proxy.addRule({ path: '/networks', action: { kind: 'drip', bytes: 64, everyMs: 1 } });
    expect((await project.engine.listNetworks()).length).toBeGreaterThan(0);
  });

  it('never takes a cut log or list for a whole one', async () => {
    const id = await project.run('c', ['sh', '-c', 'for i in $(seq 1 200); do echo line $i; done; sleep 1000']);
    const printed = new AbortController();
    await project.engine.followLogs(id, { tail: -1, follow: true }, (line) => line.text === 'line 200' && printed.abort(), printed.signal);
    for (const afterBytes of [0, 1, 7, 8, 9, 100, 1000]) {
      const rule = proxy.addRule({ path: /\/logs$/, action: { kind: 'cut', afterBytes } });
      expect((await project.engine.logTail(id, 200).then(() => ({ code: 'it did not fail' }), (error: unknown) => error as AppError)).code, `${afterBytes} bytes`).toBe('engine-unreachable');
      rule.dispose();
    }
    for (const afterBytes of [0, 1, 500]) {
      const rule = proxy.addRule({ path: '/containers/json', action: { kind: 'cut', afterBytes } });
      expect((await errorOf(project.engine.observe(project.name, []))).code, `${afterBytes} bytes`).toBe('engine-unreachable');
      rule.dispose();
    }
    const rule = proxy.addRule({ path: /^\/exec\/.*\/start$/, action: { kind: 'cut', afterBytes: 3 } });
    // Both one that goes on and one that has ended by the time the engine is asked about it.
    for (const command of ['echo hello; sleep 30', 'echo hello']) expect((await errorOf(project.engine.exec(id, ['sh', '-c', command], () => undefined))).code, command).toBe('engine-unreachable');
    rule.dispose();
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
  });
});

describe('an engine that goes away and comes back', () => {
  it('is noticed, looked for and found again by itself, with a gap in the events', async () => {
    const events: EngineEvent[] = [];
    let poke: () => void = () => undefined;
    const listening = project.root.onEvent((event) => {
      events.push(event);
      poke();
    });
    const first = until(() => events.find((event) => event.type === 'gap'));
    poke = first.poke;
    first.poke();
    await first.done;

    const gone = stateIs('unreachable');
    await proxy.down();
    expect(await gone).toMatchObject({ state: 'unreachable' });
    expect((await errorOf(project.engine.observe(project.name, []))).code).toBe('engine-unreachable');

    events.length = 0;
    const gap = until(() => events.find((event) => event.type === 'gap'));
    poke = gap.poke;
    const before = performance.now();
    await proxy.up();
    await stateIs('connected');
    await gap.done;
    expect(performance.now() - before).toBeLessThan(10_000);

    const created = until(() => events.find((event) => event.action === 'create' && event.type === 'container' && event.attributes['com.docker.compose.project'] === project.name));
    poke = created.poke;
    const { id } = await project.engine.createContainer(`${project.name}-back`, project.payload('back', ['true']));
    expect((await created.done).id).toBe(id);
    listening.dispose();
    await project.engine.removeContainer(id, { force: true, anonymousVolumes: true });
  });

  it('is noticed within five seconds when it answers nothing any more', async () => {
    const before = performance.now();
    const gone = stateIs('unreachable');
    proxy.addRule({ action: { kind: 'freeze' } });
    await gone;
    expect(performance.now() - before).toBeLessThan(5000);
    proxy.clearRules();
    await stateIs('connected');
  });
});
