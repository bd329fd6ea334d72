import { execFile } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { lookAtVolume } from '../../support/volumes';
import { execIn } from '../modes/small-shop';

const run = promisify(execFile);
type Status = OutputOf<'snapshots.list'>;
type Made = OutputOf<'snapshots.create'>;

const COMPOSE = `services:\n  db:\n    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n    volumes: ["data:/data"]\n  cache:\n    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n    volumes: ["cache:/cache"]\nvolumes:\n  data:\n  cache:\n`;
let berth: BerthCommand;
let project: TestProject;

beforeAll(async () => {
  await ensureBusybox();
  berth = await berthCommand();
  project = await emptyProject('clisnap', { files: { 'docker-compose.dev.yml': COMPOSE } });
  await berth.json(['projects', 'open', '--trust', project.dir]);
  expect((await berth.run(['modes', 'switch', 'dev', '--project', project.dir, '--yes'])).code).toBe(0);
});
afterAll(async () => {
  await berth.close();
  const { stdout } = await run('docker', ['volume', 'ls', '-q', '--filter', `label=dev.berth.project=${project.name}`]);
  await project.close();
  for (const name of stdout.split('\n').filter((one) => one !== '')) await run('docker', ['volume', 'rm', '-f', name]);
});

async function snapshots<T = Status>(verb: string, ...args: readonly string[]): Promise<T> {
  const { answer } = await berth.json<T>(['snapshots', verb, ...args, '--project', project.dir]);
  if (answer.value === undefined) throw new Error(`${verb}: ${answer.error?.code ?? ''} ${answer.error?.message ?? ''}`);
  return answer.value;
}
const ids = ({ snapshots: all }: Status): readonly string[] => all.map(({ id }) => id);

it('makes, pins, deletes and brings back snapshots, each command by itself', async () => {
  const { id } = await snapshots<Made>('create', '--tag', 'before lunch');
  expect((await snapshots('list')).snapshots[0]).toMatchObject({ id, tag: 'before lunch', reason: 'manual', health: 'healthy', mode: 'dev' });
  expect(await snapshots<Made>('pin', id)).toMatchObject({ id, pinned: true });
  expect(await snapshots<Made>('pin', id, '--no-pinned')).toMatchObject({ id, pinned: false });
  expect((await berth.json(['snapshots', 'delete', id, '--project', project.dir])).answer.error).toMatchObject({ code: 'consent-required' });
  expect(ids(await snapshots('delete', id, '--yes'))).not.toContain(id);
  expect((await berth.json(['snapshots', 'show', id, '--project', project.dir])).answer.error).toMatchObject({ code: 'not-found', hint: `berth snapshots undelete ${id} brings it back.` });
  expect(ids(await snapshots('undelete', id))).toContain(id);
  expect(await snapshots<OutputOf<'snapshots.verify'>>('verify', id)).toMatchObject({ id, sampled: false });
  expect((await snapshots<Made>('show', id)).verified).toMatchObject({ ok: true });
});

it('has a schedule and a retention, and frees what they no longer keep', async () => {
  await snapshots<Made>('create');
  const newest = await snapshots<Made>('create');
  const { settings } = await snapshots('configure', '--every-minutes', '60', '--keep-last', '1', '--keep-hourly', '0', '--keep-daily', '0', '--keep-weekly', '0');
  expect(settings).toMatchObject({ everyMinutes: 60, retention: { keepLast: 1, keepDaily: 0 } });
  const { answer } = await berth.json<OutputOf<'schedules.list'>>(['schedules', 'list']);
  expect(answer.value?.map(({ kind, everySeconds }) => [kind, everySeconds]).sort()).toEqual([['snapshots.create', 3_600], ['snapshots.prune', 86_400]]);
  const look = await snapshots<OutputOf<'snapshots.prune'>>('prune', '--dry-run', '--yes');
  expect(look.removed.length).toBeGreaterThan(1);
  expect(await snapshots<OutputOf<'snapshots.prune'>>('prune', '--yes')).toMatchObject({ removed: look.removed });
  expect(ids(await snapshots('list'))).toEqual([newest.id]);
});

