import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { AppError, errorData } from '@shared/kernel/app-error';
import type { Finding } from '@shared/domain/findings/finding';
import { checkLinks, type LinkFault } from '@shared/domain/gitops/links/check-links';
import { fileLinks } from '@shared/domain/gitops/links/file-links';
import type { FileLinks } from '@shared/domain/gitops/links/types';
import { canonicalText } from '@shared/domain/gitops/manifest/canonical';
import { isKustomization } from '@shared/domain/gitops/manifest/classify';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { resourceId } from '@shared/domain/gitops/manifest/resource-id';
import { meaningDifferences, type MeantDocument } from '@shared/domain/gitops/meaning/meaning-differences';
import { meaningText } from '@shared/domain/gitops/meaning/meaning-text';
import { customKinds } from '@shared/domain/gitops/schema/custom-resources';
import { factsOf } from '@shared/domain/gitops/scan/facts';
import { folderOf, resolvedPath } from '@shared/domain/gitops/scan/paths';
import { readSchemas, type CustomKind, type KubernetesSchemas, type SchemaFile } from '@shared/domain/gitops/schema/schema-data';
import { checkedVersion, linkFindings, validateManifests } from '@shared/domain/gitops/validate/validate-manifests';
import type { ResourceId } from '@shared/domain/gitops/types';
import { strictText } from '@shared/kernel/utf8';
import type { ComparedContent, Comparison, ReaderAnswer, ReaderRequest, ValidatedFolder } from './reader-protocol';
import { entryLook, walkManifests, withFile, type WalkedFile } from './walk';

const FILES_MAX = 20_000;

/** Compares and checks the bytes of strangers. Belongs into a process that may die of them. */
export class ContentChecks {
  private readonly files = new Map<string, SchemaFile>();
  private readonly plain = new Map<string, KubernetesSchemas>();

  answer(request: ReaderRequest): ReaderAnswer {
    try {
      if (request.work === 'validate') return { validated: this.validate(request) };
      const schemas = this.plainSchemas(request.schemaFile);
      if (request.work === 'check') return { checked: checked(request.path, request.text, schemas) };
      return { compared: comparison(meant(request.dir, request.left, schemas), meant(request.dir, request.right, schemas)) };
    } catch (error) {
      return { error: errorData(error) };
    }
  }

  private validate({ dir, kubernetes, schemaFile }: Extract<ReaderRequest, { work: 'validate' }>): ValidatedFolder {
    const kinds: CustomKind[] = [];
    const patches = new Set<string>();
    let files = 0;
    // Only few files define a kind, and looking for the word is much cheaper than parsing.
    for (const [path, bytes] of contents(dir)) {
      files += 1;
      if (files > FILES_MAX) throw new AppError('input-invalid', `The folder ${dir} has more than ${FILES_MAX} manifests: name a smaller one.`);
      if (isKustomization(path)) for (const one of patchesOf(bytes, path)) patches.add(one);
      if (!bytes.includes('CustomResourceDefinition')) continue;
      for (const { value } of readManifests(bytes, path).documents) kinds.push(...customKinds(value));
    }
    const schemas = readSchemas(this.schemaFile(schemaFile), kinds);
    const version = checkedVersion(schemas, kubernetes ?? undefined);
    if (version === null) throw new AppError('input-invalid', `Berth knows Kubernetes ${schemas.versions.join(', ')}, not ${kubernetes ?? ''}.`);
    const findings: Finding[] = [];
    const links: FileLinks[] = [];
    let documents = 0;
    for (const [path, bytes] of contents(dir)) {
      const read = readManifests(bytes, path);
      const checked = validateManifests(bytes, path, schemas, version, read, patches.has(path));
      documents += checked.documents;
      findings.push(...checked.findings);
      const found = fileLinks(read, path, () => strictText(bytes) ?? '');
      if (found !== null) links.push(found);
    }
    findings.push(...linkFaults(dir, links));
    return { kubernetes: version.name, files, documents, findings: inOrder(findings) };
  }

  /** Without what a folder defines itself. */
  private plainSchemas(path: string): KubernetesSchemas {
    const known = this.plain.get(path) ?? readSchemas(this.schemaFile(path));
    this.plain.set(path, known);
    return known;
  }

