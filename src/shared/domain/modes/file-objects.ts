import type { ComposeFileReference, LoadedCompose } from '../compose/model';
import { fileObjectTarget } from './host-config';

/** A secret or config whose content is copied into the created container. */
export interface InlineFile {
  readonly path: string;
  readonly content: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The secrets and configs of a service that have content instead of a file. */
export function inlineFiles(compose: LoadedCompose, service: string): readonly InlineFile[] {
  const definition = compose.model.services[service];
  if (definition === undefined) return [];
  const files: InlineFile[] = [];
  for (const [kind, folder] of [['secrets', '/run/secrets/'], ['configs', '/']] as const) {
    for (const reference of definition[kind] ?? []) {
      const object = compose.model[kind][reference.source];
      if (object === undefined || object.file !== undefined) continue;
      const content = object.content ?? compose.variableContents[`${kind}.${reference.source}`];
      if (content !== undefined) files.push(inlineFile(reference, fileObjectTarget(reference.target ?? reference.source, folder), content));
    }
  }
  return files;
}

function inlineFile(reference: ComposeFileReference, path: string, content: string): InlineFile {
  return { path, content, uid: Number(reference.uid ?? 0) || 0, gid: Number(reference.gid ?? 0) || 0, mode: Number.parseInt(reference.mode ?? '0444', 8) };
}
