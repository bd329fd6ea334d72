import { describe, expect, it } from 'vitest';
import { filesTakenIn, followFile, kustomizationsAbove } from '@shared/domain/gitops/links/follow-files';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const HEAD = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
const K = 'k8s/kustomization.yaml';
/** What becomes of a kustomization, or what is said of it. */
function after(text: string, from: string, to: string | null): string {
  const followed = followFile(K, bytesOf(text), from, to);
  return followed.kind === 'left' ? followed.risk : new TextDecoder('utf-8', { ignoreBOM: true }).decode(followed.bytes);
}

describe('a kustomization', () => {
  it('is looked for where it may take a file in: in its folder and above', () => {
    expect(kustomizationsAbove('a/b/c.yaml').filter((path) => path.endsWith('.yaml'))).toEqual(['a/b/kustomization.yaml', 'a/kustomization.yaml', 'kustomization.yaml']);
    expect(kustomizationsAbove('a/kustomization.yaml')).not.toContain('a/kustomization.yaml');
    expect(kustomizationsAbove('c.yaml')).toEqual(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);
  });

  it('names what it takes in, and nothing where nobody could build it', () => {
    const text = `${HEAD}resources: [a.yaml, ./sub/b.yaml, ../base, https://example.org/x.yaml]\npatches:\n  - path: p.yaml\nconfigMapGenerator:\n  - name: c\n    files: [key=k.txt]\n`;
    expect([...filesTakenIn(K, bytesOf(text))].sort()).toEqual(['base', 'k8s/a.yaml', 'k8s/k.txt', 'k8s/p.yaml', 'k8s/sub/b.yaml']);
    for (const broken of ['a: [', '--- 1\n--- 2\n', '', `${HEAD}resources: 7\n`, `${HEAD}#${'x'.repeat(70_000)}\nresources: [a.yaml]\n`]) expect(filesTakenIn(K, bytesOf(broken)).size, broken.slice(0, 20)).toBe(0);
    expect(filesTakenIn(K, new Uint8Array([0xff, 0xfe])).size).toBe(0);
  });

  it('follows a file that goes: its entries go, all else stays to the byte', () => {
    expect(after(`${HEAD}resources:   # all of it\n  - a.yaml  # the first\n  - b.yaml\n  - ./a.yaml\n`, 'k8s/a.yaml', null)).toBe(`${HEAD}resources:   # all of it\n  - b.yaml\n`);
    expect(after(`${HEAD}resources:\n  - a.yaml\nnamePrefix: x-\n`, 'k8s/a.yaml', null)).toBe(`${HEAD}namePrefix: x-\n`);
    expect(after(`\uFEFF${HEAD}components: [c, d]\n`, 'k8s/c', null)).toBe(`\uFEFF${HEAD}components: [d]\n`);
  });

  it('follows one that gets another place, wherever it names it', () => {
    expect(after(`${HEAD}resources: ['a.yaml', b.yaml]\npatches:\n  - path: a.yaml\n    target: { kind: Pod }\n`, 'k8s/a.yaml', 'k8s/sub/c.yaml')).toBe(`${HEAD}resources: ['sub/c.yaml', b.yaml]\npatches:\n  - path: sub/c.yaml\n    target: { kind: Pod }\n`);
  });

  it('that cannot follow is named, with the field and the reason', () => {
    expect(after(`${HEAD}patches:\n  - path: p.yaml\n`, 'k8s/p.yaml', null)).toBe('k8s/kustomization.yaml still refers to k8s/p.yaml under patches, and kustomize builds nothing there without it: mend it by hand first.');
    expect(after(`${HEAD}resources: [a.yaml]\n`, 'k8s/a.yaml', 'other/a.yaml')).toBe('k8s/kustomization.yaml still refers to k8s/a.yaml under resources, and kustomize builds nothing there without it: it cannot lead to the new place by itself.');
    expect(after(`${HEAD}configMapGenerator:\n  - name: c\n    files: [a.yaml]\n`, 'k8s/a.yaml', 'k8s/b.yaml')).toContain('under configMapGenerator');
    expect(after(`${HEAD}x: &all [a.yaml]\nresources: *all\n`, 'k8s/a.yaml', null)).toMatch(/^k8s\/kustomization\.yaml still refers to k8s\/a\.yaml under resources/);
  });
});
