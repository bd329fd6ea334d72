import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileChange } from '@shared/domain/gitops/file-changes';
import type { Disposable } from '@shared/kernel/disposable';
import { cacheFileOf, createManifestScanner, type FolderScan, type ManifestScanner } from '@main/platform/manifests/scanner';
import type { BerthEvent } from '@shared/contract/events';
import { toDisposable } from '@shared/kernel/disposable';
import { createScans, followManifests } from '@main/gitops';
import type { Duplicates } from '@main/gitops/duplicates';
import { systemClock } from '@main/platform/system-clock';
import type { Logger } from '@main/platform/types';
import { watchManifests } from '@main/platform/manifests/watch';
import { makeManifestTree } from '../../support/manifest-tree';

const SCHEMAS = 'resources/kubernetes/schemas.json.gz';

let root: string;
let dir: string;
let scanner: ManifestScanner;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'berth-manifests-')));
  dir = join(root, 'tree');
  await mkdir(dir);
  scanner = open();
});

afterEach(async () => {
  scanner.close();
  await chmod(dir, 0o755);
  await rm(root, { recursive: true, force: true });
});

function open(): ManifestScanner {
  return createManifestScanner({ home: join(root, 'state'), schemaFile: SCHEMAS });
}

async function put(path: string, text: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
}

function scan(given: { readonly fresh?: boolean; readonly paths?: readonly string[]; readonly threads?: number; readonly signal?: AbortSignal; readonly onProgress?: () => void } = {}, by = scanner): Promise<FolderScan> {
  return by.scan({ dir, fresh: given.fresh ?? false, paths: given.paths ?? null, threads: given.threads ?? 0 }, given.signal ?? new AbortController().signal, given.onProgress ?? (() => undefined));
}

