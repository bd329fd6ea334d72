import type { ReferenceSection } from '../edits/service-references';
import type { YamlValue } from '../yaml/write-yaml';
import type { LineEdit } from './line-edits';

/** Changes of compose files that are found by what they name, not by a place; made in each file that has it, or in `file` alone. */
export type ComposeAction =
  | { readonly kind: 'rename-reference'; readonly service: string; readonly section: ReferenceSection; readonly from: string; readonly to: string; readonly file?: undefined }
  | { readonly kind: 'drop-reference'; readonly service: string; readonly section: ReferenceSection; readonly name: string; readonly file?: undefined }
  | { readonly kind: 'declare'; readonly section: 'networks' | 'volumes'; readonly name: string; readonly value: YamlValue; readonly file: string }
  /** A check that asks a port inside the container; null says that none is wanted. */
  | { readonly kind: 'set-healthcheck'; readonly service: string; readonly port: number | null; readonly file: string }
  /** `has`: the networks that the service is on without saying so. */
  | { readonly kind: 'join-network'; readonly service: string; readonly network: string; readonly has: readonly string[]; readonly file: string }
  | { readonly kind: 'set-build'; readonly service: string; readonly key: 'context' | 'dockerfile' | 'target'; readonly to: string | null; readonly file: string }
  | { readonly kind: 'mount-volume'; readonly service: string; readonly volume: string; readonly target: string; readonly file: string }
  | { readonly kind: 'use-external'; readonly section: 'networks' | 'volumes'; readonly key: string; readonly name: string; readonly file: string }
  /** Its name is made from the project's. */
  | { readonly kind: 'use-own'; readonly section: 'networks' | 'volumes'; readonly key: string; readonly file: string }
  | { readonly kind: 'remove-entry'; readonly path: readonly string[]; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'rename-key'; readonly path: readonly string[]; readonly to: string; readonly file: string; readonly line: number; readonly column: number };

/** Changes of lines of other files: Dockerfiles, ignore files and env files. */
export type TextAction =
  | { readonly kind: 'edit-lines'; readonly file: string; readonly edits: readonly LineEdit[] }
  /** `file` is made when it is not there. */
  | { readonly kind: 'set-variable'; readonly file: string; readonly name: string; readonly value: string }
  | { readonly kind: 'drop-variable'; readonly file: string; readonly name: string };

/** What only a person can decide: a dialog of the window, and the command that does the same. */
export interface OpenAction {
  readonly kind: 'open';
  readonly dialog: 'healthcheck' | 'relocate' | 'rebuild';
  readonly service?: string | undefined;
  readonly command: string;
}

/** Several changes that belong together are one fix. */
export interface TogetherAction {
  readonly kind: 'together';
  readonly actions: readonly (ComposeAction | TextAction)[];
}
