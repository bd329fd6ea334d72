import { AppError } from '../../../kernel/app-error';
import { segmentsOf } from '../hierarchy/rules';
import type { DuplicateGroup } from '../types';
import type { PolicyRule } from './types';

/** While nobody has said otherwise: what loses stays in its place, commented out. */
export const DEFAULT_POLICY: PolicyRule = { directory: null, kind: null, action: 'comment', mode: 'automatic', target: null };

/** Where archived files go, with their whole path below it. */
export const ARCHIVE_FOLDER = '.archive';

/** The rule for one file of a group: the first that fits, else the default. */
export function policyFor(rules: readonly PolicyRule[], path: string, kind: string): PolicyRule {
  const folders = segmentsOf(path).slice(0, -1);
  return rules.find((rule) => (rule.kind === null || rule.kind === kind) && (rule.directory === null || beneath(folders, segmentsOf(rule.directory)))) ?? DEFAULT_POLICY;
}

/** The kind of what a group is about, as policies name it. */
export function kindOf(group: DuplicateGroup): string {
  if (group.identity === null) return '';
  return 'kind' in group.identity ? group.identity.kind : 'compose';
}

/** Rejects with `input-invalid` a policy that could not be followed. */
export function checkPolicies(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  for (const rule of rules) {
    const target = segmentsOf(rule.target ?? '');
    if (rule.action === 'move' && target.length === 0) throw new AppError('input-invalid', 'A rule that moves files needs the folder they go to.', { hint: 'Name one below the scanned folder, for example retired.' });
    if (target.includes('..') || (rule.target ?? '').startsWith('/')) throw new AppError('input-invalid', `${rule.target ?? ''} does not lie below the scanned folder.`, { hint: 'Name a folder below it.' });
  }
  return rules;
}

function beneath(folders: readonly string[], wanted: readonly string[]): boolean {
  return folders.some((_, start) => wanted.every((part, index) => folders[start + index] === part));
}
