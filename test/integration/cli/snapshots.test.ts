import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { execIn } from '../modes/small-shop';

type Status = OutputOf<'snapshots.list'>;
type Made = OutputOf<'snapshots.create'>;

const COMPOSE = `services:\n  db:\n    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n    volumes: ["data:/data"]\nvolumes:\n  data:\n`;
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
  await project.close();
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

it('brings back rows, files and a removed volume, from the newest one from when all was well', async () => {
  await execIn(project, 'db', 'echo row > /data/rows; mkdir -p -m 700 /data/sub; chown 7:8 /data/sub');
  const { id } = await snapshots<Made>('create');
  await execIn(project, 'db', 'rm -r /data/rows /data/sub');
  expect((await berth.run(['services', 'stop', '--project', project.dir, '--yes'])).code).toBe(0);
  await project.write('docker-compose.dev.yml', 'services: [broken\n');
  await rm(join(project.dir, '.env'), { force: true });
  expect(ids(await snapshots('list'))).toContain(id);
  expect(await snapshots<OutputOf<'snapshots.restore'>>('restore', '--yes')).toMatchObject({ snapshotId: id, mode: 'dev' });
  expect(await project.read('docker-compose.dev.yml')).toBe(COMPOSE);
  expect(await execIn(project, 'db', "cat /data/rows; stat -c '%u %g %a' /data/sub")).toBe('row\n7 8 700\n');
});
