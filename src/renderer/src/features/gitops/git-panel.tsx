import { useCallback, useEffect, useState, type ReactElement } from 'react';
import { GitMerge } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { gitWords as words } from '../../locales/en/git';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { runningOf } from '../../lib/operation-results';
import { useStore } from '../../lib/store';
import type { Operation, Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { useAtRest } from '../../lib/use-at-rest';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { conflictOf, ConflictSheet } from './conflict-sheet';
import { GitBranches } from './git-branches';
import { GitChanges } from './git-changes';
import { GitHistory } from './git-history';
import { GitRemote, RemoteFailure } from './git-remote';
import { cancelOperation, RunStrip } from './scan-strip';
import './gitops.css';

export type GitStatus = OutputOf<'gitops.git'>;
const LOOK_EVERY_MS = 4_000;
const RESTING_MS = 30_000;
const VIEWS = ['changes', 'branches', 'history'] as const;
/** What moves a branch or a file of it. */
const GIT = /^(files\.|gitops\.(sync|fetch|pull|push|resolve|commit|create|switch|merge|delete|rollback|render|batch|save))/;

/** Where the repository of the project stands, its branches and commits, and the way to and from its remote. */
export function GitPanel({ project, operations, busy }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const [view, setView] = useState<(typeof VIEWS)[number]>('changes');
  const [deciding, setDeciding] = useState(false);
  const revision = useStore((state) => state.model.revisions[project.id] ?? 0);
  const ended = operations?.find((operation) => operation.projectId === project.id && GIT.test(operation.kind) && operation.finishedAt !== null) ?? null;
  // Whatever changed files or commits makes it another answer.
  const turn = `${ended?.id ?? ''} ${String(revision)}`;
  const answer = useAnswer(useCallback(async () => ({ turn, status: await call('gitops.git', { project: project.id }) }), [project.id, turn]));
  const { commit = '', branch = '' } = answer.value?.status ?? {};
  // Branches and commits are others once these are.
  const place = `${turn} ${commit ?? ''} ${branch ?? ''}`;
  const running = runningOf(operations, project.id, GIT);
  const conflict = ended === null ? null : conflictOf(ended);
  const status = answer.value?.status ?? null;
  const isBusy = busy || running !== null;
  useLooks(answer.again, isBusy);
  return (
    <>
      <PageHead mark={status === null ? undefined : <StateMark mark={status.conflicts.length > 0 || conflict !== null ? 'bad' : status.changes.length > 0 || (status.behind ?? 0) > 0 ? 'warn' : 'good'} />} sentence={status === null ? (answer.error === null ? words.loading : words.none) : sentenceOf(status)} detail={status === null ? undefined : detailOf(status)}>
        {status !== null && <GitRemote project={project} status={status} busy={isBusy} />}
      </PageHead>
      {running !== null && <RunStrip operation={running} onCancel={() => cancelOperation(running)} />}
      {conflict !== null && running === null && (
        <div className="gitops-run" role="status" data-testid="git-conflict">
          <StateMark mark="bad" />
          <span className="grow">{words.conflict(conflict.conflicts.length)}</span>
          <Button size="small" look="primary" icon={<GitMerge size={13} />} data-testid="git-decide" onClick={() => setDeciding(true)}>
            {words.decide}
          </Button>
        </div>
      )}
      <RemoteFailure project={project} status={status} operations={operations} busy={isBusy} />
      {answer.error !== null && (
        <div className="gitops-error">
          <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />
        </div>
      )}
      {status === null && answer.error === null && <div className="page-content"><Skeleton rows={6} label={words.loading} /></div>}
      {status !== null && (
        <>
          <div className="compare-bar git-bar">
            <div className="segments" role="group" aria-label={words.views}>
              {VIEWS.map((one) => (
                <button key={one} type="button" aria-pressed={view === one} data-testid={`git-${one}`} onClick={() => setView(one)}>
                  {words.view[one]}
                </button>
              ))}
            </div>
          </div>
          {view === 'changes' && <GitChanges project={project} status={status} busy={isBusy} />}
          {view === 'branches' && <GitBranches project={project} turn={place} busy={isBusy} />}
          {view === 'history' && <GitHistory project={project} turn={place} />}
        </>
      )}
      {deciding && conflict !== null && <ConflictSheet project={project} conflict={conflict} onClose={() => setDeciding(false)} />}
    </>
  );
}

/** Looks again while the page is seen, seldom while nobody touches it, and when somebody comes back to it: files and commits change in editors and terminals too. */
function useLooks(look: () => void, isPaused: boolean): void {
  const everyMs = useAtRest() ? RESTING_MS : LOOK_EVERY_MS;
  useEffect(() => {
    if (isPaused) return undefined;
    const again = (): void => {
      if (document.visibilityState === 'visible') look();
    };
    const timer = setInterval(again, everyMs);
    window.addEventListener('focus', again);
    return () => {
      clearInterval(timer);
      window.removeEventListener('focus', again);
    };
  }, [look, isPaused, everyMs]);
}

function sentenceOf(status: GitStatus): string {
  const branch = status.branch ?? words.detached;
  if (status.conflicts.length > 0) return words.inConflict(branch, status.conflicts.length);
  return status.changes.length === 0 ? words.clean(branch) : words.dirty(branch, status.changes.length);
}

function detailOf({ ahead, behind, upstream, unfinished }: GitStatus): string {
  return [unfinished === null ? '' : words.unfinished(unfinished), upstream === null ? words.noUpstream : ahead === 0 && behind === 0 ? words.even(upstream) : words.apart(upstream, ahead ?? 0, behind ?? 0)].filter((part) => part !== '').join(' · ');
}
