import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderPlace } from '@main/platform/snapshots/folder-place';
import { createRepository, openRepository } from '@main/platform/snapshots/repository';
import type { RepositoryKeys } from '@main/platform/snapshots/types';
import { bundle } from '../../support/bundle';
import { useCleanups } from '../../support/cleanups';
import { filesOf, folderRepository, INSTALL_KEYS, makeSnapshot, noise, objectsIn, scratchFolder, verifyAll } from '../../support/snapshot-repository';

const later = useCleanups();

async function scratch(): Promise<string> {
  const { dir, remove } = await scratchFolder();
  later(remove);
  return dir;
}

describe('a folder as a place', () => {
  it('is for its owner alone', async () => {
    const dir = join(await scratch(), 'deep', 'repository');
    await makeSnapshot(await folderRepository(dir), [{ name: 'data', files: { a: Buffer.from('a') } }]);
    for (const name of (await objectsIn(dir)).keys()) {
      expect((await stat(join(dir, name))).mode & 0o777, name).toBe(0o600);
      for (let folder = join(dir, name, '..'); folder.length >= dir.length; folder = join(folder, '..')) expect((await stat(folder)).mode & 0o777, folder).toBe(0o700);
    }
  });

  it('replaces nothing unless it is told to, and follows no link', async () => {
    const dir = join(await scratch(), 'repository');
    const place = folderPlace(dir);
    const text = async (name: string): Promise<string> => Buffer.from(await place.read(name)).toString();
    await place.write('snapshots/a.json', [Buffer.from('one'), Buffer.from('!')]);
    await place.write('snapshots/a.json', [Buffer.from('two')]);
    expect(await text('snapshots/a.json')).toBe('one!');
    await place.write('snapshots/a.json', [Buffer.from('two')], { replace: true });
    expect(await text('snapshots/a.json')).toBe('two');
    expect(Buffer.from(await place.read('snapshots/a.json', { offset: 1, length: 10 })).toString()).toBe('wo');
    expect(await place.read('snapshots/a.json', { offset: 10, length: 10 })).toHaveLength(0);
    await expect(place.read('snapshots/b.json')).rejects.toMatchObject({ code: 'not-found' });
    expect(await place.size('snapshots/b.json')).toBeNull();
    const outside = join(dir, '..', 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'x'), 'outside');
    await symlink(outside, join(dir, 'index'));
    await expect(place.read('index/x')).rejects.toMatchObject({ code: 'storage-unreachable' });
    await expect(place.write('index/y', [Buffer.from('y')])).rejects.toMatchObject({ code: 'storage-unreachable' });
    await expect(place.remove('index/x')).rejects.toMatchObject({ code: 'storage-unreachable' });
    expect(await readFile(join(outside, 'x'), 'utf8')).toBe('outside');
    await expect(place.read('../outside/x')).rejects.toMatchObject({ code: 'storage-unreachable' });
  });

  it('sweeps what interrupted writes left, once it is old', async () => {
    const dir = join(await scratch(), 'repository');
    const repository = await folderRepository(dir);
    await makeSnapshot(repository, [{ name: 'data', files: { a: Buffer.from('a') } }]);
    await writeFile(join(dir, 'snapshots', '.tmp-old'), 'half');
    await utimes(join(dir, 'snapshots', '.tmp-old'), 1_000, 1_000);
    await writeFile(join(dir, 'snapshots', '.tmp-young'), 'half');
    expect((await repository.list()).manifests).toHaveLength(1);
    await repository.prune({ graceMs: 0, dryRun: false, onProgress: () => undefined, signal: new AbortController().signal });
    expect([...(await objectsIn(dir)).keys()].filter((name) => name.includes('.tmp-'))).toEqual(['snapshots/.tmp-young']);
  });

  it('says when it is not there', async () => {
    const dir = await scratch();
    await expect(openRepository(folderPlace(join(dir, 'none')), INSTALL_KEYS)).rejects.toMatchObject({ code: 'not-found' });
    await writeFile(join(dir, 'file'), '');
    await expect(folderRepository(join(dir, 'file', 'repository'))).rejects.toMatchObject({ code: 'storage-unreachable' });
  });
});

