import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareHandlers } from '@main/gitops';
import { createManifestReader } from '@main/platform/manifests/reader';
import { withManifestReader } from './manifest-reader';

const files: { readonly [file: string]: string } = {
  'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  b: "2"\n  a: "1"\n',
  'b.yaml': '# by hand\nkind: "ConfigMap"\nmetadata: { name: one }\napiVersion: v1\ndata: { a: "1", b: \'2\' }\n',
  'c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: "1"\n  b: "3"\n',
  'd.yaml': 'kind: [\n',
  'm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: "1", b: "4"}\n',
};

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-compare-'));
  await Promise.all(Object.entries(files).map(([file, text]) => writeFile(join(dir, file), text)));
  await symlink('/etc/hostname', join(dir, 'link.yaml'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const reader = withManifestReader();
const compare = compareHandlers({
  projects: { resolve: () => Promise.reject(new Error('not asked')) },
  realFolder: (path) => Promise.resolve(path),
  reader: { compare: (folder, left, right) => reader().compare(folder, left, right) },
})['gitops.compare'];

const ask = (left: string, right: string) => compare({ dir, left, right }, undefined as never);

describe('two manifests compared', () => {
  it('mean the same where only order, comments and spelling differ', async () => {
    const { left, right, meansSame } = await ask('a.yaml', 'b.yaml');
    expect(meansSame).toBe(true);
    expect(left.meaning).toBe(right.meaning);
    expect(left.text).toBe(files['a.yaml']);
    expect(left.meaning).toContain('data:\n  a: "1"\n  b: "2"');
  });

  it('differ where a value does, in the line of that value', async () => {
    const { left, right, meansSame } = await ask('a.yaml', 'c.yaml');
    expect(meansSame).toBe(false);
    const lines = (text: string | null): readonly string[] => (text ?? '').split('\n');
    expect(lines(left.meaning).filter((line) => !lines(right.meaning).includes(line))).toEqual(['  b: "2"']);
    expect((await ask('a.yaml', 'c.yaml')).differences).toEqual(['/data/b']);
    expect((await ask('a.yaml', 'b.yaml')).differences).toEqual([]);
  });

  it('of several documents differ by object, whatever the order, and one that only one file has is told', async () => {
    expect((await ask('a.yaml', 'm.yaml')).differences).toEqual(['ConfigMap default/one /data/b', 'ConfigMap default/two (only in the second file)']);
  });

  it('have no meaning where one cannot be read, and say why', async () => {
    const { right, meansSame } = await ask('a.yaml', 'd.yaml');
    expect(meansSame).toBeNull();
    expect(right).toMatchObject({ meaning: null, text: files['d.yaml'] });
    expect(right.reason).not.toBeNull();
  });

  it('are refused in one sentence where one is gone, is a link, or lies outside', async () => {
    for (const file of ['gone.yaml', 'link.yaml', '../a.yaml']) await expect(ask('a.yaml', file)).rejects.toMatchObject({ code: 'file-unreadable', where: { file } });
  });

  it('end in one sentence where the process that reads them dies', async () => {
    const dying = createManifestReader(() => ({ send: () => undefined, onMessage: () => undefined, onExit: (listener) => setImmediate(listener), kill: () => undefined, hold: () => undefined }), 'nowhere');
    await expect(dying.compare(dir, 'a.yaml', 'b.yaml')).rejects.toMatchObject({ code: 'file-unreadable', message: 'a.yaml and b.yaml cannot be compared: reading took too much memory.' });
    dying.close();
  });
});
