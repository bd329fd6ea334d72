import type { LoadedCompose } from '@shared/domain/compose/model';
import type { WireDocument } from '@shared/domain/compose/wire-tree';
import type { ModeDefinition } from '@shared/domain/projects/project';
import type { Where } from '@shared/kernel/app-error';

export interface ComposeRequest {
  /** Absolute. Relative `files` and `envFiles` resolve against it. */
  readonly dir: string;
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  /** Overrides the project name (`-p`). */
  readonly projectName?: string | undefined;
  /** An env_file that is not there is left out: for files that are read and not run. */
  readonly mayMissServiceFiles?: boolean | undefined;
}

export interface Compose {
  /** Rejects with `compose-not-found`, `file-unreadable` or `compose-invalid` (message, file, line). What merely cannot be honoured is in `findings`. */
  load(request: ComposeRequest): Promise<LoadedCompose>;
  /** Modes found by usual file names and `berth.yaml`. Rejects with `compose-not-found` when the folder has no compose file, `file-unreadable`, `compose-invalid` for a broken berth.yaml. */
  discoverModes(dir: string): Promise<readonly ModeDefinition[]>;
  /** Where the folder's `berth.yaml` names a file (absolute) of a mode; undefined where it does not. */
  placeOfModeFile(dir: string, mode: string, file: string): Promise<Where | undefined>;
  close(): void;
}

/** A text that a file may be given; the file need not be there. */
export interface Draft {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** Reads what is not saved yet as if it were. */
export interface ComposeDrafts {
  /** Rejects as `load`. */
  loadWith(request: ComposeRequest, draft: Draft): Promise<LoadedCompose>;
  /** The documents of a YAML text. Rejects as `load`. */
  documentsOf(draft: Draft): Promise<readonly WireDocument[]>;
}
