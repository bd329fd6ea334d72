import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ModeDefinition, Project, RiskyFact } from '@shared/domain/projects/project';
import type { Authorization } from '../docker/types';

export interface LoadedMode {
  readonly project: Project;
  readonly mode: ModeDefinition;
  readonly compose: LoadedCompose;
  /** Risky facts of this mode that the user has not trusted yet. For a project never trusted: all of them. */
  readonly untrustedFacts: readonly RiskyFact[];
  /** What `engine.as()` takes to change things on behalf of this project. */
  readonly authorization: Authorization;
}

/** Opened folders, their modes and their trust. */
export interface Projects {
  /** By id or absolute folder; a folder with compose files that was never opened is opened untrusted. Rejects with `project-not-found`, `compose-not-found`, `file-unreadable`. */
  resolve(reference: string): Promise<Project>;
  list(): Promise<readonly Project[]>;
  /** Loads a mode; served from a cache until an input file changes (size, mtime, inode). Rejects as Compose.load, and with `mode-not-found`. */
  loadMode(reference: string, mode: string): Promise<LoadedMode>;
  /** Every mode that loads, by name; one whose files are broken is left out (loading it by itself says why). */
  loadModes(reference: string): Promise<{ readonly [mode: string]: LoadedCompose }>;
  /** What `engine.as()` takes, without loading a mode: for recovery and for services verbs. */
  authorization(reference: string): Promise<Authorization>;
}
