import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';
import { DEEP, sample } from '../support/random';
import { realBerth, type Berth } from '../integration/runtime/host-process';
import { docker } from '../integration/reconcile/kit';

type Listed = OutputOf<'operations.list'>[number];

/** Each takes some six seconds: every point in the long run, otherwise those that are asked about and a seeded few. */
const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000);
function some(points: readonly string[], always: readonly string[], count: number): readonly string[] {
  if (DEEP) return points;
  const chosen = new Set([...always, ...sample(points.filter((one) => !always.includes(one)), count, SEED)]);
  return points.filter((one) => chosen.has(one));
}

let berth: Berth;
let shop: TestProject;
/** Heals before the one that is killed. */
let earlier = 0;

const container = (): string => `${shop.name}-one-1`;
const heals = async (): Promise<readonly Listed[]> => (await berth.json<OutputOf<'operations.list'>>('operations', 'list', '--limit', '500')).value.filter((one) => one.kind === 'drift.heal');
const drifts = async (): Promise<OutputOf<'drift.list'>> => (await berth.json<OutputOf<'drift.list'>>('drift', 'list', '--project', shop.dir)).value;
const inspect = async (): Promise<string> => docker('inspect', '-f', '{{.State.Status}} {{.HostConfig.Memory}}', container());

/** Names of everything the engine has of the project: what a crash left over shows here. */
async function things(): Promise<readonly string[]> {
  const filter = ['--filter', `label=com.docker.compose.project=${shop.name}`];
  const found = await Promise.all([docker('ps', '-a', '--format', '{{.Names}}', ...filter), docker('network', 'ls', '--format', '{{.Name}}', ...filter), docker('volume', 'ls', '--format', '{{.Name}}', ...filter)]);
  return found.flatMap((one) => one.split('\n')).filter((one) => one !== '').sort();
}

async function healOnce(env: { readonly [name: string]: string }): Promise<number | null> {
  return (await berth.start(['drift', 'heal', '--project', shop.dir, '--yes'], env).ended).code;
}

/** Where a kill may fall in a heal, taken from one that is not killed; what is the queue's own has tests of its own. */
async function pointsOf(breaks: () => Promise<unknown>, name: string): Promise<readonly string[]> {
  await breaks();
  const record = join(berth.home, `${name}.points`);
  expect(await healOnce({ BERTH_RECORD: record })).toBe(0);
  expect(await drifts()).toEqual([]);
  earlier = (await heals()).length;
  return (await readFile(record, 'utf8')).split('\n').filter((one) => one !== '' && !one.startsWith('operation.enqueue') && !one.startsWith('operation.start'));
}

const crash = (): Promise<string> => docker('kill', '-s', 'USR1', container()).then(() => docker('wait', container()));
const reshape = (): Promise<string> => docker('update', '--memory', '64m', '--memory-swap', '64m', container());

/** Killed at the point: whole on one side after the next start, nothing left over, no second heal; then a heal by hand makes all as wanted. */
async function survives(point: string, breaks: () => Promise<unknown>, broken: string): Promise<string> {
  await breaks();
  const whole = await things();
  expect(await healOnce({ BERTH_FAIL: `${point}:kill` }), point).toBeNull();
  const [killed, ...others] = await heals();
  expect(others.length, point).toBe(earlier);
  expect(['succeeded', 'rolled-back'], point).toContain(killed?.state);
  expect(await things(), point).toEqual(whole);
  const left = await drifts();
  // A container that was only started is left as it is: before the heal it did not serve either.
  if (killed?.state === 'succeeded') expect([left, await inspect()], point).toEqual([[], 'running 0']);
  else expect([broken, 'running 0'], point).toContain(await inspect());
  expect(await healOnce({}), point).toBe(0);
  earlier += 2;
  expect([await drifts(), await inspect(), await things()], point).toEqual([[], 'running 0', whole]);
  return killed?.state ?? 'none';
}

