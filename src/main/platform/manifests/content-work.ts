import { hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { isMapping } from '@shared/domain/gitops/scan/facts';
import { differingPointers } from '@shared/domain/gitops/scan/pointers';
import type { ManifestValue, ReadDocument } from '@shared/domain/gitops/types';
import { contentLine } from './content-lines';
import type { ContentParser } from './content-parser';
import type { CompareAnswer, CompareJob, DocumentPlace, ParsedContent, ReadFileAnswer } from './protocol';
import { MARK_BYTES, markBytes } from './reading-mark';
import { FolderFiles } from './walk';

/** Says in a file what is being parsed, so that whoever finds this process dead knows at what. */
export class ReadingMark {
  private readonly fd: number;

  constructor(
    file: string,
    private readonly slot: number,
  ) {
    this.fd = openSync(file, slot === 0 ? 'w' : 'r+', 0o600);
  }

  set(paths: readonly string[]): void {
    const bytes = markBytes(paths);
    writeSync(this.fd, bytes, 0, bytes.length, this.slot * MARK_BYTES);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Parsed files that are looked at again at once. */
const PARSED_BYTES = 2 * 1024 * 1024;

/** Reads and compares files of a folder, each batch named before it begins. Belongs into a process that may die of them. */
export class ContentWork {
  private known: { has(key: string): boolean } = new Set();
  private told = new Set<string>();

  constructor(
    private readonly parser: ContentParser,
    private readonly mark: ReadingMark,
  ) {}

  /** Begins anew: the other side knows these contents. */
  begin(known: { has(key: string): boolean }): void {
    this.known = known;
    this.told = new Set();
  }

  read(root: string, paths: readonly string[]): readonly ReadFileAnswer[] {
    return this.marked(root, paths, (files) => paths.map((path) => this.file(files, path)));
  }

  compare(root: string, { layers, differing }: CompareJob): CompareAnswer {
    const paths = new Set([...layers.map(({ place }) => place[0]), ...differing.flatMap(({ places }) => places.map(([path]) => path))]);
    return this.marked(root, [...paths], (files) => {
      const parsed = new ParsedFiles(files);
      return {
        layers: layers.map(({ place, fine, coarse }) => {
          const value = parsed.value(place, null);
          return value === undefined ? null : this.parser.layers(value, fine, coarse);
        }),
        differing: differing.map(({ places, service }) => {
          const [first, ...others] = places;
          const value = first === undefined ? null : (parsed.value(first, service) ?? null);
          return [...new Set(others.flatMap((place) => differingPointers(value, parsed.value(place, service) ?? null)))];
        }),
      };
    });
  }

  private marked<T>(root: string, paths: readonly string[], act: (files: FolderFiles) => T): T {
    this.mark.set(paths);
    const files = new FolderFiles(root);
    try {
      return act(files);
    } finally {
      files.close();
      this.mark.set([]);
    }
  }

  private file(files: FolderFiles, path: string): ReadFileAnswer {
    let bytes: Buffer | null;
    try {
      bytes = files.read(path);
    } catch {
      return UNREADABLE;
    }
    if (bytes === null) return null;
    const contentHash = hash('sha256', bytes, 'hex');
    const key = contentKey(contentHash, path);
    if (this.told.has(key) || this.known.has(key)) return [contentHash, bytes.length, null];
    this.told.add(key);
    return [contentHash, bytes.length, contentLine(path.endsWith('.json') && !bytes.includes('"apiVersion"') ? NOTHING : this.parser.parse(bytes, path))];
  }
}

/** Files of one batch, those looked at last kept parsed. */
class ParsedFiles {
  private readonly kept = new Map<string, { readonly documents: readonly ReadDocument[]; readonly bytes: number }>();
  private bytes = 0;

  constructor(private readonly files: FolderFiles) {}

  /** undefined where the file is not as it was. */
  value([path, contentHash, document, item]: DocumentPlace, service: string | null): ManifestValue | undefined {
    const value = this.documents(path, contentHash).find((one) => one.index === document && one.item === item)?.value;
    if (service === null || value === undefined) return value;
    const services = isMapping(value) ? value['services'] : null;
    return isMapping(services) && Object.hasOwn(services, service) ? services[service] : undefined;
  }

  private documents(path: string, contentHash: string): readonly ReadDocument[] {
    const key = contentKey(contentHash, path);
    const known = this.kept.get(key);
    if (known !== undefined) return known.documents;
    const bytes = this.readable(path);
    const documents = bytes === null || hash('sha256', bytes, 'hex') !== contentHash ? [] : readManifests(bytes, path).documents;
    this.keep(key, documents, bytes?.length ?? 0);
    return documents;
  }

  private readable(path: string): Buffer | null {
    try {
      return this.files.read(path);
    } catch {
      return null;
    }
  }

  private keep(key: string, documents: readonly ReadDocument[], bytes: number): void {
    this.kept.set(key, { documents, bytes });
    this.bytes += bytes;
    for (const [oldest, one] of this.kept) {
      if (this.bytes <= PARSED_BYTES || oldest === key) break;
      this.kept.delete(oldest);
      this.bytes -= one.bytes;
    }
  }
}

/** What is said of a file that cannot be opened. */
export const UNREADABLE = 'Your user may not read the file.';

/** JSON that is no manifest. */
export const NOTHING: ParsedContent = { kind: 'other', reason: null, problem: null, documents: [], marks: {}, facts: null, services: [], definitions: [] };

/** How a content is read depends on the name and on being among the templates of a chart too. */
export function contentKey(contentHash: string, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isNamed = /^kustomization\.|^chart\.|^values[.-]|[.-]values\.|compose|\.(?:tpl|tmpl|gotmpl|j2|jinja2?|template)|\.json$/i.test(name) || name === 'Kustomization';
  const isTemplate = /(?:^|\/)templates\//.test(path);
  return isNamed || isTemplate ? `${contentHash}${isTemplate ? ' templates' : ''}${isNamed ? ` ${name}` : ''}` : contentHash;
}
