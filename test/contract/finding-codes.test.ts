import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOAD_FINDING_CODES } from '@shared/domain/compose/refusals';
import { ERROR_CODES } from '@shared/kernel/error-codes';

/** Every code a finding is made with, read from the sources: what is written there is what a user can see. */
async function findingCodes(): Promise<ReadonlySet<string>> {
  const codes = new Set<string>(LOAD_FINDING_CODES);
  for (const root of ['src/shared/domain', 'src/main']) {
    for (const entry of await readdir(root, { recursive: true })) {
      if (!entry.endsWith('.ts')) continue;
      const text = await readFile(join(root, entry), 'utf8');
      if (!/\b(finding|checkResult|report|loadFinding)\(/.test(text)) continue;
      for (const match of text.matchAll(/\bcode: '([A-Z]+(?:_[A-Z]+)+)'/g)) codes.add(match[1] ?? '');
    }
  }
  return codes;
}

const sorted = (codes: Iterable<string>): readonly string[] => [...codes].sort();

describe('docs/troubleshooting.md', async () => {
  const text = await readFile('docs/troubleshooting.md', 'utf8');
  const sections = [...text.matchAll(/^### (\S+)$/gm)].map((match) => match[1] ?? '');

  it('has one section for each finding code, and none besides', async () => {
    expect(sorted(sections.filter((code) => /^[A-Z_]+$/.test(code)))).toEqual(sorted(await findingCodes()));
  });

  it('has one section for each error code, and none besides', () => {
    expect(sorted(sections.filter((code) => !/^[A-Z_]+$/.test(code)))).toEqual(sorted(Object.keys(ERROR_CODES)));
  });

  it('says something in each', () => {
    const bodies = text.split(/^### \S+$/m).slice(1).map((body) => (body.split(/^## /m)[0] ?? '').trim());
    expect(bodies.every((body) => body.length > 20)).toBe(true);
  });
});
