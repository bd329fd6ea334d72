import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { realBerth, type Berth, type Running } from './host-process';

type Listed = OutputOf<'operations.list'>[number];

const obstacle = await privateEngineObstacle();
/** An answer that takes this much longer than that of a command without an engine at most was not held up by looking for one. */
const AT_ONCE_MS = 2_000;
const SOON_MS = 10_000;

describe.skipIf(obstacle !== null)('while the engine is away', () => {
  let engine: PrivateEngine;
  let berth: Berth;
  let project: TestProject;
  let serve: Running;
  const waiting: Running[] = [];

  const list = async (): Promise<readonly Listed[]> => (await berth.json<OutputOf<'operations.list'>>('operations', 'list')).value;
  const words = (...given: string[]): string[] => [...given, '--project', project.dir, '--yes'];

  /** Waits until the newest operation of this kind satisfies it; the list is asked through the door, as a user would. */
  async function until(kind: string, holds: (operation: Listed) => boolean): Promise<Listed> {
    const deadlineMs = performance.now() + 15_000;
    for (;;) {
      const found = (await list()).find((one) => one.kind === kind);
      if (found !== undefined && holds(found)) return found;
      if (performance.now() > deadlineMs) throw new Error(`${kind} is ${JSON.stringify(found)}`);
    }
  }

  /** Asked for by a person at a terminal, who now looks at its progress. */
  async function isTaken(kind: string, ...given: string[]): Promise<{ readonly id: string; readonly asked: Running }> {
    const asked = berth.start(words(...given));
    waiting.push(asked);
    await asked.says('Waiting for the Docker engine');
    const operation = await until(kind, (one) => one.state === 'queued');
    expect(operation).toMatchObject({ cancellable: true, progress: { message: 'Waiting for the Docker engine' } });
    return { id: operation.id, asked };
  }

  async function isRefused(...given: string[]): Promise<void> {
    const asked = performance.now();
    const before = (await list()).length;
    const began = performance.now();
    const refused = await berth.json(...words(...given));
    expect(performance.now() - began).toBeLessThan(AT_ONCE_MS + (began - asked));
    expect([refused.code, refused.error.code]).toEqual([3, 'engine-unreachable']);
    expect(refused.error.message).toMatch(/^[^.]*Docker[^.]*(?:\.sock)?\.$/);
    expect((await list()).length).toBe(before);
  }

  async function serves(): Promise<void> {
    serve = berth.start(['serve']);
    await serve.says('"type":"ready"');
  }

  beforeAll(async () => {
    engine = await startPrivateEngine();
    await ensureBusybox({ socketPath: engine.socketPath });
    berth = await realBerth({ DOCKER_HOST: engine.dockerHost });
    const sleeps = (): object => ({ image: BUSYBOX_IMAGE, network_mode: 'none', command: ['sleep', '1000'], stop_grace_period: '1s' });
    project = await emptyProject('ea', { socketPath: engine.socketPath, files: { 'docker-compose.dev.yml': stringify({ services: { one: sleeps(), two: sleeps() } }) } });
    await berth.json('projects', 'open', project.dir);
    await berth.json('projects', 'trust', project.dir);
    expect((await berth.json('modes', 'switch', 'dev', '--project', project.dir, '--yes')).code).toBe(0);
    await engine.stop();
    await serves();
  }, 120_000);
  afterAll(async () => {
    for (const one of waiting) one.child.kill('SIGKILL');
    await berth?.close();
    if (engine?.pid() === null) await engine.start();
    await project?.close();
    await engine?.close();
  }, 60_000);

  test('operations are taken and wait, go on by themselves, and can be cancelled; a plan that needs it is refused at once', { timeout: 120_000 }, async () => {
    await isRefused('modes', 'switch', 'dev');
    const start = await isTaken('services.start', 'services', 'start');
    const stop = await isTaken('services.stop', 'services', 'stop', 'two');
    const restart = await isTaken('services.restart', 'services', 'restart', 'one');
    const heal = await isTaken('drift.heal', 'drift', 'heal');
    const resources = await isTaken('services.resources', 'services', 'resources', 'one', 'current');
    for (const one of [stop, restart, heal, resources]) {
      expect((await berth.json<Listed>('operations', 'cancel', one.id)).value.state).toBe('cancelled');
      expect((await one.asked.ended).code).not.toBe(0);
    }
    const repaired = await berth.json('doctor', 'fix', 'disk', '--yes');
    expect([repaired.code, (await until('doctor.fix', () => true)).state]).toEqual([0, 'succeeded']);

    // It also waits over the end of this Berth, when nobody looks any more.
    start.asked.child.kill('SIGKILL');
    await start.asked.ended;
    serve.child.kill('SIGKILL');
    await serve.ended;
    await serves();
    expect(await until('services.start', () => true)).toMatchObject({ id: start.id, state: 'queued', progress: { message: 'Waiting for the Docker engine' } });
    await engine.start();
    const back = performance.now();
    await until('services.start', (one) => one.state === 'succeeded');
    const tookMs = performance.now() - back;
    process.stdout.write(`started ${tookMs.toFixed(0)} ms after the engine was back\n`);
    expect(tookMs).toBeLessThan(SOON_MS);
    expect((await list()).filter((one) => one.kind === 'services.start').length).toBe(1);
  });

  test('the same holds for an engine that was there and went; what cannot be then fails with a plain sentence', { timeout: 120_000 }, async () => {
    await engine.stop();
    let down = await berth.json<OutputOf<'runtime.status'>>('runtime', 'status');
    while (down.value.components.find((one) => one.name === 'operation-worker')?.state !== 'waiting') down = await berth.json('runtime', 'status');
    await isRefused('modes', 'switch', 'dev');
    const start = await isTaken('services.start', 'services', 'start', 'one');
    const unknown = await isTaken('services.stop', 'services', 'stop', 'nothing');
    await engine.start();
    const back = performance.now();
    expect((await start.asked.ended).code).toBe(0);
    expect(performance.now() - back).toBeLessThan(SOON_MS);
    const ended = await unknown.asked.ended;
    expect(ended.code).not.toBe(0);
    expect(ended.err).toContain('nothing');
    expect((await until('services.stop', () => true)).error).toMatchObject({ code: 'service-not-found' });
  });

  test('a single command says at once that there is none, and leaves nothing behind', { timeout: 60_000 }, async () => {
    serve.child.kill('SIGTERM');
    await serve.ended;
    await engine.stop();
    await isRefused('services', 'start');
    await isRefused('modes', 'switch', 'dev');
  });
});
