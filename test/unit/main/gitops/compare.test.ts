import { describe, expect, it } from 'vitest';
import { compareHandlers } from '@main/gitops';
import { kubernetesSchemaFile } from '@main/platform/manifests/kubernetes-schemas';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const files: { readonly [file: string]: string } = {
  'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  b: "2"\n  a: "1"\n',
  'b.yaml': '# by hand\nkind: "ConfigMap"\nmetadata: { name: one }\napiVersion: v1\ndata: { a: "1", b: \'2\' }\n',
  'c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: "1"\n  b: "3"\n',
  'd.yaml': 'kind: [\n',
};

const compare = compareHandlers({
  projects: { resolve: () => Promise.reject(new Error('not asked')) },
  realFolder: (dir) => Promise.resolve(dir),
  read: (_dir, file) => Promise.resolve(bytes(files[file] ?? '')),
  schemaFile: kubernetesSchemaFile,
})['gitops.compare'];

const ask = (left: string, right: string) => compare({ dir: '/folder', left, right }, undefined as never);

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
  });

  it('have no meaning where one cannot be read, and say why', async () => {
    const { right, meansSame } = await ask('a.yaml', 'd.yaml');
    expect(meansSame).toBeNull();
    expect(right).toMatchObject({ meaning: null, text: files['d.yaml'] });
    expect(right.reason).not.toBeNull();
  });
});
