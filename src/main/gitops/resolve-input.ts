import type { GroupChoice, ResolutionAction } from '@shared/domain/gitops/plan/types';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import type { JsonObject } from '@shared/kernel/json';
import type { ReadyPlan } from './resolution-plan';
import type { WantedFile } from './written-files';

const MOST_LISTED = 50;

/** What the user decided, as it is stored with the operation. */
export function choicesOf(input: JsonObject): readonly GroupChoice[] {
  const { group, keep, actions, text, document } = input;
  if (typeof group !== 'string' || typeof keep !== 'string') return [];
  const given = typeof actions === 'object' && actions !== null && !Array.isArray(actions) ? (actions as { readonly [path: string]: ResolutionAction }) : {};
  return [{ groupId: group, keep: { path: keep, document: typeof document === 'number' ? document : null }, actions: given, mergedText: typeof text === 'string' ? text : null }];
}

/** What a resolution says of itself before anybody agrees. Null where it changes nothing. */
export function structuralPlan(rootDir: string, { plan, changes }: ReadyPlan, rendered: readonly WantedFile[]): StructuralPlan | null {
  if (changes.length === 0) return null;
  const words = { comment: 'Comment out', 'comment-documents': 'Comment out a part of', 'remove-documents': 'Take documents out of', move: 'Move', archive: 'Archive', delete: 'Delete', references: 'Mend the references in', merge: 'Write the merged text into' } as const;
  const changed = new Set([...plan.changes, ...rendered].map(({ path }) => path));
  const manual = plan.groups.filter((group) => group.status === 'manual_review');
  return {
    change: 'resolve',
    rootDir,
    backups: '.berth/backups',
    steps: plan.changes.map((change) => `${words[change.change]} ${change.path}${'target' in change ? ` to ${change.target}` : ''}`).concat(rendered.map(({ path }) => `Render ${path} anew`)),
    files: [
      ...plan.changes.map((change) => ({ path: change.path, change: change.change === 'delete' || change.change === 'move' || change.change === 'archive' ? ('remove' as const) : ('change' as const) })),
      ...rendered.map(({ path, before }) => ({ path, change: before.state.kind === 'file' ? ('change' as const) : ('create' as const) })),
    ],
    optionalFiles: [],
    unchangedFiles: [...new Set(plan.groups.flatMap((group) => (group.kept === null || changed.has(group.kept.path) ? [] : [group.kept.path])))].slice(0, MOST_LISTED),
    risks: manual.slice(0, MOST_LISTED).map((group) => `Left to you: ${group.reason}`),
    rollback: ['If a step fails, or something would be missing afterwards, every file is put back as it was.', 'Afterwards `berth gitops rollback <operation>` or `berth operations undo <operation>` puts all of it back, to the byte.'],
  };
}
