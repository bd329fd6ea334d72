import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderPlace } from '@main/platform/snapshots/folder-place';
import { openRepository } from '@main/platform/snapshots/repository';
import { bundle } from '../support/bundle';
import { loopDisk, mayMount, type LoopDisk } from '../support/loop-disk';
import { DEEP } from '../support/random';
import { filesOf, folderRepository, INSTALL_KEYS, makeSnapshot, noise, verifyAll, type PartFiles } from '../support/snapshot-repository';
import type { RepositoryStep } from '../support/snapshot-repository-main';

/** In `npm test` every so manieth place; all of them in the deep run. */
const STRIDE = DEEP ? 1 : 17;
const NONE = new AbortController().signal;

/** What each tag holds. */
const FILES: { readonly [tag: string]: PartFiles } = {
  first: { shared: noise(30_000, 'shared'), old: noise(90_000, 'old') },
  second: { shared: noise(30_000, 'shared'), text: Buffer.from('second') },
  third: { shared: noise(30_000, 'shared'), new: noise(40_000, 'new') },
  fourth: { text: Buffer.from('fourth'), more: noise(20_000, 'more') },
};
const creates = (tag: string): RepositoryStep => ({ verb: 'create', tag, files: Object.fromEntries(Object.entries(FILES[tag] ?? {}).map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')])) });

/** The same, with packs that the volume program writes. */
const createsStaged = (tag: string): RepositoryStep => ({ ...(creates(tag) as Extract<RepositoryStep, { readonly verb: 'create' }>), staged: true });

const removesFirst: RepositoryStep = { verb: 'remove', tag: 'first' };

interface Ended {
  readonly said: readonly string[];
  readonly signal: NodeJS.Signals | null;
}

let entry = '';
let scratch = '';
beforeAll(async () => {
  const { dir } = await bundle({ repository: 'test/support/snapshot-repository-main.ts' }, { 'node:fs/promises': resolve('test/support/counted-fs.ts') });
  entry = join(dir, 'repository.cjs');
  scratch = await mkdtemp(join(tmpdir(), 'berth-kills-'));
}, 120_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function work(dir: string, steps: readonly RepositoryStep[], env: { readonly [name: string]: string } = {}): Promise<Ended> {
  const file = join(scratch, 'steps.json');
  await writeFile(file, JSON.stringify(steps));
  const child = spawn(process.execPath, [entry, dir, file], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, by) => resolve(by)));
  return { said: text.split('\n').filter((line) => line !== ''), signal };
}

/** How many changes a process made that ended by itself. It is not always the same: a folder of packs is there already or not, and the names of encrypted packs are new each time. */
function changesOf(said: readonly string[]): number {
  return Number(/^changes (\d+)$/.exec(said.at(-1) ?? '')?.[1]);
}

/** Places at which processes were ended, for whoever runs all of them. */
const places = new Map<string, number>();
afterAll(() => {
  if (DEEP) process.stdout.write(`Ended at: ${[...places].map(([name, count]) => `${name} ${String(count)}`).join(', ')}\n`);
});

/** Everything that is listed is whole, byte for byte. Answers with the tags. */
async function wholeTags(dir: string): Promise<ReadonlySet<string>> {
  const repository = await openRepository(folderPlace(dir), INSTALL_KEYS);
  const listed = await repository.list();
  expect(listed.damaged).toEqual([]);
  expect((await verifyAll(repository)).damaged).toEqual([]);
  for (const { manifest } of listed.manifests) {
    const back = await filesOf(repository, manifest.parts[0]!);
    const wanted = FILES[manifest.tag ?? ''] ?? {};
    expect(Object.keys(back)).toEqual(Object.keys(wanted).toSorted());
    for (const [path, bytes] of Object.entries(wanted)) expect(Buffer.compare(back[path]!, bytes), path).toBe(0);
    expect(Buffer.from((await filesOf(repository, manifest.parts[1]!))['.env'] ?? '').toString()).toBe(`TAG=${manifest.tag ?? ''}`);
  }
  return new Set(listed.manifests.map(({ manifest }) => manifest.tag ?? ''));
}

/** Goes on as if nothing had been: without any repair, one more snapshot and a prune. */
async function goesOn(dir: string): Promise<void> {
  const repository = await openRepository(folderPlace(dir), INSTALL_KEYS);
  const before = await wholeTags(dir);
  await makeSnapshot(repository, [{ name: 'data', files: FILES['fourth']! }, { name: 'env', kind: 'files', secret: true, files: { '.env': Buffer.from('TAG=fourth') } }], { tag: 'fourth' });
  await repository.prune({ graceMs: -60_000, dryRun: false, onProgress: () => undefined, signal: NONE });
  expect(await wholeTags(dir)).toEqual(new Set([...before, 'fourth']));
  expect((await readdir(dir)).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
}

describe('a process that is killed at any change it makes to a repository', () => {
  let base = '';
  let first: RepositoryStep;
  beforeAll(async () => {
    base = join(scratch, 'base');
    expect((await work(base, [creates('first'), creates('second')])).said.slice(0, 2)).toEqual(['created first', 'created second']);
    const manifest = (await (await folderRepository(base)).list()).manifests.find((one) => one.manifest.tag === 'first')!.manifest;
    first = { verb: 'put-back', manifest };
  });

  const cases: readonly { readonly name: string; readonly before?: () => readonly RepositoryStep[]; readonly steps: () => readonly RepositoryStep[]; readonly sure: readonly string[]; readonly open: readonly string[] }[] = [
    { name: 'create', steps: () => [creates('third')], sure: ['first', 'second'], open: ['third'] },
    { name: 'create staged', steps: () => [createsStaged('third')], sure: ['first', 'second'], open: ['third'] },
    { name: 'remove', steps: () => [removesFirst], sure: ['second'], open: ['first'] },
    { name: 'put back', before: () => [removesFirst], steps: () => [first], sure: ['second'], open: ['first'] },
    { name: 'prune', before: () => [removesFirst], steps: () => [{ verb: 'prune' }], sure: ['second'], open: [] },
  ];
  it.each(cases)('$name: every snapshot is whole, and it goes on', { timeout: 3_600_000 }, async ({ name, before, steps, sure, open }) => {
    const begun = join(scratch, `begun-${name}`);
    await cp(base, begun, { recursive: true });
    if (before !== undefined) await work(begun, before());
    const dir = join(scratch, 'work');
    const fresh = async (): Promise<void> => {
      await rm(dir, { recursive: true, force: true });
      await cp(begun, dir, { recursive: true, preserveTimestamps: true });
    };
    await fresh();
    let killed = 0;
    for (let at = DEEP ? 1 : 2, isOver = false; !isOver; at += STRIDE) {
      for (const torn of ['0', '1']) {
        await fresh();
        const { said, signal } = await work(dir, steps(), { BERTH_END_AT: String(at), BERTH_END_TORN: torn });
        isOver = signal === null;
        if (isOver) {
          expect(changesOf(said), `${name} ${String(at)}`).toBeLessThan(at);
          break;
        }
        killed += 1;
        const tags = await wholeTags(dir);
        for (const tag of sure) expect(tags, `${name} ${String(at)}`).toContain(tag);
        expect([...sure, ...open]).toEqual(expect.arrayContaining([...tags]));
        if (said.length > 0 && name.startsWith('create')) expect(tags).toContain('third');
        if (said.length > 0 && name === 'remove') expect(tags).not.toContain('first');
        if (torn === '0') await goesOn(dir);
      }
    }
    expect(killed).toBeGreaterThan(0);
    places.set(name, killed);
  });
});

describe.runIf(mayMount)('a disk whose power is cut at any change', () => {
  let disk: LoopDisk;
  beforeAll(async () => {
    disk = await loopDisk(48);
  });
  afterAll(() => disk.remove());

  it('has every snapshot that was acknowledged, whole', { timeout: 3_600_000 }, async () => {
    const dir = join(disk.dir, 'repository');
    const steps: readonly RepositoryStep[] = [creates('first'), creates('second'), removesFirst, { verb: 'prune' }, createsStaged('third')];
    let cuts = 0;
    for (let at = DEEP ? 1 : 5; ; at += STRIDE) {
      await disk.clear();
      const { said, signal } = await work(dir, steps, { BERTH_END_AT: String(at), BERTH_CUT_DISK: disk.dir });
      if (signal === null) {
        expect(changesOf(said)).toBeLessThan(at);
        break;
      }
      cuts += 1;
      await disk.remount();
      const acknowledged = said.flatMap((line) => /^created (.*)$/.exec(line)?.[1] ?? []);
      const tags = acknowledged.length === 0 && !(await isRepository(dir)) ? new Set<string>() : await wholeTags(dir);
      const removed = said.includes('removed first');
      for (const tag of acknowledged) if (tag !== 'first' || said.length < 2) expect(tags, `cut at ${String(at)}`).toContain(tag);
      if (removed) expect(tags, `cut at ${String(at)}`).not.toContain('first');
      if (acknowledged.length > 0) await goesOn(dir);
    }
    expect(cuts).toBeGreaterThan(5);
    places.set('power cut', cuts);
  });
});

describe.runIf(mayMount)('the test with the power cut', () => {
  let disk: LoopDisk;
  beforeAll(async () => {
    disk = await loopDisk(48);
  });
  afterAll(() => disk.remove());

  it('notices when nothing is synced', async () => {
    const dir = join(disk.dir, 'repository');
    let said: readonly string[] = [];
    for (let at = 40; !said.includes('created first'); at += 10) {
      await disk.clear();
      ({ said } = await work(dir, [creates('first'), creates('second')], { BERTH_END_AT: String(at), BERTH_CUT_DISK: disk.dir, BERTH_NO_SYNC: '1' }));
    }
    await disk.remount();
    const tags = (await isRepository(dir)) ? await wholeTags(dir).catch(() => new Set<string>()) : new Set<string>();
    expect(tags).not.toContain('first');
  });
});

async function isRepository(dir: string): Promise<boolean> {
  return openRepository(folderPlace(dir), INSTALL_KEYS).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'not-found' });
      return false;
    },
  );
}
