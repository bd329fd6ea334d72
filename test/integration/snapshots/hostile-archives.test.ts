import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importOperation } from '@main/snapshots/import-operation';
import type { OperationContext } from '@main/operations/types';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import { plainHead, TAR_END } from '@main/platform/snapshots/archive-tar';
import { canonicalJson } from '@shared/domain/snapshots/canonical';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { crafted, headWith, joined, partFiles, sealed, type CraftedFile } from '../../support/hostile-archives';
import { DEEP, seededRandom } from '../../support/random';
import { hashOf, partOf, type Planted } from '../../support/snapshot-content';

/** A snapshot of a stranger: each archive is made for one way in. None may be taken in, and nothing outside may have changed. */

const SEED = Number(process.env['BERTH_SEED'] ?? 20_261_122);
const FLIPS = 5_000;
const FUZZED = DEEP ? 200_000 : 3_000;
const PLANTED: readonly Planted[] = [
  { path: 'a', content: Buffer.from('content of a') },
  { path: 'dir', type: 'dir' },
  { path: 'dir/b', content: randomBytes(1_500) },
  { path: 'empty' },
  { path: 'l', type: 'link', to: 'a' },
  { path: 's', type: 'symlink', to: 'a' },
];

let home: string;
let began = 0;
let canary: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-snap-hostile-'));
  await mkdir(join(home, 'outside', 'deep'), { recursive: true });
  await writeFile(join(home, 'outside', 'canary'), 'canary');
  await writeFile(join(home, 'outside', 'deep', 'canary'), 'canary', { mode: 0o600 });
  canary = await treeSum(join(home, 'outside'));
});
afterAll(async () => {
  expect(await treeSum(join(home, 'outside'))).toBe(canary);
  expect((await readdir(home)).sort()).toEqual(['archive.tar', 'outside']);
  await rm(home, { recursive: true, force: true });
});

async function treeSum(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const found = await stat(join(folder, name));
    hash.update(`${name} ${String(found.mode)} ${String(found.mtimeMs)} ${found.isFile() ? await readFile(join(folder, name), 'utf8') : ''}\n`);
  }
  return hash.digest('hex');
}

const STORED = new Error('The first chunk would have been stored.');
const repository = { where: 'here', status: () => Promise.resolve({ storesSecrets: true }), begin: () => ((began += 1), Promise.reject(STORED)) } as unknown as SnapshotRepository;
const operation = importOperation({
  projects: { resolve: () => Promise.resolve({ id: 'p_1', name: 'shop', dir: '/srv/shop' } as never) },
  repositories: { chosen: () => Promise.resolve('local'), open: () => Promise.resolve(repository) },
  notes: { made: () => Promise.resolve() },
  clock: { now: () => 0 },
  randomBytes: (length) => randomBytes(length),
});
const context: OperationContext = {
  operationId: 'op_1',
  signal: new AbortController().signal,
  effect: <R extends Json>(_name: string, _intent: JsonObject, act: () => Promise<R>) => act(),
  note: () => Promise.resolve(),
  commit: () => Promise.resolve(),
  records: () => [],
  progress: () => undefined,
  log: () => undefined,
};

/** What importing these bytes ends with. `stored`: every check was passed. */
async function attempt(bytes: Buffer): Promise<unknown> {
  const file = join(home, 'archive.tar');
  await writeFile(file, bytes);
  return operation.run(context, { project: 'p_1', file }).then(
    () => 'imported',
    (error: unknown) => (error === STORED ? 'stored' : error),
  );
}

async function refuses(bytes: Buffer): Promise<void> {
  const before = began;
  const answer = await attempt(bytes);
  expect(answer).toBeInstanceOf(AppError);
  expect((answer as AppError).code).toMatch(/^(?:damaged|repository-version)$/);
  expect(began).toBe(before);
}

