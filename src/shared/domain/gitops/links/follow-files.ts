import { strictTextWithMark, textBytes } from '../../../kernel/utf8';
import { editYaml, type YamlEdit } from '../../yaml/edit-yaml';
import { ByHand, meaningOf } from '../../yaml/yaml-places';
import { folderOf, resolvedPath } from '../scan/paths';
import type { ManifestValue } from '../types';
import { KUSTOMIZATIONS } from './check-files';
import { kustomizationLinks } from './kustomization-links';
import type { FileUse } from './types';

/** Lists of which an entry can go without another meaning for the rest. */
const REMOVABLE: readonly unknown[] = ['resources', 'bases', 'components', 'crds'];
/** The name of the file is a key of what these make. */
const NAMED_BY_FILE: readonly unknown[] = ['configMapGenerator', 'secretGenerator'];
/** More than people write; a larger one takes too long to be changed. */
const MOST_BYTES = 64 * 1024;
const BOM = '\uFEFF';

/** Kustomizations that may take a file in: kustomize reads only files below its own folder. */
export function kustomizationsAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    folders.push(folder === '' ? '' : `${folder}/`);
    if (folder === '') break;
  }
  return folders.flatMap((folder) => KUSTOMIZATIONS.map((name) => `${folder}${name}`)).filter((one) => one !== path);
}

/** The files that a kustomization names, by their paths from the top; none where it cannot be read. */
export function filesTakenIn(path: string, bytes: Uint8Array): ReadonlySet<string> {
  const text = textOf(bytes);
  return new Set(text === null ? [] : usesOf(text, path).map((use) => use.file));
}

/** A kustomization that follows a file; or a sentence about what it refers to in vain then. */
export type Followed = { readonly kind: 'followed'; readonly bytes: Uint8Array; readonly step: string } | { readonly kind: 'left'; readonly risk: string };

/** Makes a kustomization follow a file that it takes in to another place, or nowhere. Comments and everything else stay byte for byte. */
export function followFile(path: string, bytes: Uint8Array, from: string, to: string | null): Followed {
  const text = textOf(bytes) ?? '';
  const uses = usesOf(text, path).filter((use) => use.file === from);
  const fields = [...new Set(uses.map(({ use }) => String(use.path[0])))].join(' and ');
  const left = (reason: string): Followed => ({ kind: 'left', risk: `${path} still refers to ${from} under ${fields}, and kustomize builds nothing there without it: ${reason}.` });
  const edits = uses.flatMap(({ use }) => editOf(path, use, to) ?? []);
  if (edits.length < uses.length) return left(to === null ? 'mend it by hand first' : 'it cannot lead to the new place by itself');
  // From the last to the first: what goes moves what is behind it.
  const outcome = editYaml(text, edits.toReversed());
  if (outcome.kind === 'by-hand') return left(outcome.reason.replace(/\.$/, ''));
  const mark = strictTextWithMark(bytes)?.startsWith(BOM) === true ? BOM : '';
  return { kind: 'followed', bytes: textBytes(mark + outcome.text), step: to === null ? `Take ${from} out of ${path}` : `Have ${path} refer to ${to} instead of ${from}` };
}

/** Null where it is too large, or no text. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.length > MOST_BYTES) return null;
  const text = strictTextWithMark(bytes);
  return text?.startsWith(BOM) === true ? text.slice(BOM.length) : text;
}

function usesOf(text: string, path: string): readonly { readonly use: FileUse; readonly file: string }[] {
  try {
    const value = meaningOf(text) as ManifestValue;
    return kustomizationLinks([{ index: 0, item: null, line: 1, value }]).files.flatMap((use) => {
      const file = resolvedPath(folderOf(path), use.to);
      return file === null ? [] : [{ use, file }];
    });
  } catch (error) {
    // It is no kustomization that anybody could build.
    if (error instanceof ByHand) return [];
    throw error;
  }
}

/** Null where it cannot follow. */
function editOf(path: string, { path: at }: FileUse, to: string | null): YamlEdit | null {
  if (to === null) return REMOVABLE.includes(at[0]) ? { kind: 'remove', path: at, upTo: 1 } : null;
  const prefix = folderOf(path) === '' ? '' : `${folderOf(path)}/`;
  return to.startsWith(prefix) && !NAMED_BY_FILE.includes(at[0]) ? { kind: 'set', path: at, value: to.slice(prefix.length) } : null;
}
