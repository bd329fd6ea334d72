import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { BUSYBOX_IMAGE, engineJson, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { realBerth, type Berth } from './host-process';

const NAMES = ['store', 'engine', 'events', 'api', 'worker', 'reconcilers', 'scheduler'];

let berth: Berth;
let project: TestProject | null = null;

beforeAll(async () => {
  await ensureBusybox();
  berth = await realBerth();
});
afterEach(async () => {
  await project?.close();
  project = null;
});
afterAll(() => berth.close());

describe('the life of one process', () => {
  test('SIGTERM during a build: exit 0 within 30 s, the operation undone, nothing left over, the log in order', { timeout: 120_000 }, async () => {
    project = await emptyProject('rt', {
      files: {
        'docker-compose.dev.yml': stringify({ services: { slow: { build: '.', command: ['sleep', '1000'] } } }),
        Dockerfile: `FROM ${BUSYBOX_IMAGE}\nRUN echo building-now && sleep 20 # ${Math.random().toString(36)}\n`,
      },
    });
    const serve = berth.start(['serve']);
    await serve.says('"type":"ready"');
    const opened = await berth.json<{ id: string }>('projects', 'open', project.dir);
    await berth.json('projects', 'trust', opened.value.id);
    const switching = berth.start(['modes', 'switch', 'dev', '--project', project.dir, '--yes', '--json']);
    await serve.says('building-now');

    const sinceMs = performance.now();
    serve.child.kill('SIGTERM');
    const { code } = await serve.ended;
    expect(code).toBe(0);
    expect(performance.now() - sinceMs).toBeLessThan(30_000);
    await switching.ended;

    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`] }));
    expect(await engineJson('GET', `/containers/json?all=1&filters=${filters}`)).toEqual([]);

    const lines = await berth.logLines();
    const end = lines.slice(lines.lastIndexOf('lifespan.start 1 store: open'));
    const starts = end.filter((line) => line.startsWith('lifespan.start')).map((line) => line.replace(/:.*/, ''));
    expect(starts).toEqual(NAMES.map((name, index) => `lifespan.start ${index + 1} ${name}`));
    const stops = end.filter((line) => line.startsWith('lifespan.stop')).map((line) => line.replace(/:.*/, ''));
    expect(stops).toEqual(NAMES.map((name, index) => `lifespan.stop ${index + 1} ${name}`).reverse());
    expect(end.indexOf('worker.stopped')).toBeGreaterThan(-1);
    expect(end.indexOf('worker.stopped')).toBeLessThan(end.indexOf('store.closed'));

    // Without a host now: the store opens clean, and the same journal is read.
    const listed = await berth.json<OutputOf<'operations.list'>>('operations', 'list');
    const ended = listed.value.find((one) => one.kind === 'modes.switch');
    expect(['cancelled', 'rolled-back', 'failed']).toContain(ended?.state);
    expect(ended?.finishedAt).not.toBeNull();
  });

  test('a second serve is refused with the pid of the first; answers are the same with and without a host; a pause is kept', { timeout: 120_000 }, async () => {
    const alone = await berth.json<OutputOf<'runtime.status'>>('runtime', 'status');
    expect(alone.value.host).toBe('command');
    expect(alone.value.components.map((one) => [one.name, one.state]).slice(2)).toEqual([['status-reconciler', 'stopped'], ['drift-reconciler', 'stopped']]);
    const before = await berth.json('operations', 'list');
    expect(await berth.json('settings', 'set', 'drift.everySeconds', '20')).toMatchObject({ code: 0, value: { value: 20 } });
    expect(await berth.json('settings', 'set', 'drift.everySeconds', '1')).toMatchObject({ code: 2, error: { code: 'input-invalid' } });

    const serve = berth.start(['serve']);
    await serve.says('"type":"ready"');
    expect((await berth.json('operations', 'list')).value).toEqual(before.value);
    const second = await berth.start(['serve', '--json']).ended;
    expect(second.code).toBe(1);
    expect(second.out + second.err).toContain(`process ${String(serve.child.pid)}`);
    const hosted = await berth.json<OutputOf<'runtime.status'>>('runtime', 'status');
    expect(hosted.value).toMatchObject({ pid: serve.child.pid, workerId: 1, host: 'serve' });
    expect(new Set(hosted.value.components.map((one) => one.pid))).toEqual(new Set([serve.child.pid]));
    expect(hosted.value.lifespan.map((one) => one.name)).toEqual(NAMES);
    await berth.json('runtime', 'pause', 'drift-reconciler');
    await berth.json('runtime', 'pause', 'api-server');
    expect(await berth.json('projects', 'list')).toMatchObject({ error: { code: 'busy' } });
    await berth.json('runtime', 'resume', 'api-server');
    await serve.says('"runtime.changed"');
    serve.child.kill('SIGTERM');
    expect((await serve.ended).code).toBe(0);

    const again = berth.start(['serve']);
    await again.says('"type":"ready"');
    const kept = await berth.json<OutputOf<'runtime.status'>>('runtime', 'status');
    expect(kept.value.components.map((one) => one.state)).toEqual(['running', 'running', 'running', 'paused']);
    expect((await berth.json<OutputOf<'settings.list'>>('settings', 'list')).value.find((one) => one.key === 'drift.everySeconds')?.value).toBe(20);
    again.child.kill('SIGTERM');
    await again.ended;
  });
});
