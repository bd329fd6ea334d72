import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOAD_FINDING_CODES } from '@shared/domain/compose/refusals';

/** Every code a finding is made with, read from the sources: what is written there is what a user can see. */
export async function findingCodes(): Promise<ReadonlySet<string>> {
  const codes = new Set<string>(LOAD_FINDING_CODES);
  for (const root of ['src/shared/domain', 'src/main']) {
    for (const entry of await readdir(root, { recursive: true })) {
      if (!entry.endsWith('.ts')) continue;
      const text = await readFile(join(root, entry), 'utf8');
      if (!/\b(finding|fault|checkResult|report|loadFinding|restoreFindings)\(/.test(text)) continue;
      // One code, or the two of a condition.
      for (const [, value = ''] of text.matchAll(/\bcode: ([^,\n]+)/g)) for (const match of value.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)) codes.add(match[1] ?? '');
    }
  }
  return codes;
}