const good = (): readonly CraftedFile[] => crafted('volume', PLANTED);
const plus = (file: CraftedFile, at = 3): Buffer => sealed([...good().slice(0, at), file, ...good().slice(at)]);
const evil = (name: string, head?: Buffer): CraftedFile => ({ name, content: Buffer.from('evil'), ...(head === undefined ? {} : { head }) });
const withHead = (fields: Parameters<typeof headWith>[2], options?: Parameters<typeof headWith>[3]): Buffer => plus(evil('parts/volume-2.tar', headWith('parts/volume-2.tar', 4, fields, options)));
const typed = (type: string, link = ''): Buffer => withHead([[156, type], [157, link]]);
const pax = (record: string): Buffer => {
  const text = ` ${record}\n`;
  const body = `${String(text.length + String(text.length + 2).length)}${text}`;
  const head = headWith('PaxHeaders/entry', body.length, [[156, 'x']]);
  return plus(evil('parts/volume-2.tar', Buffer.concat([head, Buffer.from(body), Buffer.alloc(512 - body.length), Buffer.from(plainHead('parts/volume-2.tar', 4, 0))])));
};
const base256 = (bytes: readonly number[]): Buffer => Buffer.from([0x80, ...Array.from({ length: 11 - bytes.length }, () => 0), ...bytes]);

