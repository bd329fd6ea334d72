import { textHash } from '../../kernel/text-hash';
import type { DuplicateGroup, ScannedFile } from './types';

/** Files of the same bytes. */
export function exactGroups(files: readonly ScannedFile[]): readonly DuplicateGroup[] {
  const byHash = new Map<string, ScannedFile[]>();
  for (const file of files) byHash.set(file.contentHash, [...(byHash.get(file.contentHash) ?? []), file]);
  return [...byHash.values()]
    .filter((same) => same.length > 1 && (same[0]?.sizeBytes ?? 0) > 0)
    .map((same) => {
      const members = same.map(({ path, contentHash }) => ({ path, document: 0, item: null, line: 1, contentHash })).sort((a, b) => (a.path < b.path ? -1 : 1));
      return { id: `g_${textHash(`exact-dup ${members.map(({ path }) => path).join('\n')} ${members[0]?.contentHash ?? ''}`)}`, class: 'exact-dup', kind: 'identical', certainty: 'certain', layer: 'L0', applyRoot: '', identity: null, reason: 'The files have the same bytes.', members, differences: [] };
    });
}
