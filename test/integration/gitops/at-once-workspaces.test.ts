import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GitFolder } from '../../support/git-folder';
import { DEEP, seededRandom, shuffled } from '../../support/random';
import { manifests, runToItsEnd, syncedFolder, type SyncedFolder } from '../../support/synced-folders';
import { storageWorld, type StorageWorld } from '../storage/storage-kit';

const ROUNDS = DEEP ? 50 : 4;
const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const COPIES = 20;
const folder = new GitFolder();
const kept = { HOME: process.env['HOME'], GIT_CONFIG_NOSYSTEM: process.env['GIT_CONFIG_NOSYSTEM'] };
let world: StorageWorld;
let ours: SyncedFolder;

beforeAll(async () => {
  // Berth runs the user's git: it has this home.
  Object.assign(process.env, { HOME: folder.home, GIT_CONFIG_NOSYSTEM: '1' });
  world = await storageWorld('ao');
  ours = await syncedFolder(world, null, manifests(COPIES, 10));
}, 240_000);
afterAll(async () => {
  for (const [name, value] of Object.entries(kept)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  await ours?.close();
  await world?.close();
  rmSync(folder.path, { recursive: true, force: true });
});

/** Git of the project's own folder. */
const git = (...args: readonly string[]): string => folder.git('', '-C', ours.project.dir, ...args);

/** Every file that git keeps, by its bytes. */
function treeOf(at: (...args: readonly string[]) => string): string {
  return at('ls-tree', '-r', 'HEAD');
}

it(`${String(ROUNDS)} times a resolution, a sync with git and a sync of the same workspaces are started at once: none fails, and all is as one after the other would have it (seed ${String(SEED)})`, async () => {
  const { dir } = ours.project;
  const random = seededRandom(SEED);
  await ours.project.write('.gitignore', '.berth/\n.env*\n');
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  folder.git('', 'clone', '-q', '--bare', dir, 'remote.git');
  git('remote', 'add', 'origin', `${folder.path}/remote.git`);
  git('fetch', '-q', 'origin');
  git('branch', '-q', '--set-upstream-to=origin/main', 'main');
  for (const clone of ['theirs', 'serial']) folder.git('', 'clone', '-q', 'remote.git', clone);
  const text = (round: number): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: theirs\ndata:\n  round: "${String(round)}"\n`;
  for (let round = 1; round <= ROUNDS; round += 1) {
    folder.git('theirs', 'pull', '-q', '--no-rebase', '--no-edit');
    folder.commit('theirs', `theirs ${String(round)}`, { 'workspaces/jobs/theirs.yaml': text(round), [`workspaces/jobs/round-${String(round)}.yaml`]: `round: ${String(round)}\n` });
    folder.git('theirs', 'push', '-q');
    const resolve = { dir, commit: true };
    const started = shuffled([
      () => runToItsEnd(world, 'workspaces.sync', { project: ours.id }),
      () => runToItsEnd(world, 'gitops.sync', { dir, remote: `${folder.path}/remote.git` }),
      () => runToItsEnd(world, 'gitops.resolve', resolve),
    ], random);
    const all = await Promise.all(started.map((start) => start()));
    expect(all.map((one) => [one.kind, one.state, one.error?.message]).sort(), `round ${String(round)}`).toEqual([['gitops.resolve', 'succeeded', undefined], ['gitops.sync', 'succeeded', undefined], ['workspaces.sync', 'succeeded', undefined]]);
    expect(git('status', '--porcelain'), `round ${String(round)}`).toBe('');
    // The way back of what was resolved is a commit as well, so that the next round has something to do.
    const resolved = all.find((one) => one.kind === 'gitops.resolve');
    expect((resolved?.result as { readonly changed: number } | undefined)?.changed, `round ${String(round)}`).toBe(COPIES);
    if (round === ROUNDS) continue;
    expect((await runToItsEnd(world, 'gitops.rollback', { id: resolved?.id ?? '' })).state, `round ${String(round)}`).toBe('succeeded');
    git('add', '-A');
    git('commit', '-q', '-m', `back ${String(round)}`);
  }
  // What is left to be sent, one after the other.
  for (const kind of ['gitops.sync', 'workspaces.sync'] as const) expect((await runToItsEnd(world, kind, kind === 'gitops.sync' ? { dir, remote: `${folder.path}/remote.git` } : { project: ours.id })).state).toBe('succeeded');
  folder.git('serial', 'pull', '-q');
  expect(treeOf(git)).toBe(treeOf((...args) => folder.git('serial', ...args)));
  expect(readFileSync(`${dir}/workspaces/jobs/theirs.yaml`, 'utf8')).toBe(text(ROUNDS));
  expect(git('ls-files', 'workspaces/jobs').split('\n').filter((path) => path.includes('round-'))).toHaveLength(ROUNDS);
  const [here, there] = [await ours.here(), await ours.there()];
  expect([...there]).toEqual([...here]);
  process.stdout.write(`${String(ROUNDS)} rounds of three at once, seed ${String(SEED)}: failed 0, the trees of both clones and the bucket are the same\n`);
  for (let index = 0; index < COPIES; index += 1) expect(readFileSync(`${dir}/workspaces/api/examples/c${String(index)}.yaml`, 'utf8')).toMatch(/^# managed-by: berth/);
}, 1_800_000);