const FRAMES: { readonly [name: string]: () => Buffer } = {
  'a path that climbs': () => plus(evil('../../outside/canary')),
  'a path that climbs from within': () => plus(evil('parts/../../outside/canary')),
  'an absolute path': () => plus(evil('/outside/canary')),
  'a path of another system': () => plus(evil('C:\\outside\\canary')),
  'backslashes that climb': () => plus(evil('parts\\..\\..\\outside')),
  'a share of another machine': () => plus(evil('//server/share/canary')),
  'a NUL in a name': () => withHead([[0, 'parts/volume-2.tar\0../../canary']]),
  'a name that ends in spaces': () => plus(evil('parts/volume-2.tar ')),
  'a name with a line in it': () => plus(evil('parts/volume-2.tar\nx')),
  'a name that looks like another': () => plus(evil('mаnifest.json')),
  'a decomposed name': () => plus(evil('parts/volume-2.täar'.normalize('NFD'))),
  'a name in other letters': () => plus(evil('MANIFEST.JSON')),
  'a second dot in the path': () => plus(evil('./parts/volume-2.tar')),
  'an empty name': () => plus(evil('', headWith('x', 4, [[0, Buffer.alloc(1)]]))),
  'a folder': () => typed('5'),
  'a name that ends as a folder does': () => plus(evil('parts/')),
  'a program beside the parts': () => plus(evil('install.sh')),
  'a part of no known kind': () => plus(evil('parts/device-2.tar')),
  'a part number beyond all': () => plus(evil('parts/volume-999999.tar')),
  'a part number with a zero': () => plus(evil('parts/volume-02.tar')),
  'a symbolic link': () => typed('2', '/etc/passwd'),
  'a symbolic link and then a file through it': () => sealed([...good(), { name: 'parts', content: Buffer.alloc(0), head: headWith('parts', 0, [[156, '2'], [157, '/tmp']]) }, evil('parts/volume-2.tar')]),
  'a hard link to a file outside': () => typed('1', '/etc/passwd'),
  'a hard link to a file within': () => typed('1', 'manifest.json'),
  'a character device': () => typed('3'),
  'a block device': () => typed('4'),
  'a pipe': () => typed('6'),
  'a reserved kind': () => typed('7'),
  'an unknown kind': () => typed('Z'),
  'an old kind of file': () => withHead([[156, Buffer.from([0])]]),
  'a long name of GNU': () => typed('L'),
  'a long link of GNU': () => typed('K'),
  'an old sparse file of GNU': () => typed('S'),
  'a further volume of GNU': () => typed('M'),
  'settings for everything that follows': () => typed('g'),
  'an extended path that climbs': () => pax('path=../../outside/canary'),
  'an extended link': () => pax('linkpath=/etc/passwd'),
  'an extended size below zero': () => pax('size=-512'),
  'an extended size beyond all numbers': () => pax('size=99999999999999999999'),
  'an extended size that is none': () => pax('size=4e0'),
  'an extended size of a small file': () => pax('size=4'),
  'an extended record whose length lies': () => plus(evil('parts/volume-2.tar', Buffer.concat([headWith('PaxHeaders/entry', 20, [[156, 'x']]), Buffer.from('9999 size=4\n'), Buffer.alloc(500), Buffer.from(plainHead('parts/volume-2.tar', 4, 0))]))),
  'a binary size': () => withHead([[124, base256([4])]]),
  'a binary size below zero': () => withHead([[124, Buffer.alloc(12, 0xff)]]),
  'a binary size beyond all numbers': () => withHead([[124, base256([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])]]),
  'a size that is no number': () => withHead([[124, '0000000000x\0']]),
  'a size below zero': () => withHead([[124, '-0000000004\0']]),
  'a size with spaces': () => withHead([[124, '         4 \0']]),
  'a size that is longer than the file': () => withHead([[124, '77777777777\0']]),
  'a size that swallows what follows': () => withHead([[124, '00000002000\0']]),
  'a sum that is wrong': () => withHead([[148, '000000\0 ']], { keepSum: true }),
  'no mark of the format': () => withHead([[257, Buffer.alloc(8)]]),
  'the mark of GNU': () => withHead([[257, 'ustar  \0']]),
  'a prefix that climbs': () => withHead([[345, '../../outside']]),
  'rights of another user': () => withHead([[100, '0004755\0']]),
  'an owner': () => withHead([[108, '0001750\0']]),
  'the name of an owner': () => withHead([[265, 'root']]),
  'a device number': () => withHead([[329, '0000001\0']]),
  'something behind a file': () => sealed([{ ...(good()[0] as CraftedFile), padding: Buffer.alloc(512 - ((good()[0] as CraftedFile).content.length % 512), 1) }, ...good().slice(1)]),
  'the manifest twice': () => plus(good()[0] as CraftedFile),
  'a part twice': () => plus(good()[1] as CraftedFile),
  'a tree without its tar': () => sealed(good().filter((_, index) => index !== 1)),
  'a tar without its tree': () => sealed(good().filter((_, index) => index !== 2)),
  'no part at all': () => sealed(good().slice(0, 1)),
  'no manifest': () => sealed(good().slice(1)),
  'the manifest behind a part': () => sealed([...good().slice(1), good()[0] as CraftedFile]),
  'tree and tar exchanged': () => sealed([good()[0] as CraftedFile, good()[2] as CraftedFile, good()[1] as CraftedFile]),
  'a part that no manifest names': () => sealed([...good(), { name: 'parts/volume-2.tar', content: Buffer.from(TAR_END) }, { name: 'parts/volume-2.tree', content: Buffer.alloc(0) }]),
  'no sums': () => joined([...good(), { name: 'COMPLETE', content: Buffer.from('x') }]),
  'no last file': () => joined(good()),
  'a sum of another file': () => sealed(good(), { sums: (sums) => sums.replace(/^[0-9a-f]{64}/, hashOf('other')) }),
  'a sum that is missing': () => sealed(good(), { sums: (sums) => sums.split('\n').slice(1).join('\n') }),
  'a sum for a file elsewhere': () => sealed(good(), { sums: (sums) => `${sums}${hashOf('')}  ../../etc/passwd\n` }),
  'sums with other line ends': () => sealed(good(), { sums: (sums) => sums.replaceAll('\n', '\r\n') }),
  'sums in other letters': () => sealed(good(), { sums: (sums) => sums.replaceAll(/^[0-9a-f]{64}/gm, (sum) => sum.toUpperCase()) }),
  'counts of another archive': () => sealed(good(), { complete: (text) => text.replace(/"files":4/, '"files":5') }),
  'bytes of another archive': () => sealed(good(), { complete: (text) => text.replace(/"bytes":\d+/, '"bytes":1') }),
  'a version that is not there yet': () => sealed(good(), { complete: (text) => text.replace('"berthExport":1', '"berthExport":2') }),
  'a version from before the first': () => sealed(good(), { complete: (text) => text.replace('"berthExport":1', '"berthExport":0') }),
  'nothing but the end': () => Buffer.from(TAR_END),
  'nothing': () => Buffer.alloc(0),
  'one block of the end': () => sealed(good(), { end: Buffer.alloc(512) }),
  'more than the end': () => sealed(good(), { end: Buffer.alloc(10_240) }),
  'an archive behind the end': () => Buffer.concat([sealed(good()), sealed(good())]),
  'a compressed archive': () => gzipSync(sealed(good())),
  'an archive of another kind': () => Buffer.from('PK\x03\x04 and so on'),
  'noise': () => randomBytes(20_480),
  'more files than any export has': () => joined(Array.from({ length: 20_001 }, (_, index) => ({ name: `parts/volume-${String(index + 1)}.tar`, content: Buffer.alloc(0) }))),
};

