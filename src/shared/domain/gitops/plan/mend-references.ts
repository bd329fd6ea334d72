import { editYaml, type YamlEdit, type YamlEditOutcome } from '../../yaml/edit-yaml';
import { ByHand, meaningOf } from '../../yaml/yaml-places';
import type { ReferenceEdit } from './types';

/** A kustomization with these references mended; comments and everything else stay byte for byte. */
export function mendReferences(text: string, file: string, edits: readonly ReferenceEdit[]): YamlEditOutcome {
  let now = text;
  for (const edit of edits) {
    const outcome = guarded(() => editYaml(now, [yamlEdit(now, file, edit)]));
    if (outcome.kind === 'by-hand') return outcome;
    now = outcome.text;
  }
  return { kind: 'edited', text: now };
}

function yamlEdit(text: string, file: string, { as, from, to }: ReferenceEdit): YamlEdit {
  const folder = file.split('/').slice(0, -1);
  const listed = entriesOf(meaningOf(text), as);
  const leads = listed.map((entry) => (typeof entry === 'string' ? resolved(folder, entry) : null));
  const index = leads.indexOf(from);
  if (index < 0) throw new ByHand(`${file} does not list ${from} under ${as}.`);
  // Emptied, the list goes as a whole; a file that is listed already is not listed twice.
  return to === null || leads.includes(to) ? { kind: 'remove', path: [as, index], upTo: 1 } : { kind: 'set', path: [as, index], value: relative(folder, to) };
}

function entriesOf(meaning: unknown, as: string): readonly unknown[] {
  const list = typeof meaning === 'object' && meaning !== null ? (meaning as { readonly [key: string]: unknown })[as] : undefined;
  return Array.isArray(list) ? list : [];
}

function guarded(make: () => YamlEditOutcome): YamlEditOutcome {
  try {
    return make();
  } catch (error) {
    if (error instanceof ByHand) return { kind: 'by-hand', reason: error.message };
    throw error;
  }
}

/** Where an entry of a kustomization leads, from the scanned folder. */
function resolved(folder: readonly string[], entry: string): string {
  const parts = [...folder];
  for (const part of entry.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function relative(folder: readonly string[], to: string): string {
  const target = to.split('/');
  let shared = 0;
  while (shared < folder.length && shared < target.length - 1 && folder[shared] === target[shared]) shared += 1;
  return [...folder.slice(shared).map(() => '..'), ...target.slice(shared)].join('/');
}
