import type { SourceDocument } from './manifest-trees';
import { isMapping, nodes, pick, put, yamlText, type Data, type Mapping } from './manifest-values';
import { OTHER_VALUES } from './other-mutations';
import { SAME_VALUES, WRITINGS } from './same-mutations';

/** A conflict put into a tree: files that are about one object, and which of them is to stay. */
export interface SeededConflict {
  readonly name: string;
  /** By path, the one that is to stay first. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Where the rules rank them alike nobody may choose. */
  readonly isTie: boolean;
  /** What it differs in is for the user alone, by how it was made. */
  readonly isSensitive: boolean;
  /** Whether the texts are meant to say the same. */
  readonly meant: 'same' | 'other';
  /** One document each, for the oracle. */
  readonly a: string;
  readonly b: string;
}

const FOLDERS = [['production', 'eu/production'], ['environments', 'teams/environments'], ['templates', 'lib/templates'], ['apps', 'my-production'], ['examples', 'docs/examples']];
const NAMES = ['main.yaml', 'default.yaml', 'template.yaml', 'app.yaml', 'example.yaml'];
const MARKS = ['# created_by: admin\n', '# environment: production\n', '# managed: true\n', '# nothing\n'];
/** Who says what is applied where, and kinds that are about rights, data or scale as a whole. */
const LEFT_OUT = /^(?:Kustomization|Component|Application|ApplicationSet|AppProject|List|.*List)$/;
const DELICATE = /^(?:.*Role(?:Binding)?|ServiceAccount|NetworkPolicy|.*Polic(?:y|ies)|.*WebhookConfiguration|PersistentVolume(?:Claim)?|StorageClass|VolumeSnapshotClass|CSIDriver|.*Secret|HorizontalPodAutoscaler|PodDisruptionBudget|CertificateSigningRequest|PeerAuthentication|.*PolicyBinding)$/;
/** Small differences in things that are for nobody but the rules. */
const HARMLESS = ['image tag', 'annotation true for "true"', 'number in a ConfigMap', 'order of args', 'order of a command'];

const kindOf = (value: Data): string => (isMapping(value) ? String(value['kind']) : '');

/** The same document under a name that nothing else has. */
function renamed(value: Data, index: number): Mapping {
  const made = structuredClone(value) as Mapping;
  const metadata = made['metadata'] as Mapping;
  metadata['name'] = `${String(metadata['name'])}-${String(index)}`;
  return made;
}

function delicate(value: Mapping): boolean {
  const found = nodes(value).find((node) => (node.key === 'replicas' && typeof node.value === 'number') || (node.path.at(-2) === 'matchLabels' && typeof node.value === 'string'));
  if (found === undefined) return false;
  put(found, typeof found.value === 'number' ? found.value + 1 : `${String(found.value)}-other`);
  return true;
}

interface Other {
  readonly name: string;
  readonly text: string;
  readonly meant: 'same' | 'other';
  readonly isSensitive: boolean;
}

/** The second text of a conflict: a copy, the same in other words, or a small difference. */
function second(value: Mapping, text: string, random: () => number): Other {
  const share = random();
  const changed = structuredClone(value);
  if (share < 0.025 && delicate(changed)) return { name: 'replicas or selector', text: yamlText(changed), meant: 'other', isSensitive: true };
  if (share >= 0.025 && share < 0.28 && !DELICATE.test(kindOf(value))) {
    const name = pick(HARMLESS, random) ?? '';
    if (OTHER_VALUES[name]?.(changed, random) === true) return { name, text: yamlText(changed), meant: 'other', isSensitive: false };
  }
  if (share >= 0.28 && share < 0.45) return { name: 'copy', text, meant: 'same', isSensitive: false };
  for (;;) {
    const name = pick([...Object.keys(WRITINGS), ...Object.keys(SAME_VALUES)], random) ?? '';
    const again = structuredClone(value);
    const made = WRITINGS[name]?.(again, text, random) ?? (SAME_VALUES[name]?.(again, random) === true ? yamlText(again) : null);
    if (made !== null) return { name, text: made, meant: 'same', isSensitive: false };
  }
}

/** Each document of a real tree once, in two places whose rank is known by how they were chosen. */
export function seededConflicts(documents: readonly SourceDocument[], random: () => number): readonly SeededConflict[] {
  // What has braces is a template in a folder of that name, and no document.
  return documents.filter((one) => !LEFT_OUT.test(kindOf(one.value)) && !/\{\{|\{%/.test(one.text)).map((document, index) => {
    const value = renamed(document.value, index);
    const text = yamlText(value);
    const other = second(value, text, random);
    const isTie = random() < 0.025;
    const [high, low] = twoLevels(random, isTie);
    const decides = pick(['folder', 'folder', 'folder', 'name', 'metadata'] as const, random) ?? 'folder';
    const folder = pick(FOLDERS.flat(), random) ?? 'apps';
    const name = pick(NAMES, random) ?? 'app.yaml';
    const pathOf = (level: number, side: string): string => {
      const place = decides === 'folder' ? (pick(FOLDERS[level] ?? [], random) ?? 'apps') : folder;
      // Folders below `environments` are environments of their own, which are no copies of each other.
      return `c${String(index)}-${side}/${place}/${decides === 'name' ? (NAMES[level] ?? name) : decides === 'folder' && !isTie ? (pick(NAMES, random) ?? name) : name}`;
    };
    const markOf = (level: number): string => (decides === 'metadata' ? (MARKS[Math.min(level, MARKS.length - 1)] ?? '') : '');
    const [first, last] = random() < 0.5 ? [text, other.text] : [other.text, text];
    const marked = (level: number, body: string): string => (body.startsWith('\ufeff') ? `\ufeff${markOf(level)}${body.slice(1)}` : `${markOf(level)}${body}`);
    return {
      name: other.name,
      files: [{ path: pathOf(high, 'a'), text: marked(high, first) }, { path: pathOf(low, 'b'), text: marked(low, last) }],
      isTie,
      isSensitive: other.isSensitive,
      meant: other.meant,
      a: text,
      b: other.text,
    };
  });
}

/** Two different ones, the higher first; the same twice for a tie. */
function twoLevels(random: () => number, isTie: boolean): readonly [number, number] {
  const high = Math.floor(random() * 3);
  return isTie ? [high, high] : [high, high + 1 + Math.floor(random() * (3 - high))];
}