const body = (change: (body: { [name: string]: Json }) => void) => (): Buffer =>
  sealed(
    crafted('volume', PLANTED, {
      manifest: (manifest) => {
        const copy = structuredClone(manifest) as { [name: string]: Json };
        change(copy);
        return copy;
      },
    }),
  );
const partBody = (change: (part: { [name: string]: Json }) => void): (() => Buffer) => body((manifest) => change((manifest['parts'] as unknown as { [name: string]: Json }[])[0] as { [name: string]: Json }));
const text = (change: (text: string) => string) => (): Buffer => sealed(crafted('volume', PLANTED, { manifestText: change }));

const MANIFESTS: { readonly [name: string]: () => Buffer } = {
  'no JSON': text(() => '{'),
  'JSON with spaces': text((json) => json.replace(':', ': ')),
  'JSON with a mark before it': text((json) => `\uFEFF${json}`),
  'a key twice': text((json) => json.replace('{', '{"berth":"0",')),
  'a key for everything that is an object': text((json) => json.replace('{', '{"__proto__":{"complete":true},')),
  'a list in the place of an object': text(() => '[]\n'),
  'JSON that is nested without end': text((json) => json.replace('"facts":{}', `"facts":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)),
  'a number that is none': text((json) => json.replace('"sizeBytes":', '"sizeBytes":1e999')),
  'bytes that are no text': () => sealed(crafted('volume', PLANTED, { files: (files) => files.map((file) => (file.name === 'manifest.json' ? { ...file, content: Buffer.concat([Buffer.from([0xff]), file.content]) } : file)) })),
  'an id that is a path': body((manifest) => (manifest['id'] = '../../../etc/cron.d/x')),
  'a field that nobody knows': body((manifest) => (manifest['run'] = 'sh -c id')),
  'a field that is missing': body((manifest) => delete manifest['engine']),
  'a snapshot that is not complete': body((manifest) => (manifest['complete'] = false)),
  'a time that is none': body((manifest) => (manifest['createdAt'] = 'yesterday')),
  'a health that is none': body((manifest) => (manifest['health'] = 'root')),
  'notes that are objects': body((manifest) => (manifest['notes'] = [{}])),
  'a part of no kind': partBody((part) => (part['kind'] = 'device')),
  'a part whose name a terminal obeys': partBody((part) => (part['name'] = '\u001b[2J')),
  'a size below zero': partBody((part) => (part['sizeBytes'] = -1)),
  'a size of another part': partBody((part) => (part['sizeBytes'] = 1)),
  'a number of files of another part': partBody((part) => (part['files'] = 1)),
  'a hash that is none': partBody((part) => (part['sha256'] = '..')),
  'a chunk that is a path': partBody((part) => (part['tree'] = ['../../x'])),
  'a secret part that is hidden': body((manifest) => (manifest['parts'] = [...(manifest['parts'] as Json[]), { ...((manifest['parts'] as Json[])[0] as JsonObject), name: 'more' }])),
};

const line = (change: (fields: { [name: string]: Json }) => void, at = 1, kind: 'volume' | 'files' | 'bind' | 'bucket' = 'volume', planted = PLANTED) => (): Buffer =>
  sealed(
    crafted(kind, planted, {
      lines: (lines) =>
        lines.map((one, index) => {
          if (index !== at) return one;
          const fields = JSON.parse(one) as { [name: string]: Json };
          change(fields);
          return canonicalJson(fields);
        }),
    }),
  );
const lines = (change: (lines: readonly string[]) => readonly string[]) => (): Buffer => sealed(crafted('volume', PLANTED, { lines: change }));
/** Tree and tar say the same, and it is nothing that may be taken in. */
const agreed = (kind: 'volume' | 'files' | 'bind' | 'bucket', planted: readonly Planted[]) => (): Buffer => sealed(crafted(kind, planted));
const file = (more: Partial<Planted>): readonly Planted[] => [{ path: 'f', content: Buffer.from('x'), ...more }];

const TREES: { readonly [name: string]: () => Buffer } = {
  'a path that climbs': line((fields) => (fields['p'] = '../../outside/canary')),
  'an absolute path': line((fields) => (fields['p'] = '/outside/canary')),
  'a path of one dot': line((fields) => (fields['p'] = '.')),
  'a path with two slashes': line((fields) => (fields['p'] = 'a//b')),
  'a path with a NUL': line((fields) => (fields['p'] = 'a\0b')),
  'a path with half a character': line((fields) => (fields['p'] = '\ud800')),
  'a path that is text and said to be bytes': line((fields) => (delete fields['p'], (fields['pb'] = 'YQ=='))),
  'bytes that climb': line((fields) => (delete fields['p'], (fields['pb'] = Buffer.from([0x2e, 0x2e, 0x2f, 0xff]).toString('base64')))),
  'bytes that are no base64': line((fields) => (delete fields['p'], (fields['pb'] = '????'))),
  'a name longer than any': line((fields) => (fields['p'] = 'n'.repeat(256))),
  'a path longer than any': line((fields) => (fields['p'] = 'n/'.repeat(40_000))),
  'a line longer than any': lines((all) => [all[0] ?? '', canonicalJson({ p: 'x'.repeat(5 * 1024 * 1024) })]),
  'something in a file': line((fields) => (fields['p'] = 'a/b'), 3),
  'something in a folder that is not there': line((fields) => (fields['p'] = 'no/b'), 3),
  'something through a link': () => sealed(crafted('volume', [{ path: 'k', type: 'symlink', to: '/etc' }, { path: 'k/passwd', content: Buffer.from('x') }])),
  'an entry twice': lines((all) => [...all.slice(0, 2), ...all.slice(1)]),
  'entries in another order': lines((all) => [...all].reverse()),
  'no root': lines((all) => all.slice(1)),
  'no line end': lines((all) => all.map((one, index) => (index === all.length - 1 ? one.trimEnd() : one))),
  'an empty line': lines((all) => ['\n', ...all]),
  'a line less': lines((all) => all.slice(0, -1)),
  'a line that is no object': lines((all) => [...all, '7\n']),
  'a hard link to a file outside': line((fields) => (fields['to'] = '../../etc/passwd'), 5),
  'a hard link to an absolute path': line((fields) => (fields['to'] = '/etc/passwd'), 5),
  'a hard link to what comes later': line((fields) => (fields['to'] = 'z'), 5),
  'a hard link to itself': line((fields) => (fields['to'] = 'l'), 5),
  'a hard link to a folder': line((fields) => (fields['to'] = 'dir'), 5),
  'a hard link to a symbolic link': () => sealed(crafted('volume', [{ path: 'k', type: 'symlink', to: '/etc/passwd' }, { path: 'l', type: 'link', to: 'k' }])),
  'a symbolic link to nothing': line((fields) => (fields['to'] = ''), 6),
  'a symbolic link with a NUL': line((fields) => (fields['to'] = 'a\0b'), 6),
  'a device': line((fields) => (fields['t'] = 'chr')),
  'a mode beyond all': line((fields) => (fields['m'] = 0o100644)),
  'a mode below zero': line((fields) => (fields['m'] = -1)),
  'an owner below zero': line((fields) => (fields['u'] = -1)),
  'an owner that is nobody': line((fields) => (fields['u'] = 2 ** 32 - 1)),
  'an owner that is a part of one': line((fields) => (fields['g'] = 0.5)),
  'a time that is none': line((fields) => (fields['n'] = '1e9')),
  'a time beyond all': line((fields) => (fields['n'] = '9999999999999999999')),
  'a length below zero': line((fields) => (fields['s'] = -1)),
  'a length of another file': line((fields) => (fields['s'] = 11)),
  'a length beyond all': line((fields) => (fields['s'] = 2 ** 60)),
  'holes that no disk can hold': agreed('volume', [{ path: 'f', data: [], size: 2 ** 45 }]),
  'data behind the end': line((fields) => (fields['d'] = [[8, 12]])),
  'data that overlaps': line((fields) => (fields['d'] = [[0, 6], [3, 6]])),
  'data below zero': line((fields) => (fields['d'] = [[-6, 12]])),
  'the hash of another file': line((fields) => (fields['h'] = hashOf('other'))),
  'a hash in other letters': line((fields) => (fields['h'] = String(fields['h']).toUpperCase())),
  'no hash': line((fields) => delete fields['h']),
  'chunks as well': line((fields) => (fields['c'] = [hashOf('other')])),
  'a field that nobody knows': line((fields) => (fields['run'] = true)),
  'an attribute of the system': agreed('volume', file({ xattrs: { 'trusted.overlay.opaque': 'eQ==' } })),
  'an attribute of security': agreed('volume', file({ xattrs: { 'security.selinux': 'eQ==' } })),
  'attributes without end': agreed('volume', file({ xattrs: { 'user.long': Buffer.alloc(300_000).toString('base64') } })),
  'a program that runs as root among the files of a project': agreed('files', file({ mode: 0o4755 })),
  'a pipe among the files of a project': agreed('files', [{ path: 'f', type: 'fifo' }]),
  'a hard link among the files of a project': agreed('files', [{ path: 'f', content: Buffer.from('x') }, { path: 'l', type: 'link', to: 'f' }]),
  'a backslash among the files of a project': agreed('files', file({ path: '..\\..\\x' })),
  'a line in a name of a project': agreed('files', file({ path: 'a\nb' })),
  'bytes in a name of a project': agreed('files', file({ path: Buffer.from([0x66, 0xff]) })),
  'two names that some disks take for one': agreed('files', [{ path: 'Compose.yaml', content: Buffer.from('x') }, { path: 'compose.yaml', content: Buffer.from('y') }]),
  'two forms of one name': agreed('files', [{ path: 'ä'.normalize('NFC'), content: Buffer.from('x') }, { path: 'ä'.normalize('NFD'), content: Buffer.from('y') }]),
  'a program that runs as root in a folder': agreed('bind', file({ mode: 0o4755 })),
  'a program with the rights of root in a folder': agreed('bind', file({ xattrs: { 'security.capability': 'AQAAAg==' } })),
  'a link in a bucket': agreed('bucket', [{ path: 'f', type: 'symlink', to: '/etc/passwd' }]),
  'another tar': () => sealed(crafted('volume', PLANTED, { tar: () => partFiles(partOf('volume', 'data', file({})), 1, file({})).tar.content })),
  'a tar with more in it': () => sealed(crafted('volume', PLANTED, { tar: (tar) => Buffer.concat([tar.subarray(0, -1024), plainHead('../../outside/canary', 0, 0), TAR_END]) })),
  'a tar with something behind it': () => sealed(crafted('volume', PLANTED, { tar: (tar) => Buffer.concat([tar, Buffer.alloc(512)]) })),
  'a tar that ends early': () => sealed(crafted('volume', PLANTED, { tar: (tar) => tar.subarray(0, -512) })),
  'a tar whose first entry has another owner': () => sealed(crafted('volume', PLANTED, { tar: (tar) => Buffer.concat([tar.subarray(0, 512), Buffer.from(tar.subarray(512)).fill('7', 110, 111)]) })),
  'bytes that are no text': () => sealed(crafted('volume', PLANTED, { files: (files) => files.map((one) => (one.name.endsWith('.tree') ? { ...one, content: Buffer.concat([one.content, Buffer.from([0xff, 0x0a])]) } : one)) })),
};

describe('an archive of a stranger', () => {
  it('is taken as far as storing when nothing is wrong with it', async () => {
    expect(await attempt(sealed(good()))).toBe('stored');
    expect(await attempt(sealed(crafted('files', [{ path: 'compose.yaml', content: Buffer.from('services: {}') }, { path: 'sub', type: 'dir' }, { path: 'sub/a', content: Buffer.alloc(0) }])))).toBe('stored');
    expect(began).toBe(2);
  });

  it('is one of more than eighty kinds', () => {
    expect(Object.keys(FRAMES).length + Object.keys(MANIFESTS).length + Object.keys(TREES).length).toBeGreaterThan(160);
  });

  for (const [group, cases] of [['frame', FRAMES], ['manifest', MANIFESTS], ['tree', TREES]] as const) {
    for (const [name, make] of Object.entries(cases)) it(`is refused, ${group}: ${name}`, () => refuses(make()));
  }

  it('is refused at every 512 bytes where it may end', async () => {
    const whole = sealed(good());
    for (let length = 0; length < whole.length; length += 512) await refuses(whole.subarray(0, length));
    for (let length = 1; length < whole.length; length += 511) await refuses(whole.subarray(0, length));
  });

  it(`is refused with any one bit another one (${String(FLIPS)} places, seed ${String(SEED)})`, async () => {
    const whole = sealed(good());
    const next = seededRandom(SEED);
    for (let count = 0; count < FLIPS; count += 1) {
      const [at, bit] = [Math.floor(next() * whole.length), Math.floor(next() * 8)];
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const answer = await attempt(flipped);
      expect(answer, `byte ${String(at)}, bit ${String(bit)}`).toBeInstanceOf(AppError);
    }
  });

  it(`ends in a plain refusal or is whole, however it is broken (${String(FUZZED)} of them, seed ${String(SEED)})`, async () => {
    const next = seededRandom(SEED + 1);
    const pick = (count: number): number => Math.floor(next() * count);
    for (let count = 0; count < FUZZED; count += 1) {
      // Pieces are broken before they are sealed: every sum is right.
      const files = good().map((one) => ({ ...one, content: Buffer.from(one.content) }));
      const target = files[pick(files.length)] as { content: Buffer };
      for (let changes = 1 + pick(3); changes > 0; changes -= 1) {
        const at = pick(target.content.length);
        const kind = pick(4);
        if (kind === 0) target.content[at] = pick(256);
        else if (kind === 1) target.content = Buffer.concat([target.content.subarray(0, at), target.content.subarray(at + 1 + pick(20))]);
        else if (kind === 2) target.content = Buffer.concat([target.content.subarray(0, at), Buffer.from(['-', '"', '{', '\\u0000', '../', '1e9', '\n'][pick(7)] ?? ''), target.content.subarray(at)]);
        else target.content = Buffer.concat([target.content.subarray(0, at), target.content.subarray(pick(target.content.length))]);
      }
      const answer = await attempt(sealed(files));
      if (answer !== 'stored') expect(answer, `number ${String(count)}`).toBeInstanceOf(AppError);
    }
  });
});
