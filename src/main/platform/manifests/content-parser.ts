import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { canonicalText } from '@shared/domain/gitops/manifest/canonical';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { resourceId } from '@shared/domain/gitops/manifest/resource-id';
import { factsOf, isMapping } from '@shared/domain/gitops/scan/facts';
import { commentMarks, marksOf } from '@shared/domain/gitops/scan/marks';
import { customKinds } from '@shared/domain/gitops/schema/custom-resources';
import { readSchemas, type KubernetesSchemas, type SchemaFile } from '@shared/domain/gitops/schema/schema-data';
import type { LayerHashes, LayerName, ManifestValue, ReadDocument } from '@shared/domain/gitops/types';
import type { ParsedContent, ParsedDocument } from './protocol';

const FINE: readonly LayerName[] = ['L1', 'L2', 'L3'];
const COARSE: readonly LayerName[] = ['L5', 'L6'];
/** Comments that mark a file stand at its top: behind a byte order mark, an empty line or `---` too. Most files begin with a letter. */
const HEAD_BYTES = 4_096;
const HEAD_BEGINS: ReadonlySet<number> = new Set(Buffer.from('#-\n\r \ufeff'));

/** Kinds that a tree defines itself, and a name that is the same for the same ones. */
export interface TreeDefinitions {
  readonly name: string;
  readonly values: readonly ManifestValue[];
}

/** Reads the bytes of strangers. Belongs into a process that may die of them. */
export class ContentParser {
  private readonly schemaFile: SchemaFile;
  private schemas: KubernetesSchemas;
  private definitions = '';

  constructor(schemaFile: string) {
    this.schemaFile = JSON.parse(gunzipSync(readFileSync(schemaFile)).toString('utf8')) as SchemaFile;
    this.schemas = readSchemas(this.schemaFile);
  }

  /** Kinds that the tree defines itself, from here on; `name` is the same for the same ones. */
  define({ name, values }: TreeDefinitions): void {
    if (name === this.definitions) return;
    this.definitions = name;
    this.schemas = readSchemas(this.schemaFile, values.flatMap(customKinds));
  }

  /** All but the other layers. */
  parse(bytes: Uint8Array, path: string): ParsedContent {
    const read = readManifests(bytes, path);
    const { kind, reason, problem } = read;
    const text = kind === 'kustomization' || kind === 'compose' || kind === 'manifests' ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null;
    const needsText = text !== null && (kind !== 'manifests' || text.includes('argoproj.io') || text.includes('fluxcd.io'));
    const facts = needsText ? factsOf(read, text.toString('utf8')) : null;
    const definitions = kind === 'manifests' ? read.documents.filter((one) => isMapping(one.value) && one.value['kind'] === 'CustomResourceDefinition').map((one) => one.value) : [];
    return {
      kind,
      reason,
      problem,
      documents: read.documents.map((one) => this.document(one)),
      marks: HEAD_BEGINS.has(bytes[0] ?? 0) ? commentMarks(Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('utf8')) : {},
      facts: facts === null || facts.compose === null ? facts : { ...facts, compose: { ...facts.compose, services: [] } },
      services: (facts?.compose?.services ?? []).map(({ name, line, text: said }) => ({ name, line, hash: sha256(said) })),
      definitions,
    };
  }

  /** L1 to L3 of a document, or L5 and L6, or all of them. */
  layers(value: ManifestValue, fine: boolean, coarse: boolean): Partial<LayerHashes> {
    const found: { -readonly [layer in LayerName]?: string } = {};
    for (const layer of [...(fine ? FINE : []), ...(coarse ? COARSE : [])]) found[layer] = sha256(canonicalText(value, layer, this.schemas));
    return found;
  }

  private document({ index, item, line, value }: ReadDocument): ParsedDocument {
    return { index, item, line, id: resourceId(value, this.schemas), hashes: { L1: '', L2: '', L3: '', L4: sha256(canonicalText(value, 'L4', this.schemas)), L5: '', L6: '' }, marks: marksOf(value) };
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