describe('the keys of a repository', () => {
  const passphrase = (text: string | null): RepositoryKeys => ({ install: null, passphrase: text });

  it('are a passphrase, whichever way its letters are written', async () => {
    const place = folderPlace(join(await scratch(), 'repository'));
    const repository = await createRepository(place, passphrase('größe 1'), { encryptAll: true, secrets: true });
    const { manifest } = await makeSnapshot(repository, [{ name: 'data', files: { a: Buffer.from('a') } }]);
    expect(await repository.status()).toMatchObject({ encrypted: 'everything', passphrase: true, storesSecrets: true });
    expect((await (await openRepository(place, passphrase('größe 1'.normalize('NFD')))).list()).manifests[0]?.manifest).toEqual(manifest);
    await expect(openRepository(place, passphrase('another'))).rejects.toMatchObject({ code: 'passphrase-wrong', message: expect.stringContaining('another one') });
    await expect(openRepository(place, passphrase(null))).rejects.toMatchObject({ code: 'passphrase-wrong', message: expect.stringContaining('need their passphrase') });
    expect(await readFile(join(place.where, 'keys', 'passphrase.json'), 'utf8')).toContain('"kdf":"scrypt","kind":"passphrase","n":131072');
  });

  it('are those of the installation, or the passphrase where that is another one', async () => {
    const place = folderPlace(join(await scratch(), 'repository'));
    const both: RepositoryKeys = { ...INSTALL_KEYS, passphrase: 'secret' };
    const { manifest } = await makeSnapshot(await createRepository(place, both, { encryptAll: false, secrets: true }), [{ name: 'env', secret: true, files: { '.env': Buffer.from('A=1') } }]);
    const stranger: RepositoryKeys['install'] = { seal: (text) => text, open: () => { throw new Error('another key'); } };
    for (const keys of [INSTALL_KEYS, passphrase('secret'), { install: stranger, passphrase: 'secret' }]) {
      expect(Buffer.from((await filesOf(await openRepository(place, keys), manifest.parts[0]!))['.env']!).toString()).toBe('A=1');
    }
    await expect(openRepository(place, { install: stranger, passphrase: null })).rejects.toMatchObject({ code: 'passphrase-wrong' });
  });

  it('are not needed where no secrets are taken; what is there then is foreign', async () => {
    const place = folderPlace(join(await scratch(), 'repository'));
    const none = passphrase(null);
    await expect(createRepository(place, none, { encryptAll: false, secrets: true })).rejects.toMatchObject({ code: 'input-invalid' });
    const repository = await createRepository(place, none, { encryptAll: false, secrets: false });
    await makeSnapshot(repository, [{ name: 'data', files: { a: Buffer.from('a') } }]);
    expect((await repository.list()).manifests[0]?.foreign).toBe(true);
    await expect(makeSnapshot(repository, [{ name: 'env', secret: true, files: { a: Buffer.from('a') } }])).rejects.toMatchObject({ code: 'input-invalid' });
    expect((await repository.list()).manifests).toHaveLength(1);
  });

  it('are the same for two who make the repository at once', async () => {
    const dir = join(await scratch(), 'repository');
    const [one, other] = await Promise.all([folderRepository(dir), folderRepository(dir)]);
    const [first, second] = await Promise.all([makeSnapshot(one, [{ name: 'a', secret: true, files: { a: noise(100_000, 'a') } }]), makeSnapshot(other, [{ name: 'b', secret: true, files: { b: noise(100_000, 'b') } }])]);
    const opened = await folderRepository(dir);
    expect(new Set((await opened.list()).manifests.map(({ manifest }) => manifest.id))).toEqual(new Set([first.manifest.id, second.manifest.id]));
    expect((await verifyAll(opened)).damaged).toEqual([]);
  });
});

