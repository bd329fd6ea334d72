import type { ReactElement } from 'react';
import { gitopsWords } from '../../locales/en/gitops';
import { runOperation } from '../../lib/run-operation';
import type { Project } from '../../lib/model';
import { ChangeDialog } from '../../ui/change-dialog';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import type { Choice } from './choices';
import { groupName, type Group } from './group-list';

const words = gitopsWords.decided;

/** What `gitops.resolve-group` is asked for one choice. */
export function inputOf(project: Project, { groupId, keep, actions, mergedText }: Choice): { project: string; group: string; keep: string; document: number; actions?: { [file: string]: 'comment' | 'archive' | 'move' | 'delete' | 'none' }; text?: string } {
  return {
    project: project.id,
    group: groupId,
    keep: keep.file,
    document: keep.document,
    ...(Object.keys(actions).length === 0 ? {} : { actions: { ...actions } }),
    ...(mergedText === null ? {} : { text: mergedText }),
  };
}

interface DecidedSheetProps {
  readonly project: Project;
  readonly decided: readonly { readonly group: Group; readonly choice: Choice }[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** What the user decided: one group with its plan, or several of them one after the other. */
export function DecidedSheet({ project, decided, onDone, onClose }: DecidedSheetProps): ReactElement {
  const [only] = decided;
  if (decided.length === 1 && only !== undefined) {
    return <ChangeDialog name="gitops.resolve-group" input={inputOf(project, only.choice)} title={words.title(groupName(only.group))} lead={words.keeps(only.choice.keep.file)} apply={words.one} testId="gitops-resolve-group" applyTestId="plan-resolve" onClose={(changed) => (changed ? onDone() : onClose())} />;
  }
  return (
    <ConfirmDialog
      kind="sheet"
      testId="gitops-resolve-groups"
      title={words.several(decided.length)}
      lead={words.severalLead}
      confirm={gitopsWords.plan.confirm(decided.length)}
      working={gitopsWords.plan.working}
      confirmTestId="plan-resolve"
      act={async () => {
        for (const { choice } of decided) await runOperation('gitops.resolve-group', inputOf(project, choice));
      }}
      onDone={onDone}
      onClose={onClose}
    >
      <ul className="gitops-changes" tabIndex={0} aria-label={words.several(decided.length)}>
        {decided.map(({ group, choice }) => (
          <li key={group.id}>
            <span className="gitops-change-text">
              <span>{groupName(group)}</span>
              <span className="faint mono">{choice.mergedText === null ? gitopsWords.groups.keeps(choice.keep.file) : words.merged(choice.keep.file)}</span>
            </span>
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}
