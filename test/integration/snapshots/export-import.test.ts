import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import { systemClock } from '@main/platform/system-clock';
import { compareSnapshots } from '@main/snapshots/compare';
import { exportOperation } from '@main/snapshots/export-operation';
import { importOperation } from '@main/snapshots/import-operation';
import type { Repositories } from '@main/snapshots/types';
import { verifyOperation } from '@main/snapshots/verify-operation';
import type { Manifest, ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';
import type { Json, JsonObject } from '@shared/kernel/json';
import { EVERYTHING, manifestOf, partOf, storePlanted, type Planted } from '../../support/snapshot-content';
import { folderRepository, objectsIn, scratchFolder } from '../../support/snapshot-repository';

const run = promisify(execFile);
const SIGNAL = new AbortController().signal;
const SECRET = 'canary-4f0c6a';
const ENV: readonly Planted[] = [{ path: '.env', content: Buffer.from(`TOKEN=${SECRET}\nSAME=1\n`), mode: 0o600 }];
const COMPOSE: readonly Planted[] = [{ path: 'compose.yaml', content: Buffer.from('services: {}\n') }];
const LARGE: readonly Planted[] = [{ path: 'large', content: randomBytes(9_000_000) }];

interface Kit {
  readonly dir: string;
  readonly one: SnapshotRepository;
  readonly other: SnapshotRepository;
  readonly manifest: Manifest;
  readonly log: string[];
  readonly verified: unknown[];
  readonly made: unknown[];
  export(input?: JsonObject): Promise<JsonObject>;
  import(input: JsonObject): Promise<JsonObject>;
  verify(id: string, more?: JsonObject): Promise<JsonObject>;
  compare(id: string, other: string): Promise<readonly { readonly part: { readonly kind: string; readonly name: string }; readonly path: string; readonly what: readonly string[] }[]>;
  close(): Promise<void>;
}

async function kit(): Promise<Kit> {
  const { dir, remove } = await scratchFolder();
  // The other one encrypts everything, so that it names every chunk by another id.
  const [one, other] = [await folderRepository(join(dir, 'one')), await folderRepository(join(dir, 'other'), { encryptAll: true })];
  const writer = await one.begin(SIGNAL);
  const stored: ManifestPart[] = [];
  for (const [part, planted] of [[partOf('files', 'compose', COMPOSE), COMPOSE], [partOf('files', 'env', ENV, { secret: true }), ENV], [partOf('volume', 'shop_data', EVERYTHING), EVERYTHING], [partOf('volume', 'shop_large', LARGE), LARGE], [partOf('images', 'images', []), []]] as const) stored.push(await storePlanted(writer, part, planted));
  const manifest = manifestOf(stored, { notes: ['a \u001b[31mnote\n'] });
  await writer.finish(manifest);
  const [log, verified, made]: [string[], unknown[], unknown[]] = [[], [], []];
  const project = { id: 'p_1', name: 'shop', dir: '/srv/shop' };
  const projects = { resolve: () => Promise.resolve(project as never) };
  const find: Repositories['find'] = async (_project, ref) => {
    for (const [name, repository] of [['local', one], ['bucket', other]] as const) {
      const listed = (await repository.list()).manifests.find((each) => each.manifest.id === ref);
      if (listed !== undefined) return { name, repository, manifest: listed.manifest, foreign: listed.foreign };
    }
    throw new Error(`There is no ${ref}.`);
  };
  const repositories = { find, open: () => Promise.resolve(other), chosen: () => Promise.resolve('bucket') };
  const started = async (kind: OperationKind, input: JsonObject): Promise<JsonObject> => {
    const prepared = (await kind.prepare?.(input)) ?? input;
    return (await kind.run(contextOf(log), prepared)) as JsonObject;
  };
  const operations = {
    export: exportOperation({ projects, repositories }),
    import: importOperation({ projects, repositories, notes: { made: (...note) => (made.push(note), Promise.resolve()) }, clock: systemClock, randomBytes: (length) => randomBytes(length) }),
    verify: verifyOperation({ projects, repositories, notes: { verified: (...note) => (verified.push(note), Promise.resolve()) }, clock: systemClock }),
  };
  return {
    dir,
    one,
    other,
    manifest,
    log,
    verified,
    made,
    export: (input = {}) => started(operations.export, { project: 'shop', id: manifest.id, file: join(dir, 'export.tar'), secrets: false, ...input }),
    import: (input) => started(operations.import, { project: 'shop', ...input }),
    verify: (id, more = {}) => started(operations.verify, { project: 'shop', id, ...more }),
    compare: async (id, second) => {
      const answer = await compareSnapshots({ projects, repositories } as never)({ project: 'shop', id, with: second, limit: 1_000 }, { door: 'cli', signal: SIGNAL });
      expect(answer.more).toBe(0);
      return answer.differences;
    },
    async close() {
      await Promise.all([one.close(), other.close()]);
      await remove();
    },
  };
}

function contextOf(log: string[]): OperationContext {
  return {
    operationId: 'op_1',
    signal: SIGNAL,
    effect: <R extends Json>(_name: string, intent: JsonObject, act: () => Promise<R>) => (log.push(JSON.stringify(intent)), act()),
    note: (_name, data) => (log.push(JSON.stringify(data)), Promise.resolve()),
    commit: () => Promise.resolve(),
    records: () => [],
    progress: (change) => void log.push(JSON.stringify(change)),
    log: (text) => void log.push(text),
  };
}

async function entriesIn(repository: SnapshotRepository, part: ManifestPart | undefined): Promise<readonly TreeEntry[]> {
  if (part === undefined) throw new Error('There is no such part.');
  return repository.reading(async (reader) => {
    const entries: TreeEntry[] = [];
    for await (const entry of reader.entries(part)) entries.push(entry.type === 'file' ? { ...entry, chunks: [] } : entry);
    return entries;
  });
}

const named = (manifest: Manifest, name: string): ManifestPart | undefined => manifest.parts.find((part) => part.name === name);

let berth: Kit;
beforeEach(async () => void (berth = await kit()));
afterEach(() => berth.close());

describe('a snapshot that is exported and imported', () => {
  it('is in another repository as it was, with ids and cuts of its own, and nobody vouches for it', async () => {
    const file = join(berth.dir, 'export.tar');
    const written = await berth.export({ secrets: true });
    expect(written).toMatchObject({ file, sizeBytes: (await stat(file)).size, sha256: (await run('sha256sum', [file])).stdout.slice(0, 64) });
    const imported = await berth.import({ file, tag: 'from elsewhere' });
    expect(imported).toMatchObject({ tag: 'from elsewhere', reason: 'import', verified: null, repository: 'bucket' });
    expect(imported['id']).not.toBe(berth.manifest.id);
    expect(berth.made).toEqual([['p_1', 'bucket', imported['id'], imported['storedBytes']]]);
    const [listed] = (await berth.other.list()).manifests;
    expect(listed).toMatchObject({ foreign: true, manifest: { id: imported['id'], notes: ['a  [31mnote ', expect.stringContaining(berth.manifest.id) as unknown] } });
    for (const part of berth.manifest.parts) expect(await entriesIn(berth.other, named(listed?.manifest as Manifest, part.name)), part.name).toEqual(await entriesIn(berth.one, part));
    expect(await berth.compare(berth.manifest.id, String(imported['id']))).toEqual([]);
    expect(await berth.verify(String(imported['id']))).toMatchObject({ id: imported['id'], sampled: false });
    expect(berth.verified).toEqual([['p_1', 'bucket', imported['id'], true]]);
    // What is exported again is the same but for its manifest.
    await berth.export({ id: imported['id'] as string, file: join(berth.dir, 'again.tar'), secrets: true });
    const sums = async (of: string): Promise<readonly string[]> => (await run('tar', ['-xOf', of, 'SHA256SUMS'])).stdout.split('\n').filter((line) => !line.endsWith('manifest.json'));
    expect(await sums(join(berth.dir, 'again.tar'))).toEqual(await sums(file));
  });

  it('has no values of secret parts unless they are asked for', async () => {
    const file = join(berth.dir, 'export.tar');
    await berth.export();
    expect((await readFile(file)).includes(SECRET)).toBe(false);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(berth.log.join('\n')).toContain('readable: Env files');
    expect(berth.log.join('\n')).not.toContain(SECRET);
    const imported = await berth.import({ file });
    expect(imported['parts']).toHaveLength(4);
    expect((imported['notes'] as string[]).join(' ')).toContain('without Env files');
    expect((await berth.compare(berth.manifest.id, String(imported['id']))).map(({ part, what }) => [part.name, what])).toEqual([['env', ['part']]]);
  });

  it('is not imported where its secrets would not be kept', async () => {
    await berth.export({ secrets: true });
    const repository = await folderRepository(join(berth.dir, 'plain'), { secrets: false });
    const kind = importOperation({ projects: { resolve: () => Promise.resolve({ id: 'p_1', name: 'shop', dir: '/' } as never) }, repositories: { open: () => Promise.resolve(repository), chosen: () => Promise.resolve('plain') }, notes: { made: () => Promise.resolve() }, clock: systemClock, randomBytes: (length) => randomBytes(length) });
    await expect(kind.run(contextOf([]), { project: 'p_1', file: join(berth.dir, 'export.tar') })).rejects.toMatchObject({ code: 'blocked' });
    expect((await repository.list()).manifests).toEqual([]);
    await repository.close();
  });

  it('leaves nothing of an import that a crash ended, and nothing of an export', async () => {
    await berth.export({ secrets: true });
    const imported = await berth.import({ file: join(berth.dir, 'export.tar') });
    const records = (name: string, intent: JsonObject): Parameters<OperationKind['rollback']>[0] => ({ operationId: 'op_1', reason: 'crashed', records: [{ seq: 1, name, intent, result: undefined, undone: false }], effect: (_name, _intent, act) => act(), progress: () => undefined, log: () => undefined });
    const kind = importOperation({ projects: { resolve: () => Promise.reject(new Error()) }, repositories: { open: () => Promise.resolve(berth.other), chosen: () => Promise.resolve('bucket') }, notes: { made: () => Promise.resolve() }, clock: systemClock, randomBytes: (length) => randomBytes(length) });
    for (let twice = 0; twice < 2; twice += 1) await kind.rollback(records('snapshot.import', { id: imported['id'] as string, project: 'p_1', repository: 'bucket' }), {});
    expect((await berth.other.list()).manifests).toEqual([]);
    const temporary = join(berth.dir, '.half.part');
    await writeFile(temporary, 'half');
    for (let twice = 0; twice < 2; twice += 1) await exportOperation({ projects: { resolve: () => Promise.reject(new Error()) }, repositories: { find: () => Promise.reject(new Error()) } }).rollback(records('snapshot.export', { temporary }), {});
    expect(await readdir(berth.dir)).toEqual(['export.tar', 'one', 'other']);
  });
});

describe('verifying a snapshot', () => {
  it('names what is damaged, which part needs it, and remembers it', async () => {
    expect(await berth.verify(berth.manifest.id)).toMatchObject({ sampled: false });
    const packs = [...(await objectsIn(join(berth.dir, 'one'))).entries()].filter(([name]) => name.startsWith('packs/'));
    const [name, bytes] = packs.reduce((largest, one) => (one[1].length > largest[1].length ? one : largest));
    const flipped = Buffer.from(bytes);
    flipped[4_000_000] = (flipped[4_000_000] ?? 0) ^ 1;
    await writeFile(join(berth.dir, 'one', name), flipped);
    const error = (await berth.verify(berth.manifest.id).catch((thrown: unknown) => thrown)) as { readonly code: string; readonly exitCode: number; readonly details: { readonly damaged: readonly { readonly object: string; readonly part: string }[] } };
    expect(error).toMatchObject({ code: 'damaged', exitCode: 1 });
    expect(error.details.damaged).toContainEqual({ object: name, part: 'volume shop_large' });
    expect(berth.verified).toEqual([['p_1', 'local', berth.manifest.id, true], ['p_1', 'local', berth.manifest.id, false]]);
    await expect(berth.export({ file: join(berth.dir, 'damaged.tar') })).rejects.toMatchObject({ code: 'damaged' });
    expect((await readdir(berth.dir)).filter((one) => one.includes('damaged'))).toEqual([]);
  });

  it('of a sample that is whole says nothing of the rest', async () => {
    expect(await berth.verify(berth.manifest.id, { sample: 10 })).toMatchObject({ sampled: true });
    expect(berth.verified).toEqual([]);
  });
});

describe('comparing two snapshots', () => {
  it('says which files and variables are others, and never the value of one', async () => {
    const writer = await berth.one.begin(SIGNAL);
    const changed = EVERYTHING.map((one) => (one.path === 'marked' ? { ...one, mode: 0o600 } : one)).filter(({ path }) => path !== 'old');
    const env: readonly Planted[] = [{ path: '.env', content: Buffer.from('TOKEN=canary-other\nSAME=1\nNEW=canary-new\n'), mode: 0o600 }];
    const parts: ManifestPart[] = [];
    for (const [part, planted] of [[partOf('files', 'compose', COMPOSE), COMPOSE], [partOf('files', 'env', env, { secret: true }), env], [partOf('volume', 'shop_data', changed), changed], [partOf('volume', 'shop_more', []), []]] as const) parts.push(await storePlanted(writer, part, planted));
    const second = manifestOf(parts, { id: 's_01HV0000000000000000000001' });
    await writer.finish(second);
    const differences = await berth.compare(berth.manifest.id, second.id);
    expect(differences.map(({ part, path, what }) => [part.name, path, what])).toEqual([
      ['env', '.env', ['NEW']],
      ['env', '.env', ['TOKEN']],
      ['shop_data', 'marked', ['mode']],
      ['shop_data', 'old', ['file']],
      ['shop_large', '', ['part']],
      ['images', '', ['part']],
      ['shop_more', '', ['part']],
    ]);
    expect(JSON.stringify(differences)).not.toContain('canary');
  });
});
