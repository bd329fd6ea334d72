import type { KeptStrategy, ResolutionStatus } from '../duplicate-records';
import type { DuplicateGroup } from '../types';
import type { DecidingRule, PriorityScore } from '../hierarchy/score';

/** What happens to one file (or document) of a group. */
export type ResolutionAction = 'keep' | 'comment' | 'move' | 'archive' | 'delete' | 'none';
export type ResolutionStrategy = KeptStrategy;

/** Why nothing is done without being asked. */
export type ReviewReason = 'tie' | 'sensitive' | 'dirty' | 'likely' | 'info' | 'asks' | 'outside-git' | 'other-root' | 'list-item' | 'unknown-difference' | 'same-file' | 'shared-line' | 'not-text' | 'conflicting' | 'target' | 'file-kind';

/** One member of a group and what becomes of it. */
export interface MemberPlan {
  readonly path: string;
  readonly document: number;
  readonly item: number | null;
  readonly line: number;
  readonly action: ResolutionAction;
  /** Where a moved or archived file goes; null for other actions. */
  readonly target: string | null;
  readonly score: PriorityScore;
  /** The score in plain words. */
  readonly explanation: string;
}

/** What is decided about one group. */
export interface GroupPlan {
  readonly groupId: string;
  readonly class: DuplicateGroup['class'];
  readonly status: Extract<ResolutionStatus, 'planned' | 'manual_review'>;
  readonly strategy: ResolutionStrategy;
  readonly kept: { readonly path: string; readonly document: number } | null;
  /** What decided which one is kept; null where nothing could. */
  readonly decidedBy: DecidingRule | 'same-file' | 'user' | null;
  /** One sentence: why this one is kept, or why it is for the user to decide. */
  readonly reason: string;
  readonly review: ReviewReason | null;
  readonly members: readonly MemberPlan[];
}

/** A line of a kustomization that is written anew. `to` null: it is taken out. */
export interface ReferenceEdit {
  readonly as: string;
  readonly from: string;
  readonly to: string | null;
}

/** What happens to one file of the tree; every file has one at most. */
export type FileChange = { readonly path: string; readonly contentHash: string; readonly groups: readonly string[] } & (
  | { readonly change: 'comment'; readonly keptFile: string; readonly reason: string }
  /** 0-based numbers of the documents. */
  | { readonly change: 'comment-documents' | 'remove-documents'; readonly documents: readonly number[]; readonly keptFile: string; readonly reason: string }
  | { readonly change: 'move' | 'archive'; readonly target: string; readonly reason: string }
  | { readonly change: 'delete'; readonly reason: string }
  | { readonly change: 'references'; readonly edits: readonly ReferenceEdit[] }
  | { readonly change: 'merge'; readonly text: string }
);

/** A resolution before anything is done: the same one for any order of files and groups. */
export interface ResolutionPlan {
  readonly groups: readonly GroupPlan[];
  readonly changes: readonly FileChange[];
  readonly counts: { readonly groups: number; readonly planned: number; readonly manual: number; readonly info: number };
}

/** What one rule of the policy says of files below a folder or of a kind. The first that fits counts. */
export interface PolicyRule {
  /** Whole segments, as in the hierarchy; null: everywhere. */
  readonly directory: string | null;
  /** `Deployment`, or `compose` for services of compose files; null: all. */
  readonly kind: string | null;
  readonly action: Exclude<ResolutionAction, 'keep'>;
  readonly mode: 'automatic' | 'ask';
  /** Folder for `move`, relative to the scanned one. */
  readonly target: string | null;
}

/** What the user decided about one group. */
export interface GroupChoice {
  readonly groupId: string;
  readonly keep: { readonly path: string; readonly document: number | null };
  /** By path; what is not named follows the policy. */
  readonly actions: { readonly [path: string]: ResolutionAction };
  /** Replaces the text of the kept file. */
  readonly mergedText: string | null;
}

/** What is asked of git while it is decided. */
export interface GitKnowledge {
  /** Changed, staged or untracked, relative to the scanned folder. */
  readonly dirty: Pick<ReadonlySet<string>, 'has'>;
  readonly tracked: Pick<ReadonlySet<string>, 'has'>;
}

/** What git knows of the folder; null where it is in no repository. */
export interface GitFacts extends GitKnowledge {
  readonly dirty: ReadonlySet<string>;
  readonly tracked: ReadonlySet<string>;
}
