/** A mode: a named, ordered list of compose files, env files and profiles. Paths are relative to the project folder. */
export interface ModeDefinition {
  readonly name: string;
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
}

/** A folder the user has opened. */
export interface Project {
  /** Stable: derived from the real path. Matches /^p_[0-9a-z]{13}$/. */
  readonly id: string;
  /** The compose project name (of the first mode that loads). */
  readonly name: string;
  /** Real path, absolute. */
  readonly dir: string;
  readonly modes: readonly ModeDefinition[];
  readonly trusted: boolean;
  /** Set for an isolated copy of another project; lists leave it out. */
  readonly twin?: TwinOf | undefined;
}

/** What makes a project a twin: an isolated copy that runs beside the original (see twin.ts). */
export interface TwinOf {
  /** Id of the original. */
  readonly of: string;
  /** Added to names: `-test`, `-robust`. */
  readonly suffix: string;
  /** Added to published ports. */
  readonly portOffset: number;
}

/**
 * A fact that makes running a project risky: what the trust question names. `key` is stable and binds the trust,
 * `text` is one plain sentence.
 */
export interface RiskyFact {
  readonly key: string;
  readonly kind: 'docker-socket' | 'privileged' | 'host-namespace' | 'device' | 'capability' | 'bind-outside' | 'security-option' | 'hook' | 'other';
  readonly service: string;
  readonly text: string;
}