/** Rows, odd files, mode and image ids, as docker has them. */
async function everything(): Promise<unknown> {
  const { stdout } = await run('docker', ['ps', '--filter', `label=com.docker.compose.project=${project.name}`, '-q', '--no-trunc']);
  const { stdout: inspected } = await run('docker', ['inspect', ...stdout.trim().split('\n')]);
  const containers = (JSON.parse(inspected) as readonly { readonly Name: string; readonly Image: string; readonly State: { readonly Status: string } }[]).map((one) => `${one.Name} ${one.Image} ${one.State.Status}`).sort();
  return { containers, data: await lookAtVolume(`${project.name}_data`), cache: await lookAtVolume(`${project.name}_cache`), compose: await project.read('docker-compose.dev.yml'), env: await project.read('.env'), mode: (await stat(join(project.dir, '.env'))).mode, active: (await snapshots('list')).snapshots[0]?.mode };
}

/** Deletes rows, breaks the compose file, removes a volume and the env file. */
async function breakAll(): Promise<void> {
  await execIn(project, 'db', 'rm -rf /data/*; echo other > /data/other');
  await run('docker', ['rm', '-f', `${project.name}-cache-1`]);
  await run('docker', ['volume', 'rm', `${project.name}_cache`]);
  await project.write('docker-compose.dev.yml', 'services: [broken\n');
  await rm(join(project.dir, '.env'), { force: true });
}

describe('the newest one from when all was well', () => {
  let kept: string;
  let before: unknown;
  beforeAll(async () => {
    await project.write('.env', 'TOKEN=a-planted-secret\n');
    await execIn(project, 'db', 'echo row > /data/rows; mkdir -p -m 2750 /data/sub; chown 7:8 /data/sub; printf one > "/data/with a\n line"; ln /data/rows /data/linked; ln -s ../../etc/passwd /data/away; truncate -s 2M /data/holes; printf two > "$(printf "/data/bad-\\377")"');
    await execIn(project, 'cache', 'echo cached > /cache/one');
    kept = (await snapshots<Made>('create', '--tag', 'well')).id;
    before = await everything();
  });

  it('comes back after rows were deleted, the compose file broken and a volume removed: rows, files, mode, image ids and every byte', async () => {
    await breakAll();
    const plan = await snapshots<OutputOf<'snapshots.plan-restore'>>('plan-restore', 'last-good');
    expect(plan.steps.filter((one) => one.kind === 'volume').map((one) => `${one.name} ${one.action}`)).toEqual([`${project.name}_cache create`, `${project.name}_data replace`]);
    expect(JSON.stringify(plan)).not.toContain('a-planted-secret');
    const restored = await snapshots<OutputOf<'snapshots.restore'>>('restore', '--yes');
    expect(restored).toMatchObject({ snapshotId: kept, mode: 'dev', before: expect.stringMatching(/^s_/) as string, warnings: [] });
    expect(await everything()).toEqual(before);
    const { differences } = await snapshots<OutputOf<'snapshots.compare'>>('compare', kept);
    expect(differences).toEqual([]);
    // And back again, by what was kept before it.
    await snapshots('restore', restored.before ?? '', '--only', 'volume:data', '--yes');
    expect(await execIn(project, 'db', 'cat /data/other')).toBe('other\n');
  }, 240_000);

  it('is not half there when Berth is killed behind the exchange of volumes: the next commands put everything back, and it goes through', async () => {
    await breakAll();
    const killed = await berth.run(['snapshots', 'restore', kept, '--yes', '--project', project.dir], { env: { BERTH_FAIL: 'volume.exchange:after:1:kill' } });
    expect(killed.code).toBeNull();
    await vi.waitFor(
      async () => {
        await snapshots('list');
        expect(await execIn(project, 'db', 'cat /data/other')).toBe('other\n');
        expect(await project.read('docker-compose.dev.yml')).toBe('services: [broken\n');
        expect((await run('docker', ['volume', 'ls', '-q', '--filter', `name=${project.name}_cache`])).stdout).toBe('');
      },
      { timeout: 120_000, interval: 500 },
    );
    await snapshots('restore', kept, '--yes');
    expect(await everything()).toEqual(before);
  }, 300_000);
});
