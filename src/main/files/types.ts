import type { OutputOf } from '@shared/contract/contract';
import type { ComposeService as ServiceDefinition, LoadedCompose } from '@shared/domain/compose/model';
import type { Finding } from '@shared/domain/findings/finding';
import type { Disposable } from '@shared/kernel/disposable';
import type { Compose, ComposeDrafts, Draft } from '@main/compose/types';
import type { FileDoor } from '@main/operations/replaced-files';
import type { BackupFolder } from '@main/platform/backup-folder';
import type { Store } from '@main/platform/types';
import type { LoadedMode, Projects } from '@main/projects/types';

/** The commits of one file, newest first; none where it is not under git. */
export type CommitsOfFile = (dir: string, file: string, limit: number) => Promise<readonly { readonly id: string; readonly author: string; readonly at: string; readonly subject: string }[]>;

export type FileKind = OutputOf<'files.list'>[number]['kind'];

/** What listing, checking and saving files of a project needs from outside. */
export interface ProjectFilesDependencies extends FileDoor {
  readonly projects: Pick<Projects, 'resolve' | 'loadMode' | 'authorization'>;
  readonly compose: ComposeDrafts & Pick<Compose, 'load'>;
  /** What each mode was made from when it could be loaded last, by project and mode: a file that breaks it must not be lost from sight. */
  readonly lastSeen: Map<string, LoadedCompose>;
  /** Follows links: only for what a trusted project names. */
  readonly readAnywhere: (path: string) => Promise<Uint8Array>;
  /** The YAML and JSON files beneath a folder, absolute, up to a limit. */
  readonly manifestsBelow: (dir: string) => Promise<{ readonly files: readonly string[]; readonly isWhole: boolean }>;
  readonly exists: (path: string) => Promise<boolean>;
  /** Where the Dockerfile of a service lies; undefined for one that is not built from this disk. */
  readonly dockerfileOf: (service: Pick<ServiceDefinition, 'build'>, projectDir: string) => { readonly context: string; readonly path: string } | undefined;
  /** What the checks say of a mode whose file has this text, as far as it can be told at once. */
  readonly quickChecks: (loaded: LoadedMode, draft: Draft) => Promise<readonly Finding[]>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  readonly folder: BackupFolder;
  readonly store: Pick<Store, 'getRecord'>;
}
