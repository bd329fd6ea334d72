import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { filterGuide, readGuide } from '../../../src/renderer/src/lib/guide';
import { findingCodes } from '../../support/finding-codes';

describe('the guide in the window', async () => {
  const guide = readGuide(await readFile('docs/troubleshooting.md', 'utf8'));
  const findings = guide.sections.filter((section) => section.kind === 'finding');

  it('has an entry for each code a finding can have, and none besides', async () => {
    expect(findings.map((section) => section.code).sort()).toEqual([...(await findingCodes())].sort());
    expect(guide.sections.every((section) => section.text.length > 20 && !section.text.includes('##'))).toBe(true);
  });

  it('has a symptom, a look and a way out in each row, and the look can be made from the window', () => {
    expect(guide.symptoms.length).toBeGreaterThan(10);
    expect(guide.symptoms.filter(({ see, look, then, check }) => see === '' || look === '' || then === '' || check === null)).toEqual([]);
    expect(guide.symptoms.every(({ see, then }) => !see.startsWith('|') && !then.endsWith('|'))).toBe(true);
  });

  it('finds entries by their code and by any words of their text', () => {
    expect(filterGuide(guide, 'port_duplicate').sections.map((section) => section.code)).toEqual(['PORT_DUPLICATE']);
    expect(filterGuide(guide, 'disk full').symptoms.map(({ see }) => see)).toEqual(['The disk is full']);
    expect(filterGuide(guide, ' ')).toEqual(guide);
    expect(filterGuide(guide, 'no such words at all')).toEqual({ symptoms: [], sections: [] });
  });
});
