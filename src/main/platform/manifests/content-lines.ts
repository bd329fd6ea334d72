import type { FileFacts } from '@shared/domain/gitops/scan/facts';
import type { HashedService } from '@shared/domain/gitops/scan/compose-groups';
import type { FileKind, LayerName, ManifestValue, Marks, ReadProblem } from '@shared/domain/gitops/types';
import type { ParsedContent, ParsedDocument } from './protocol';

/** The short form of a content: what threads hand on and what is kept in a file. 0 stands for "none". */
export type ContentLine = readonly [kind: FileKind, reason: string | null, documents: readonly DocumentLine[], marks: Marks | 0, more: { readonly problem: ReadProblem | null; readonly facts: FileFacts | null; readonly services: readonly HashedService[]; readonly definitions: readonly ManifestValue[] } | 0];

/** Then the hashes: L4, and the others where they are known. */
export type DocumentLine = readonly [index: number, item: number | null, line: number, id: readonly [group: string, version: string, kind: string, namespace: string, name: string] | 0, marks: Marks | 0, ...hashes: string[]];

const NO_MARKS: Marks = Object.freeze({});
const LAYERS: readonly LayerName[] = ['L4', 'L1', 'L2', 'L3', 'L5', 'L6'];

function isEmpty(marks: Marks): boolean {
  for (const _ in marks) return false;
  return true;
}

export function contentLine({ kind, reason, problem, documents, marks, facts, services, definitions }: ParsedContent): ContentLine {
  const more = problem === null && facts === null && services.length === 0 && definitions.length === 0 ? 0 : { problem, facts, services, definitions };
  return [kind, reason, documents.map(documentLine), isEmpty(marks) ? 0 : marks, more];
}

function documentLine({ index, item, line, id, marks, hashes }: ParsedDocument): DocumentLine {
  const known = LAYERS.map((layer) => hashes[layer]);
  while (known.length > 1 && known.at(-1) === '') known.pop();
  return [index, item, line, id === null ? 0 : [id.group, id.version, id.kind, id.namespace, id.name], isEmpty(marks) ? 0 : marks, ...known];
}

/** Takes contents out of their lines; texts that come again and again are kept once. */
export class ContentReader {
  private readonly texts = new Map<string, string>();

  content([kind, reason, documents, marks, more]: ContentLine): ParsedContent {
    const { problem, facts, services, definitions } = more === 0 ? NO_MORE : more;
    let name = '';
    const read = documents.map((line): ParsedDocument => {
      const one = this.document(line, name);
      name = one.id?.name ?? name;
      return one;
    });
    return { kind: this.once(kind) as FileKind, reason: reason === null ? null : this.once(reason), problem, documents: read, marks: marks === 0 ? NO_MARKS : marks, facts, services, definitions };
  }

  private document([index, item, line, id, marks, L4, L1 = '', L2 = '', L3 = '', L5 = '', L6 = '']: DocumentLine, before: string): ParsedDocument {
    return {
      index,
      item,
      line,
      id: id === 0 ? null : { group: this.once(id[0]), version: this.once(id[1]), kind: this.once(id[2]), namespace: this.once(id[3]), name: id[4] === before ? before : id[4] },
      hashes: { L1, L2, L3, L4: L4 ?? '', L5, L6 },
      marks: marks === 0 ? NO_MARKS : marks,
    };
  }

  private once(text: string): string {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    if (this.texts.size < TEXTS_MAX) this.texts.set(text, text);
    return text;
  }
}

const NO_MORE = { problem: null, facts: null, services: [], definitions: [] } as const;
/** Reasons of files that cannot be read may be all different. */
const TEXTS_MAX = 20_000;
