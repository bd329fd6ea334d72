import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { ComposeService } from '@main/compose';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import { BUSYBOX_IMAGE } from '../../support/images';
import { ensurePostgres, HAS_POSTGRES } from '../../support/postgres-image';
import { emptyProject, type TestProject } from '../../support/projects';
import { makeVolume } from '../../support/volumes';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';
import { duringRead, statesOf, withCreate, type CreateWorld } from './create-kit';

const run = promisify(execFile);
const never = new AbortController().signal;

describe.skipIf(!HAS_POSTGRES)('a postgres under load', () => {
  let project: TestProject;
  let world: World;
  let snapshots: CreateWorld;
  let states: string[] = [];

  const psql = async (container: string, sql: string): Promise<string> => (await run('docker', ['exec', container, 'psql', '-U', 'postgres', '-X', '-A', '-t', '-c', sql])).stdout.trim();
  const ready = async (container: string): Promise<void> => void (await vi.waitFor(() => run('docker', ['exec', container, 'pg_isready', '-U', 'postgres', '-q']), { timeout: 60_000, interval: 100 }));

  beforeAll(async () => {
    const image = await ensurePostgres();
    project = await emptyProject('pg');
    const db = { image, environment: { POSTGRES_PASSWORD: 'a-secret-of-the-database' }, volumes: ['pgdata:/var/lib/postgresql/data'], stop_grace_period: '20s', stop_signal: 'SIGINT' };
    await project.write('docker-compose.yml', stringify({ services: { db, idle: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"] } }, volumes: { pgdata: {} } }));
    world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
    snapshots = await withCreate(world, (deps) => duringRead(deps, async () => void states.push((await statesOf(project))['db'] ?? '')));
    await world.projects.open(project.dir, true);
    expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
    await ready(`${project.name}-db-1`);
    await run('docker', ['exec', `${project.name}-db-1`, 'pgbench', '-U', 'postgres', '-i', '-q', '-s', '2', 'postgres']);
    await psql(`${project.name}-db-1`, 'CREATE EXTENSION amcheck');
  });
  afterAll(async () => {
    await world.close();
    await project.close();
  });

  /** Puts the volume of a snapshot into one of its own, starts a postgres on it, and asks that whether everything is right. */
  async function expectSound(id: string): Promise<number> {
    const part = (await snapshots.repository.manifest(id)).parts.find((one) => one.name === `${project.name}_pgdata`) as ManifestPart;
    const volume = await makeVolume(`${project.name}_back_${id.slice(-6).toLowerCase()}`, project.name);
    const program = world.engine.as(await world.projects.authorization(project.dir)).volumeProgram(resolve('resources/helper/volume'));
    await snapshots.repository.reading((reader) => program.write(volume, reader.entries(part), (chunk) => reader.coded(chunk), () => undefined, never));
    const name = `${project.name}-back-${id.slice(-6).toLowerCase()}`;
    await run('docker', ['run', '-d', '--name', name, '-v', `${volume}:/var/lib/postgresql/data`, await ensurePostgres()]);
    try {
      await ready(name);
      const sums = await psql(name, 'SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers), (SELECT sum(bbalance) FROM pgbench_branches), (SELECT coalesce(sum(delta), 0) FROM pgbench_history)');
      expect(new Set(sums.split('|')).size, sums).toBe(1);
      await run('docker', ['exec', name, 'pg_amcheck', '-U', 'postgres', '--heapallindexed', 'postgres']);
      return Number(await psql(name, 'SELECT count(*) FROM pgbench_history'));
    } finally {
      await run('docker', ['rm', '-f', '-v', name]);
    }
  }

  it('is sound after each of three snapshots, and loses nothing that was committed before', async () => {
    const load = execFile('docker', ['exec', `${project.name}-db-1`, 'pgbench', '-U', 'postgres', '-n', '-c', '2', '-T', '120', 'postgres']);
    try {
      for (let round = 0; round < 3; round += 1) {
        states = [];
        const rows = await psql(`${project.name}-db-1`, 'SELECT count(*) FROM pgbench_history');
        const made = await snapshots.made(project.dir, { only: ['volume:pgdata'] });
        const part = (await snapshots.repository.manifest(made.id)).parts.find((one) => one.name === `${project.name}_pgdata`);
        expect(part).toMatchObject({ consistency: 'hook', facts: { database: 'postgres 15', services: { db: '/var/lib/postgresql/data' } } });
        expect(states.at(-1)).toBe('paused');
        expect(await statesOf(project)).toMatchObject({ db: 'running' });
        expect(await expectSound(made.id)).toBeGreaterThanOrEqual(Number(rows));
      }
    } finally {
      load.kill();
    }
    const [last] = await world.operations.list({ limit: 1 });
    expect(JSON.stringify([await world.operations.steps(last?.id ?? ''), await world.operations.logOf(last?.id ?? '')])).not.toContain('a-secret-of-the-database');
  }, 180_000);

  it('is sound after it was stopped for one', async () => {
    const made = await snapshots.made(project.dir, { only: ['volume:pgdata'], consistency: 'stop' });
    expect(made.parts.find((part) => part.name === `${project.name}_pgdata`)?.consistency).toBe('stopped');
    await ready(`${project.name}-db-1`);
    await expectSound(made.id);
  }, 120_000);

  it('is only paused when it cannot be told, and the snapshot says so', async () => {
    await run('docker', ['exec', '-u', '0', `${project.name}-db-1`, 'mv', '/usr/lib/postgresql/15/bin/psql', '/usr/lib/postgresql/15/bin/psql.away']);
    try {
      const made = await snapshots.made(project.dir, { only: ['volume:pgdata'] });
      expect(made.parts.find((part) => part.name === `${project.name}_pgdata`)?.consistency).toBe('paused');
      expect(made.notes.join(' ')).toContain('db could not be told to write everything down and was only paused');
    } finally {
      await run('docker', ['exec', '-u', '0', `${project.name}-db-1`, 'mv', '/usr/lib/postgresql/15/bin/psql.away', '/usr/lib/postgresql/15/bin/psql']);
    }
  });
});
