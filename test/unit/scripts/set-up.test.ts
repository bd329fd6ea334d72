import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineCandidates } from '../../../scripts/lib/engine.mjs';
import { fingerprint } from '../../../scripts/lib/fingerprint.mjs';
import { unzip } from '../../../scripts/lib/unzip.mjs';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-unit-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A zip file in memory: each entry's name, content, mode, and whether it is deflated. */
function zip(entries: readonly { name: string; content: string; mode: number; deflate: boolean }[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, mode, deflate } of entries) {
    const raw = Buffer.from(content);
    const packed = deflate ? deflateRawSync(raw) : raw;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflate ? 8 : 0, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(typeof crc32 === 'function' ? crc32(raw) : 0, 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(raw.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(((0o100000 | mode) << 16) >>> 0, 38);
    entry.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, list, end]);
}

describe('unzip', () => {
  it('unpacks stored and deflated entries with their mode, under the names asked for', async () => {
    const archive = join(folder, 'a.zip');
    const long = 'line of text\n'.repeat(5000);
    await writeFile(archive, zip([
      { name: 'app/run', content: '#!/bin/sh\n', mode: 0o755, deflate: false },
      { name: 'app/data/long.txt', content: long, mode: 0o644, deflate: true },
      { name: 'app/empty', content: '', mode: 0o644, deflate: false },
      { name: 'other/skipped', content: 'no', mode: 0o644, deflate: true },
    ]));
    await unzip(archive, join(folder, 'out'), (name) => (name.startsWith('app/') ? name.slice(4) : null));
    expect(await readFile(join(folder, 'out', 'data', 'long.txt'), 'utf8')).toBe(long);
    expect(await readFile(join(folder, 'out', 'empty'), 'utf8')).toBe('');
    expect((await stat(join(folder, 'out', 'run'))).mode & 0o777).toBe(0o755);
    await expect(stat(join(folder, 'out', 'skipped'))).rejects.toThrow();
  });

  it('refuses a name that leads outside', async () => {
    const archive = join(folder, 'a.zip');
    await writeFile(archive, zip([{ name: '../escaped', content: 'x', mode: 0o644, deflate: false }]));
    await expect(unzip(archive, join(folder, 'out'), (name) => name)).rejects.toThrow(/outside/);
    await expect(stat(join(folder, 'escaped'))).rejects.toThrow();
  });

  it('says so when the file is no zip file', async () => {
    const archive = join(folder, 'a.zip');
    await writeFile(archive, 'not a zip file at all, but long enough to look');
    await expect(unzip(archive, join(folder, 'out'), (name) => name)).rejects.toThrow('Not a zip file');
  });
});

describe('fingerprint', () => {
  it('changes when a file is written, added or removed, and not otherwise', async () => {
    await mkdir(join(folder, 'src', 'deep'), { recursive: true });
    const file = join(folder, 'src', 'deep', 'a.ts');
    await writeFile(file, 'one');
    const first = fingerprint(folder, ['src', 'absent.json']);
    expect(fingerprint(folder, ['src', 'absent.json'])).toBe(first);

    await utimes(file, new Date(), new Date(Date.now() + 5000));
    const touched = fingerprint(folder, ['src', 'absent.json']);
    expect(touched).not.toBe(first);

    await writeFile(join(folder, 'absent.json'), '{}');
    const added = fingerprint(folder, ['src', 'absent.json']);
    expect(added).not.toBe(touched);

    await rm(file);
    expect(fingerprint(folder, ['src', 'absent.json'])).not.toBe(added);
  });
});

describe('where an engine is looked for', () => {
  async function context(name: string, host: string): Promise<void> {
    const id = createHash('sha256').update(name).digest('hex');
    await mkdir(join(folder, 'contexts', 'meta', id), { recursive: true });
    await writeFile(join(folder, 'contexts', 'meta', id, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
  }

  beforeEach(() => {
    vi.stubEnv('DOCKER_CONFIG', folder);
    vi.stubEnv('DOCKER_HOST', undefined);
    vi.stubEnv('DOCKER_CONTEXT', undefined);
  });

  it('takes DOCKER_HOST alone when it is set', () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://build.example:2376');
    expect(engineCandidates()).toEqual({ chosen: true, candidates: [{ host: 'tcp://build.example:2376', from: 'DOCKER_HOST' }] });
  });

  it('takes the context that DOCKER_CONTEXT names', async () => {
    await context('remote', 'ssh://me@host');
    vi.stubEnv('DOCKER_CONTEXT', 'remote');
    expect(engineCandidates()).toMatchObject({ chosen: true, candidates: [{ host: 'ssh://me@host' }] });
  });

  it('tries the current context first, then the default socket, then the other contexts', async () => {
    await context('colima', 'unix:///home/me/.colima/default/docker.sock');
    await context('desktop-linux', 'unix:///home/me/.docker/desktop/docker.sock');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ currentContext: 'colima' }));
    const { chosen, candidates } = engineCandidates();
    expect(chosen).toBe(false);
    expect(candidates[0]?.host).toBe('unix:///home/me/.colima/default/docker.sock');
    expect(candidates[1]?.from).toBe('default socket');
    expect(candidates.map(({ host }) => host)).toContain('unix:///home/me/.docker/desktop/docker.sock');
    expect(new Set(candidates.map(({ host }) => host)).size).toBe(candidates.length);
  });
});
