import type { ManifestValue, Marks } from '../types';

const NAMES: readonly string[] = ['created_by', 'environment', 'managed'];

type Mapping = { readonly [key: string]: ManifestValue };

function isMapping(value: ManifestValue | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a document says of its origin: in its labels, its annotations (also behind a prefix, as `example.com/managed`) or at its top. */
export function marksOf(value: ManifestValue): Marks {
  if (!isMapping(value)) return {};
  const metadata = isMapping(value['metadata']) ? value['metadata'] : {};
  const found: { [key: string]: string } = {};
  for (const place of [metadata['labels'], metadata['annotations'], metadata, value]) {
    if (!isMapping(place)) continue;
    for (const [key, one] of Object.entries(place)) {
      const name = key.slice(key.lastIndexOf('/') + 1).replaceAll('-', '_');
      if (NAMES.includes(name) && found[name] === undefined && (typeof one === 'string' || typeof one === 'boolean')) found[name] = String(one);
    }
  }
  return found;
}

const COMMENT = /^#\s*(created[_-]by|environment|managed)\s*[:=]\s*(\S+)\s*$/;

/** The same in the comments at the top of a file. */
export function commentMarks(text: string): Marks {
  const found: { [key: string]: string } = {};
  for (const line of text.replace(/^\ufeff/, '').slice(0, 4_096).split('\n', 40)) {
    if (!line.startsWith('#') && line.trim() !== '' && line.trim() !== '---') break;
    const [, name, value] = COMMENT.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) found[name.replace('-', '_')] = value;
  }
  return found;
}
