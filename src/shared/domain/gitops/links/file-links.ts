import { isManifest } from '../manifest/classify';
import { factsOf } from '../scan/facts';
import type { ManifestValue, ReadFile } from '../types';
import { composeFiles, composeLinks } from './compose-links';
import { controllerFiles, kustomizationLinks } from './kustomization-links';
import { isOwn, objectLinks } from './object-links';
import type { FileLinks } from './types';
import { mapping } from './values';

const MOST_MENTIONS = 5_000;
const MOST_WORDS = 20_000;
const NAME = /^[a-z0-9][-a-z0-9.]{0,252}$/;

/** Reads what leads out of a file, and what can be led to; null for a file without any of it. */
export function fileLinks(read: ReadFile, path: string, text: () => string): FileLinks | null {
  const { kind, documents } = read;
  const facts = kind === 'manifests' || kind === 'kustomization' ? factsOf(read, text()) : null;
  const nothing = { path, kind, isOpen: false, words: null, facts, made: [], pods: [], uses: [], selections: [], files: [], mentions: [], kustomization: null, compose: null };
  if (kind === 'kustomization') return { ...nothing, kustomization: kustomizationLinks(documents) };
  if (kind === 'compose') {
    const [only] = documents;
    return documents.length !== 1 || only === undefined ? null : { ...nothing, compose: composeLinks(only), files: composeFiles(only) };
  }
  if (kind === 'template') return { ...nothing, isOpen: true };
  if (kind === 'unparseable') {
    const words = wordsOf(text());
    return { ...nothing, isOpen: words === null, words };
  }
  if (kind !== 'manifests' && kind !== 'encrypted') return null;
  const objects = documents.filter(({ value }) => isManifest(value));
  const own = objects.filter(({ value }) => isOwn(String(mapping(value)['apiVersion']))).map(objectLinks);
  const mentions = new Set<string>();
  for (const { value } of objects) if (!isOwn(String(mapping(value)['apiVersion']))) mentioned(value, mentions);
  return {
    ...nothing,
    isOpen: objects.length === 0,
    made: own.flatMap((one) => one.made),
    pods: own.flatMap((one) => one.pods),
    // What is encrypted is not told of.
    uses: kind === 'encrypted' ? [] : own.flatMap((one) => one.uses),
    selections: own.flatMap((one) => one.selections),
    files: objects.flatMap(controllerFiles),
    mentions: [...mentions],
  };
}

/** Null where names may come about otherwise: filled in later, or written in a way that is not read. */
function wordsOf(text: string): readonly string[] | null {
  if (text === '' || /\$\{|\{\{|\{%|\\/.test(text)) return null;
  const words = new Set(text.match(/[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?/g));
  return words.size > MOST_WORDS ? null : [...words];
}

function mentioned(value: ManifestValue, into: Set<string>): void {
  if (into.size >= MOST_MENTIONS) return;
  if (typeof value === 'string') {
    if (NAME.test(value)) into.add(value);
  } else if (Array.isArray(value)) for (const one of value as readonly ManifestValue[]) mentioned(one, into);
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value as { readonly [key: string]: ManifestValue })) mentioned(one, into);
}