  private schemaFile(path: string): SchemaFile {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    const read = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as SchemaFile;
    this.files.set(path, read);
    return read;
  }
}

/** Files that a kustomization merges into objects: what such a file leaves out is there already. */
function patchesOf(bytes: Uint8Array, path: string): readonly string[] {
  return (factsOf(readManifests(bytes, path), '')?.kustomization?.patches ?? []).flatMap(({ to }) => resolvedPath(folderOf(path), to) ?? []);
}

/** What no known version of Kubernetes takes of a text: the errors of the newest, where every version has some. A kind that none of them serves is left to older clusters. */
function checked(path: string, text: string, schemas: KubernetesSchemas): readonly Finding[] {
  const bytes = Buffer.from(text, 'utf8');
  const read = readManifests(bytes, path);
  let newest: readonly Finding[] = [];
  for (const name of [...schemas.versions].reverse()) {
    const version = checkedVersion(schemas, name);
    const errors = version === null ? [] : validateManifests(bytes, path, schemas, version, read).findings.filter((one) => one.severity === 'error' && one.code !== 'MANIFEST_KIND_NOT_SERVED');
    if (errors.length === 0) return [];
    if (newest.length === 0) newest = errors;
  }
  return newest;
}

/** References that find nothing, with their lines: only files that have one are read once more. */
function linkFaults(dir: string, links: readonly FileLinks[]): readonly Finding[] {
  const byFile = new Map<string, LinkFault[]>();
  for (const fault of checkLinks(links, entryLook(dir))) byFile.set(fault.file, [...(byFile.get(fault.file) ?? []), fault]);
  return [...byFile].flatMap(([path, faults]) => linkFindings(withFile(dir, path, (file) => file.read()) ?? new Uint8Array(), faults));
}

/** By file and line; files in the order of their names. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const placed = findings.map((finding) => ({ finding, file: finding.where?.file ?? '', line: finding.where?.line ?? 0 }));
  return placed.sort((left, right) => (left.file === right.file ? left.line - right.line : left.file < right.file ? -1 : 1)).map(({ finding }) => finding);
}

/** What there is beneath a folder. */
function* contents(dir: string): Generator<readonly [string, Buffer]> {
  try {
    for (const file of walkManifests(dir, () => undefined)) {
      const bytes = readable(file);
      if (bytes !== null) yield [file.path, bytes];
    }
  } catch (error) {
    throw new AppError('file-unreadable', `The folder ${dir} cannot be read.`, { cause: error });
  }
}

/** A file that may not be read is left out, as one that is gone. */
function readable(file: WalkedFile): Buffer | null {
  try {
    return file.read();
  } catch {
    return null;
  }
}

interface MeantFile {
  readonly file: string;
  readonly bytes: Buffer;
  readonly documents: readonly MeantDocument[];
  readonly reason: string | null;
}

function meant(dir: string, file: string, schemas: KubernetesSchemas): MeantFile {
  const bytes = withFile(dir, file, (one) => one.read());
  if (bytes === null) throw new AppError('file-unreadable', `${file} is not there, or is no file of manifests that can be read.`, { where: { file } });
  const { documents, reason } = readManifests(bytes, file);
  // The layer at which a scan calls two of them the same.
  return { file, bytes, documents: documents.map(({ value }) => ({ name: nameOf(resourceId(value, schemas)), canonical: canonicalText(value, 'L4', schemas) })), reason };
}

function nameOf(id: ResourceId | null): string {
  return id === null ? '' : `${id.kind} ${id.namespace === '' ? '' : `${id.namespace}/`}${id.name}`;
}

function comparison(left: MeantFile, right: MeantFile): Comparison {
  return { files: [shown(left), shown(right)], differences: left.documents.length === 0 || right.documents.length === 0 ? [] : meaningDifferences(left.documents, right.documents) };
}

function shown({ file, bytes, documents, reason }: MeantFile): ComparedContent {
  return {
    file,
    contentHash: hash('sha256', bytes, 'hex'),
    text: bytes.toString('utf8'),
    meaning: documents.length === 0 ? null : meaningText(documents.map(({ canonical }) => canonical)),
    reason: documents.length === 0 ? (reason ?? 'There is no manifest in it.') : null,
  };
}
