import { AppError } from '../../kernel/app-error';
import type { JsonObject } from '../../kernel/json';

/** What is kept of a group: where its resolution stands. */
export const RESOLUTION_STATUSES = ['pending', 'scanning', 'planned', 'in_progress', 'resolved', 'manual_review', 'failed', 'rolled_back'] as const;
export type ResolutionStatus = (typeof RESOLUTION_STATUSES)[number];

/** By which rule one of a group is kept. */
export const RESOLUTION_STRATEGIES = ['identical_keep_highest', 'semantic_keep_highest', 'identity_keep_highest', 'manual'] as const;
export type KeptStrategy = (typeof RESOLUTION_STRATEGIES)[number];

/** What becomes of one file of a group. */
export const RESOLUTION_ACTIONS = ['keep', 'comment', 'move', 'archive', 'none'] as const;
export type KeptAction = (typeof RESOLUTION_ACTIONS)[number];

/** Longer paths are refused. */
export const FILE_PATH_MAX = 1_000;

/** One file of a group, as it is stored. */
export interface YamlDuplicateFile {
  readonly duplicate_group: string;
  readonly file_path: string;
  readonly file_hash: string;
  readonly priority_score: number;
  readonly resolution_action: KeptAction;
  readonly document: number;
  readonly item: number | null;
  readonly line: number;
}

/** A group of duplicates of a project (its fabric), as it is stored. */
export interface YamlDuplicateGroup {
  readonly id: string;
  readonly fabric: string;
  readonly detection_timestamp: string;
  readonly resolution_status: ResolutionStatus;
  readonly resolution_strategy: KeptStrategy;
  /** The scanned folder. */
  readonly dir: string;
  /** Class, kind, certainty, layer, root, identity, reason, differences and the path that stays. */
  readonly details: JsonObject;
  readonly files: readonly YamlDuplicateFile[];
}

/** Settings of a project about duplicates. */
export interface DuplicateSettings {
  readonly duplicate_detection_enabled: boolean;
  /** {}: the rules Berth brings. */
  readonly resolution_hierarchy_config: JsonObject;
  /** ISO time; null until the first scan. */
  readonly last_duplicate_scan: string | null;
  /** Seconds. */
  readonly duplicate_scan_interval: number;
}

/** Throws `input-invalid` with a sentence where a group cannot be stored as it is. */
export function checkDuplicateGroup(group: YamlDuplicateGroup): void {
  oneOf('resolution_status', group.resolution_status, RESOLUTION_STATUSES);
  oneOf('resolution_strategy', group.resolution_strategy, RESOLUTION_STRATEGIES);
  for (const file of group.files) {
    oneOf('resolution_action', file.resolution_action, RESOLUTION_ACTIONS);
    if (file.file_path.length > FILE_PATH_MAX) throw new AppError('input-invalid', `The path ${file.file_path.slice(0, 60)}… has ${file.file_path.length.toLocaleString('en')} characters; paths of up to 1,000 can be kept.`, { hint: 'Move the file less deep, or give its folders shorter names.' });
    if (!/^[0-9a-f]{64}$/.test(file.file_hash)) throw new AppError('input-invalid', `The hash of ${file.file_path} is not a SHA-256 of 64 characters.`);
    if (!Number.isInteger(file.priority_score)) throw new AppError('input-invalid', `The score of ${file.file_path} is not a whole number.`);
  }
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new AppError('input-invalid', `${name} cannot be "${value.slice(0, 40)}".`, { hint: `It may be ${allowed.join(', ')}.` });
}
