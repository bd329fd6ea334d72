import type { Finding } from '../findings/finding';

export type ChangeAction = 'keep' | 'create' | 'recreate' | 'remove' | 'start';

/**
 * What kind of edit makes a change necessary: the service was taken out or put in; its folder or Dockerfile is another one
 * (directories); what has to be installed (dependencies); the order of its code, or where it is mounted from (restructured);
 * only the content of its image (rebuilt); anything else in its definition (settings). `follows` another service; `stopped`: nothing was edited.
 */
export type ChangeKind = 'removed' | 'added' | 'directories' | 'dependencies' | 'restructured' | 'rebuilt' | 'settings' | 'follows' | 'stopped';

/** One field that differs between what runs and what the target mode asks for, as texts for the reader; secrets are already masked. */
export interface FieldDifference {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** What a switch does to one container of one service. */
export interface PlannedChange {
  readonly service: string;
  /** The container's number (com.docker.compose.container-number). */
  readonly number: number;
  readonly action: ChangeAction;
  /** Plain reasons, most important first: "image changes", "2 mounts change", "only in dev". Empty for keep. */
  readonly reasons: readonly string[];
  readonly differences: readonly FieldDifference[];
  /** Existing container, when there is one. */
  readonly containerId?: string | undefined;
  /** stop-first: old and new cannot run together; start-first: the old one serves until the new one is healthy. */
  readonly strategy?: 'stop-first' | 'start-first' | undefined;
  /** True when an image must be built or pulled first. */
  readonly build: 'none' | 'build' | 'pull';
  /** Only where the mode is the one that runs: its files were edited. */
  readonly kind?: ChangeKind | undefined;
}

/** The plan of a switch, as every door shows it. `id` hashes the whole decision: a switch with a stale id is refused. */
export interface ModePlan {
  readonly id: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly mode: string;
  /** The mode that runs now: a name, 'mixed', or null when nothing runs. */
  readonly from: string | null;
  readonly changes: readonly PlannedChange[];
  readonly volumesKept: readonly string[];
  readonly volumesCreated: readonly string[];
  readonly networksCreated: readonly string[];
  readonly networksRemoved: readonly string[];
  readonly findings: readonly Finding[];
  /** True when the click must open the sheet first (errors, missing trust, data at stake). */
  readonly mustAsk: boolean;
  /** Risky facts not yet trusted, as sentences; empty for a trusted project. */
  readonly trustQuestions: readonly string[];
  readonly trusted: boolean;
}
