import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { BUSYBOX_IMAGE } from '../../support/images';
import { ensurePostgres, HAS_POSTGRES } from '../../support/postgres-image';
import { freePort } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { lookAtVolume } from '../../support/volumes';
import { HEALTHY, openBench, runningOf, SERVES, type ChangesBench } from '../changes/kit';

const run = promisify(execFile);
const READY = { test: ['CMD', 'pg_isready', '-U', 'postgres', '-q'], interval: '1s', timeout: '5s', retries: 60 };

type Plan = OutputOf<'snapshots.plan-restore'>;
type Restored = OutputOf<'snapshots.restore'>;

/** All of Berth as it is wired: a database with rows, a built service, two modes, odd files. */
describe.skipIf(!HAS_POSTGRES)('a whole environment', () => {
  let shop: TestProject;
  let bench: ChangesBench;
  let port: number;
  let kept: string;

  const psql = async (project: string, sql: string): Promise<string> => (await run('docker', ['exec', `${project}-db-1`, 'psql', '-U', 'postgres', '-X', '-A', '-t', '-c', sql])).stdout.trim();
  const oddly = ['sh', '-c', 'cd /v && mkdir -m 2750 deep && chown 70:71 deep && printf one > "with a\n line" && printf two > "$(printf bad-\\\\377)" && ln "with a\n line" linked && ln -s ../../etc/passwd away && mkfifo pipe && truncate -s 5M holes && printf x >> holes'];
  const ids = async (name: string): Promise<unknown> => (await runningOf(name)).map(({ service, state, imageId, ports }) => ({ service, state, imageId, ports }));

  beforeAll(async () => {
    const image = await ensurePostgres();
    port = await freePort();
    shop = await emptyProject('whole');
    const db = { image, environment: { POSTGRES_PASSWORD: '${DB_PASSWORD}' }, volumes: ['pgdata:/var/lib/postgresql/data'], healthcheck: READY, stop_signal: 'SIGINT', stop_grace_period: '20s', restart: 'unless-stopped' };
    const web = (mode: string): object => ({ build: './web', command: SERVES, environment: { APP_MODE: mode }, ports: [`127.0.0.1:${String(port)}:8080`], volumes: ['uploads:/uploads:ro'], healthcheck: HEALTHY, stop_grace_period: '1s', depends_on: { db: { condition: 'service_healthy' } } });
    for (const mode of ['dev', 'clean']) await shop.write(`docker-compose.${mode}.yml`, `# the shop\n${stringify({ services: { db, web: web(mode) }, volumes: { pgdata: {}, uploads: {} } })}`);
    await shop.write('web/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nCOPY main.txt /main.txt\n`);
    await shop.write('web/main.txt', 'one\n');
    await shop.write('.env', 'DB_PASSWORD=a-planted-secret\n');
    bench = await openBench(shop.dir, 'dev');
    await run('docker', ['run', '--rm', '-v', `${shop.name}_uploads:/v`, BUSYBOX_IMAGE, ...oddly]);
    await psql(shop.name, "CREATE TABLE rows (id int PRIMARY KEY, name text); INSERT INTO rows SELECT n, 'row ' || n FROM generate_series(1, 1000) n");
    const made = await bench.run('snapshots.create', { tag: 'before the storm' });
    expect(made.error).toBeNull();
    kept = (made.result as unknown as { id: string }).id;
  }, 300_000);
  afterAll(async () => {
    await bench.close();
    const names = (await run('docker', ['volume', 'ls', '-q', '--filter', `label=dev.berth.project=${shop.name}`])).stdout.split('\n').filter((one) => one !== '');
    await shop.close();
    if (names.length > 0) await run('docker', ['volume', 'rm', '-f', ...names]);
  });

  it('comes back after rows were deleted, files broken, a volume removed and the mode changed', async () => {
    const uploads = await lookAtVolume(`${shop.name}_uploads`);
    const [before, dev] = [await ids(shop.name), await readFile(join(shop.dir, 'docker-compose.dev.yml'), 'utf8')];
    expect((await bench.run('modes.switch', { mode: 'prod' })).error).toBeNull();
    await psql(shop.name, 'DELETE FROM rows; CREATE TABLE later (n int)');
    await run('docker', ['rm', '-f', `${shop.name}-web-1`]);
    await run('docker', ['volume', 'rm', `${shop.name}_uploads`]);
    await shop.write('docker-compose.dev.yml', 'services: [broken\n');
    await rm(join(shop.dir, '.env'));

    const plan = await bench.call<Plan>('snapshots.plan-restore', { project: bench.projectId, id: kept });
    expect(plan.findings.filter((one) => one.severity === 'error')).toEqual([]);
    expect(plan.steps.filter((one) => one.kind === 'volume').map((one) => `${one.name} ${one.action}`)).toEqual([`${shop.name}_pgdata replace`, `${shop.name}_uploads create`]);
    expect(JSON.stringify(plan)).not.toContain('a-planted-secret');

    const ended = await bench.run('snapshots.restore', { id: kept });
    expect(ended.error).toBeNull();
    const result = ended.result as unknown as Restored;
    expect(result).toMatchObject({ snapshotId: kept, mode: 'dev', before: expect.stringMatching(/^s_/) as string });
    expect(await psql(shop.name, 'SELECT count(*), min(name), max(id) FROM rows')).toBe('1000|row 1|1000');
    expect(await psql(shop.name, "SELECT to_regclass('later') IS NULL")).toBe('t');
    expect(await readFile(join(shop.dir, 'docker-compose.dev.yml'), 'utf8')).toBe(dev);
    expect(await readFile(join(shop.dir, '.env'), 'utf8')).toBe('DB_PASSWORD=a-planted-secret\n');
    expect(await ids(shop.name)).toEqual(before);
    expect(await lookAtVolume(`${shop.name}_uploads`)).toBe(uploads);
    const { stderr } = await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: shop.dir });
    expect(stderr).not.toMatch(/Recreat|Creat/);
    const status = await bench.call<OutputOf<'snapshots.list'>>('snapshots.list', { project: bench.projectId });
    expect(status.replaced).toMatchObject([{ of: `${shop.name}_pgdata`, snapshotId: kept }]);
    const { services } = bench;
    const told = JSON.stringify([ended, await services.operations.steps(ended.id), await services.operations.logOf(ended.id), await services.store.journal(ended.id)]);
    expect(told).not.toContain('a-planted-secret');
  }, 300_000);

  it('is taken back to what was before the restore, from the snapshot that was made for it', async () => {
    const { snapshots } = await bench.call<OutputOf<'snapshots.list'>>('snapshots.list', { project: bench.projectId });
    const before = snapshots.find((one) => one.reason === 'snapshots.restore');
    expect(before).toBeDefined();
    const ended = await bench.run('snapshots.restore', { id: before?.id ?? '', only: ['volume:pgdata'] });
    expect(ended.error).toBeNull();
    expect(await psql(shop.name, 'SELECT count(*) FROM rows')).toBe('0');
    expect((await bench.run('snapshots.restore', { id: kept, only: ['volume:pgdata'] })).error).toBeNull();
    expect(await psql(shop.name, 'SELECT count(*) FROM rows')).toBe('1000');
  }, 300_000);

  it('runs a second time beside itself', async () => {
    const [name, dir] = [`${shop.name}-copy`, join(shop.dir, '..', `${shop.name}-copy`)];
    const before = await ids(shop.name);
    const ended = await bench.run('snapshots.branch', { id: kept, name, dir });
    expect(ended.error).toBeNull();
    const { project } = ended.result as unknown as Restored;
    try {
      expect(project).toMatchObject({ name, dir });
      expect(await ids(shop.name)).toEqual(before);
      const copy = await runningOf(name);
      expect(copy.map(({ service, state }) => `${service} ${state}`)).toEqual(['db running', 'web running']);
      const images = new Map((before as readonly { service: string; imageId: string }[]).map((one) => [one.service, one.imageId]));
      expect(copy.map((one) => one.imageId)).toEqual(copy.map((one) => images.get(one.service)));
      const ports = copy.flatMap((one) => one.ports);
      expect(ports).toHaveLength(1);
      expect(ports).not.toContain(port);
      await psql(name, 'DELETE FROM rows WHERE id > 10');
      expect(await psql(name, 'SELECT count(*) FROM rows')).toBe('10');
      expect(await psql(shop.name, 'SELECT count(*) FROM rows')).toBe('1000');
      expect(await readFile(join(dir, 'web/main.txt'), 'utf8')).toBe('one\n');
      const again = await bench.run('snapshots.branch', { id: kept, name: `${name}2`, dir }).catch((error: unknown) => error as { code: string });
      expect('code' in again ? again.code : again.error?.code).toBe('input-invalid');
    } finally {
      const other = await runningOf(name);
      if (other.length > 0) await run('docker', ['rm', '-f', ...other.map((one) => one.id)]);
      await run('docker', ['compose', '-p', name, 'down', '-v'], { cwd: shop.dir }).catch(() => undefined);
      for (const volume of ['pgdata', 'uploads']) await run('docker', ['volume', 'rm', '-f', `${name}_${volume}`]);
      await run('docker', ['network', 'rm', `${name}_default`]).catch(() => undefined);
      await run('docker', ['rmi', `${name}-web:berth-dev`, `${name}-web:latest`]).catch(() => undefined);
      await bench.call('projects.forget', { id: project.id });
    }
  }, 300_000);

  it('leaves nothing of a copy that does not come up', async () => {
    const [name, dir] = [`${shop.name}-sick`, join(shop.dir, '..', `${shop.name}-sick`)];
    const dev = await readFile(join(shop.dir, 'docker-compose.dev.yml'), 'utf8');
    await shop.write('docker-compose.dev.yml', dev.replace('- "true"', '- "false"').replace('- true', '- "false"'));
    const made = await bench.run('snapshots.create', { tag: 'sick' });
    await shop.write('docker-compose.dev.yml', dev);
    expect(made.error).toBeNull();
    const ended = await bench.run('snapshots.branch', { id: (made.result as unknown as { id: string }).id, name, dir });
    expect(ended.state).toBe('rolled-back');
    expect(await runningOf(name)).toEqual([]);
    expect((await run('docker', ['volume', 'ls', '-q', '--filter', `name=${name}`])).stdout).toBe('');
    expect((await run('docker', ['network', 'ls', '-q', '--filter', `name=${name}`])).stdout).toBe('');
    expect((await run('docker', ['images', '-q', `${name}-*`])).stdout).toBe('');
    await expect(readFile(join(dir, '.env'))).rejects.toMatchObject({ code: 'ENOENT' });
    const projects = await bench.call<OutputOf<'projects.list'>>('projects.list');
    expect(projects.map((one) => one.dir)).not.toContain(dir);
  }, 300_000);
});
