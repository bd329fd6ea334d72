import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { DEFAULT_RULES, type HierarchyRules } from './rules';

/** Rules that were written by hand, or the first thing that is wrong with them. */
export type RulesText = { readonly rules: HierarchyRules; readonly problem: null } | { readonly rules: null; readonly problem: { readonly message: string; readonly line: number } };

const KEYS = { directory_priority: 'directories', file_name_priority: 'names', metadata_priority: 'metadata' } as const;
const isKey = (key: unknown): key is keyof typeof KEYS => typeof key === 'string' && Object.hasOwn(KEYS, key);
const MOST_ENTRIES = 64;
const LONGEST_ENTRY = 256;

/** The rules as YAML, by the names they are stored with. */
export function rulesToText(rules: HierarchyRules): string {
  const list = (key: keyof typeof KEYS): string => {
    const entries = rules[KEYS[key]];
    return entries.length === 0 ? `${key}: []\n` : `${key}:\n${entries.map((entry) => `  - ${JSON.stringify(entry)}\n`).join('')}`;
  };
  return `# From the highest to the lowest.\n# A list that is left out is the default one.\n${list('directory_priority')}${list('file_name_priority')}${list('metadata_priority')}`;
}

/** Reads what `rulesToText` writes, however it is written. */
export function rulesFromText(text: string): RulesText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, schema: 'core' });
  const wrong = (message: string, at: number | undefined): RulesText => ({ rules: null, problem: { message, line: at === undefined ? 1 : Math.max(1, lines.linePos(at).line) } });
  const [error] = document.errors;
  if (error !== undefined) return wrong(error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'This is no YAML.', error.pos[0]);
  const root = document.contents;
  if (root === null) return { rules: DEFAULT_RULES, problem: null };
  if (!isMap(root)) return wrong('Rules are lists by their names.', root.range?.[0]);
  const rules: { -readonly [name in keyof HierarchyRules]: readonly string[] } = { ...DEFAULT_RULES };
  for (const { key, value } of root.items) {
    const name = isScalar(key) ? key.value : null;
    const at = isScalar(key) ? key.range?.[0] : undefined;
    if (!isKey(name)) return wrong(`There is no list ${String(name)}; there are ${Object.keys(KEYS).join(', ')}.`, at);
    if (!isSeq(value)) return wrong(`${name} is no list.`, at);
    const entries: string[] = [];
    for (const item of value.items) {
      const entry = isScalar(item) && item.value !== null ? String(item.value).trim() : '';
      const place = isNode(item) ? (item.range?.[0] ?? at) : at;
      if (entry === '' || entry.length > LONGEST_ENTRY) return wrong(`An entry of ${name} is no text of 1 to ${String(LONGEST_ENTRY)} characters.`, place);
      if (entries.includes(entry)) return wrong(`${entry} is there twice in ${name}.`, place);
      entries.push(entry);
    }
    if (entries.length > MOST_ENTRIES) return wrong(`${name} has more than ${String(MOST_ENTRIES)} entries.`, at);
    rules[KEYS[name]] = entries;
  }
  return { rules, problem: null };
}
