import { checkCompose } from './check-compose';
import { checkFiles, type EntryLook } from './check-files';
import { checkObjects } from './check-objects';
import { KnownObjects } from './known-objects';
import type { FileLinks, LinkPlace } from './types';

/** What a reference of a file does not find. */
export interface LinkFault extends LinkPlace {
  readonly file: string;
  readonly severity: 'error' | 'warning' | 'info';
  /** Which kind of reference it is. */
  readonly rule: 'object' | 'key' | 'port' | 'selector' | 'file' | 'source' | 'compose';
  readonly message: string;
  readonly why: string;
}

/** Looks through a tree for references that find nothing. The same for any order of the files. */
export function checkLinks(given: readonly FileLinks[], look: EntryLook): readonly LinkFault[] {
  const files = [...given].sort((left, right) => (left.path < right.path ? -1 : 1));
  return [...checkObjects(files, new KnownObjects(files)), ...checkFiles(files, look), ...checkCompose(files)];
}
