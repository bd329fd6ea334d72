import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { openDriftWorld, type DriftWorld } from './kit';

const obstacle = await privateEngineObstacle();

describe.skipIf(obstacle !== null)('an engine that restarts between two heartbeats, with healing on', () => {
  let engine: PrivateEngine;
  let world: DriftWorld;
  let project: TestProject;
  let id: string;
  const states: string[] = [];

  const heals = async () => (await world.operations.list({ projectId: id, limit: 500 })).filter((one) => one.kind === 'drift.heal');
  const running = async (): Promise<readonly string[]> => (await world.engine.observe(project.name, [])).containers.filter((one) => one.state === 'running').map((one) => one.service).sort();

  beforeAll(async () => {
    engine = await startPrivateEngine();
    const { socketPath } = engine;
    await ensureBusybox({ socketPath });
    const service = (parts: object): object => ({ image: BUSYBOX_IMAGE, network_mode: 'none', command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '1s', ...parts });
    const text = stringify({ services: { plain: service({}), deaf: service({ command: ['sleep', '100000'] }), kept: service({ restart: 'always' }), off: service({}) } });
    project = await emptyProject('er', { socketPath, files: { 'docker-compose.dev.yml': text, 'docker-compose.clean.yml': text } });
    world = await openDriftWorld({ socketPath });
    // Every try in vain would be the last one.
    world.settings['heal.maxTries'] = 1;
    await world.engine.connect();
    world.engine.onStateChanged(({ state }) => states.at(-1) !== state && states.push(state));
    id = (await world.projects.open(project.dir, true)).id;
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    await world.handlers['drift.policy']({ project: id, policy: 'heal' }, { door: 'internal', signal: new AbortController().signal });
    await world.reconciler.start();
    await world.engine.as(await world.projects.authorization(id)).stopContainer((await world.engine.observe(project.name, [])).containers.find((one) => one.service === 'off')?.id ?? '', 1);
    await world.until(id, 'stopped on purpose', (drifts) => drifts.some((one) => one.service === 'off' && one.cause === 'intent'));
  }, 120_000);
  afterAll(async () => {
    await world?.close();
    await project?.close();
    await engine?.close();
  }, 60_000);

  test.each([
    ['orderly', () => engine.restart()],
    ['by kill -9', () => engine.kill().then(() => engine.start())],
    ['orderly once more', () => engine.restart()],
    ['by kill -9 once more', () => engine.kill().then(() => engine.start())],
  ])('%s: what stays down is brought back once, and nothing counts as a crash', { timeout: 90_000 }, async (_how, restart) => {
    expect(await running()).toEqual(['deaf', 'kept', 'plain']);
    const before = await heals();
    states.length = 0;
    await restart();
    const back = performance.now();
    const healed = new Set<string>();
    await world.until(id, 'as wanted', (drifts) => {
      for (const one of drifts) if (one.state === 'healing') healed.add(one.service);
      return states.includes('connected') && drifts.length === 1 && drifts[0]?.service === 'off' && healed.size === 2;
    }, 40_000);
    process.stdout.write(`as wanted ${(performance.now() - back).toFixed(0)} ms after the engine was back\n`);
    expect(states).toEqual(['unreachable', 'connected']);
    for (let turn = 0; turn < 5; turn += 1) await world.reconciler.pass(id);
    expect(await running()).toEqual(['deaf', 'kept', 'plain']);
    const made = (await heals()).slice(0, (await heals()).length - before.length);
    expect(made.map((one) => [one.state, one.origin])).toEqual([['succeeded', 'drift'], ['succeeded', 'drift']]);
    expect(world.alerts.raised).toEqual([]);
    expect((await world.store.listRecords('heal')).filter((one) => (one.data['tries'] as readonly number[]).length > 0)).toEqual([]);
    expect((await world.reconciler.list(id)).map((one) => `${one.service} ${one.cause} ${one.state}`)).toEqual(['off intent open']);
  });
});
