import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VolumeProgram } from '@main/docker/volume-types';
import type { CodedChunk } from '@main/platform/snapshots/types';
import { volumeRunPayload } from '@shared/domain/engine/volume-run';
import { chunkHead, frameHeader } from '@shared/domain/snapshots/volume-frames';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { deflateRawSync } from 'node:zlib';
import { VOLUME_PROGRAM_DIR } from '../../../scripts/lib/volume-program.mjs';
import { engineJson, engineRequest, testSocketPath } from '../../support/images';
import { inVolume, makeVolume } from '../../support/volumes';
import { testProject, type TestProject } from '../docker/harness';

const never = new AbortController().signal;
const OWNED = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '0', xattrs: {} };
const ROOT: TreeEntry = { path: { text: '' }, type: 'dir', ...OWNED, mode: 0o755 };
const BYTES = Buffer.from('what a file has');
const HASH = createHash('sha256').update(BYTES).digest('hex');
const at = (path: string): { readonly path: { readonly text: string } } => ({ path: { text: path } });
const file = (path: string, more: Partial<Extract<TreeEntry, { readonly type: 'file' }>> = {}): TreeEntry => ({ ...at(path), type: 'file', ...OWNED, size: BYTES.length, data: null, chunks: [HASH], ...more });
const dir = (path: string): TreeEntry => ({ ...at(path), type: 'dir', ...OWNED, mode: 0o755 });
const link = (path: string, to: string): TreeEntry => ({ ...at(path), type: 'link', to: { text: to } });
const symlink = (path: string, to: string): TreeEntry => ({ ...at(path), type: 'symlink', ...OWNED, mode: 0o777, to: { text: to } });

const HOSTILE: { readonly [name: string]: readonly TreeEntry[] } = {
  'a path that leads out': [ROOT, file('../out')],
  'a path that leads out further in': [ROOT, dir('a'), file('a/../../out')],
  'an absolute path': [ROOT, file('/etc/out')],
  'a path with a dot': [ROOT, file('./a')],
  'a path with an empty part': [ROOT, dir('a'), file('a//b')],
  'a path that ends with a slash': [ROOT, dir('a/')],
  'a NUL in a name': [ROOT, file('a\0b')],
  'a name that is too long': [ROOT, file('n'.repeat(256))],
  'no root': [file('a')],
  'a root that is a file': [file('')],
  'two roots': [ROOT, ROOT],
  'the same name twice': [ROOT, file('a'), file('a')],
  'the same folder twice': [ROOT, dir('a'), dir('a')],
  'names out of order': [ROOT, file('b'), file('a')],
  'a folder that was left before': [ROOT, dir('a'), dir('b'), file('a/c')],
  'a parent that is missing': [ROOT, file('a/b')],
  'a parent that is a file': [ROOT, file('a'), file('a/b')],
  'a parent that is a symlink': [ROOT, symlink('a', '/etc'), file('a/b')],
  'a parent that is a symlink, as a folder': [ROOT, symlink('a', '/etc'), dir('a')],
  'a hard link to something outside': [ROOT, link('a', '../../etc/passwd')],
  'a hard link to an absolute path': [ROOT, link('a', '/etc/passwd')],
  'a hard link through a symlink': [ROOT, symlink('a', '/proc/self'), link('b', 'a/exe')],
  'a hard link to a folder': [ROOT, dir('a'), link('b', 'a')],
  'a hard link to itself': [ROOT, link('a', 'a')],
  'a hard link to what comes later': [ROOT, link('a', 'b'), file('b')],
  'a symlink to nothing': [ROOT, symlink('a', '')],
  'a mode of more than 12 bits': [ROOT, file('a', { mode: 0o140755 })],
  'an attribute that is none of a snapshot': [ROOT, file('a', { xattrs: { 'trusted.overlay.opaque': 'eQ==' } })],
  'an attribute that is no base64': [ROOT, file('a', { xattrs: { 'user.a': '%%' } })],
  'a time that is none': [ROOT, file('a', { mtimeNs: '12x' })],
  'chunks that are shorter than the file': [ROOT, file('a', { size: 1000 })],
  'chunks that are longer than the file': [ROOT, file('a', { size: 3 })],
  'data that overlaps': [ROOT, file('a', { size: 100, data: [[0, 10], [5, 5]] })],
  'data that lies behind the end': [ROOT, file('a', { size: 10, data: [[8, 15]] })],
  'data that overflows': [ROOT, file('a', { size: 2 ** 53 - 1, data: [[2 ** 53 - 2, 2 ** 53 - 2]] })],
};

