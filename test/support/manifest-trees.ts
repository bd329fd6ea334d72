import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { isMapping, yamlText, type Data } from './manifest-values';

/** A document of a real tree, alone in its own text. */
export interface SourceDocument {
  readonly from: string;
  readonly text: string;
  readonly value: Data;
}

/** Where Go keeps a module, fetched if need be. */
export function goModule(name: string): string {
  return (JSON.parse(execFileSync('go', ['mod', 'download', '-json', name], { encoding: 'utf8', cwd: '/' })) as { readonly Dir: string }).Dir;
}

const BYTES_MAX = 20_000;

/** The manifests beneath a folder that have a name; what is larger than 20 kB, a template or encrypted is left out. */
export function treeDocuments(root: string, extension = /\.ya?ml$/): readonly SourceDocument[] {
  const found: SourceDocument[] = [];
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((one) => extension.test(one)).sort()) {
    const bytes = readFileSync(join(root, path));
    const file = readManifests(bytes, path);
    if (file.kind !== 'manifests' || bytes.length > BYTES_MAX * 10) continue;
    for (const document of file.documents) {
      const value = document.value as Data;
      if (!isMapping(value) || !isMapping(value['metadata']) || typeof value['metadata']['name'] !== 'string') continue;
      if (JSON.stringify(value).length > BYTES_MAX || JSON.stringify(value).includes('$integer')) continue;
      const text = file.documents.length === 1 && document.item === null ? bytes.toString('utf8') : yamlText(value);
      found.push({ from: `${path}#${document.index}`, text, value });
    }
  }
  return found;
}
