import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServices, type Services } from '@main/services';
import { ensureBaseImages } from '../../../scripts/lib/base-images.mjs';
import { engineJson, testSocketPath } from '../../support/images';
import { startNeighbour, type Neighbour } from '../../support/neighbours';
import { sampleProject, type TestProject } from '../../support/projects';
import { DEEP } from '../../support/random';
import { requireCompose } from '../../support/compose-command';

beforeAll(requireCompose);

const run = promisify(execFile);
const SERVICES = ['api', 'store', 'web', 'worker'];
/** Each takes some seconds, and `modes/ten-switches` makes ten in any run. */
const SWITCHES = DEEP ? 10 : 4;

interface Listed {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Mounts: readonly { readonly Type: string }[];
}

/** What the newcomer does first: the sample, dev and prod in turn, with data that must survive every switch. */
describe('the sample switched by Berth', () => {
  let home: string;
  let project: TestProject;
  let neighbour: Neighbour;
  let services: Services;
  let projectId: string;

  beforeAll(async () => {
    const { image } = await ensureBaseImages({ socketPath: testSocketPath() });
    home = await mkdtemp(join(tmpdir(), 'bt-home-'));
    project = await sampleProject(image);
    await project.write('.env', (await project.read('.env')).replace('HEALTH_INTERVAL=1s', 'HEALTH_INTERVAL=500ms'));
    neighbour = await startNeighbour();
    services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
    await services.start();
    projectId = ((await call('projects.open', { dir: project.dir, trust: true })) as { id: string }).id;
  });
  afterAll(async () => {
    await services.close();
    await project.close();
    await neighbour.close();
    await rm(home, { recursive: true, force: true });
  });

  async function call(name: string, input: unknown): Promise<unknown> {
    const result = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
    if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
    return result.value;
  }

  async function switchTo(mode: string): Promise<void> {
    const { operationId } = (await call('modes.switch', { project: projectId, mode })) as { operationId: string };
    const operation = await services.operations.wait(operationId, 120_000);
    expect({ mode, state: operation.state, error: operation.error ?? null }).toEqual({ mode, state: 'succeeded', error: null });
  }

  /** Upload, rules, queue and logs work in this mode, and the rules of the mode before still hold. */
  async function expectWork(number: number): Promise<void> {
    const api = `http://127.0.0.1:${project.ports.api}`;
    const name = `document-${number}.csv`;
    expect((await fetch(`${api}/upload?name=${name}`, { method: 'POST', body: 'a,b\n1,2\n' })).status).toBe(201);
    expect(await (await fetch(`${api}/rules`)).json()).toMatchObject({ version: number - 1 });
    const rules = `rules:\n  - name: all\n    match:\n      name: "*.csv"\n    actions:\n      - tag: round-${number}\n`;
    expect((await fetch(`${api}/rules`, { method: 'PUT', body: rules })).status).toBe(201);
    const { id } = (await (await fetch(`${api}/process/${name}`, { method: 'POST' })).json()) as { id: string };
    expect(await (await fetch(`${api}/jobs/${id}?wait=30`)).json()).toMatchObject({ state: 'done', result: { tags: [`round-${number}`], rulesVersion: number } });
    const { lines } = (await (await fetch(`${api}/logs?contains=${name}`)).json()) as { lines: readonly { readonly service: string }[] };
    expect(new Set(lines.map((line) => line.service))).toEqual(new Set(['api', 'worker']));
  }

  async function containers(): Promise<readonly Listed[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`] }));
    return engineJson('GET', `/containers/json?all=1&filters=${filters}`);
  }

  test(
    'switched again and again: exactly the right containers each time, and every row written before one is there at the end',
    async () => {
      const before = await neighbour.state();
      const records = `http://127.0.0.1:${project.ports.store}/records`;
      await switchTo('dev');
      for (let number = 1; number <= SWITCHES; number += 1) {
        const added = await fetch(records, { method: 'POST', body: JSON.stringify({ number }) });
        expect(added.status).toBe(201);
        const mode = number % 2 === 1 ? 'prod' : 'dev';
        await switchTo(mode);
        const found = await containers();
        expect(found.map(({ Labels }) => Labels['com.docker.compose.service']).sort()).toEqual(SERVICES);
        expect(found.every(({ State }) => State === 'running')).toBe(true);
        const binds = found.flatMap(({ Mounts }) => Mounts).filter(({ Type }) => Type === 'bind').length;
        expect(binds).toBe(mode === 'prod' ? 0 : 9);
        await expectWork(number);
      }
      const { records: kept } = (await (await fetch(`${records}?prefix=row%3A`)).json()) as { records: readonly { readonly value: unknown }[] };
      expect(kept.map(({ value }) => value)).toEqual(Array.from({ length: SWITCHES }, (_, index) => ({ number: index + 1 })));
      expect(await neighbour.state()).toEqual(before);
    },
    240_000,
  );

  test('the api gets what its resource preset asks for', async () => {
    const api = (await containers()).find(({ Labels }) => Labels['com.docker.compose.service'] === 'api');
    const { HostConfig } = await engineJson<{ readonly HostConfig: unknown }>('GET', `/containers/${api?.Id ?? ''}/json`);
    expect(HostConfig).toMatchObject({ Memory: 2 * 1024 ** 3, NanoCpus: 2e9, MemoryReservation: 1024 ** 3 });
  });

  test('docker compose agrees: it lists the project and finds nothing to do after prod', async () => {
    await switchTo('prod');
    const before = (await containers()).map(({ Id }) => Id).sort();
    await run('docker', ['compose', '-f', 'docker-compose.clean.yml', 'up', '-d'], { cwd: project.dir });
    expect((await containers()).map(({ Id }) => Id).sort()).toEqual(before);
    expect((await run('docker', ['compose', 'ls', '--format', 'json'])).stdout).toContain(`"${project.name}"`);
  });
});
