import { useCallback, type ReactElement } from 'react';
import { gitopsWords } from '../../locales/en/gitops';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';

const words = gitopsWords.onGit;

/** What git has to do with a resolution. */
export interface GitChoice {
  readonly onBranch: boolean;
  readonly branch: string;
  readonly commit: boolean;
  readonly push: boolean;
}

export const NO_GIT: GitChoice = { onBranch: false, branch: '', commit: false, push: false };

/** As the operations take it. */
export function gitInput({ onBranch, branch, commit, push }: GitChoice): { readonly branch?: string; readonly commit?: boolean; readonly push?: boolean } {
  return { ...(onBranch ? { branch: branch.trim() } : {}), ...(commit ? { commit } : {}), ...(commit && push ? { push } : {}) };
}

export function gitIsReady({ onBranch, branch }: GitChoice): boolean {
  return !onBranch || branch.trim() !== '';
}

/** On which branch a resolution goes, and whether it is committed. Nothing where the folder is not under git. */
export function GitChoices({ project, choice, onChange }: { readonly project: Project; readonly choice: GitChoice; readonly onChange: (choice: GitChoice) => void }): ReactElement | null {
  const status = useAnswer(useCallback(() => call('gitops.git', { project: project.id }), [project.id])).value;
  if (status === null) return null;
  return (
    <fieldset className="gitops-git" data-testid="plan-git">
      <legend>{words.title}</legend>
      <label className="tick">
        <input type="radio" name="plan-branch" checked={!choice.onBranch} data-testid="plan-here" onChange={() => onChange({ ...choice, onBranch: false })} />
        <span>{words.here(status.branch ?? words.none)}</span>
      </label>
      <label className="tick">
        <input type="radio" name="plan-branch" checked={choice.onBranch} data-testid="plan-on-branch" onChange={() => onChange({ ...choice, onBranch: true, commit: true, branch: choice.branch === '' ? newName() : choice.branch })} />
        <span>{words.own}</span>
      </label>
      {choice.onBranch && <input className="text-field mono" type="text" autoComplete="off" spellCheck={false} aria-label={words.name} value={choice.branch} data-testid="plan-branch" onChange={(event) => onChange({ ...choice, branch: event.target.value })} />}
      <label className="tick">
        <input type="checkbox" checked={choice.commit} data-testid="plan-commit" onChange={(event) => onChange({ ...choice, commit: event.target.checked })} />
        <span>{words.commit}</span>
      </label>
      {status.remotes.length > 0 && (
        <label className="tick">
          <input type="checkbox" checked={choice.commit && choice.push} disabled={!choice.commit} data-testid="plan-push" onChange={(event) => onChange({ ...choice, push: event.target.checked })} />
          <span>{words.push}</span>
        </label>
      )}
    </fieldset>
  );
}

/** gitops/resolve-20260801-1412 */
function newName(): string {
  return `gitops/resolve-${new Date().toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-')}`;
}