const config = (name: string, value = 'x'): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  key: ${value}\n`;

describe('a folder of manifests', () => {
  it('has the hash of each file, and reads no file twice that has not changed, in this process and in the next', async () => {
    await makeManifestTree(dir, 1_000, 3);
    const first = await scan();
    expect(first).toMatchObject({ filesRead: 1_000, documents: 2_000 });
    const some = first.files[500];
    expect(some?.contentHash).toBe(createHash('sha256').update(await readFile(join(dir, some?.path ?? ''))).digest('hex'));
    const second = await scan();
    expect(second.filesRead).toBe(0);
    expect(second.groups).toEqual(first.groups);
    expect(second.files).toEqual(first.files);
    await expect.poll(() => readFile(cacheFileOf(join(root, 'state'), dir)).then((bytes) => bytes.length, () => 0)).toBeGreaterThan(1_000);
    const other = open();
    try {
      const third = await scan({}, other);
      expect(third.filesRead).toBe(0);
      expect(third.groups).toEqual(first.groups);
    } finally {
      other.close();
    }
  });

  it('has as many documents of each kind as another parser counts, and goes on behind a file that cannot be read', async () => {
    const kinds = ['ConfigMap', 'Secret', 'Service', 'Deployment', 'Namespace', 'Widget'];
    const expected = new Map<string, number>();
    for (let index = 0; index < 1_000; index += 1) {
      const one = (at: number): string => `apiVersion: v1\nkind: ${kinds[(index + at) % kinds.length] ?? ''}\nmetadata:\n  name: d${String(index)}-${String(at)}\n`;
      const documents = Array.from({ length: 1 + (index % 3) }, (_, at) => one(at));
      const text = index % 10 === 0 ? `apiVersion: v1\nkind: List\nitems:\n${documents.map((each) => `- ${each.trimEnd().replaceAll('\n', '\n  ')}\n`).join('')}` : documents.join('---\n');
      await put(`area-${String(index % 9)}/f${String(index)}.yaml`, text);
      // A List is its items.
      for (const document of parseAllDocuments(text)) {
        const value = (document as { toJS(): { readonly kind: string; readonly items?: readonly { readonly kind: string }[] } }).toJS();
        for (const { kind } of value.items ?? [value]) expected.set(kind, (expected.get(kind) ?? 0) + 1);
      }
    }
    await put('area-0/bad.yaml', 'apiVersion: v1\nkind: ConfigMap\n  metadata: [\n');
    const found = await scan();
    const counted = new Map<string, number>();
    for (const { id } of found.files.flatMap((file) => file.documents)) counted.set(id?.kind ?? '', (counted.get(id?.kind ?? '') ?? 0) + 1);
    expect([...counted].sort()).toEqual([...expected].sort());
    expect(found.documents).toBe([...expected.values()].reduce((sum, one) => sum + one, 0));
    expect(found.files.filter((file) => file.problem !== null).map((file) => [file.path, file.problem?.line])).toEqual([['area-0/bad.yaml', 3]]);
  });

  it('finds what was made: copies, the same in other words, conflicts with where they differ; the same with threads', async () => {
    const made = await makeManifestTree(dir, 400, 5);
    const here = await scan({ fresh: true });
    const count = (ofClass: string): number => here.groups.filter((one) => one.class === ofClass).length;
    expect(count('exact-dup')).toBe(made.copies);
    expect(count('identity-conflict')).toBe(made.conflicts);
    // The Service beside each reordered Deployment and beside each conflict is a copy in a file that is none.
    expect(count('semantic-dup')).toBe(made.reordered * 2 + made.conflicts);
    expect(here.groups.find((one) => one.class === 'identity-conflict')?.differences).toEqual(['/spec/template/spec/containers/0/image']);
    const threaded = await scan({ fresh: true, threads: 2 });
    expect(threaded.threads).toBe(2);
    expect(threaded.groups).toEqual(here.groups);
    expect(threaded.files).toEqual(here.files);
  });

  it('looks again only at the file it is told of', async () => {
    await put('a.yaml', config('one'));
    await put('b.yaml', config('two'));
    expect((await scan()).groups).toEqual([]);
    await put('b.yaml', config('one'));
    const again = await scan({ paths: ['b.yaml'] });
    expect(again).toMatchObject({ filesRead: 1, groups: [{ class: 'exact-dup' }] });
    await rm(join(dir, 'b.yaml'));
    expect(await scan({ paths: ['b.yaml'] })).toMatchObject({ groups: [], files: [{ path: 'a.yaml' }] });
  });

  it('is cancelled within two seconds', async () => {
    await makeManifestTree(dir, 2_000, 9);
    const abort = new AbortController();
    const running = scan({ fresh: true, signal: abort.signal });
    abort.abort();
    const began = performance.now();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(2_000);
    expect((await scan({ fresh: true })).files).toHaveLength(2_000);
  });

  it('misses nothing that a scan had read before it was cancelled', async () => {
    await makeManifestTree(dir, 1_500, 9);
    const before = await scan();
    await makeManifestTree(join(dir, 'more'), 1_500, 11);
    const abort = new AbortController();
    await expect(scan({ signal: abort.signal, onProgress: () => abort.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    const after = await scan();
    expect(after.files).toHaveLength(3_000);
    const other = open();
    try {
      expect(after.groups).toEqual((await scan({ fresh: true }, other)).groups);
    } finally {
      other.close();
    }
    expect(after.groups).not.toEqual(before.groups);
  });
});

describe('a hostile folder', () => {
  it('says what is wrong with each file, goes on with the others, and touches nothing outside', async () => {
    const outside = join(root, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret.yaml'), config('secret'));
    const lines = Array.from({ length: 9 }, (_, at) => `l${String(at + 1)}: &l${String(at + 1)} [${Array.from({ length: 9 }, () => `*l${String(at)}`).join(', ')}]`);
    await put('bomb.yaml', `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\nl0: &l0 [lol, lol, lol]\n${lines.join('\n')}\n`);
    await put('brackets.yaml', '['.repeat(100_000));
    await put('deep.yaml', '{a: '.repeat(5_000));
    await put('twice.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nmetadata: {name: b}\n');
    await put('proto.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: proto\n__proto__:\n  polluted: yes\n');
    await put('constructor.yaml', 'apiVersion: constructor\nkind: __proto__\nmetadata:\n  name: toString\n');
    await put('bytes.yaml', new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]));
    await put('zero.yaml', 'a: \0\n');
    await put('tag.yaml', 'a: !!js/function "function () { process.exit(7) }"\n');
    await put('keys.yaml', `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: keys}\ndata:\n${Array.from({ length: 100_000 }, (_, at) => `  k${String(at)}: x\n`).join('')}`);
    await put('large.yaml', `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n  text: ${'x'.repeat(4_900_000)}\n`);
    await put('larger.yaml', 'x'.repeat(5_000_001));
    await put('good.yaml', config('good'));
    await symlink(outside, join(dir, 'linked'));
    await symlink(join(outside, 'secret.yaml'), join(dir, 'linked.yaml'));
    await put('.git/config.yaml', config('hidden'));
    await put('node_modules/a/a.yaml', config('hidden'));
    const began = performance.now();
    const found = await scan();
    expect(performance.now() - began).toBeLessThan(30_000);
    const kinds = Object.fromEntries(found.files.map((file) => [file.path, file.kind]));
    expect(kinds).toMatchObject({ 'brackets.yaml': 'unparseable', 'deep.yaml': 'unparseable', 'twice.yaml': 'unparseable', 'bytes.yaml': 'unparseable', 'zero.yaml': 'unparseable', 'tag.yaml': 'unparseable', 'good.yaml': 'manifests', 'proto.yaml': 'manifests', 'large.yaml': 'manifests', 'keys.yaml': 'manifests' });
    expect(found.files.find((file) => file.path === 'twice.yaml')?.problem).toMatchObject({ line: 4 });
    for (const file of found.files) if (file.kind === 'unparseable') expect(file.reason, file.path).toMatch(/[a-z]/);
    expect(found.skipped).toEqual(expect.arrayContaining([expect.objectContaining({ path: 'larger.yaml' }), expect.objectContaining({ path: 'linked.yaml' })]));
    expect(Object.keys(kinds).filter((path) => /hidden|linked|secret|\.git|node_modules/.test(path))).toEqual([]);
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
    expect((await scan()).filesRead).toBe(0);
  });
});

describe('a watched folder', () => {
  const bursts: (readonly FileChange[])[] = [];
  let watch: Disposable;

  beforeEach(() => {
    bursts.length = 0;
  });
  afterEach(() => watch.dispose());

  async function follow(): Promise<void> {
    watch = await watchManifests({ dir, onChanged: (changes) => void bursts.push(changes), onError: (error) => expect.fail(String(error)) });
  }

  it('tells 500 writes of one file once', async () => {
    await put('a.yaml', config('one'));
    await follow();
    for (let at = 0; at < 500; at += 1) await writeFile(join(dir, 'a.yaml'), config('one', String(at)));
    await expect.poll(() => bursts).toEqual([[{ change: 'changed', file: 'a.yaml' }]]);
  });

  it('tells a checkout of 1,000 files as one, and nothing of git itself', async () => {
    const git = (...words: readonly string[]): Promise<unknown> => promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], { cwd: dir, env: { PATH: process.env['PATH'], HOME: root } });
    await git('init', '-q', '-b', 'main');
    await git('commit', '-q', '--allow-empty', '-m', 'nothing');
    await git('checkout', '-q', '-b', 'many');
    for (let at = 0; at < 1_000; at += 1) await put(`apps/${String(at % 10)}/${String(at)}.yaml`, config(`c${String(at)}`));
    await git('add', '.');
    await git('commit', '-q', '-m', 'many');
    await git('checkout', '-q', 'main');
    const scans = createScans({ scanner, clock: systemClock, onScanned: () => Promise.resolve() });
    await scans.scan({ dir, projectId: 'p' }, new AbortController().signal, () => undefined);
    const told: BerthEvent[] = [];
    const duplicates = { scanned: () => Promise.resolve(), folders: () => Promise.resolve([{ projectId: 'p', dir }]), keepOnly: () => Promise.resolve() } as unknown as Duplicates;
    watch = await followManifests({ scans, duplicates, projects: { list: () => Promise.resolve([]) }, watch: watchManifests, subscribe: () => toDisposable(() => undefined), publish: (event) => void told.push(event), log: { warn: (message: string) => expect.fail(message) } as unknown as Logger });
    await git('checkout', '-q', 'many');
    const counts = (): readonly unknown[] => told.map((event) => (event.type === 'gitops.changed' ? event.files.length : event.type));
    await expect.poll(counts).toEqual([1_000]);
    // What was written and looked at by Berth itself is not told again.
    await put('apps/0/0.yaml', config('c0', 'other'));
    await scans.rebuild(dir, ['apps/0/0.yaml'], new AbortController().signal);
    await put('last.yaml', config('last'));
    await expect.poll(counts).toEqual([1_000, 1]);
  });

  it('tells a new name as one move', async () => {
    await put('a.yaml', config('one'));
    await follow();
    await rename(join(dir, 'a.yaml'), join(dir, 'b.yaml'));
    await expect.poll(() => bursts).toEqual([[{ change: 'moved', file: 'b.yaml', from: 'a.yaml' }]]);
  });
});