beforeAll(async () => {
  await ensureBusybox();
  shop = await emptyProject('hk');
  const text = stringify({ services: { one: { image: BUSYBOX_IMAGE, network_mode: 'none', command: ['sh', '-c', "trap 'exit 0' TERM; trap 'exit 3' USR1; sleep 100000 & wait"], stop_grace_period: '1s' } } });
  for (const mode of ['dev', 'clean']) await shop.write(`docker-compose.${mode}.yml`, text);
  berth = await realBerth();
  await berth.json('projects', 'open', shop.dir);
  await berth.json('projects', 'trust', shop.dir);
  expect((await berth.json('modes', 'switch', 'dev', '--project', shop.dir, '--yes')).code).toBe(0);
}, 120_000);
afterAll(async () => {
  await berth?.close();
  await shop?.close();
});

test('kill -9 at the points of bringing back a service that ended', { timeout: 300_000 }, async () => {
  const points = await pointsOf(crash, 'light');
  expect(points).toContain('container.start:after:1');
  const states = new Map<string, string>();
  for (const point of some(points, ['container.start:before:1', 'commit:after-result:1'], 1)) states.set(point, await survives(point, crash, 'exited 0'));
  process.stdout.write(`seed ${String(SEED)}: ${[...states].map((one) => one.join(' ')).join(', ')}\n`);
  expect(states.get('container.start:before:1')).toBe('rolled-back');
  expect(states.get('commit:after-result:1')).toBe('succeeded');
});

test('kill -9 around what is irrevocable when a service is made anew', { timeout: 300_000 }, async () => {
  const points = await pointsOf(reshape, 'anew');
  const seen = new Map<string, string>();
  // Of each kind of effect the ambiguous moment, when it is done and not written down; and both sides of the commit.
  const ambiguous = points.filter((one) => /^(?!operation\.).*:after:1$|^commit:/.test(one));
  expect(ambiguous.length).toBeGreaterThan(4);
  for (const point of some(ambiguous, ['commit:before:1', 'commit:after-result:1'], 1)) seen.set(point, await survives(point, reshape, 'running 67108864'));
  process.stdout.write(`seed ${String(SEED)}: ${[...seen].map((one) => one.join(' ')).join(', ')}\n`);
  expect(seen.get('commit:before:1')).toBe('rolled-back');
  expect(seen.get('commit:after-result:1')).toBe('succeeded');
});

test.each([
  ['container.start:after:1', 1],
  ['container.start:before:1', 2],
])('a host that heals by itself and is killed at %s: its successor heals only what is still down', { timeout: 120_000 }, async (point, count) => {
  await berth.json('drift', 'policy', 'heal', '--project', shop.dir);
  earlier = (await heals()).length;
  const first = berth.start(['serve'], { BERTH_FAIL: `${point}:kill` });
  await first.says('"type":"ready"');
  await crash();
  expect((await first.ended).code).toBeNull();
  const second = berth.start(['serve']);
  await second.says('"type":"ready"');
  await expect.poll(inspect, { timeout: 30_000 }).toBe('running 0');
  await expect.poll(async () => (await heals()).every((one) => ['succeeded', 'rolled-back'].includes(one.state)), { timeout: 30_000 }).toBe(true);
  const passes = async (): Promise<number> => (await berth.json<OutputOf<'runtime.status'>>('runtime', 'status')).value.components.find((one) => one.name === 'drift-reconciler')?.counters['passes'] ?? 0;
  const before = await passes();
  for (let turn = 0; turn < 2; turn += 1) expect(await drifts()).toEqual([]);
  await expect.poll(passes, { timeout: 30_000 }).toBeGreaterThan(before);
  expect((await heals()).length).toBe(earlier + count);
  second.child.kill('SIGTERM');
  expect((await second.ended).code).toBe(0);
  await berth.json('drift', 'policy', 'notify', '--project', shop.dir);
});
