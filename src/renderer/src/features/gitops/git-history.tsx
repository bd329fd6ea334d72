import { useCallback, useRef, useState, type ReactElement } from 'react';
import { gitWords as words } from '../../locales/en/git';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { Ago } from '../../ui/time';
import { CommitSheet } from './commit-sheet';

const SHOWN = 100;

/** The newest commits: who, when, what. */
export function GitHistory({ project, turn }: { readonly project: Project; readonly turn: string }): ReactElement {
  const answer = useAnswer(useCallback(async () => ({ turn, commits: (await call('gitops.history', { project: project.id, limit: SHOWN })).commits }), [project.id, turn]));
  const [shown, setShown] = useState<{ readonly id: string; readonly subject: string } | null>(null);
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  if (answer.error !== null) return <div className="gitops-error"><ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} /></div>;
  if (answer.value === null) return <Skeleton rows={6} label={words.loading} />;
  if (answer.value.commits.length === 0) return <EmptyState title={words.noCommits} />;
  return (
    <>
      <ul ref={list} className="git-list scroll" tabIndex={0} aria-label={words.view.history} data-testid="git-commits">
        {answer.value.commits.map((one) => (
          <li key={one.id}>
            <button type="button" data-row className="git-branch" title={one.subject} data-testid={`commit-${one.id.slice(0, 8)}`} onClick={() => setShown(one)}>
              <span className="mono faint git-id">{one.id.slice(0, 8)}</span>
              <span className="grow ellipsis" data-subject>{one.subject}</span>
              <span className="dim ellipsis git-author" title={one.email}>{one.author}</span>
              <span className="faint git-when"><Ago at={one.at} /></span>
            </button>
          </li>
        ))}
      </ul>
      {shown !== null && <CommitSheet project={project} commit={shown} onClose={() => setShown(null)} />}
    </>
  );
}