async function* each(entries: readonly TreeEntry[]): AsyncGenerator<TreeEntry> {
  for (const entry of entries) yield await Promise.resolve(entry);
}

const good: CodedChunk = { hash: HASH, length: BYTES.length, codec: 0, data: BYTES };
const BAD_CHUNKS: { readonly [name: string]: CodedChunk } = {
  'other bytes than its hash': { ...good, data: Buffer.from('what a file hat') },
  'fewer bytes than it says': { ...good, data: BYTES.subarray(1) },
  'more bytes than it says': { ...good, data: Buffer.concat([BYTES, BYTES]) },
  'no deflate': { ...good, codec: 1 },
  'deflate that goes on': { ...good, codec: 1, data: Buffer.concat([deflateRawSync(BYTES), BYTES]) },
  'deflate that is cut': { ...good, codec: 1, data: deflateRawSync(BYTES).subarray(0, -2) },
  'a bomb': { ...good, codec: 1, data: deflateRawSync(Buffer.alloc(64 * 2 ** 20)) },
  'a length beyond that of chunks': { ...good, length: 2 ** 30 },
};

describe('what the volume program is given by somebody else', () => {
  let project: TestProject;
  let program: VolumeProgram;
  let image: string;
  let count = 0;
  const volume = (): Promise<string> => makeVolume(`${project.name}-h${String((count += 1))}`, project.name);
  const write = (name: string, entries: readonly TreeEntry[], chunk: CodedChunk = good): Promise<unknown> =>
    program.write(name, each(entries), () => Promise.resolve(chunk), () => undefined, never).then(() => 'written', (error: unknown) => error);
  beforeAll(async () => {
    project = await testProject();
    program = project.engine.volumeProgram(VOLUME_PROGRAM_DIR);
    await program.ensure(never);
    const list = await engineJson<readonly { readonly Id: string; readonly RepoTags: readonly string[] | null }[]>('GET', `/images/json?filters=${encodeURIComponent(JSON.stringify({ reference: ['berth/volume'] }))}`);
    image = list[0]?.Id ?? '';
  });
  afterAll(async () => project.close());

  it('refuses every tree that is none', async () => {
    const said: { [name: string]: string } = {};
    for (const [name, entries] of Object.entries(HOSTILE)) {
      const error = await write(await volume(), entries);
      said[name] = error instanceof AppError ? error.code : String(error);
    }
    for (const name of Object.keys(HOSTILE)) expect({ name, code: said[name] }).toEqual({ name, code: expect.stringMatching(/^(?:policy-refused|damaged|engine-refused)$/) as string });
  });

  it('refuses every chunk that is not what its hash says, and names the file', async () => {
    for (const [name, chunk] of Object.entries(BAD_CHUNKS)) {
      const error = await write(await volume(), [ROOT, dir('d'), file('d/a')], chunk);
      expect({ name, error: error instanceof AppError ? error.code : error }).toEqual({ name, error: 'damaged' });
    }
    const error = await write(await volume(), [ROOT, dir('d'), file('d/a')], { ...good, data: Buffer.alloc(BYTES.length) });
    expect(error).toMatchObject({ code: 'damaged', details: { path: 'd/a' } });
  });

  it('writes nothing into a volume that is not empty', async () => {
    const name = await volume();
    await inVolume(name, 'echo mine > /v/a');
    expect(await write(name, [ROOT, file('a')])).toMatchObject({ code: 'busy' });
    expect(await inVolume(name, 'ls -A /v; cat /v/a')).toBe('a\nmine\n');
  });

  it('keeps setuid bits and owners as they were', async () => {
    const name = await volume();
    expect(await write(name, [ROOT, file('a', { mode: 0o6755, uid: 999, gid: 65534 })])).toBe('written');
    expect(await inVolume(name, "stat -c '%a %u %g' /v/a")).toBe('6755 999 65534\n');
  });

  /** Past the product: what goes in is exactly these bytes. */
  const talk = async (name: string, input: Buffer, until?: RegExp): Promise<string> => {
    const payload = volumeRunPayload({ command: 'write', volume: name }, { image, projectName: project.name, projectDir: project.dir });
    const { Id: id } = await engineJson<{ Id: string }>('POST', '/containers/create', { body: payload });
    try {
      const socket = await new Promise<Duplex>((resolve, reject) => {
        const asked = request({ socketPath: testSocketPath(), method: 'POST', path: `/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`, headers: { Connection: 'Upgrade', Upgrade: 'tcp' } });
        asked.on('upgrade', (_answer, upgraded) => resolve(upgraded));
        asked.on('error', reject);
        asked.end();
      });
      await engineJson('POST', `/containers/${id}/start`);
      // The end of the input is what a Berth that is gone looks like.
      if (until === undefined) socket.end(input);
      else socket.write(input);
      let said = '';
      for await (const piece of socket as AsyncIterable<Buffer>) {
        said += piece.toString('latin1');
        if (until?.test(said) === true) break;
      }
      return said;
    } finally {
      await engineRequest('DELETE', `/containers/${id}?force=1`);
    }
  };
  const frame = (kind: string, data: Uint8Array): Buffer => Buffer.concat([frameHeader(kind, data.length), data]);
  const json = (kind: string, value: unknown): Buffer => frame(kind, Buffer.from(JSON.stringify(value)));

  it('never says that it is done where the input was cut, at any byte', async () => {
    const whole = Buffer.concat([
      json('g', { filtered: false }),
      json('e', [{ p: '', t: 'dir', m: 493, n: '0' }, { p: 'a', t: 'file', m: 420, n: '0', s: BYTES.length, k: 1 }]),
      frame('c', Buffer.concat([chunkHead(Buffer.from(HASH, 'hex'), BYTES.length, 0), BYTES])),
      frame('z', new Uint8Array(0)),
    ]);
    // Every place where one thing ends and another begins, and some between.
    const cuts = new Set([0, 1, 4, 5, 6, 24, 25, 26, 30, 31, 60, whole.length - 6, whole.length - 5, whole.length - 4, whole.length - 1, whole.indexOf(BYTES) + 3, whole.indexOf('c', 120) + 5]);
    for (const cut of cuts) {
      const said = await talk(await volume(), whole.subarray(0, cut));
      expect({ cut, done: /D\0\0\0.\{"/.test(said) }).toEqual({ cut, done: false });
    }
    const done = /D\0\0\0.\{"bytes":15,"files":1\}/;
    expect(await talk(await volume(), whole, done)).toMatch(done);
  });

  it('ends by itself for frames that are none', async () => {
    const go = json('g', { filtered: false });
    const inputs = [randomBytes(4096), Buffer.concat([go, randomBytes(4096)]), Buffer.concat([go, Buffer.from([0x65, 0xff, 0xff, 0xff, 0xff])]), Buffer.concat([go, frame('e', Buffer.from('null'))]), Buffer.concat([go, frame('e', Buffer.from('[null]'))]), Buffer.concat([go, frame('e', Buffer.from('[{"t":"dir"}]'))]), Buffer.concat([go, frame('c', Buffer.alloc(3))]), Buffer.concat([go, frame('c', Buffer.alloc(40))]), Buffer.concat([go, frame('z', new Uint8Array(0))]), Buffer.concat([go, go])];
    for (const [index, input] of inputs.entries()) {
      const said = await talk(await volume(), input);
      expect({ index, done: /D\0\0\0.\{/.test(said), said: said.includes('"code":"') || said.includes('H\0\0\0') }).toEqual({ index, done: false, said: true });
    }
  });
});
