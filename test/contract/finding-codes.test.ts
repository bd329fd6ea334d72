import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contract } from '@shared/contract/contract';
import { ERROR_CODES } from '@shared/kernel/error-codes';
import { findingCodes } from '../support/finding-codes';

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

  it('sends nobody to a command that does not exist', () => {
    const named = [...text.matchAll(/`berth ([a-z]+) ([a-z-]+)/g)].map(([, group, verb]) => `${group ?? ''}.${verb ?? ''}`);
    expect(named.filter((name) => !Object.hasOwn(contract, name))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});
