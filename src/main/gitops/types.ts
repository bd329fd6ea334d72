import type { YamlDuplicateGroup } from '@shared/domain/gitops/duplicate-records';
import type { GitFacts } from '@shared/domain/gitops/plan/types';
import type { DuplicateGroup, GroupMember, ScannedTree } from '@shared/domain/gitops/types';
import type { OperationContext, RecoveryContext } from '@main/operations/types';
import type { DuplicatePatch } from '@main/platform/types';

/** What is to be scanned. */
export interface ScanRequest {
  /** Absolute, links resolved. */
  readonly dir: string;
  readonly projectId: string | null;
  /** Read every file anew. */
  readonly fresh?: boolean | undefined;
}

/** How far a scan is. */
export interface ScanProgress {
  readonly files: number;
  /** Files found; null while folders are still being read. */
  readonly of: number | null;
  readonly message: string;
}

/** One scan, whole. */
export interface ScanResult extends ScannedTree {
  readonly dir: string;
  /** What was not read and why: links, files that are too large. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly documents: number;
  /** Files whose bytes were read; the others were known from the last time. */
  readonly filesRead: number;
  readonly durationMs: number;
  readonly scannedAt: string;
}

/** A group with which of its members stays, and what speaks for each. */
export interface JudgedGroup {
  /** Less the members that a rule has moved aside. */
  readonly group: DuplicateGroup;
  /** One for each member, in their order. */
  readonly scores: readonly number[];
  /** The member that stays; null when the user has to say. */
  readonly keep: GroupMember | null;
  readonly resolution: 'auto' | 'manual';
}

/** Judges the groups of a tree by the rules of a project; those of which everything but one file was moved aside are left out. */
export type GroupJudge = (tree: ScannedTree, projectId: string | null) => Promise<readonly JudgedGroup[]>;

/** Scans of GitOps folders. */
export interface ScanService {
  /** Looks at what is there, and keeps and tells nothing of it: for questions. Rejects as `scan` does. */
  look(request: ScanRequest, signal: AbortSignal): Promise<ScanResult>;
  /** Rejects with `cancelled` and with what cannot be read of the folder itself; a file that cannot be read is a finding of the result. */
  scan(request: ScanRequest, signal: AbortSignal, progress: (progress: ScanProgress) => void): Promise<ScanResult>;
  /** The newest scan of this folder in this process. */
  last(dir: string): ScanResult | null;
  /** Looks at these files again (posix, relative) and at nothing else; for after a resolution. */
  rebuild(dir: string, files: readonly string[], signal: AbortSignal): Promise<ScanResult>;
  /** Whether this folder is being scanned now, and how far that is: 0 to 100, never falling. */
  state(dir: string): { readonly isScanning: boolean; readonly percent: number };
}

/** What is kept of groups: whoever resolves them says here how far that is. */
export interface DuplicateStates {
  list(projectId: string): Promise<readonly YamlDuplicateGroup[]>;
  /** Rejects with `not-found`, and with `input-invalid` for a status, strategy or action that is none. */
  change(projectId: string, groupId: string, patch: DuplicatePatch): Promise<YamlDuplicateGroup>;
}

/** What git has to do with a resolution. Every change is journaled steps of the operation itself, which `putBack` takes back. */
export interface ResolutionGit {
  /** Null where a folder is in no repository, or there is no git. */
  facts(dir: string, signal: AbortSignal): Promise<GitFacts | null>;
  /** Makes a branch where the folder stands and switches to it; files stay. */
  startBranch(context: OperationContext, dir: string, name: string): Promise<void>;
  /** Commits these paths and nothing else. Resolves with the id of the commit. */
  commit(context: OperationContext, dir: string, paths: readonly string[], message: string): Promise<string>;
  push(context: OperationContext, dir: string, commit: string): Promise<void>;
  /** Branch, index and HEAD as they were before the steps of this operation. */
  putBack(context: RecoveryContext, dir: string): Promise<void>;
  /** Past the commit: what was kept for putting back goes. */
  settle(context: Pick<RecoveryContext, 'records'>): Promise<void>;
}