describe('secrets', () => {
  it('are in no file of a repository, in whatever way they are written', async () => {
    const canary = 'Canary/of+the "test" §7';
    const forms = [canary, Buffer.from(canary).toString('base64'), encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1), Buffer.from(canary).toString('hex')];
    for (const encryptAll of [false, true]) {
      const dir = join(await scratch(), 'repository');
      const repository = await createRepository(folderPlace(dir), INSTALL_KEYS, { encryptAll, secrets: true });
      await makeSnapshot(repository, [
        { name: 'env', kind: 'files', secret: true, files: { '.env': Buffer.from(`PASSWORD=${canary}\n`), [`named ${canary.replaceAll('/', '-')}`]: Buffer.from('x') } },
        ...(encryptAll ? [{ name: 'data', files: { a: Buffer.from(canary) } }] : [{ name: 'data', files: { a: Buffer.from('nothing') } }]),
      ]);
      for (const [name, bytes] of await objectsIn(dir)) for (const form of [...forms, canary.replaceAll('/', '-')]) expect(bytes.includes(form), `${name} has ${form}`).toBe(false);
    }
  });

  it('do not let anybody ask whether a file is there', async () => {
    const repository = await folderRepository(join(await scratch(), 'repository'));
    const known = Buffer.from('a file that somebody knows');
    const { manifest } = await makeSnapshot(repository, [{ name: 'env', secret: true, files: { known } }]);
    const hash = createHash('sha256').update(known).digest('hex');
    await repository.reading(async (reader) => {
      await expect(reader.chunk(hash)).rejects.toMatchObject({ code: 'damaged' });
      expect(Buffer.from(await reader.chunk(reader.idOf(hash, true))).toString()).toBe(known.toString());
      expect(await reader.coded(reader.idOf(hash, true))).toMatchObject({ hash, length: known.length });
    });
    expect(JSON.stringify(manifest)).not.toContain(hash);
  });
});

describe('two processes', () => {
  it('make snapshots and prune in one repository side by side', async () => {
    const base = await scratch();
    const dir = join(base, 'repository');
    const repository = await folderRepository(dir);
    await makeSnapshot(repository, [{ name: 'data', files: { shared: noise(200_000, 'shared') } }], { tag: 'mine' });
    const { dir: built } = await bundle({ repository: 'test/support/snapshot-repository-main.ts' }, { 'node:fs/promises': resolve('test/support/counted-fs.ts') });
    const steps = (tag: string): readonly object[] => Array.from({ length: 4 }, (_, at) => ({ verb: 'create', tag: `${tag} ${String(at)}`, files: { shared: Buffer.from(noise(200_000, 'shared')).toString('base64'), own: Buffer.from(noise(50_000, `${tag} ${String(at)}`)).toString('base64') } }));
    const work = async (tag: string): Promise<number | null> => {
      await writeFile(join(base, `${tag}.json`), JSON.stringify(steps(tag)));
      const child = spawn(process.execPath, [join(built, 'repository.cjs'), dir, join(base, `${tag}.json`)], { stdio: ['ignore', 'ignore', 'inherit'] });
      return new Promise((done) => child.once('close', done));
    };
    let isOver = false;
    let pruned = 0;
    const pruning = (async () => {
      while (!isOver) {
        const outcome = await repository.prune({ graceMs: -60_000, dryRun: false, onProgress: () => undefined, signal: new AbortController().signal }).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'locked' });
        else pruned += 1;
      }
    })();
    expect(await Promise.all([work('one'), work('two')])).toEqual([0, 0]);
    isOver = true;
    await pruning;
    expect(pruned).toBeGreaterThan(0);
    const opened = await folderRepository(dir);
    expect((await opened.list()).manifests).toHaveLength(9);
    expect((await verifyAll(opened)).damaged).toEqual([]);
  });
});
