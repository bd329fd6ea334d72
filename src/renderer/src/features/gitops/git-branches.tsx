import { useCallback, useRef, useState, type ReactElement } from 'react';
import { GitBranch, Plus } from 'lucide-react';
import { gitWords as words } from '../../locales/en/git';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { runOperation } from '../../lib/run-operation';
import type { Project } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { Ago } from '../../ui/time';

/** The branches of the repository: switch, merge, make, delete. */
export function GitBranches({ project, turn, busy }: { readonly project: Project; readonly turn: string; readonly busy: boolean }): ReactElement {
  const answer = useAnswer(useCallback(async () => ({ turn, branches: (await call('gitops.branches', { project: project.id })).branches }), [project.id, turn]));
  const [name, setName] = useState('');
  const [going, setGoing] = useState<string | null>(null);
  const { working, failure, run } = useAct();
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  const can = !busy && !working;
  const error = failure ?? answer.error;
  return (
    <div className="git-changes">
      {error !== null && <div className="gitops-error"><ErrorBox error={error} actions={failure === null && <Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} /></div>}
      {answer.value === null && answer.error === null && <Skeleton rows={4} label={words.loading} />}
      <ul ref={list} className="git-list scroll" aria-label={words.view.branches} data-testid="git-branch-list">
        {answer.value?.branches.map((one) => (
          <li key={one.name}>
            <button type="button" data-row className="git-branch" aria-current={one.isCurrent ? 'true' : undefined} title={one.isCurrent ? words.current(one.name) : words.switchTo(one.name)} disabled={!can && !one.isCurrent} data-testid={`branch-${one.name}`} onClick={() => !one.isCurrent && run(() => runOperation('gitops.switch-branch', { project: project.id, name: one.name }), answer.again)}>
              <GitBranch size={13} aria-hidden="true" />
              <span className="mono ellipsis">{one.name}</span>
              <span className="faint ellipsis grow">{one.subject}</span>
              <span className="faint git-when"><Ago at={one.at} /></span>
            </button>
            <span className="git-branch-acts">
              {one.isCurrent ? (
                <span className="gitops-kept">{words.here}</span>
              ) : (
                <>
                  <Button size="small" disabled={!can} data-testid={`merge-${one.name}`} onClick={() => run(() => runOperation('gitops.merge-branch', { project: project.id, name: one.name }), answer.again)}>
                    {words.merge}
                  </Button>
                  <Button size="small" look="quiet" disabled={!can} onClick={() => setGoing(one.name)}>
                    {words.delete}
                  </Button>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <form
        className="git-commit"
        onSubmit={(event) => {
          event.preventDefault();
          run(() => runOperation('gitops.create-branch', { project: project.id, ...(name.trim() === '' ? {} : { name: name.trim() }) }), () => setName((now) => (now === name ? '' : now)));
        }}
      >
        <input className="text-field mono" type="text" autoComplete="off" spellCheck={false} aria-label={words.newBranch} placeholder={words.newBranchHint} value={name} data-testid="git-new-branch" onChange={(event) => setName(event.target.value)} />
        <Button type="submit" icon={<Plus size={13} />} disabled={!can} data-testid="git-create-branch">
          {words.create}
        </Button>
      </form>
      {going !== null && (
        <ConfirmDialog testId="git-delete-branch" title={words.deleteTitle(going)} confirm={words.delete} confirmTestId="git-delete-confirm" act={() => runOperation('gitops.delete-branch', { project: project.id, name: going })} onDone={() => (setGoing(null), answer.again())} onClose={() => setGoing(null)}>
          <p>{words.deleteText}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
